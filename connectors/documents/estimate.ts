import type { VariableName } from '../../planner/algebra.ts'
import { type Bounds, fromGeoJson } from '../../planner/functions/geometry-literals.ts'
import type { Estimate } from '../../planner/source.ts'
import type { Term } from '../../planner/term.ts'
import { type FieldCondition, fieldsOf, inverse, type TermContext } from '../../planner/views/term-map.ts'
import type { Cell, Position, RecordQuery } from '../../planner/views/unfold.ts'
import type { RecordSource, TermMap } from '../../planner/views/view.ts'
import type { Collection } from './collection.ts'
import { type DocumentsQuery, mongoPath } from './compile.ts'
import { fieldCondition } from './conditions.ts'
import type { BoundsRelation } from './geometry.ts'
import { isObject } from './parse.ts'
import type { Statistics } from './statistics.ts'
import { holds, type TermCondition, termCondition } from './term-tests.ts'

/** What is known of the documents without reading any. */
interface Knowledge {
  readonly statistics: Statistics
  readonly context: TermContext
  /** A collection that is in memory. */
  loaded(name: string): Collection | undefined
  /** The share of a collection's documents with a geometry whose bounds meet these, or are within them, where it is known. */
  shareByBounds?(name: string, path: string, bounds: Bounds, relation: BoundsRelation): number | undefined
}

/** Shares of values that satisfy a condition of which nothing better is known. */
const ORDER_SHARE = 1 / 3
const MEETING_SHARE = 0.1
const APART_SHARE = 0.9

/** Rows that a query over documents gives, and distinct values of its variables: by counts, keys and indexes. */
export function estimateOf(query: DocumentsQuery, knowledge: Knowledge): Estimate {
  const conditions = query.conditions.map((conjunct) => termCondition(conjunct)!)
  const members = query.members.map((member) => memberEstimate(member, conditions, knowledge))
  const distinct: Record<VariableName, number> = {}
  for (const name of query.variables) {
    distinct[name] = members.reduce((sum, member) => sum + (member.distinct[name] ?? 0), 0)
  }
  const combinations = (names: readonly VariableName[]): number =>
    names.reduce((product, name) => product * Math.max(1, distinct[name]!), 1)
  let rows = members.reduce((sum, member) => sum + member.rows, 0)
  if (query.repeating) rows = Math.min(rows, combinations(query.variables))
  if (query.distinct) rows = Math.min(rows, combinations(query.output))
  rows = Math.min(Math.max(0, rows - query.offset), query.limit ?? rows)
  const capped = query.output.map((name) => [name, Math.max(1, Math.min(distinct[name]!, rows))] as const)
  return { rows, distinct: Object.fromEntries(capped) }
}

interface MemberEstimate {
  readonly rows: number
  readonly distinct: Readonly<Record<VariableName, number>>
}

function memberEstimate(
  query: RecordQuery,
  conditions: readonly TermCondition[],
  knowledge: Knowledge,
): MemberEstimate {
  let rows = 1
  for (const scan of query.scans.keys()) rows *= scanRows(query, scan, knowledge)
  const distinct: Record<VariableName, number> = {}
  for (const position of query.positions) {
    const values = position.cells.map((cell) => distinctTerms(cell.map, query.scans[cell.scan]!, knowledge))
    let share = position.term === undefined ? agreement(values) : 1
    if (position.term !== undefined) {
      for (const cell of position.cells) share *= termShare(cell, position.term, query, knowledge)
    }
    const { variable } = position
    if (variable === undefined) {
      rows *= share
      continue
    }
    const kept = conditionsShare(position, query, conditions, knowledge)
    rows *= share * kept
    distinct[variable] = position.term === undefined ? Math.min(...values) * kept : 1
  }
  for (const { left, right } of query.joins) {
    const values = [left, right].map(
      ({ scan, field }) => knowledge.statistics.source(query.scans[scan]!).field(field).distinct,
    )
    rows *= agreement(values)
  }
  return { rows, distinct }
}

/** Records of a scan that have all that its cells read, times the terms that each gives. */
function scanRows(query: RecordQuery, scan: number, { statistics }: Knowledge): number {
  const source = statistics.source(query.scans[scan]!)
  if (source.records === 0) return 0
  const cells = query.positions.flatMap((position) => position.cells.filter((cell) => cell.scan === scan))
  // Fields that may be absent mostly are so together.
  let records = source.records
  let each = 1
  for (const path of cells.flatMap(({ map }) => fieldsOf(map))) {
    const field = source.field(path)
    if (field.records === 0) return 0
    records = Math.min(records, field.records)
    each *= field.values / field.records
  }
  return records * each
}

