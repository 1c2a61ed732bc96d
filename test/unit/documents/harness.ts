import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { batchBuilder } from '../../../connectors/batch.ts'
import type { Batch, Bindings, Connector, Dictionary, ExecuteRequest, Request } from '../../../connectors/connector.ts'
import documents from '../../../connectors/documents/index.ts'
import type { Pattern, Plan } from '../../../planner/algebra.ts'
import {
  defaultGraph,
  type GraphTerm,
  type NamedNode,
  type PatternTerm,
  type Term,
  termFromKey,
  termKey,
  type Variable,
  variable,
} from '../../../planner/term.ts'

export const BASE = 'https://example.org/'

export function dictionary(): Dictionary {
  const ids = new Map<string, number>()
  const keys: string[] = ['']
  return {
    encode(term) {
      const key = termKey(term)
      const known = ids.get(key)
      if (known !== undefined) return known
      ids.set(key, keys.length)
      return keys.push(key) - 1
    },
    find: (term) => ids.get(termKey(term)) ?? 0,
    decode: (id) => termFromKey(keys[id]!),
  }
}

/** What a request counted. */
export interface Counted {
  requests: number
  bytes: number
  readonly warnings: string[]
}

export function request(signal: AbortSignal = new AbortController().signal): Request & { readonly counted: Counted } {
  const counted: Counted = { requests: 0, bytes: 0, warnings: [] }
  return {
    counted,
    dictionary: dictionary(),
    signal,
    meter: {
      request: (count = 1) => {
        counted.requests += count
      },
      bytes: (count) => {
        counted.bytes += count
      },
      warn: (message) => {
        counted.warnings.push(message)
      },
    },
  }
}

export interface Store extends AsyncDisposable {
  readonly folder: string
  readonly connector: Connector
}

/** A documents store over files that exist for the time of a test; `views.yaml` beside the folder `data`. */
export async function store(
  files: Readonly<Record<string, string>>,
  mapping: string,
  id = 'documents',
  options: Readonly<Record<string, unknown>> = {},
): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-documents-'))
  await mkdir(join(folder, 'data'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'data', name)), { recursive: true })
    await writeFile(join(folder, 'data', name), text)
  }
  await writeFile(join(folder, 'views.yaml'), mapping)
  const connector = await documents(
    { id, type: 'documents', path: './data', views: './views.yaml', ...options },
    { base: BASE, folder, batch: batchBuilder },
  )
  return { folder, connector, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

export const pattern = (
  subject: PatternTerm | string,
  predicate: NamedNode | Variable | string,
  object: PatternTerm | string,
  graph: GraphTerm = defaultGraph,
): Pattern => ({
  kind: 'pattern',
  subject: typeof subject === 'string' ? variable(subject) : subject,
  predicate: typeof predicate === 'string' ? variable(predicate) : predicate,
  object: typeof object === 'string' ? variable(object) : object,
  graph,
})

/** Rows of terms as texts, sorted: `name=key` by variable. */
export function texts(rows: readonly Bindings[]): readonly string[] {
  return rows
    .map((row) =>
      Object.entries(row)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, term]) => `${name}=${termKey(term!)}`)
        .join(' '),
    )
    .sort()
}

export function rowsOf(batch: Batch, decode: (id: number) => Term): readonly Bindings[] {
  return Array.from({ length: batch.length }, (_, row) =>
    Object.fromEntries(batch.variables.map((name, column) => [name, decode(batch.columns[column]![row]!)])),
  )
}

/** The answer of a fragment that the store takes whole. */
export async function answer(
  connector: Connector,
  plan: Plan,
  bindings?: (dictionary: Dictionary) => Batch,
  asked: Request = request(),
): Promise<readonly Bindings[]> {
  const pushed = connector.push!(plan)
  if (pushed === undefined) throw new Error('the store does not take the fragment')
  const executing: ExecuteRequest = {
    ...asked,
    ...(bindings === undefined ? {} : { bindings: bindings(asked.dictionary) }),
    evaluate: () => {
      throw new Error('nothing is left to the engine')
    },
  }
  const rows: Bindings[] = []
  for await (const batch of connector.execute!(pushed.native, executing)) {
    rows.push(...rowsOf(batch, asked.dictionary.decode))
  }
  return rows
}

export function keys(name: string, terms: readonly Term[]): (dictionary: Dictionary) => Batch {
  return (dictionary) => {
    const builder = batchBuilder([name])
    for (const term of terms) builder.add([dictionary.encode(term)])
    return builder.build()
  }
}
