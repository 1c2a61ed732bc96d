import type { Expression, VariableName } from '../../planner/algebra.ts'
import { termKey } from '../../planner/term.ts'
import type { Cell } from '../../planner/views/unfold.ts'
import type { TermMap } from '../../planner/views/view.ts'
import type { Column, Relation } from './catalogue.ts'
import { columnOf, fieldsIn, isInjectiveIn, isSameForm } from './cells.ts'
import { united } from './estimate.ts'
import { numericOf } from './expressions.ts'
import { fromWhere, isExact, type Member, type Slot, slotOf } from './member.ts'
import type { Solutions } from './solutions.ts'
import { joined, type Sql, sql } from './sql.ts'
import { equatesTerms, naturalDatatype } from './types.ts'

/** What is to be done to rows before they are a table of FROM. */
export interface Derivation {
  /** Each combination of values once. */
  readonly distinct?: boolean
  /** ORDER BY, LIMIT and OFFSET of a member. */
  readonly tail?: (member: Member) => Sql | undefined
}

/** The name of a computed column. */
export const columnName = (index: number): string => `c${index}`

/** A column of a derived table as the columns behind it are. */
export interface Derived {
  readonly column: Column
  /** The value in each of the members. */
  readonly values: readonly Sql[]
}

/**
 * The solutions as one table in brackets: each variable's columns as they are, so that what holds of them holds of the
 * table's. `undefined` where members give a variable terms of several forms, or rows need a second look.
 */
export function derive(
  { members, isRepeating }: Solutions,
  names: readonly VariableName[],
  scan: number,
  { distinct = false, tail }: Derivation = {},
): Member | undefined {
  const [first] = members
  if (first === undefined || !members.every(isExact) || (isRepeating && !distinct)) return undefined
  if (tail !== undefined && members.length > 1) return undefined
  const columns: Derived[] = []
  const slots: Slot[] = []
  for (const name of names) {
    const slot = derivedSlot(name, members, scan, columns, distinct)
    if (slot === undefined) return undefined
    if (slot !== 'unbound') slots.push(slot)
  }
  const selects = members.map((member, index): Sql => {
    const items = columns.map(({ column, values }) => sql`${values[index]!} AS ${column.name}`)
    const end = tail?.(member) ?? []
    return sql`SELECT ${distinct && members.length === 1 ? 'DISTINCT ' : ''}${items.length === 0 ? '1 AS c0' : joined(items, ', ')}${fromWhere(member)}${end}`
  })
  const estimate = united(members, names)
  const relation: Relation = {
    sql: sql`(${joined(selects, distinct ? ' UNION ' : ' UNION ALL ')})`,
    columns: new Map(columns.map(({ column }) => [column.name, column])),
    keys: distinct && columns.every(({ column }) => !column.nullable) ? [columns.map(({ column }) => column.name)] : [],
    rows: estimate.rows,
  }
  return tableMember(first, scan, relation, slots, estimate)
}

/** A member over one table whose rows are its solutions. */
export const tableMember = (
  { scope }: Pick<Member, 'scope'>,
  scan: number,
  relation: Relation,
  slots: readonly Slot[],
  estimate: Member['estimate'],
): Member => ({
  scope: { ...scope, scans: new Map([[scan, { source: { collection: '' }, relation }]]) },
  scans: [scan],
  optionals: [],
  where: [],
  slots,
  open: [],
  isConnected: true,
  isUnique: true,
  estimate,
})

/** A variable's slot over columns that are added for it. */
function derivedSlot(
  name: VariableName,
  members: readonly Member[],
  scan: number,
  columns: Derived[],
  isDistinct: boolean,
): Slot | 'unbound' | undefined {
  const slots = members.map((member) => slotOf(member, name))
  const bound = slots.flatMap((slot) => slot ?? [])
  const [first] = bound
  if (first === undefined) return 'unbound'
  if (first.term !== undefined) {
    const isSame = bound.every((slot) => {
      return slot.optional === undefined && slot.term !== undefined && termKey(slot.term) === termKey(first.term!)
    })
    return isSame && bound.length === slots.length
      ? { variable: name, term: first.term, cells: [], isChecked: true }
      : undefined
  }
  const cell = first.cells[0]!
  const readings = slots.map((slot, index) => (slot === undefined ? undefined : rawColumns(members[index]!, slot)))
  const own = readings.find((reading) => reading !== undefined)
  if (own === undefined) return undefined
  const isAlike = slots.every((slot, index) => {
    if (slot === undefined) return true
    const reading = readings[index]
    if (reading === undefined || slot.term !== undefined || slot.cells[0] === undefined) return false
    if (isDistinct && !isInjectiveIn(members[index]!.scope, slot.cells[0])) return false
    return (
      isSameFormOf(cell.map, slot.cells[0].map) && reading.every((each, at) => areAlike(each.column, own[at]!.column))
    )
  })
  if (!isAlike) return undefined
  const isNullable = slots.some((slot) => slot === undefined || slot.optional !== undefined)
  const added: string[] = []
  for (const [at, { column }] of own.entries()) {
    // Types of extensions may equate what their texts tell apart.
    if (isDistinct && (!isGroupable(column) || column.type.kind === 'other')) return undefined
    const all = readings.map((reading) => reading?.[at]?.column)
    const derived = derivedColumn(columnName(columns.length), column, all, isNullable)
    const collation = derived.collation === column.collation ? '' : BYTES
    columns.push({
      column: derived,
      values: readings.map((reading) =>
        reading === undefined ? [`NULL::${column.type.sql}`] : sql`${reading[at]!.sql}${collation}`,
      ),
    })
    added.push(derived.name)
  }
  const derived: Cell = { scan, map: withFields(cell.map, added) }
  const optional = isNullable ? { optional: { marker: [`t${scan}."${added[0]}"`], isOwn: true } } : {}
  return { variable: name, cells: [derived], isChecked: true, ...optional }
}

