import type { Document } from 'mongodb'
import type { OrderKey } from '../../../planner/algebra.ts'
import { inverse } from '../../../planner/views/term-map.ts'
import type { RecordQuery, UnfoldOptions } from '../../../planner/views/unfold.ts'
import type { DocumentsQuery } from '../../documents/compile.ts'
import { termCondition } from '../../documents/term-tests.ts'
import type { CollectionKnowledge } from '../knowledge.ts'
import type { FieldTypes } from '../schema.ts'
import { isTagged } from '../values.ts'
import { type Bracket, bracketOf, isDecimal } from './bounds.ts'
import { type Column, naturalColumn, type Slot, slotsOf } from './columns.ts'
import { decides } from './restrict.ts'

export interface SortKey {
  readonly column: Column
  readonly descending: boolean
}

/** The first rows of an order. */
export interface Top {
  readonly member: RecordQuery
  readonly slots: readonly Slot[]
  readonly keys: readonly SortKey[]
}

/** `undefined`: the rows of a pipeline would not be the solutions, or not in a known order. */
export function topOf(
  query: DocumentsQuery,
  order: readonly OrderKey[],
  knowledge: CollectionKnowledge,
  place: Parameters<typeof decides>[2],
): Top | undefined {
  const [member, other] = query.members
  if (member === undefined || other !== undefined || query.repeating || query.distinct) return undefined
  const slots = slotsOf(member, knowledge)
  if (slots === undefined || !slots.every((slot) => isAsked(slot, place.options))) return undefined
  const conditions = query.conditions.map((conjunct) => termCondition(conjunct)!)
  const isDecided = conditions.every((each) => {
    const slot = slots.find(({ position }) => position.variable === each.variable)
    return slot !== undefined && (slot.position.term !== undefined || decides(each, slot, place))
  })
  if (!isDecided) return undefined
  const keys: SortKey[] = []
  for (const { expression, descending } of order) {
    const slot =
      expression.kind === 'variable' ? slots.find(({ position }) => position.variable === expression.name) : undefined
    const column = slot === undefined ? undefined : naturalColumn(slot)
    if (column === undefined) return undefined
    keys.push({ column, descending })
  }
  return { member, slots, keys }
}

/** One cell, or a constant that columns can be asked for. */
const isAsked = ({ position: { term }, cells }: Slot, options: UnfoldOptions): boolean =>
  cells.length < 2 && (term === undefined || cells.every(({ map }) => inverse(map, term, options) !== 'unknown'))

export const sortStages = (keys: readonly SortKey[], most: number): readonly Document[] => [
  { $sort: Object.fromEntries(keys.map(({ column, descending }) => [column.name, descending ? -1 : 1])) },
  { $limit: most },
]

/** The rows at the other end of an order by one key: with one from each end, all between are of their bracket. */
export const endStages = ({ column }: SortKey, direction: 1 | -1): readonly Document[] => [
  { $sort: { [column.name]: direction } },
  { $limit: 1 },
]

/** Decimals are numbers as far as order is concerned, but for those that are none. */
export const sortBracket = (value: unknown): Bracket | undefined =>
  isDecimal(value) && isTagged(value as object) && /\d/.test(`${value}`) ? 'number' : bracketOf(value)

const BRACKETS: readonly (readonly [Bracket, readonly string[]])[] = [
  ['number', ['int', 'long', 'double', 'decimal']],
  ['string', ['string']],
  ['objectId', ['objectId']],
  ['boolean', ['bool']],
  ['date', ['date']],
]

/** Whether the types are those of one bracket. */
export const isOneBracket = (types: FieldTypes): boolean =>
  types !== undefined &&
  BRACKETS.some(([, names]) => [...types].every((type) => type === 'null' || names.includes(type)))

/**
 * Whether the first values of an order tell that no others could stand before them. MongoDB sorts numbers, strings, object
 * ids, truth values, dates; SPARQL numbers, truth values, dates, strings, of which object ids are some.
 */
export const isFirst = (bracket: Bracket, descending: boolean): boolean =>
  bracket === 'number' || (descending ? bracket === 'string' : bracket === 'boolean' || bracket === 'date')
