import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { iri, type Term } from '../../planner/term.ts'
import type { TermMap } from '../../planner/views/view.ts'
import { ROOT } from '../../planner/views/view.ts'
import { batchBuilder } from '../batch.ts'
import {
  type Batch,
  type Bindings,
  objectIri,
  type Resolved,
  type ResolvedBatch,
  type ResolveRequest,
} from '../connector.ts'
import { variablesOf } from '../documents/shape.ts'
import { leftJoinRows } from '../left-join-rows.ts'
import { aboutObjects, EVERY, OBJECT, tooManyReadings } from '../object-patterns.ts'
import { answerOf, emptySolutions, keepReferences, leftJoinBatches, withIndexes } from '../resolved-batches.ts'
import type { Table } from './catalogue.ts'
import { columnOf, valuesFor } from './cells.ts'
import type { PostgresQuery } from './compile.ts'
import { arrayLiteral, type Database } from './database.ts'
import { execute } from './execute.ts'
import { type NumberedObjects, numberedObjects } from './numbered.ts'
import { joined, sql, statement, text } from './sql.ts'

/** What references are resolved by. */
export interface Resolving {
  readonly store: string
  readonly base: string
  readonly database: Database
  readonly tables: ReadonlyMap<string, Table>
  /** A query over patterns, however many rows it takes; `undefined` where it can be read in too many ways. */
  compile(patterns: readonly Pattern[]): PostgresQuery | undefined
}

/**
 * The patterns answered for each reference (`table/key`), as if its row's object IRI were the reference's own: one
 * statement a group of patterns, and one a table for the rows that no group has shown to be there.
 */
export async function* resolveReferences(request: ResolveRequest, resolving: Resolving): AsyncGenerator<Resolved> {
  const { dictionary, locators } = request
  const byColumns = request.batches === true ? queriesByColumns(request, resolving) : undefined
  if (byColumns !== undefined) return yield* resolveByColumns(byColumns, request, resolving)
  const builder = batchBuilder([OBJECT])
  // Several references may be to one row.
  const indexesOf = new Map<number, number[]>()
  for (const [index, locator] of locators.entries()) {
    const id = dictionary.encode(iri(objectIri(resolving.base, resolving.store, locator)))
    const indexes = indexesOf.get(id)
    if (indexes === undefined) {
      indexesOf.set(id, [index])
      builder.add([id])
    } else indexes.push(index)
  }
  const objects = builder.build()
  const answers = new Map<number, readonly Bindings[]>()
  const shown = new Set<number>()
  const required = await rowsOf(request.patterns, request, objects, resolving)
  for (const id of indexesOf.keys()) answers.set(id, required(id, shown))
  for (const group of request.optional ?? []) {
    const optional = await rowsOf(group, request, objects, resolving)
    for (const [id, found] of answers) answers.set(id, leftJoinRows(found, optional(id, shown)))
  }
  const unseen = [...indexesOf].filter(([id]) => !shown.has(id)).map(([, [index]]) => locators[index!]!)
  const present = await presentOf(unseen, request, resolving)
  for (const [id, rows] of answers) {
    for (const index of indexesOf.get(id)!) {
      const locator = locators[index]!
      if (shown.has(id) || present.has(locator)) yield { index, rows }
      else yield { index, rows: [], error: missing(resolving.store, locator) }
    }
  }
}

/** A query for a group of patterns, and the references that it is asked for. */
interface QueryByColumns {
  readonly query: PostgresQuery
  readonly numbered: NumberedObjects
}

/** Queries for the patterns, where there are any, and for each OPTIONAL group. */
interface QueriesByColumns {
  readonly required?: QueryByColumns
  readonly optional: readonly QueryByColumns[]
}

/** `undefined`: some group does not tell by a column which reference a row is of. */
function queriesByColumns(request: ResolveRequest, resolving: Resolving): QueriesByColumns | undefined {
  const queryFor = (group: readonly Pattern[]): QueryByColumns | undefined => {
    const patterns = aboutObjects(group, request)
    const query = variablesOf(patterns).includes(OBJECT) ? resolving.compile(patterns) : undefined
    if (query === undefined) return undefined
    const prefix = objectIri(resolving.base, resolving.store, '')
    const numbered = numberedObjects(query.members, OBJECT, request.locators, prefix)
    return numbered === undefined ? undefined : { query, numbered }
  }
  const required = request.patterns.length === 0 ? undefined : queryFor(request.patterns)
  if (required === undefined && request.patterns.length > 0) return undefined
  const optional: QueryByColumns[] = []
  for (const group of request.optional ?? []) {
    if (group.length === 0) continue
    const query = queryFor(group)
    if (query === undefined) return undefined
    optional.push(query)
  }
  return { ...(required === undefined ? {} : { required }), optional }
}

