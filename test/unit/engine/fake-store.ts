import type { Batch, Bindings, Connector, ExecuteRequest, ScanRequest } from '../../../connectors/connector.ts'
import { storeIri } from '../../../connectors/connector.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import type { SourceDescription } from '../../../planner/source.ts'
import { iri, isVariable, literal, type Term } from '../../../planner/term.ts'

/** What a store did, and how the requests to it ended. */
export interface Asked {
  count: number
  /** Requests that waited for their first row at the same time, at most. */
  most: number
  readonly signals: AbortSignal[]
}

export interface FakeStore extends Connector {
  readonly asked: Asked
  /** Blocks of keys that it was asked with, by their lengths. */
  readonly blocks: number[]
  /** Called for each request before it is answered. */
  before: (signal: AbortSignal, count: number) => Promise<void> | void
  /** Called for each description before it is given. */
  beforeDescription: (signal: AbortSignal) => Promise<void> | void
  described: number
  closed: number
}

export interface FakeOptions {
  /** Rows of one block; all of them where absent. */
  readonly block?: number
  /** Whether it takes patterns with keys, as a store does that bind joins ask. */
  readonly takesKeys?: boolean
  readonly batch?: number
  readonly description?: SourceDescription
  readonly check?: (signal: AbortSignal) => Promise<void>
}

type Triples = Readonly<Record<string, readonly (readonly [string, string | number])[]>>

const termOf = (value: string | number): Term =>
  typeof value === 'number' ? literal(String(value)) : iri(`urn:${value}`)

/** A store of a few triples, `{ predicate: [[subject, object]] }`, that does as its hooks say. */
export function fakeStore(id: string, triples: Triples, options: FakeOptions = {}): FakeStore {
  const asked: Asked = { count: 0, most: 0, signals: [] }
  const blocks: number[] = []
  let running = 0
  const known: SourceDescription = options.description ?? {
    predicates: Object.entries(triples).map(([name, rows]) => ({ iri: `urn:${name}`, count: rows.length })),
    classes: [],
    namedGraphs: false,
  }
  let description = known

  function matching(pattern: Pattern): Bindings[] {
    const { subject, predicate, object } = pattern
    const rows = Object.entries(triples).flatMap(([name, pairs]) =>
      isVariable(predicate) || predicate.value === `urn:${name}`
        ? pairs.map(([s, o]) => [iri(`urn:${s}`), iri(`urn:${name}`), termOf(o)] as const)
        : [],
    )
    const positions = [subject, predicate, object]
    return rows
      .filter((row) => positions.every((each, i) => isVariable(each) || each.equals(row[i])))
      .map((row) =>
        Object.fromEntries(positions.flatMap((each, i) => (isVariable(each) ? [[each.value, row[i]!]] : []))),
      )
  }

  async function* answer(pattern: Pattern, signal: AbortSignal): AsyncGenerator<readonly Bindings[]> {
    const count = ++asked.count
    asked.signals.push(signal)
    running++
    asked.most = Math.max(asked.most, running)
    try {
      await store.before(signal, count)
    } finally {
      running--
    }
    const rows = matching(pattern)
    const size = options.block ?? Math.max(1, rows.length)
    for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size)
  }

  async function* execute(native: { readonly query?: unknown }, request: ExecuteRequest): AsyncGenerator<Batch> {
    if (request.bindings !== undefined) blocks.push(request.bindings.length)
    request.meter.request()
    const pattern = native.query as Pattern
    const names = [pattern.subject, pattern.predicate, pattern.object].filter(isVariable).map(({ value }) => value)
    for await (const rows of answer(pattern, request.signal)) {
      const columns = names.map((name) => Uint32Array.from(rows, (row) => request.dictionary.encode(row[name]!)))
      yield { variables: names, columns, length: rows.length }
    }
  }

  const store: FakeStore = {
    id,
    iri: storeIri('urn:polyprov:', id),
    type: 'fake',
    get description() {
      return description
    },
    asked,
    blocks,
    before: () => {},
    beforeDescription: () => {},
    described: 0,
    closed: 0,
    ...(options.batch === undefined ? {} : { access: { batch: options.batch } }),
    async describe(signal) {
      await store.beforeDescription(signal)
      store.described++
      description = { ...known }
      return description
    },
    async *scan({ pattern, signal, meter }: ScanRequest) {
      meter.request()
      yield* answer(pattern, signal)
    },
    ...(options.takesKeys === true
      ? {
          push: (fragment) =>
            fragment.kind === 'pattern' ? { native: { language: 'fake', text: 'fake', query: fragment } } : undefined,
          execute,
        }
      : {}),
    ...(options.check === undefined ? {} : { check: options.check }),
    async [Symbol.asyncDispose]() {
      store.closed++
    },
  }
  return store
}

/** Never settles but by the signal. */
export const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** Never settles at all: a store that does not even listen. */
export const deaf = (): Promise<never> => new Promise(() => {})

export const refused = (store: string): PolyprovError =>
  new PolyprovError('store-failed', `The store ${store} takes no connections`, { store, transient: true })

/** A promise, and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Each of the stores answers only after all have been asked. */
export function meet(...stores: readonly FakeStore[]): void {
  const all = gate()
  const arrived = new Set<string>()
  for (const store of stores) {
    store.before = async (signal) => {
      arrived.add(store.id)
      if (arrived.size === stores.length) all.open()
      await Promise.race([all.opened, never(signal)])
    }
  }
}
