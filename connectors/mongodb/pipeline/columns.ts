import type { Document } from 'mongodb'
import { absolutePath } from '../../../planner/views/record.ts'
import { fieldsOf } from '../../../planner/views/term-map.ts'
import type { Cell, Position, RecordQuery } from '../../../planner/views/unfold.ts'
import { type FieldPath, INDEX, type RecordSource, ROOT, type TermMap } from '../../../planner/views/view.ts'
import { mongoPath } from '../../documents/compile.ts'
import type { CollectionKnowledge } from '../knowledge.ts'
import type { FieldTypes } from '../schema.ts'

/** A field that one cell reads, as the rows of a pipeline have it: one value of it in each row. */
export interface Column {
  readonly name: string
  /** From the whole document on; the array of an iterator stands for the element that the row is about. */
  readonly path: string
  readonly types: FieldTypes
  /** It is known to hold no array, nor to lie in one beside the iterator's. */
  readonly isScalar: boolean
}

/** A cell whose map reads columns in place of fields. */
export interface ColumnCell {
  readonly cell: Cell
  readonly map: TermMap
  readonly columns: readonly Column[]
}

export interface Slot {
  readonly position: Position
  readonly cells: readonly ColumnCell[]
}

/** Name of the position of an iterator's element. */
const POSITION = 'polyprov_position'

/**
 * The positions of a query over one collection by columns, a column of its own for each field of each cell: the values
 * of two cells combine, even where they are of one array. `undefined`: some field is none that an expression reaches.
 */
export function slotsOf(query: RecordQuery, knowledge: CollectionKnowledge): readonly Slot[] | undefined {
  const [source, ...others] = query.scans
  if (source === undefined || others.length > 0 || query.joins.length > 0) return undefined
  if (source.iterator !== undefined && !isReachable(source.iterator)) return undefined
  let count = 0
  const slots: Slot[] = []
  for (const position of query.positions) {
    const cells: ColumnCell[] = []
    for (const cell of position.cells) {
      const columns = fieldsOf(cell.map).map((field) => columnOf(`c${count++}`, field, source, knowledge))
      if (columns.some((column) => column === undefined)) return undefined
      cells.push({
        cell,
        map: renamed(cell.map, columns as readonly Column[]),
        columns: columns as readonly Column[],
      })
    }
    slots.push({ position, cells })
  }
  return slots
}

/** Names, and a star at the end. */
const isReachable = (iterator: FieldPath): boolean =>
  iterator.length > 0 && iterator.every((name, index) => name !== '*' || (index > 0 && index === iterator.length - 1))

function columnOf(
  name: string,
  field: FieldPath,
  source: RecordSource,
  knowledge: CollectionKnowledge,
): Column | undefined {
  if (field[0] === INDEX && field.length === 1) {
    return source.iterator === undefined
      ? undefined
      : { name, path: POSITION, types: new Set(['int', 'long']), isScalar: true }
  }
  const path = mongoPath(field, source)
  if (path === undefined || field.includes('*') || /(^|\.)\d+(\.|$)/.test(path)) return undefined
  const names = path.split('.')
  // The array that is iterated over has given way to its element.
  if (field[0] === ROOT && source.iterator?.[0] === field[1] && source.iterator !== undefined) return undefined
  const iterated = source.iterator?.filter((segment) => segment !== '*').length ?? 0
  const isWithin = field[0] !== ROOT && source.iterator !== undefined
  const first = isWithin ? iterated + 1 : 1
  const prefixes = names.slice(0, -1).map((_, index) => names.slice(0, index + 1))
  if (prefixes.slice(first - 1).some((prefix) => knowledge.hasArrays(prefix))) return undefined
  return {
    name,
    path,
    types: knowledge.schema.types(names),
    isScalar: path === '_id' || knowledge.schema.isScalar(names),
  }
}

function renamed(map: TermMap, columns: readonly Column[]): TermMap {
  const paths = columns.map(({ name }): FieldPath => [name])
  if (map.kind === 'field') return { ...map, field: paths[0]! }
  return map.kind === 'template' ? { ...map, fields: paths } : map
}

/** Stages that make a row of each combination of the columns' values, of which none is missing. */
export function columnStages(source: RecordSource, slots: readonly Slot[]): readonly Document[] {
  const columns = slots.flatMap(({ cells }) => cells.flatMap((cell) => cell.columns))
  const fields = columns.flatMap(({ name, path, isScalar }): [string, unknown][] =>
    isScalar
      ? [[name, path === POSITION ? { $ifNull: [`$${path}`, 0] } : `$${path}`]]
      : [
          [name, `$${path}`],
          [repeating(name), hasRepeated(`$${path}`)],
        ],
  )
  const present = columns.map(({ name }) => [name, { $ne: null }])
  const isIdRead = fields.some(([name]) => name === '_id')
  return [
    ...iteratorStages(source, columns),
    { $project: { ...(isIdRead ? {} : { _id: 0 }), ...Object.fromEntries(fields) } },
    ...columns.flatMap(({ name, isScalar }) => (isScalar ? [] : [{ $unwind: `$${name}` }])),
    ...(present.length === 0 ? [] : [{ $match: Object.fromEntries(present) }]),
  ]
}

/** Field that says whether an array has a value several times, which is one term. */
export const repeating = (column: string): string => `r${column}`

const hasRepeated = (path: string): Document => ({
  $cond: [{ $isArray: path }, { $ne: [{ $size: path }, { $size: { $setUnion: [path, []] } }] }, false],
})

function iteratorStages({ collection, iterator }: RecordSource, columns: readonly Column[]): readonly Document[] {
  if (iterator === undefined) return []
  const names = (absolutePath({ collection }, iterator) ?? []).filter((segment) => segment !== '*')
  const isPositioned = columns.some(({ path }) => path === POSITION)
  return names.flatMap((_, index): readonly Document[] => {
    const path = `$${names.slice(0, index + 1).join('.')}`
    if (index < names.length - 1) return [{ $unwind: path }]
    const unwind = isPositioned ? { $unwind: { path, includeArrayIndex: POSITION } } : { $unwind: path }
    return iterator.at(-1) === '*' ? [{ $match: { $expr: { $eq: [{ $isArray: path }, true] } } }, unwind] : [unwind]
  })
}

/** The column whose values are the natural literals of a variable. */
export function naturalColumn({ position, cells }: Slot): Column | undefined {
  const [cell, other] = cells
  if (cell === undefined || other !== undefined || position.term !== undefined) return undefined
  const { map } = cell.cell
  const isNatural =
    map.kind === 'field' && map.termType === 'literal' && map.datatype === undefined && map.language === undefined
  return isNatural ? cell.columns[0] : undefined
}