/** As {@link resolveReferences}, without a record for any row: references are numbers, and values are ids throughout. */
async function* resolveByColumns(
  { required, optional }: QueriesByColumns,
  request: ResolveRequest,
  resolving: Resolving,
): AsyncGenerator<Resolved> {
  const { locators, dictionary, signal, meter } = request
  const shown = new Uint8Array(locators.length)
  const rowsFor = async ({ query, numbered }: QueryByColumns): Promise<ResolvedBatch> => {
    const batches: Batch[] = []
    for await (const batch of execute(query, resolving.database, { dictionary, signal, meter, numbered }))
      batches.push(batch)
    const found = withIndexes(batches, OBJECT)
    for (const index of found.indexes) shown[index] = 1
    return found
  }
  let rows = required === undefined ? emptySolutions(locators.keys()) : await rowsFor(required)
  for (const query of optional) rows = leftJoinBatches(rows, await rowsFor(query), locators.length)
  const unseen = [...locators.keys()].filter((index) => shown[index] === 0)
  const unseenLocators = unseen.map((index) => locators[index]!)
  const present = await presentOf([...new Set(unseenLocators)], request, resolving)
  const lost = unseen.filter((index) => !present.has(locators[index]!))
  const isLost = new Set(lost)
  yield answerOf(required === undefined ? keepReferences(rows, (index) => !isLost.has(index)) : rows)
  for (const index of lost) yield { index, rows: [], error: missing(resolving.store, locators[index]!) }
}

/** The rows of one group of patterns by the id of their object, which they show to be there. */
async function rowsOf(
  group: readonly Pattern[],
  request: ResolveRequest,
  objects: Batch,
  resolving: Resolving,
): Promise<(id: number, shown: Set<number>) => readonly Bindings[]> {
  if (group.length === 0) return () => [{}]
  const { dictionary, signal, meter } = request
  const patterns = aboutObjects(group, request)
  const query = resolving.compile(patterns)
  if (query === undefined) throw tooManyReadings(resolving.store)
  const variables = variablesOf(patterns)
  const rows = new Map<number, Bindings[]>()
  for await (const batch of execute(query, resolving.database, { dictionary, signal, meter, bindings: objects })) {
    const column = batch.columns[batch.variables.indexOf(OBJECT)]
    for (let row = 0; row < batch.length; row++) {
      const entries = batch.variables.flatMap((name, index) =>
        name === OBJECT ? [] : [[name, dictionary.decode(batch.columns[index]![row]!)] as const],
      )
      const id = column?.[row] ?? EVERY
      const own = rows.get(id) ?? []
      own.push(Object.fromEntries(entries) as Record<string, Term>)
      rows.set(id, own)
    }
  }
  const isAbout = variables.includes(OBJECT)
  return (id, shown) => {
    const found = rows.get(isAbout ? id : EVERY) ?? []
    if (isAbout && found.length > 0) shown.add(id)
    return found
  }
}

/** Those of the locators whose rows are there. */
async function presentOf(
  locators: readonly string[],
  { meter, signal }: ResolveRequest,
  { database, tables, store, base }: Resolving,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>()
  for (const table of tables.values()) {
    const prefix = `${table.collection}/`
    const own = locators.filter((locator) => locator.startsWith(prefix))
    const key = table.keys[0]
    if (own.length === 0 || key === undefined) continue
    const columns = key.map((name) => table.columns.get(name)!)
    const map: TermMap = {
      kind: 'template',
      text: [objectIri(base, store, prefix), ...columns.slice(1).map(() => encodeURIComponent('/')), ''],
      fields: key.map((name) => [ROOT, name]),
      termType: 'iri',
      encoding: 'component',
    }
    const scans = new Map([[0, { source: table, relation: table }]])
    const scope = { scans, context: { scope: store }, version: 0, isUnicode: true }
    const wanted = new Map<string, string>()
    for (const locator of own) {
      const values = valuesFor(scope, { scan: 0, map }, iri(objectIri(base, store, locator)))
      if (values === 'unknown') continue
      for (const alternative of values) wanted.set(textsKey(alternative.map((each) => each.text)), locator)
    }
    if (wanted.size === 0) continue
    const rows = [...wanted.keys()].map((texts) => JSON.parse(texts) as readonly string[])
    const names = columns.map((column) => columnOf(0, column))
    const arrays = columns.map(
      ({ type }, index) => sql`${text(arrayLiteral(rows.map((row) => row[index]!)))}::text[]::${type.sql}[]`,
    )
    const ordinal = sql`unnest(${joined(arrays, ', ')}) WITH ORDINALITY AS k(${columns.map((_, index) => `c${index}`).join(', ')}, n)`
    const on = names.map((name, index) => `${name} = k.c${index}`).join(' AND ')
    meter.request()
    const found = await database.query(
      statement(sql`SELECT k.n::text FROM ${table.sql} AS t0 JOIN ${ordinal} ON ${on}`),
      signal,
    )
    const all = [...wanted.values()]
    for (const [position] of found) present.add(all[Number(position) - 1]!)
  }
  return present
}

const textsKey = (texts: readonly string[]): string => JSON.stringify(texts)

const missing = (store: string, locator: string): PolyprovError =>
  new PolyprovError('missing-object', `Store '${store}' holds no row '${locator}'`, { store, locator })
