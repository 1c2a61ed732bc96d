import { CRS84, type ParsedGeometry, parseGeometry } from '../../planner/functions/geometry-literals.ts'
import {
  canonicalNumber,
  type NumericValue,
  numericKind,
  numericValue,
} from '../../planner/functions/numeric-values.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Literal, Term } from '../../planner/term.ts'
import type { Cell } from '../../planner/views/unfold.ts'
import { type Condition, MEETING } from '../documents/conditions.ts'
import type { Column } from './catalogue.ts'
import { among, columnOf, naturalColumn, type Predicate, type Scope } from './cells.ts'
import { anyOf, type Sql, sql, text } from './sql.ts'
import { naturalDatatype, parameter } from './types.ts'

type Comparison = Extract<Condition, { kind: 'compare' }>['operator']

export const SQL_OPERATORS: Readonly<Record<Comparison, string>> = {
  '=': '=',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}

/** What SQL can ask for a condition on a cell's terms: at least every row that satisfies it. */
export function predicateOf(scope: Scope, cell: Cell, condition: Condition): Predicate | 'none' | undefined {
  switch (condition.kind) {
    case 'compare':
      return compared(scope, cell, condition.operator, condition.constant)
    case 'in': {
      const options = condition.constants.map((constant) => compared(scope, cell, '=', constant))
      if (options.some((option) => option === undefined)) return undefined
      const possible = options.flatMap((option) => (option === 'none' || option === undefined ? [] : [option]))
      if (possible.length === 0) return 'none'
      return { sql: anyOf(possible.map((each) => each.sql)), isExact: possible.every(({ isExact }) => isExact) }
    }
    case 'relate':
      return related(scope, cell, condition)
  }
}

function compared(scope: Scope, cell: Cell, operator: Comparison, constant: Term) {
  if (constant.termType !== 'Literal') return operator === '=' ? among(scope, cell, [constant]) : undefined
  const column = naturalColumn(scope, cell)
  if (column === undefined || cell.map.kind !== 'field' || cell.map.datatype !== naturalDatatype(column.type))
    return undefined
  const found = comparison(scope, columnOf(cell.scan, column), column, operator, constant)
  return found === undefined ? undefined : { sql: found, isExact: true }
}

function comparison(
  { isUnicode }: Scope,
  name: string,
  column: Column,
  operator: Comparison,
  constant: Literal,
): Sql | undefined {
  const symbol = SQL_OPERATORS[operator]
  const { type } = column
  switch (type.kind) {
    case 'integer':
    case 'decimal':
    case 'double':
      return numeric(name, column, operator, constant)
    case 'text': {
      const isString = constant.datatype.value === `${XSD}string`
      if (!isString || constant.value.includes('\0')) return undefined
      const isEquality = operator === '=' || operator === '!='
      if (!isEquality && !isUnicode) return undefined
      const collation = isEquality && column.isDeterministic ? '' : ' COLLATE "C"'
      return sql`${name}${collation} ${symbol} ${text(constant.value)}`
    }
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'timestamptz': {
      // Only a constant that the column itself could hold: no other datatype, no zone where it has none.
      const isSame = constant.datatype.value === naturalDatatype(type)
      const value = isSame ? parameter(type, constant.value) : undefined
      return value === undefined ? undefined : sql`${name} ${symbol} ${text(value)}::${type.sql}`
    }
    default:
      return undefined
  }
}

/** Largest integer whose neighbours a double can tell apart. */
const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/** Numbers compare as SPARQL promotes them: exactly, or as doubles where one of them is a double. */
function numeric(name: string, { type }: Column, operator: Comparison, constant: Literal): Sql | undefined {
  if (numericKind(constant.datatype.value) === undefined) return undefined
  const value = numericValue(constant)
  if (value === undefined || value.kind === 'float') return undefined
  const symbol = SQL_OPERATORS[operator]
  if (type.kind === 'double') return withDouble(name, operator, value)
  const integer = integerOf(value)
  if (type.kind === 'integer' && integer !== undefined && integer >= -SAFE && integer <= SAFE) {
    return sql`${name} ${symbol} ${text(`${integer}`)}::int8`
  }
  if (value.kind === 'double') return undefined
  const digits = canonicalNumber(value)
  return digits.length > 1_000 ? undefined : sql`${name} ${symbol} ${text(digits)}::numeric`
}

function withDouble(name: string, operator: Comparison, value: NumericValue): Sql | undefined {
  const number = value.kind === 'decimal' ? Number(canonicalNumber(value)) : Number(value.value)
  if (Number.isNaN(number)) return undefined
  const piece = sql`${name} ${SQL_OPERATORS[operator]} ${text(String(number))}::float8`
  // PostgreSQL puts NaN above all numbers, SPARQL nowhere.
  return operator === '>' || operator === '>=' ? sql`(${piece} AND ${name} <> 'NaN'::float8)` : piece
}

function integerOf(value: NumericValue): bigint | undefined {
  if (value.kind === 'integer') return BigInt(value.value)
  if (value.kind === 'double') return Number.isSafeInteger(value.value) ? BigInt(value.value) : undefined
  return undefined
}

/** Degrees by which geometries may lie apart and still be looked at: what rounding could make of a common point. */
const TOLERANCE = 1e-9

/** Geometries near the constant one, which an index finds; whether they are related is seen to later. */
function related(
  scope: Scope,
  cell: Cell,
  { name: relation, constant }: Extract<Condition, { kind: 'relate' }>,
): Predicate | undefined {
  const column = naturalColumn(scope, cell)
  if (column?.type.kind !== 'geometry' || cell.map.kind !== 'field' || !MEETING.test(relation)) return undefined
  if (cell.map.datatype !== naturalDatatype(column.type)) return undefined
  const bounds = boundsOf(parseGeometry(constant))
  if (bounds === undefined) return undefined
  const { schema, srid } = column.type
  const corners = bounds.map((number) => sql`${text(String(number))}::float8`)
  const envelope = sql`${schema!}.ST_MakeEnvelope(${corners[0]!}, ${corners[1]!}, ${corners[2]!}, ${corners[3]!}, ${text(String(srid ?? 4326))}::int4)`
  return { sql: sql`${columnOf(cell.scan, column)} OPERATOR(${schema!}.&&) ${envelope}`, isExact: false }
}

function boundsOf(geometry: ParsedGeometry | undefined): readonly [number, number, number, number] | undefined {
  if (geometry?.crs !== CRS84 || geometry.bounds === undefined) return undefined
  const { minX, minY, maxX, maxY } = geometry.bounds
  return [minX - TOLERANCE, minY - TOLERANCE, maxX + TOLERANCE, maxY + TOLERANCE]
}
