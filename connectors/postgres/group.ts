import type { Aggregate, Expression, VariableName } from '../../planner/algebra.ts'
import { arithmetic } from '../../planner/functions/numeric.ts'
import { integerValue, numericTerm, parseNumeric } from '../../planner/functions/numeric-values.ts'
import type { Term } from '../../planner/term.ts'
import type { Column, Relation } from './catalogue.ts'
import { isInjectiveIn } from './cells.ts'
import {
  columnName,
  type Derived,
  derive,
  derivedColumn,
  isGroupable,
  numberSlot,
  rawColumns,
  tableMember,
  withFields,
} from './derive.ts'
import { type Numeric, naturalSlot, numericOf } from './expressions.ts'
import { fromWhere, isExact, type Member, type Slot, slotOf } from './member.ts'
import { ORDERED } from './order.ts'
import type { Solutions } from './solutions.ts'
import { joined, type Sql, sql, text } from './sql.ts'
import type { ColumnType, Kind } from './types.ts'

interface Group {
  readonly keys: readonly VariableName[]
  readonly aggregates: readonly Aggregate[]
}

/** Groups as a table in brackets; `undefined` where a term could come out otherwise than here. */
export function groupSolutions(
  solutions: Solutions,
  { keys, aggregates }: Group,
  names: readonly VariableName[],
  next: () => number,
): Member | undefined {
  if (solutions.isRepeating || !solutions.members.every(isExact)) return undefined
  const [only] = solutions.members
  const member = solutions.members.length === 1 ? only! : derive(solutions, names, next())
  if (member === undefined || member.scans.length === 0) return undefined
  const scan = next()
  const columns: Derived[] = []
  const slots: Slot[] = []
  const by: Sql[] = []
  for (const name of keys) {
    const slot = slotOf(member, name)
    const key = slot === undefined ? 'unbound' : keySlot(member, slot, scan, columns, by)
    if (key === undefined) return undefined
    if (key !== 'unbound') slots.push(key)
  }
  const grouped = columns.length
  for (const aggregate of aggregates) {
    const made = aggregateOf(member, aggregate, keys.length > 0)
    if (made === undefined) return undefined
    const column: Column = { ...COLUMN, ...made.column, name: columnName(columns.length) }
    columns.push({ column, values: [made.sql] })
    slots.push(numberSlot(aggregate.variable, scan, column))
  }
  const items = columns.map(({ column, values }) => sql`${values[0]!} AS ${column.name}`)
  // Keys that are constants still make no group of no rows.
  const alone = keys.length === 0 ? [] : sql` HAVING count(*) > 0`
  const tail = by.length === 0 ? alone : sql` GROUP BY ${joined(by, ', ')}`
  const distinct = member.estimate.distinct ?? {}
  const count = keys.reduce((product, name) => product * Math.max(1, distinct[name] ?? 1), 1)
  const rows = Math.max(1, Math.min(member.estimate.rows, count))
  const relation: Relation = {
    sql: sql`(SELECT ${items.length === 0 ? '1 AS c0' : joined(items, ', ')}${fromWhere(member)}${tail})`,
    columns: new Map(columns.map(({ column }) => [column.name, column])),
    keys:
      grouped > 0 && columns.slice(0, grouped).every(({ column }) => !column.nullable)
        ? [columns.slice(0, grouped).map(({ column }) => column.name)]
        : [],
    rows,
  }
  return tableMember(member, scan, relation, slots, {
    rows,
    distinct: Object.fromEntries(keys.map((name) => [name, Math.min(rows, distinct[name] ?? rows)])),
  })
}

const COLUMN = { isDeterministic: true, distinct: 0, nullShare: 0 } as const

