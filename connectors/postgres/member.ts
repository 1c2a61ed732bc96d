import type { VariableName } from '../../planner/algebra.ts'
import type { Estimate } from '../../planner/source.ts'
import type { Term } from '../../planner/term.ts'
import type { Cell, Position, RecordQuery, UnfoldOptions } from '../../planner/views/unfold.ts'
import type { Condition } from '../documents/conditions.ts'
import type { Catalogue } from './catalogue.ts'
import {
  agreement,
  among,
  equalColumns,
  fieldIn,
  guards,
  isTotal,
  type Predicate,
  type Scan,
  type Scope,
} from './cells.ts'
import { patternEstimate } from './estimate.ts'
import { tellsRowsApart } from './injective.ts'
import { allOf, joined, type Sql, sql } from './sql.ts'

/** How it shows that a row leaves a variable unbound. */
export interface Optional {
  /** NULL where it does. */
  readonly marker: Sql
  /** The columns of the first cell are NULL in exactly these rows. */
  readonly isOwn: boolean
}

/** A variable's term in the rows of a statement: that of the first cell, or of all cells where they must be compared. */
export interface Slot {
  /** Absent: a constant of the patterns that rows have to be looked at for. */
  readonly variable?: VariableName
  readonly term?: Term
  readonly cells: readonly Cell[]
  /** The rows of the statement need no second look: the first cell alone has the term. */
  readonly isChecked: boolean
  /** Absent: every row binds the variable. */
  readonly optional?: Optional
}

/** Tables that are joined to those before them where the conditions hold: LEFT JOIN. */
export interface OptionalPart {
  readonly scans: readonly number[]
  readonly optionals: readonly OptionalPart[]
  readonly on: readonly Sql[]
}

/** One SELECT: its rows are solutions, of which each binds the variables that have slots. */
export interface Member {
  readonly scope: Scope
  /** What FROM lists before the optional parts. */
  readonly scans: readonly number[]
  readonly optionals: readonly OptionalPart[]
  readonly where: readonly Sql[]
  readonly slots: readonly Slot[]
  /** Conditions that rows are to be looked at for again. */
  readonly open: readonly Condition[]
  /** No table is on its own. */
  readonly isConnected: boolean
  /** Each solution is one row. */
  readonly isUnique: boolean
  readonly estimate: Estimate
  /** The same over tables of other numbers: how tables that are one row are made one. */
  renumbered?(numbers: ReadonlyMap<number, number>): Member | 'none'
}

export interface MemberOptions extends UnfoldOptions {
  readonly catalogue: Catalogue
}

/** Whether every row of the statement is one solution, as far as one row tells. */
export const isExact = ({ open, slots }: Member): boolean =>
  open.length === 0 && slots.every(({ isChecked }) => isChecked)

/** The slot of a variable; `undefined`: no row binds it. */
export const slotOf = ({ slots }: Member, name: VariableName): Slot | undefined =>
  slots.find(({ variable }) => variable === name)

/** The tables of a record query under numbers of their own, its conditions as SQL; `'none'`: it has no solution. */
export function patternMember(
  record: RecordQuery,
  options: MemberOptions,
  numberOf: (scan: number) => number,
): Member | 'none' {
  const { catalogue } = options
  const scans = new Map(
    record.scans.map((source, scan): [number, Scan] => {
      return [numberOf(scan), { source, relation: catalogue.tables.get(source.collection)! }]
    }),
  )
  const scope: Scope = {
    scans,
    context: { scope: options.scope, ...(options.structured === undefined ? {} : { structured: options.structured }) },
    version: catalogue.version,
    isUnicode: catalogue.isUnicode,
  }
  const positions = record.positions.map((position): Position => {
    return { ...position, cells: position.cells.map(({ scan, map }) => ({ scan: numberOf(scan), map })) }
  })
  const drafting: Drafting = { scope, where: [], links: [], isPossible: true }
  for (const { left, right } of record.joins) {
    joinFields(drafting, { ...left, scan: numberOf(left.scan) }, { ...right, scan: numberOf(right.scan) })
  }
  const slots = positions.map((position) => draftedSlot(drafting, position))
  if (!drafting.isPossible) return 'none'
  const numbers = [...scans.keys()]
  return {
    scope,
    scans: numbers,
    optionals: [],
    where: unique(drafting.where),
    slots: slots.filter(({ variable, isChecked }) => variable !== undefined || !isChecked),
    open: [],
    isConnected: isConnected(numbers, drafting.links),
    isUnique: numbers.every((scan) => isToldApart(scope, scan, positions)),
    estimate: patternEstimate(scope, positions, record.joins, numberOf),
    renumbered: (mapping) => patternMember(record, options, (scan) => mapping.get(numberOf(scan)) ?? numberOf(scan)),
  }
}

