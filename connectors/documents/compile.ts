import type { Expression, Plan, VariableName } from '../../planner/algebra.ts'
import type { Term } from '../../planner/term.ts'
import { naturalDatatype } from '../../planner/views/natural.ts'
import { absolutePath } from '../../planner/views/record.ts'
import { type FieldCondition, fieldsOf, type Inverse, inverse, type TermContext } from '../../planner/views/term-map.ts'
import {
  type Cell,
  type Position,
  type RecordQuery,
  tellsApart,
  type UnfoldOptions,
  unfold,
} from '../../planner/views/unfold.ts'
import type { FieldPath, RecordSource, View } from '../../planner/views/view.ts'
import { toExtendedJson } from './operators.ts'
import { type Shape, shapeOf, variablesOf } from './shape.ts'
import { isAnyOf } from './term-tests.ts'

/** A MongoDB query: what `find` takes. */
export type Filter = Readonly<Record<string, unknown>>

/** A fragment in the form that documents answer: a union of record queries, and what is done to its solutions. */
export interface DocumentsQuery {
  readonly members: readonly RecordQuery[]
  /** All variables of the patterns. */
  readonly variables: readonly VariableName[]
  /** Variables of the answer. */
  readonly output: readonly VariableName[]
  readonly conditions: readonly Expression[]
  /** Solutions of the members may repeat, within one or between two: each is to count once. */
  readonly repeating: boolean
  readonly distinct: boolean
  readonly offset: number
  readonly limit?: number
}

/** The fragment as a query over documents, or `undefined` where they cannot answer it whole. */
export function compile(
  fragment: Plan,
  views: readonly View[],
  options: UnfoldOptions,
  accepts: (conjunct: Expression) => boolean,
): DocumentsQuery | undefined {
  const shape = shapeOf(fragment, accepts)
  if (shape === undefined || shape.group !== undefined || shape.order.length > 0) return undefined
  return compileShape(shape, views, options)
}

/** A shape as a query, but for its groups and its order, which are not looked at. */
export function compileShape(shape: Shape, views: readonly View[], options: UnfoldOptions): DocumentsQuery | undefined {
  const members = unfold(shape.patterns, views, options)
  if (members === undefined) return undefined
  const variables = variablesOf(shape.patterns)
  const { conditions, distinct, offset, limit } = shape
  return {
    members,
    variables,
    output: shape.output ?? variables,
    conditions,
    repeating: members.length > 1 || members.some((member) => mayRepeat(member, options)),
    distinct,
    offset,
    ...(limit === undefined ? {} : { limit }),
  }
}

/** Whether a record query may give a solution twice: unless one variable tells its only scan's records apart. */
function mayRepeat(query: RecordQuery, options: UnfoldOptions): boolean {
  const [source, ...others] = query.scans
  if (source === undefined || others.length > 0 || query.joins.length > 0) return source !== undefined
  return !query.positions.some(({ cells }) => cells.some(({ map }) => tellsApart(map, source, options)))
}

/** What a scan's records must satisfy beside giving terms: values of variables, or a store's own condition on a cell. */
export interface Restrictions {
  /** Values that a variable may have, few enough to be asked for. */
  readonly keys?: ReadonlyMap<VariableName, readonly Term[]>
  /** What the store may ask of the field behind a cell of a variable: values, an object of operators, or a filter for its path. */
  readonly conditions?: (variable: VariableName, cell: Cell) => readonly unknown[]
  /** Values that fields of the scan's records must have. */
  readonly fields?: readonly FieldCondition[]
}

/**
 * The filter of one scan: lets through every record that can take part in a solution, and mostly no others.
 * `undefined`: no record can.
 */
export function filterOf(
  query: RecordQuery,
  scan: number,
  context: TermContext,
  restrictions: Restrictions = {},
): Filter | undefined {
  const source = query.scans[scan]!
  const parts: Filter[] = []
  for (const position of query.positions) {
    for (const cell of position.cells) {
      if (cell.scan !== scan) continue
      const asked = cellFilters(position, cell, source, context, restrictions)
      if (asked === undefined) return undefined
      parts.push(...asked)
    }
  }
  for (const { left, right } of query.joins) {
    for (const side of [left, right]) if (side.scan === scan) parts.push(...exists(side.field, source))
  }
  for (const condition of restrictions.fields ?? []) parts.push(...holds(condition, source))
  return conjunction(parts)
}

