import type { Expression, Plan, VariableName } from '../../planner/algebra.ts'
import type { Term } from '../../planner/term.ts'
import { compatible } from '../../planner/views/term-map.ts'
import { type Cell, type Position, type RecordQuery, type UnfoldOptions, unfold } from '../../planner/views/unfold.ts'
import type { View } from '../../planner/views/view.ts'
import { type Condition, conditionOf, satisfies } from '../documents/conditions.ts'
import { type Shape, shapeOf, variablesOf } from '../documents/shape.ts'
import type { Catalogue, Table } from './catalogue.ts'
import { agreement, among, equalColumns, fieldIn, guards, isTotal, type Predicate, type Scope } from './cells.ts'
import { predicateOf } from './conditions.ts'
import { tellsRowsApart } from './injective.ts'
import { type Grouping, groupingOf, type Ordering, orderingOf } from './modifiers.ts'
import { allOf, type Sql, sql } from './sql.ts'

/** A position of a member: a variable's term, which one of the cells gives, or all of them where they must be compared. */
export interface Slot {
  readonly variable?: VariableName
  readonly term?: Term
  readonly cells: readonly Cell[]
  /** The rows of the statement need no second look: the first cell alone has the term. */
  readonly isChecked: boolean
}

/** One record query as a SELECT. */
export interface Member {
  readonly record: RecordQuery
  readonly scope: Scope
  readonly where: readonly Sql[]
  readonly slots: readonly Slot[]
  /** Every row of the statement is one solution. */
  readonly isExact: boolean
  /** No scan is on its own. */
  readonly isConnected: boolean
}

/** A fragment in the form that PostgreSQL answers. */
export interface PostgresQuery {
  readonly members: readonly Member[]
  /** All variables of the patterns. */
  readonly variables: readonly VariableName[]
  /** Variables of the answer. */
  readonly output: readonly VariableName[]
  /** Conditions that rows are to be looked at for again. */
  readonly conditions: readonly Condition[]
  /** Solutions of the members may repeat, within one or between two: each is to count once. */
  readonly isRepeating: boolean
  readonly distinct: boolean
  readonly offset: number
  readonly limit?: number
  readonly grouping?: Grouping
  readonly order: readonly Ordering[]
}

export interface CompileOptions extends UnfoldOptions {
  readonly catalogue: Catalogue
}

/** Members of which each pair is looked at; more are taken to share solutions. */
const MOST_COMPARED = 64

/**
 * The fragment as a query over tables, or `undefined` where they cannot answer it whole. `isWhole`: it has to be
 * answered, however many rows that takes.
 */
export function compile(
  fragment: Plan,
  views: readonly View[],
  options: CompileOptions,
  isWhole = false,
): PostgresQuery | undefined {
  const shape = shapeOf(fragment, isCondition)
  return shape === undefined ? undefined : compileShape(shape, views, options, isWhole)
}

export const isCondition = (conjunct: Expression): boolean => conditionOf(conjunct) !== undefined

export function compileShape(
  shape: Shape,
  views: readonly View[],
  options: CompileOptions,
  isWhole: boolean,
): PostgresQuery | undefined {
  const records = unfold(shape.patterns, views, options)
  if (records === undefined) return undefined
  const conditions = shape.conditions.map((conjunct) => conditionOf(conjunct)!)
  const members: Member[] = []
  const open = new Set<Condition>()
  for (const record of records) {
    const member = memberOf(record, conditions, options, open)
    if (member === 'none') continue
    if (!isWhole && !member.isConnected) return undefined
    members.push(member)
  }
  const isRepeating =
    members.some((member) => !isUnique(member)) ||
    members.length > MOST_COMPARED ||
    members.some((one, index) => members.slice(index + 1).some((other) => mayShare(one, other, options)))
  const variables = variablesOf(shape.patterns)
  const { distinct, offset, limit } = shape
  const base = { members, variables, conditions: [...open], isRepeating, distinct, offset }
  const order = orderingOf(shape, base)
  const grouping = shape.group === undefined ? undefined : groupingOf(shape.group, base)
  if (order === undefined || (shape.group !== undefined && grouping === undefined)) return undefined
  const output = shape.output ?? (shape.group === undefined ? variables : grouping!.output)
  return {
    ...base,
    output,
    order,
    ...(grouping === undefined ? {} : { grouping }),
    ...(limit === undefined ? {} : { limit }),
  }
}