/** A key's columns, grouped by values of which each stands for one term. */
function keySlot(member: Member, slot: Slot, scan: number, columns: Derived[], by: Sql[]): Slot | undefined {
  const { variable, term, cells, optional } = slot
  if (term !== undefined) return optional === undefined ? slot : undefined
  const raw = rawColumns(member, slot)
  if (raw === undefined || !isInjectiveIn(member.scope, cells[0]!)) return undefined
  const added: string[] = []
  for (const { column, sql: value } of raw) {
    const grouped = groupedValue(column, value)
    if (grouped === undefined) return undefined
    const name = columnName(columns.length)
    const nullable = optional !== undefined
    const derived = derivedColumn(name, { ...column, type: grouped.type }, [column], nullable)
    columns.push({ column: derived, values: [grouped.shown] })
    by.push(grouped.by)
    added.push(name)
  }
  return {
    ...(variable === undefined ? {} : { variable }),
    cells: [{ scan, map: withFields(cells[0]!.map, added) }],
    isChecked: true,
    ...(optional === undefined ? {} : { optional: { marker: [`t${scan}."${added[0]}"`], isOwn: true } }),
  }
}

/** What to group by so that a group is a term, and how the group's value is read. */
function groupedValue(column: Column, value: Sql): { by: Sql; shown: Sql; type: ColumnType } | undefined {
  const { type, isDeterministic } = column
  if (isGroupable(column)) {
    const bytes = isDeterministic ? value : sql`${value} COLLATE "C"`
    if (type.kind !== 'other') return { by: bytes, shown: bytes, type }
    // Types of extensions may equate what their texts tell apart.
    const asText = sql`${value}::text`
    return { by: asText, shown: asText, type: { kind: 'other', sql: 'text' } }
  }
  if (type.kind !== 'double' && type.kind !== 'single') return undefined
  // 0 and -0 are equal, and two terms.
  const asText = sql`${value}::text`
  return { by: asText, shown: sql`(${asText})::${type.sql}`, type }
}

interface Made {
  readonly sql: Sql
  readonly column: Pick<Column, 'type' | 'nullable' | 'term' | 'collation'>
}

const COUNT: Made['column'] = { type: { kind: 'integer', sql: 'int8' }, nullable: false }

/** `isKeyed`: there is no group without rows. */
function aggregateOf(member: Member, aggregate: Aggregate, isKeyed: boolean): Made | undefined {
  const { expression } = aggregate
  if (aggregate.function === 'count') return countOf(member, aggregate)
  if (expression === undefined) return undefined
  switch (aggregate.function) {
    case 'sum':
    case 'avg':
      return totalOf(aggregate, certainNumber(member, expression), isKeyed)
    case 'min':
    case 'max':
    case 'sample':
      return extremeOf(member, aggregate, expression, isKeyed)
    case 'groupConcat':
      return textsOf(member, aggregate, expression)
    default:
      return undefined
  }
}

/** Whether no row leaves a variable of an expression unbound: an error of one is an error of the sum. */
function isCertain(member: Member, expression: Expression): boolean {
  if (expression.kind === 'term') return true
  if (expression.kind === 'call') return expression.arguments.every((operand) => isCertain(member, operand))
  return expression.kind === 'variable' && slotOf(member, expression.name)?.optional === undefined
}

const certainNumber = (member: Member, expression: Expression): Numeric | undefined =>
  isCertain(member, expression) ? numericOf(member, expression) : undefined

function countOf(member: Member, { expression, distinct }: Aggregate): Made | undefined {
  if (expression === undefined) return distinct ? undefined : { sql: ['count(*)'], column: COUNT }
  if (expression.kind !== 'variable') return undefined
  const slot = slotOf(member, expression.name)
  if (slot === undefined) return { sql: ['count(NULL)'], column: COUNT }
  const { optional } = slot
  const filter = optional === undefined ? [] : sql` FILTER (WHERE (${optional.marker}) IS NOT NULL)`
  if (!distinct) return { sql: sql`count(*)${filter}`, column: COUNT }
  const raw = rawColumns(member, slot)
  if (raw === undefined || !isInjectiveIn(member.scope, slot.cells[0]!)) return undefined
  const values = raw.map(({ column, sql: value }) => groupedValue(column, value)?.by)
  if (values.some((value) => value === undefined)) return undefined
  const list = joined(values as readonly Sql[], ', ')
  return { sql: sql`count(DISTINCT ${values.length === 1 ? list : sql`(${list})`})${filter}`, column: COUNT }
}

