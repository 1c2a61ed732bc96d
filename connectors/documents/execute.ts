import type { VariableName } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { Term } from '../../planner/term.ts'
import type { TermContext } from '../../planner/views/term-map.ts'
import type { RecordQuery } from '../../planner/views/unfold.ts'
import { BATCH_ROWS, batchBuilder, columnOf } from '../batch.ts'
import type { Batch, Request } from '../connector.ts'
import type { Collection } from './collection.ts'
import { type DocumentsQuery, filterOf, type Restrictions } from './compile.ts'
import { type Known, solutions } from './decode.ts'
import { find } from './find.ts'
import type { ReferencedDocuments } from './resolve.ts'
import { askedOf, holds, type TermCondition, type TextTypes, termCondition } from './term-tests.ts'

const BLOCK = 1024

/** Where the documents of a query come from. */
export interface Stored {
  readonly context: TermContext
  has(name: string): Promise<boolean>
  /** @throws PolyprovError `store-failed` where there is none of that name */
  collection(name: string): Promise<Collection>
}

/** Restrictions on the values of a query's variables. */
interface Admission {
  readonly keys: ReadonlyMap<VariableName, readonly Term[]>
  readonly admits: (variable: VariableName, id: number) => boolean
}

/** The records of one scan, in blocks: all that meet its restrictions, or more. */
export type ReadRecords = (
  member: RecordQuery,
  scan: number,
  restrictions: Restrictions,
) => AsyncIterable<readonly unknown[]>

/** The answer of a query over documents, compatible with one of the rows of `bindings` in every variable. */
export const execute = (
  query: DocumentsQuery,
  stored: Stored,
  request: Request & { readonly bindings?: Batch | undefined },
): AsyncGenerator<Batch> =>
  answerOf(
    query,
    stored.context,
    (member, scan, restrictions) => recordsOf(member, scan, restrictions, stored, request),
    request,
  )

/** As {@link execute}, of documents that are read from anywhere. */
export async function* answerOf(
  query: DocumentsQuery,
  context: TermContext,
  read: ReadRecords,
  request: Request & { readonly bindings?: Batch | undefined },
): AsyncGenerator<Batch> {
  const output = outputOf(query, request.bindings)
  const picked = output.map((name) => query.variables.indexOf(name))
  const builder = batchBuilder(output)
  const seen = new Set<string>()
  const end = query.limit === undefined ? Number.POSITIVE_INFINITY : query.offset + query.limit
  let position = 0
  for await (const solutions of solutionsOf(query, context, read, request)) {
    for (const solution of solutions) {
      if (position >= end) break
      const ids = picked.map((column) => solution[column]!)
      if (query.distinct && !isNew(seen, ids)) continue
      if (position++ < query.offset) continue
      builder.add(ids)
      if (builder.length === BATCH_ROWS) yield builder.build()
    }
    if (position >= end) break
  }
  if (builder.length > 0) yield builder.build()
}

/** The solutions of the patterns that are admitted, each once, in the order of `query.variables`. */
async function* solutionsOf(
  query: DocumentsQuery,
  context: TermContext,
  read: ReadRecords,
  request: Request & { readonly bindings?: Batch | undefined },
): AsyncGenerator<readonly (readonly number[])[]> {
  const { dictionary, signal } = request
  const { keys, admits } = admission(query, request)
  const seen = new Set<string>()
  const conditions = pushedConditions(query)
  const options = { context, keyed: new Set(keys.keys()) }
  for (const member of query.members) {
    const columns = query.variables.map((name) => member.positions.findIndex(({ variable }) => variable === name))
    const records = (scan: number, known?: Known) => {
      const shown = [...(known?.ids ?? [])].map(
        ([name, ids]) => [name, ids.map((id) => dictionary.decode(id))] as const,
      )
      const restrictions = { keys: new Map([...keys, ...shown]), conditions, fields: known?.fields ?? [] }
      return read(member, scan, restrictions)
    }
    for await (const rows of solutions(member, records, { ...options, dictionary, admits, signal })) {
      const found: (readonly number[])[] = []
      for (const row of rows) {
        const solution = columns.map((slot) => row[slot]!)
        if (!isAdmitted(query.variables, solution, admits)) continue
        if (!query.repeating || isNew(seen, solution)) found.push(solution)
      }
      yield found
    }
  }
}

function isNew(seen: Set<string>, ids: readonly number[]): boolean {
  const before = seen.size
  return seen.add(ids.join(' ')).size > before
}