function distinctTerms(map: TermMap, source: RecordSource, { statistics }: Knowledge): number {
  const { field, records } = statistics.source(source)
  const fields = fieldsOf(map).map(field)
  const values = fields.reduce((product, { values: count }) => product * (count / Math.max(1, records)), records)
  return Math.min(
    values,
    fields.reduce((product, { distinct }) => product * distinct, 1),
  )
}

/** The share of combinations that agree in one value: one of each set but the smallest, under independence. */
function agreement(distinct: readonly number[]): number {
  if (distinct.length < 2) return 1
  const product = distinct.reduce((all, count) => all * Math.max(1, count), 1)
  return Math.max(1, Math.min(...distinct)) / product
}

/** The share of a cell's terms that are the one. */
function termShare({ map, scan }: Cell, term: Term, query: RecordQuery, knowledge: Knowledge): number {
  const source = query.scans[scan]!
  const found = inverse(map, term, knowledge.context)
  if (found === 'no match') return 0
  const average = 1 / Math.max(1, distinctTerms(map, source, knowledge))
  if (found === 'unknown') return average
  const shares = found.map((conditions) =>
    conditions.reduce((share, condition) => share * fieldShare(condition, source, knowledge), 1),
  )
  return Math.min(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  )
}

/** The share of a field's values that are one of a few: looked up where that costs nothing. */
function fieldShare(
  { field, values }: FieldCondition,
  source: RecordSource,
  { statistics, loaded }: Knowledge,
): number {
  if (values.length === 0) return 0
  const path = mongoPath(field, source)
  const collection = loaded(source.collection)
  const { records, distinct } = statistics.source(source).field(field)
  const count = path === undefined ? undefined : collection?.countOf(path, values)
  // The values are the forms of one text.
  if (count === undefined || collection === undefined) return 1 / Math.max(1, distinct)
  return Math.min(1, count / Math.max(1, source.iterator === undefined ? records : collection.documents.length))
}

function conditionsShare(
  { variable, term, cells }: Position,
  query: RecordQuery,
  conditions: readonly TermCondition[],
  knowledge: Knowledge,
): number {
  let share = 1
  for (const condition of conditions) {
    if (condition.variable !== variable) continue
    if (term !== undefined) share *= holds(term, condition) ? 1 : 0
    else if (cells[0] !== undefined) share *= conditionShare(condition, cells[0], query, knowledge)
  }
  return share
}

function conditionShare(
  condition: TermCondition,
  { map, scan }: Cell,
  query: RecordQuery,
  knowledge: Knowledge,
): number {
  const source = query.scans[scan]!
  const one = 1 / Math.max(1, distinctTerms(map, source, knowledge))
  switch (condition.kind) {
    case 'in':
      return Math.min(1, one * condition.constants.length)
    case 'compare':
      return condition.operator === '=' ? one : condition.operator === '!=' ? 1 - one : ORDER_SHARE
    case 'test':
      return ORDER_SHARE
    case 'relate':
      return geometryShare(fieldCondition(condition, map), map, source, knowledge)
  }
}

/** The share of geometries whose bounds meet those asked for, or lie within them. */
function geometryShare(asked: unknown, map: TermMap, source: RecordSource, knowledge: Knowledge): number {
  const { loaded, statistics, shareByBounds } = knowledge
  const path = map.kind === 'field' ? mongoPath(map.field, source) : undefined
  const [[operator, argument] = []] = isObject(asked) ? Object.entries(asked) : []
  if (operator === undefined || map.kind !== 'field') return APART_SHARE
  const bounds = isObject(argument) ? fromGeoJson(argument['$geometry'])?.bounds : undefined
  if (path === undefined || bounds === undefined) return MEETING_SHARE
  const relation = operator === '$geoWithin' ? 'within' : 'meet'
  const count = loaded(source.collection)?.countByBounds(path, bounds, relation)
  if (count === undefined) return shareByBounds?.(source.collection, path, bounds, relation) ?? MEETING_SHARE
  return Math.min(1, count / Math.max(1, statistics.source(source).field(map.field).records))
}