function totalOf(
  { function: name, distinct, expression }: Aggregate,
  number: Numeric | undefined,
  isKeyed: boolean,
): Made | undefined {
  // DISTINCT is of terms: two texts of one sum are one number, and one term.
  if (number === undefined || (distinct && expression?.kind !== 'variable')) return undefined
  const of = sql`${distinct ? 'DISTINCT ' : ''}${number.raw ?? number.sql}`
  if (name === 'sum' && isKeyed) {
    return { sql: sql`sum(${of})`, column: { type: { kind: number.kind, sql: 'numeric' }, nullable: false } }
  }
  const type: ColumnType = { kind: 'computed', sql: 'text' }
  const { kind } = number
  if (name === 'sum') {
    const term = SUMS[kind]
    return { sql: sql`coalesce(sum(${of})::text, '')`, column: { type, nullable: false, term } }
  }
  const term = AVERAGES[kind]
  return { sql: sql`concat(sum(${of}), '/', count(${of}))`, column: { type, nullable: false, term } }
}

type NumberKind = Numeric['kind']

/** The sum of no numbers is the integer 0, whatever they would have been. */
const sumTerm =
  (kind: NumberKind) =>
  (sum: string): Term | undefined =>
    numericTerm(sum === '' ? integerValue(0) : parseNumeric(kind, sum))

const averageTerm =
  (kind: NumberKind) =>
  (parts: string): Term | undefined => {
    const [sum = '', count = ''] = parts.split('/')
    const total = sum === '' ? undefined : parseNumeric(kind, sum)
    if (sum === '') return numericTerm(integerValue(0))
    return total === undefined ? undefined : numericTerm(arithmetic('/', total, integerValue(Number(count))))
  }

const SUMS = { integer: sumTerm('integer'), decimal: sumTerm('decimal') } as const
const AVERAGES = { integer: averageTerm('integer'), decimal: averageTerm('decimal') } as const

const FLOATING: ReadonlySet<Kind> = new Set<Kind>(['double', 'single'])

function extremeOf(
  member: Member,
  { function: name }: Aggregate,
  expression: Expression,
  isKeyed: boolean,
): Made | undefined {
  if (!isCertain(member, expression)) return undefined
  const found = naturalSlot(member, expression)
  if (found === undefined) return undefined
  const { type, collation } = found.column
  const nullable = !isKeyed
  if (FLOATING.has(type.kind)) {
    // NaN comes first here, and last in PostgreSQL.
    const value = found.sql
    const extreme =
      name === 'max'
        ? sql`coalesce(max(${value}) FILTER (WHERE ${value} <> 'NaN'), max(${value}))`
        : sql`CASE WHEN bool_or(${value} = 'NaN') THEN 'NaN'::${type.sql} ELSE min(${value}) END`
    return { sql: extreme, column: { type, nullable } }
  }
  const isText = type.kind === 'text'
  if (isText ? !member.scope.isUnicode : !ORDERED.has(type.kind) || type.kind === 'boolean') return undefined
  const value = isText ? sql`${found.sql} COLLATE "C"` : found.sql
  return {
    sql: sql`${name === 'max' ? 'max' : 'min'}(${value})`,
    column: { type, nullable, ...(collation === undefined ? {} : { collation: 'pg_catalog."C"' }) },
  }
}

function textsOf(member: Member, { distinct, separator = ' ' }: Aggregate, expression: Expression): Made | undefined {
  const found = isCertain(member, expression) ? naturalSlot(member, expression) : undefined
  const kind = found?.column.type.kind
  if (found === undefined || (kind !== 'text' && kind !== 'integer') || separator.includes('\0')) return undefined
  const value = kind === 'text' ? sql`${found.sql} COLLATE "C"` : sql`${found.sql}::text`
  return {
    sql: sql`coalesce(string_agg(${distinct ? 'DISTINCT ' : ''}${value}, ${text(separator)}), '')`,
    column: { type: { kind: 'text', sql: 'text' }, nullable: false, collation: 'pg_catalog."C"' },
  }
}
