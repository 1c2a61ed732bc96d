import type { Document } from 'mongodb'
import type { Aggregate, VariableName } from '../../../planner/algebra.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { isAbsoluteIri } from '../../../planner/views/encoding.ts'
import { isFloating } from '../../../planner/views/natural.ts'
import type { RecordQuery } from '../../../planner/views/unfold.ts'
import type { DocumentsQuery } from '../../documents/compile.ts'
import { type TermCondition, termCondition } from '../../documents/term-tests.ts'
import type { CollectionKnowledge } from '../knowledge.ts'
import type { RawDocument } from '../values.ts'
import { boundsOf, kindsOf, sumOf } from './bounds.ts'
import { type Column, naturalColumn, type Slot, slotsOf } from './columns.ts'

/** How an aggregate is made: of the number of solutions, of the terms that it is about, or of the bounds of a column. */
export type GroupedAggregate =
  | { readonly of: 'solutions'; readonly aggregate: Aggregate }
  | { readonly of: 'terms'; readonly aggregate: Aggregate; readonly slot: Slot }
  | { readonly of: 'bounds'; readonly aggregate: Aggregate; readonly column: Column }

/** What is grouped of one query over a collection. */
export interface Grouping {
  readonly member: RecordQuery
  /** Slots whose values the rows have, each combination in a row of its own. */
  readonly read: readonly Slot[]
  /** Slots of which the rows only tell how many values they had, and their bounds. */
  readonly counted: readonly Slot[]
  readonly aggregates: readonly GroupedAggregate[]
}

export interface GroupBy {
  readonly keys: readonly VariableName[]
  readonly aggregates: readonly Aggregate[]
}

/**
 * Groups as a pipeline makes them: by all values that are looked at again here, so that groups of terms are made of
 * groups of values, and everything that MongoDB takes for equal but SPARQL does not is seen. `undefined`: nothing would
 * be gained, or the values do not tell the terms.
 */
export function groupingOf(
  query: DocumentsQuery,
  member: RecordQuery,
  group: GroupBy,
  knowledge: CollectionKnowledge,
  decides: (condition: TermCondition, slot: Slot) => boolean,
): Grouping | undefined {
  const slots = slotsOf(member, knowledge)
  if (slots === undefined) return undefined
  const names = new Set(query.variables)
  const aggregates = group.aggregates.map((aggregate) => groupedAggregate(aggregate, slots, knowledge))
  if (aggregates.some((each) => each === undefined) || !group.keys.every((name) => names.has(name))) return undefined
  const given = aggregates as readonly GroupedAggregate[]
  const wanted = new Set(given.flatMap((each) => (each.of === 'terms' ? [each.slot] : [])))
  const conditions = query.conditions.map((conjunct) => termCondition(conjunct)!)
  // Of geometries only the engine's own functions decide: all of them would be read, each as a group of its own.
  if (conditions.some(({ kind }) => kind === 'relate')) return undefined
  const isRead = (slot: Slot): boolean => {
    const { variable, term } = slot.position
    if (slot.cells.length === 0) return false
    if (term !== undefined || slot.cells.length > 1) return true
    if (wanted.has(slot) || (variable !== undefined && group.keys.includes(variable))) return true
    return !isTotal(slot) || conditions.some((each) => each.variable === variable && !decides(each, slot))
  }
  const read = slots.filter(isRead)
  const counted = slots.filter((slot) => slot.cells.length > 0 && !read.includes(slot))
  return { member, read, counted, aggregates: given }
}

/** Solutions bind every variable, so that all of them count. */
function groupedAggregate(
  aggregate: Aggregate,
  slots: readonly Slot[],
  knowledge: CollectionKnowledge,
): GroupedAggregate | undefined {
  const { expression, distinct, function: name } = aggregate
  if (expression === undefined) return distinct ? undefined : { of: 'solutions', aggregate }
  const slot =
    expression.kind === 'variable' ? slots.find(({ position }) => position.variable === expression.name) : undefined
  // What these are made of depends on the order of the solutions.
  if (slot === undefined || name === 'groupConcat' || name === 'sample') return undefined
  if (name === 'count') return distinct ? { of: 'terms', aggregate, slot } : { of: 'solutions', aggregate }
  const column = naturalColumn(slot)
  const isSum = name === 'sum' || name === 'avg'
  if (column === undefined) return isSum ? undefined : { of: 'terms', aggregate, slot }
  // So does the sum of doubles.
  const { types, path } = column
  if (isSum && (types?.has('decimal') === true || knowledge.hasFractions(path.split('.')))) return undefined
  return distinct ? { of: 'terms', aggregate, slot } : { of: 'bounds', aggregate, column }
}

/** Whether every value that has a text gives a term, and different values of one kind different ones. */
function isTotal({ cells }: Slot): boolean {
  const [cell] = cells
  if (cell === undefined) return true
  const { map } = cell.cell
  if (map.kind === 'constant') return true
  const isScalar = cell.columns.every((column) => column.isScalar)
  if (map.kind === 'field') {
    const isText = map.datatype === undefined || map.datatype.startsWith(XSD)
    return map.termType !== 'iri' && isText && (isScalar || !isFloating(map.datatype))
  }
  return (isScalar || map.fields.length === 1) && (map.termType !== 'iri' || isAbsoluteIri(map.text[0] ?? ''))
}

const keyed = (keys: readonly Column[]): Document => Object.fromEntries(keys.map(({ name }) => [name, `$${name}`]))

/** The values that a row is about, by columns; `undefined`: they are not those that were grouped by. */
export function keysIn({ read }: Grouping, row: RawDocument): RawDocument | undefined {
  const keys = columnsOf(read)
  const { _id } = row
  if (keys.length < 2) return keys[0] === undefined ? {} : { [keys[0].name]: _id }
  const values = (_id ?? {}) as RawDocument
  return keys.every(({ name }) => `${values[name]}` === `${row[`lo${name}`]}`) ? values : undefined
}

/** The stages after those of the columns. */
export function groupStages({ read, counted, aggregates }: Grouping): readonly Document[] {
  const keys = columnsOf(read)
  const bounded = new Set(columnsOf(counted))
  for (const each of aggregates) if (each.of === 'bounds') bounded.add(each.column)
  const summed = aggregates.flatMap((each) =>
    each.of === 'bounds' && (each.aggregate.function === 'sum' || each.aggregate.function === 'avg')
      ? [sumOf(each.column)]
      : [],
  )
  // A server that takes a text of several keys for an expression is found out by its least value.
  const least = keys.length < 2 ? [] : keys.map(({ name }) => ({ [`lo${name}`]: { $min: `$${name}` } }))
  const accumulators = [...keys.map(kindsOf), ...least, ...[...bounded].map(boundsOf), ...summed]
  const _id = keys.length < 2 ? (keys[0] === undefined ? null : `$${keys[0].name}`) : keyed(keys)
  return [{ $group: Object.assign({ _id, n: { $sum: 1 } }, ...accumulators) as Document }]
}

const columnsOf = (slots: readonly Slot[]): readonly Column[] =>
  slots.flatMap(({ cells }) => cells.flatMap(({ columns }) => columns))
