import type { Document } from 'mongodb'
import type { VariableName } from '../../../planner/algebra.ts'
import { compareSortKeys, sortKey } from '../../../planner/functions/order.ts'
import type { Term } from '../../../planner/term.ts'
import type { RecordQuery } from '../../../planner/views/unfold.ts'
import { BATCH_ROWS, batchBuilder, columnOf } from '../../batch.ts'
import type { Batch, Request } from '../../connector.ts'
import { type TermCondition, termCondition } from '../../documents/term-tests.ts'
import type { GroupedQuery, MongodbQuery, TopQuery } from '../compile.ts'
import { aggregate } from '../find.ts'
import { conditionsFor, type Database, scanFilter } from '../read.ts'
import type { RawDocument } from '../values.ts'
import { columnStages, type Slot } from './columns.ts'
import { groupStages } from './group.ts'
import { groupsOf, readSlot } from './read-groups.ts'
import { restrictions } from './restrict.ts'
import { endStages, isFirst, isOneBracket, type SortKey, sortBracket, sortStages } from './top.ts'

type Bound = Request & { readonly bindings?: Batch | undefined }

/** A pipeline, and the collection that it is for. */
export interface Pipeline {
  readonly collection: string
  readonly stages: readonly Document[]
}

/** The stages up to the rows of a member's columns; `undefined`: there are none. */
function rowsPipeline(
  { documents }: MongodbQuery,
  member: RecordQuery,
  slots: readonly Slot[],
  keys: ReadonlyMap<VariableName, readonly Term[]>,
  database: Database,
): Pipeline | undefined {
  const filter = scanFilter(member, 0, { keys, conditions: conditionsFor(documents, member, database) }, database)
  const restricted = restrictions(slots, conditionsIn(documents.conditions), database)
  if (filter === undefined || restricted === undefined) return undefined
  const source = member.scans[0]!
  const match = Object.keys(filter).length === 0 ? [] : [{ $match: filter as Document }]
  return { collection: source.collection, stages: [...match, ...columnStages(source, slots), ...restricted] }
}

const conditionsIn = (conjuncts: MongodbQuery['documents']['conditions']): readonly TermCondition[] =>
  conjuncts.map((conjunct) => termCondition(conjunct)!)

const NO_KEYS: ReadonlyMap<VariableName, readonly Term[]> = new Map()

/** The pipelines of a query, as they are without keys. */
export function pipelinesOf(query: MongodbQuery, database: Database): readonly Pipeline[] {
  if (query.grouped !== undefined) {
    return query.grouped.groupings.flatMap((grouping) => groupPipeline(query, grouping, NO_KEYS, database) ?? [])
  }
  return query.top === undefined ? [] : (topPipeline(query, query.top, database) ?? [])
}

function groupPipeline(
  query: MongodbQuery,
  grouping: GroupedQuery['groupings'][number],
  keys: ReadonlyMap<VariableName, readonly Term[]>,
  database: Database,
): Pipeline | undefined {
  const slots = [...grouping.read, ...grouping.counted]
  const rows = rowsPipeline(query, grouping.member, slots, keys, database)
  return rows === undefined ? undefined : { ...rows, stages: [...rows.stages, ...groupStages(grouping)] }
}

const topPipeline = (query: MongodbQuery, top: TopQuery, database: Database): readonly Pipeline[] | undefined => {
  const rows = rowsPipeline(query, top.member, top.slots, NO_KEYS, database)
  return rows === undefined ? undefined : [{ ...rows, stages: [...rows.stages, ...sortStages(top.keys, top.most)] }]
}

function run(pipeline: Pipeline, database: Database, request: Request): AsyncGenerator<readonly RawDocument[]> {
  const { config, bson, db } = database
  const { collation } = database.knowledge(pipeline.collection)
  return aggregate(db.collection(pipeline.collection), pipeline.stages, collation !== undefined, request, config, bson)
}

/** The answer of a query whose solutions MongoDB groups; `undefined`: its rows do not tell it. */
export async function groups(
  query: MongodbQuery & { readonly grouped: GroupedQuery },
  database: Database,
  request: Bound,
): Promise<readonly Batch[] | undefined> {
  const { documents, grouped } = query
  const { by, groupings, isOne } = grouped
  const gathered = groupsOf(by, conditionsIn(documents.conditions), isOne, database.options, request.dictionary)
  const keys = keysOf(by.keys, database.config.keys, request)
  for (const grouping of groupings) {
    const pipeline = groupPipeline(query, grouping, keys, database)
    if (pipeline === undefined) continue
    for await (const rows of run(pipeline, database, request)) {
      for (const row of rows) if (!gathered.add(grouping, row)) return undefined
    }
  }
  const names = [...by.keys, ...by.aggregates.map(({ variable }) => variable)]
  const bound = request.bindings?.variables.filter((name) => by.keys.includes(name)) ?? []
  const output = [...new Set([...grouped.output, ...bound])]
  return batches(output, names, gathered.rows(), grouped)
}