/** Conditions that a member could not have decided by SQL are added to `open`. */
function memberOf(
  record: RecordQuery,
  conditions: readonly Condition[],
  options: CompileOptions,
  open: Set<Condition>,
): Member | 'none' {
  const { catalogue } = options
  const scope: Scope = {
    scans: record.scans,
    tables: record.scans.map(({ collection }) => catalogue.tables.get(collection)!),
    context: { scope: options.scope, ...(options.structured === undefined ? {} : { structured: options.structured }) },
    version: catalogue.version,
    isUnicode: catalogue.isUnicode,
  }
  const drafting: Drafting = { scope, where: [], links: [], isPossible: true, isExact: true }
  for (const { left, right } of record.joins) joinFields(drafting, left, right)
  const slots = record.positions.map((position) => slotOf(drafting, position))
  for (const condition of conditions) {
    const position = record.positions.find(({ variable }) => variable === condition.variable)!
    if (!decides(drafting, position, condition)) {
      open.add(condition)
      drafting.isExact = false
    }
  }
  if (!drafting.isPossible) return 'none'
  const isExact = drafting.isExact && slots.every(({ isChecked }) => isChecked)
  return {
    record,
    scope,
    where: unique(drafting.where),
    slots,
    isExact,
    isConnected: isConnected(record.scans.length, drafting.links),
  }
}

interface Drafting {
  readonly scope: Scope
  readonly where: Sql[]
  /** Scans that SQL joins. */
  readonly links: (readonly [number, number])[]
  isPossible: boolean
  isExact: boolean
}

const unique = (pieces: readonly Sql[]): readonly Sql[] => [
  ...new Map(pieces.map((piece) => [JSON.stringify(piece), piece])).values(),
]

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

type Side = RecordQuery['joins'][number]['left']

function slotOf(drafting: Drafting, { variable, term, cells }: Position): Slot {
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

/** Whether SQL decides the condition; where it does so partly, that is asked all the same. */
function decides(drafting: Drafting, { term, cells }: Position, condition: Condition): boolean {
  if (term !== undefined) {
    if (!satisfies(term, condition)) drafting.isPossible = false
    return true
  }
  const predicate = predicateOf(drafting.scope, cells[0]!, condition)
  if (predicate === undefined) return false
  if (predicate === 'none') {
    drafting.isPossible = false
    return true
  }
  drafting.where.push(predicate.sql)
  return predicate.isExact
}

/** Whether links lead from the first scan to all others: all else would be a product. */
function isConnected(scans: number, links: readonly (readonly [number, number])[]): boolean {
  const reached = new Set([0])
  for (let before = -1; before < reached.size; ) {
    before = reached.size
    for (const [one, other] of links) {
      if (reached.has(one)) reached.add(other)
      if (reached.has(other)) reached.add(one)
    }
  }
  return reached.size >= scans
}

/** Whether a member gives each solution once: something in it tells the rows of each scan apart. */
function isUnique({ record, scope }: Member): boolean {
  return record.scans.every((source, scan) =>
    record.positions.some(({ cells }) =>
      cells.some((cell) => cell.scan === scan && tellsRowsApart(cell.map, scope.tables[scan]!, source)),
    ),
  )
}

/** Whether two members could give the same solution: no variable keeps them apart. */
function mayShare(one: Member, other: Member, options: UnfoldOptions): boolean {
  return one.slots.every((slot) => {
    const { variable } = slot
    if (variable === undefined) return true
    const also = other.slots.find((each) => each.variable === variable)!
    return mapsOf(slot).every((map) => mapsOf(also).every((second) => compatible(map, second, options)))
  })
}

const mapsOf = ({ term, cells }: Slot): readonly Cell['map'][] =>
  term === undefined || term.termType === 'BlankNode' ? cells.map(({ map }) => map) : [{ kind: 'constant', term }]

/** Tables of a member with their names, and its conditions: `FROM … WHERE …`. */
export function fromWhere({ scope, where }: Member, more: readonly Sql[] = []): Sql {
  const tables = scope.tables.map((table: Table, scan) => `${table.sql} AS t${scan}`)
  const all = [...where, ...more]
  const from = tables.length === 0 ? '' : ` FROM ${tables.join(', ')}`
  return all.length === 0 ? [from] : sql`${from} WHERE ${all.length === 1 ? all[0]! : flat(all)}`
}

const flat = (pieces: readonly Sql[]): Sql => allOf(pieces).slice(1, -1)
