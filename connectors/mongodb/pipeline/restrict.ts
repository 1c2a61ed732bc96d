import type { Document } from 'mongodb'
import { type FieldCondition, inverse } from '../../../planner/views/term-map.ts'
import { conditionAt, type Filter } from '../../documents/compile.ts'
import type { TermCondition } from '../../documents/term-tests.ts'
import { decidingCondition, type FieldKnowledge, pushedCondition } from '../conditions.ts'
import { bsonFilter } from '../filter.ts'
import type { Database } from '../read.ts'
import { type CollectionSchema, NO_SCHEMA } from '../schema.ts'
import { type Column, naturalColumn, type Slot } from './columns.ts'

type Place = Pick<Database, 'options' | 'bson'>

const knowledgeOf = ({ types }: Column): FieldKnowledge => ({ types, points: 'none' })

/** Whether MongoDB leaves exactly the rows whose term in this slot satisfies the condition. */
export function decides(condition: TermCondition, slot: Slot, { bson }: Place): boolean {
  const column = naturalColumn(slot)
  return (
    column !== undefined &&
    decidingCondition(condition, slot.cells[0]!.cell.map, knowledgeOf(column), bson) !== undefined
  )
}

/**
 * What is left of the rows: those whose columns can give the constants of the query, and satisfy the conditions as far
 * as MongoDB can tell. `undefined`: none.
 */
export function restrictions(
  slots: readonly Slot[],
  conditions: readonly TermCondition[],
  place: Place,
): readonly Document[] | undefined {
  const parts: Document[] = []
  for (const slot of slots) {
    const own = conditions.filter(({ variable }) => variable === slot.position.variable)
    const asked = [...constantOf(slot, place), ...own.map((each) => conditionOn(each, slot, place))]
    for (const part of asked) {
      if (part === 'none') return undefined
      if (part !== undefined) parts.push(part)
    }
  }
  return parts.length === 0 ? [] : [{ $match: parts.length === 1 ? parts[0]! : { $and: parts } }]
}

const typesOf = (columns: readonly Column[]): CollectionSchema => ({
  ...NO_SCHEMA,
  types: ([name]) => columns.find((column) => column.name === name)?.types,
})

function* constantOf({ position: { term }, cells }: Slot, { options, bson }: Place): Generator<Document | 'none'> {
  if (term === undefined) return
  for (const { map, columns } of cells) {
    const found = inverse(map, term, options)
    if (found === 'unknown') continue
    if (found === 'no match') yield 'none'
    else {
      const filters = found.flatMap((each): readonly Filter[] => {
        const filter = bsonFilter(holding(each), typesOf(columns), bson)
        return filter === undefined ? [] : [filter]
      })
      if (filters.length === 0) yield 'none'
      else if (filters.every((filter) => Object.keys(filter).length > 0)) yield { $or: filters }
    }
  }
}

/** Values that are objects would be read as operators. */
const holding = (conditions: readonly FieldCondition[]): Filter =>
  Object.fromEntries(
    conditions
      .filter(({ values }) => values.every((value) => typeof value !== 'object' || value === null || !isPlain(value)))
      .map(({ field, values }) => [field[0]!, { $in: [...values] }]),
  )

const isPlain = (value: object): boolean => Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype

function conditionOn(condition: TermCondition, slot: Slot, { bson }: Place): Document | 'none' | undefined {
  const column = naturalColumn(slot)
  if (column === undefined) return undefined
  const { map } = slot.cells[0]!.cell
  const asked = pushedCondition(condition, map, knowledgeOf(column), bson)
  return asked === undefined
    ? undefined
    : (bsonFilter(conditionAt(column.name, asked), typesOf([column]), bson) ?? 'none')
}