/** Few enough values of the keys of groups that all of them can be asked for. */
function keysOf(
  names: readonly VariableName[],
  most: number,
  { bindings, dictionary }: Bound,
): ReadonlyMap<VariableName, readonly Term[]> {
  const keys = new Map<VariableName, readonly Term[]>()
  if (bindings === undefined) return keys
  for (const name of names) {
    const ids = new Set(columnOf(bindings, name)?.subarray(0, bindings.length))
    if (ids.size === 0 || ids.size > most || ids.has(0)) continue
    keys.set(
      name,
      [...ids].map((id) => dictionary.decode(id)),
    )
  }
  return keys
}

function batches(
  output: readonly VariableName[],
  names: readonly VariableName[],
  rows: Iterable<readonly number[]>,
  { distinct, offset, limit }: Pick<GroupedQuery, 'distinct' | 'offset' | 'limit'>,
): readonly Batch[] {
  const picked = output.map((name) => names.indexOf(name))
  const found: Batch[] = []
  const seen = new Set<string>()
  let builder = batchBuilder(output)
  let position = 0
  for (const row of rows) {
    const ids = picked.map((column) => row[column]!)
    const key = ids.join(' ')
    if (distinct && seen.has(key)) continue
    if (distinct) seen.add(key)
    if (position++ < offset) continue
    if (limit !== undefined && position > offset + limit) break
    builder.add(ids)
    if (builder.length < BATCH_ROWS) continue
    found.push(builder.build())
    builder = batchBuilder(output)
  }
  return builder.length === 0 ? found : [...found, builder.build()]
}

/** The first solutions of an order; `undefined`: they may be others. */
export async function first(
  query: MongodbQuery & { readonly top: TopQuery },
  database: Database,
  request: Bound,
): Promise<readonly Batch[] | undefined> {
  const { top, documents } = query
  const [pipeline] = topPipeline(query, top, database) ?? []
  if (pipeline === undefined) return []
  const raw: RawDocument[] = []
  for await (const rows of run(pipeline, database, request)) raw.push(...rows)
  const isAll = raw.length < top.most
  if (!isAll && !(await isInOrder(query, raw, database, request))) return undefined
  const solutions = solutionsOf(query, raw, isAll, database, request)
  if (solutions === undefined) return undefined
  const ordered = solutions.sort((one, other) => compareBy(top.keys.length, one, other, top.keys))
  const names = documents.variables
  return batches(
    documents.output,
    names,
    ordered.map(({ ids }) => ids),
    {
      distinct: false,
      offset: documents.offset,
      ...(documents.limit === undefined ? {} : { limit: documents.limit }),
    },
  )
}

interface Solution {
  readonly ids: readonly number[]
  readonly sort: readonly ReturnType<typeof sortKey>[]
}

function compareBy(count: number, one: Solution, other: Solution, keys: readonly SortKey[]): number {
  for (let index = 0; index < count; index++) {
    const order = compareSortKeys(one.sort[index]!, other.sort[index]!)
    if (order !== 0) return keys[index]!.descending ? -order : order
  }
  return 0
}

/** Each row is one solution, and no two are the same, or all rows are there and the others are left out. */
function solutionsOf(
  { top, documents }: MongodbQuery & { readonly top: TopQuery },
  raw: readonly RawDocument[],
  isAll: boolean,
  { options }: Database,
  { dictionary }: Request,
): Solution[] | undefined {
  const conditions = conditionsIn(documents.conditions)
  const found = new Map<string, Solution>()
  for (const row of raw) {
    const terms = new Map<VariableName, Term>()
    let isSolution = true
    for (const slot of top.slots) {
      const term = readSlot(slot, row, row, conditions, options)
      if (term === 'unknown') return undefined
      if (term === 'none') isSolution = false
      else if (slot.position.variable !== undefined) terms.set(slot.position.variable, term)
    }
    if (!isSolution && isAll) continue
    if (!isSolution) return undefined
    const ids = documents.variables.map((name) => dictionary.encode(terms.get(name)!))
    const key = ids.join(' ')
    if (found.has(key) && !isAll) return undefined
    found.set(key, { ids, sort: top.variables.map((name) => sortKey(terms.get(name))) })
  }
  return [...found.values()]
}

/** Whether MongoDB sorted by each key as SPARQL does: all values that decide are of one bracket. */
async function isInOrder(
  query: MongodbQuery & { readonly top: TopQuery },
  raw: readonly RawDocument[],
  database: Database,
  request: Request,
): Promise<boolean> {
  const { top } = query
  for (const [index, key] of top.keys.entries()) {
    if (isOneBracket(key.column.types)) continue
    const brackets = new Set(raw.map((row) => sortBracket(row[key.column.name])))
    const [bracket] = brackets
    if (bracket === undefined || brackets.size > 1) return false
    if (index === 0 && isFirst(bracket, key.descending)) continue
    const directions = index > 0 ? ([1, -1] as const) : key.descending ? ([1] as const) : ([-1] as const)
    for (const direction of directions) {
      const rows = rowsPipeline(query, top.member, top.slots, NO_KEYS, database)!
      const end = { ...rows, stages: [...rows.stages, ...endStages(key, direction)] }
      for await (const [row] of run(end, database, request)) {
        if (row !== undefined && sortBracket(row[key.column.name]) !== bracket) return false
      }
    }
  }
  return true
}