function cellFilters(
  { variable, term }: Position,
  cell: Cell,
  source: RecordSource,
  context: TermContext,
  { keys, conditions }: Restrictions,
): readonly Filter[] | undefined {
  const wanted = term !== undefined ? [term] : variable === undefined ? undefined : keys?.get(variable)
  const asked = wanted === undefined ? undefined : among(cell, wanted, source, context)
  if (asked === 'no match') return undefined
  const path = cell.map.kind === 'field' ? mongoPath(cell.map.field, source) : undefined
  const pushed = variable === undefined || path === undefined ? [] : (conditions?.(variable, cell) ?? [])
  return [...(asked ?? present(cell, source)), ...pushed.map((condition) => conditionAt(path!, condition))]
}

/** A store's own condition on a field, as a part of a filter. */
export function conditionAt(path: string, condition: unknown): Filter {
  if (typeof condition === 'function') return (condition as (path: string) => Filter)(path)
  return isAnyOf(condition) ? { $or: condition.$any.map((each) => conditionAt(path, each)) } : { [path]: condition }
}

/** The cell's map gives one of the terms; `undefined` where that cannot be asked. */
function among(cell: Cell, terms: readonly Term[], source: RecordSource, context: TermContext) {
  const alternatives: (readonly FieldCondition[])[] = []
  for (const term of terms) {
    const found: Inverse = inverse(cell.map, term, context)
    if (found === 'unknown') return undefined
    if (found !== 'no match') alternatives.push(...found)
  }
  if (alternatives.length === 0) return 'no match' as const
  return anyOf(alternatives, source)
}

/** One of the alternatives holds; those on a single field become one `$in`. */
function anyOf(
  alternatives: readonly (readonly FieldCondition[])[],
  source: RecordSource,
): readonly Filter[] | undefined {
  const first = alternatives[0]![0]
  if (first === undefined) return []
  const path = mongoPath(first.field, source)
  if (alternatives.every((conditions) => conditions.length === 1)) {
    if (path === undefined) return undefined
    return [{ [path]: oneOf(alternatives.flatMap(([condition]) => condition!.values)) }]
  }
  const options = alternatives.map((conditions) =>
    conjunction(conditions.flatMap((condition) => holds(condition, source))),
  )
  return options.some((option) => Object.keys(option).length === 0) ? undefined : [either(options)]
}

function holds({ field, values }: FieldCondition, source: RecordSource): readonly Filter[] {
  const path = mongoPath(field, source)
  // An object would be read as operators: a document must not be able to write a query.
  return path === undefined || values.some(isStructure) ? [] : [{ [path]: oneOf(values) }]
}

const isStructure = (value: unknown): boolean => naturalDatatype(value) === undefined

const oneOf = (values: readonly unknown[]): unknown => (values.length === 1 ? values[0] : { $in: [...new Set(values)] })

const either = (options: readonly Filter[]): Filter => (options.length === 1 ? options[0]! : { $or: options })

const present = (cell: Cell, source: RecordSource): readonly Filter[] =>
  fieldsOf(cell.map).flatMap((field) => exists(field, source))

function exists(field: FieldPath, source: RecordSource): readonly Filter[] {
  const path = mongoPath(field, source)
  return path === undefined || path === '_id' ? [] : [{ [path]: { $exists: true } }]
}

/** Filters as one: a plain object where no field is asked twice. */
function conjunction(parts: readonly Filter[]): Filter {
  const unique = [...new Map(parts.map((part) => [nativeText(part), part])).values()]
  const needed = unique.filter((part) => !isRedundant(part, unique))
  const names = needed.flatMap((part) => Object.keys(part))
  return new Set(names).size === names.length ? Object.assign({}, ...needed) : { $and: needed }
}

/** An `$exists` beside a stronger condition on the same field. */
function isRedundant(part: Filter, all: readonly Filter[]): boolean {
  const [[name, value] = []] = Object.entries(part)
  if (name === undefined || !isExists(value)) return false
  return all.some((other) => other !== part && Object.hasOwn(other, name) && !isExists(other[name]))
}

const isExists = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '$exists')

/** Names that no query may hold. */
const PROTOTYPE = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * A field as MongoDB's queries name it, from the whole document on, arrays being stepped into on the way. `undefined`
 * where it cannot be named: names with dots or a leading `$`, positions, nested arrays.
 */
export function mongoPath(field: FieldPath, source: RecordSource): string | undefined {
  const path = absolutePath(source, field)
  if (path === undefined || path.length === 0) return undefined
  if (path.some((segment, index) => segment === '*' && (index === 0 || path[index - 1] === '*'))) return undefined
  const names = path.filter((segment) => segment !== '*')
  const plain = names.every(
    (name) =>
      name !== '' && !name.includes('.') && !name.startsWith('$') && !name.includes('\0') && !PROTOTYPE.has(name),
  )
  return plain ? names.join('.') : undefined
}

/** A native query as text: MongoDB's Extended JSON. */
export const nativeText = (value: unknown): string => JSON.stringify(toExtendedJson(value))