/** Variables bound by constants of the mapping never passed a cell: they are looked at here. */
const isAdmitted = (
  variables: readonly VariableName[],
  ids: readonly number[],
  admits: (variable: VariableName, id: number) => boolean,
): boolean => variables.every((variable, index) => admits(variable, ids[index]!))

/** The answer's variables, those of the keys among them. */
function outputOf(query: DocumentsQuery, bindings: Batch | undefined): readonly VariableName[] {
  const keys = bindings?.variables.filter((name) => query.variables.includes(name)) ?? []
  return [...new Set([...query.output, ...keys])]
}

/** The values of each variable that every row of the bindings binds. */
function keysOf(
  variables: readonly VariableName[],
  bindings: Batch | undefined,
): ReadonlyMap<VariableName, ReadonlySet<number>> {
  const keys = new Map<VariableName, ReadonlySet<number>>()
  if (bindings === undefined) return keys
  for (const name of variables) {
    const column = columnOf(bindings, name)?.subarray(0, bindings.length)
    if (column === undefined) continue
    const ids = new Set(column)
    if (!ids.has(0)) keys.set(name, ids)
  }
  return keys
}

/** What may be among the answers: values that are among the keys and satisfy the conditions, each decided once. */
function admission(query: DocumentsQuery, request: Request & { readonly bindings?: Batch | undefined }): Admission {
  const decode = (id: number): Term => request.dictionary.decode(id)
  const keys = keysOf(query.variables, request.bindings)
  const conditions = new Map<VariableName, TermCondition[]>()
  for (const condition of query.conditions.map((conjunct) => termCondition(conjunct)!)) {
    conditions.set(condition.variable, [...(conditions.get(condition.variable) ?? []), condition])
  }
  const decided = new Map<VariableName, Map<number, boolean>>([...conditions.keys()].map((name) => [name, new Map()]))
  return {
    keys: new Map([...keys].map(([name, ids]) => [name, [...ids].map(decode)])),
    admits(variable, id) {
      if (keys.get(variable)?.has(id) === false) return false
      const known = decided.get(variable)
      if (known === undefined) return true
      const before = known.get(id)
      if (before !== undefined) return before
      const term = decode(id)
      const isAdmitted = conditions.get(variable)!.every((condition) => holds(term, condition))
      known.set(id, isAdmitted)
      return isAdmitted
    },
  }
}

/** Strings are texts, and every other scalar has one. */
const JSON_TEXTS: TextTypes = { ofStrings: [], ofScalars: ['number', 'bool'] }

/** The query's conditions as a filter asks them of the field behind a variable. */
export function pushedConditions({ conditions }: DocumentsQuery): NonNullable<Restrictions['conditions']> {
  const all = conditions.map((conjunct) => termCondition(conjunct)!)
  return (variable, { map }) =>
    all.filter((each) => each.variable === variable).flatMap((each) => askedOf(each, map, JSON_TEXTS) ?? [])
}

async function* recordsOf(
  member: RecordQuery,
  scan: number,
  restrictions: Restrictions,
  stored: Stored,
  { meter, signal }: Request,
): AsyncGenerator<readonly unknown[]> {
  const filter = filterOf(member, scan, stored.context, restrictions)
  if (filter === undefined) return
  const { collection } = member.scans[scan]!
  meter.request()
  const documents = find(await stored.collection(collection), filter)
  for (let start = 0; start < documents.length; start += BLOCK) {
    signal.throwIfAborted()
    yield documents.slice(start, start + BLOCK)
  }
}

/** Documents for references: once they are fetched, further groups of patterns read them again, and ask for nothing more. */
export function referencedIn(stored: Stored): ReferencedDocuments {
  let isFetched = false
  return {
    async holds(locator) {
      const at = locator.indexOf('/')
      if (at < 1 || !(await stored.has(locator.slice(0, at)))) return false
      return (await stored.collection(locator.slice(0, at))).byId(locator.slice(at + 1)) !== undefined
    },
    execute(query, request) {
      const meter = isFetched ? { ...request.meter, request: () => {}, bytes: () => {} } : request.meter
      isFetched = true
      return execute(query, stored, { ...request, meter })
    },
  }
}

export const noCollection = (store: string, name: string, present: Iterable<string>): PolyprovError =>
  new PolyprovError(
    'store-failed',
    `Store '${store}' holds no collection '${name}'; it holds ${[...present].join(', ') || 'none'}`,
    { store },
  )