/** The map over other columns, in the order of its fields. */
export const withFields = (map: TermMap, names: readonly string[]): TermMap => {
  if (map.kind === 'constant') return map
  return map.kind === 'field' ? { ...map, field: [names[0]!] } : { ...map, fields: names.map((name) => [name]) }
}

const BYTES = ' COLLATE "C"'
const BYTES_NAME = 'pg_catalog."C"'

/** A column as another table has it: texts by their bytes where the columns behind it do not agree. */
export function derivedColumn(
  name: string,
  like: Column,
  all: readonly (Column | undefined)[],
  nullable: boolean,
): Column {
  const { collation } = like
  const isSame = all.every((each) => each === undefined || (each.collation === collation && each.isDeterministic))
  return {
    name,
    type: like.type,
    nullable,
    ...(collation === undefined ? {} : { collation: isSame ? collation : BYTES_NAME }),
    isDeterministic: true,
    distinct: 0,
    nullShare: 0,
    ...(like.term === undefined ? {} : { term: like.term }),
  }
}

/** The columns of a slot's first cell, NULL where the variable is unbound. */
export function rawColumns(
  { scope }: Member,
  { cells, optional }: Slot,
): readonly { readonly column: Column; readonly sql: Sql }[] | undefined {
  const [cell] = cells
  if (cell === undefined || cell.map.kind === 'constant') return undefined
  const fields = fieldsIn(scope, cell)
  if (fields.length === 0 || fields.some(({ isScalar }) => !isScalar)) return undefined
  return fields.map(({ column }) => {
    const name = columnOf(cell.scan, column)
    const isPlain = optional === undefined || optional.isOwn
    return { column, sql: isPlain ? [name] : sql`CASE WHEN (${optional.marker}) IS NOT NULL THEN ${name} END` }
  })
}

function isSameFormOf(one: TermMap, other: TermMap): boolean {
  return one.kind !== 'constant' && other.kind !== 'constant' && isSameForm(one, other)
}

/** Whether the values of two columns stand below one another in one column without a change. */
const areAlike = (one: Column, other: Column): boolean =>
  one.term === other.term &&
  one.type.kind === other.type.kind &&
  one.type.kind !== 'structure' &&
  (one.type.kind === 'text' || one.type.kind === 'decimal' || one.type.sql === other.type.sql) &&
  one.type.length === other.type.length &&
  one.type.srid === other.type.srid

/** Whether SQL's equality of a column's values is equality of the terms. */
export const isGroupable = ({ type, term }: Column): boolean =>
  term === undefined && (equatesTerms(type, true) || (type.kind === 'char' && type.length !== undefined))

/** The member with a number that is calculated; `undefined` where it is not exact. */
export function withNumber(
  member: Member,
  variable: VariableName,
  expression: Expression,
  scan: number,
): Member | undefined {
  const number = numericOf(member, expression)
  if (number === undefined || member.scans.length === 0) return undefined
  const name = columnName(0)
  const type = { kind: number.kind, sql: 'numeric' } as const
  const column: Column = { name, type, nullable: true, isDeterministic: true, distinct: 0, nullShare: 0 }
  const relation: Relation = {
    sql: sql`LATERAL (SELECT ${number.sql} AS ${name})`,
    columns: new Map([[name, column]]),
    keys: [],
    rows: 1,
  }
  const { renumbered: _, ...rest } = member
  return {
    ...rest,
    scope: {
      ...member.scope,
      scans: new Map([...member.scope.scans, [scan, { source: { collection: '' }, relation }]]),
    },
    optionals: [...member.optionals, { scans: [scan], optionals: [], on: [] }],
    slots: [...member.slots, numberSlot(variable, scan, column)],
  }
}

/** A slot over one column of natural literals, unbound where it is NULL. */
export function numberSlot(variable: VariableName, scan: number, column: Column): Slot {
  const datatype = naturalDatatype(column.type)
  return {
    variable,
    cells: [
      {
        scan,
        map: {
          kind: 'field',
          field: [column.name],
          termType: 'literal',
          ...(datatype === undefined ? {} : { datatype }),
        },
      },
    ],
    isChecked: true,
    ...(column.nullable ? { optional: { marker: [columnOf(scan, column)], isOwn: true } } : {}),
  }
}