interface Drafting {
  readonly scope: Scope
  readonly where: Sql[]
  /** Scans that SQL joins. */
  readonly links: (readonly [number, number])[]
  isPossible: boolean
}

/** Pieces without those that stand there before. */
export const unique = (pieces: readonly Sql[]): readonly Sql[] => [
  ...new Map(pieces.map((piece) => [JSON.stringify(piece), piece])).values(),
]

/** Pieces that are not among others. */
export function without(pieces: readonly Sql[], others: readonly Sql[]): readonly Sql[] {
  const known = new Set(others.map((piece) => JSON.stringify(piece)))
  return pieces.filter((piece) => !known.has(JSON.stringify(piece)))
}

type Side = RecordQuery['joins'][number]['left']

function joinFields(drafting: Drafting, ...[left, right]: readonly [Side, Side]): void {
  const { scope } = drafting
  const [one, other] = [left, right].map(({ scan, field }) => fieldIn(scope, scan, field))
  const equality =
    one?.isScalar === true && other?.isScalar === true
      ? equalColumns({ scan: left.scan, column: one.column }, { scan: right.scan, column: other.column })
      : undefined
  if (equality === undefined) drafting.isPossible = false
  else {
    drafting.where.push(equality.sql)
    drafting.links.push([left.scan, right.scan])
  }
}

function draftedSlot(drafting: Drafting, { variable, term, cells }: Position): Slot {
  const { scope, where } = drafting
  let isChecked = cells.every((cell) => isTotal(scope, cell))
  const add = (predicate: Predicate | 'none' | undefined): void => {
    if (predicate === 'none') drafting.isPossible = false
    else if (predicate === undefined) isChecked = false
    else {
      where.push(predicate.sql)
      isChecked &&= predicate.isExact
    }
  }
  for (const cell of cells) where.push(...guards(scope, cell))
  if (term !== undefined) for (const cell of cells) add(among(scope, cell, [term]))
  const [first, ...others] = cells
  for (const other of term === undefined ? others : []) {
    const agreed = agreement(scope, first!, other)
    add(agreed)
    if (agreed !== undefined) drafting.links.push([first!.scan, other.scan])
  }
  return {
    ...(variable === undefined ? {} : { variable }),
    ...(term === undefined ? {} : { term }),
    cells,
    isChecked,
  }
}

/** Whether links lead from the first scan to all others: all else would be a product. */
function isConnected(scans: readonly number[], links: readonly (readonly [number, number])[]): boolean {
  const reached = new Set(scans.slice(0, 1))
  for (let before = -1; before < reached.size; ) {
    before = reached.size
    for (const [one, other] of links) {
      if (reached.has(one)) reached.add(other)
      if (reached.has(other)) reached.add(one)
    }
  }
  return reached.size >= scans.length
}

/** Whether something in the solutions tells the rows of a scan apart. */
const isToldApart = ({ scans }: Scope, scan: number, positions: readonly Position[]): boolean => {
  const { relation, source } = scans.get(scan)!
  return positions.some(({ cells }) =>
    cells.some((cell) => cell.scan === scan && tellsRowsApart(cell.map, relation, source)),
  )
}

/** Tables with their names, and those joined to them where there are partners. */
function listOf(
  member: Member,
  scans: readonly number[],
  optionals: readonly OptionalPart[],
  between: string = optionals.length === 0 ? ', ' : ' CROSS JOIN ',
): Sql {
  const tables = scans.map((scan) => sql`${member.scope.scans.get(scan)!.relation.sql} AS t${String(scan)}`)
  return [...joined(tables, between), ...optionals.flatMap((part) => optionalJoin(member, part))]
}

function optionalJoin(member: Member, { scans, optionals, on }: OptionalPart): Sql {
  const list = listOf(member, scans, optionals, ' CROSS JOIN ')
  const tables = scans.length === 1 && optionals.length === 0 ? list : sql`(${list})`
  return sql` LEFT JOIN ${tables} ON ${on.length === 0 ? 'TRUE' : allOf(on)}`
}

const whereOf = (all: readonly Sql[]): Sql =>
  all.length === 0 ? [] : sql` WHERE ${all.length === 1 ? all[0]! : allOf(all).slice(1, -1)}`

/** Tables of a member with their names, and its conditions: ` FROM … WHERE …`. */
export function fromWhere(member: Member, more: readonly Sql[] = []): Sql {
  const { scans, optionals, where } = member
  const from = scans.length === 0 ? [] : sql` FROM ${listOf(member, scans, optionals)}`
  return [...from, ...whereOf([...where, ...more])]
}

/** Whether there are rows of some tables for which conditions hold, as SQL. */
export const existsSql = (member: Member, part: OptionalPart): Sql =>
  sql`EXISTS (SELECT FROM ${listOf(member, part.scans, part.optionals)}${whereOf(part.on)})`
