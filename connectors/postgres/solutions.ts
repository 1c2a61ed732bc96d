import type { Expression } from '../../planner/algebra.ts'
import { conjuncts } from '../../planner/constructors.ts'
import { joinEstimate } from '../../planner/cost.ts'
import { type Condition, conditionOf, satisfies } from '../documents/conditions.ts'
import { columnOf, fieldsIn, type Scope } from './cells.ts'
import { predicateOf } from './conditions.ts'
import { conditioned, histogramIn } from './estimate.ts'
import { truthOf } from './expressions.ts'
import { type Meeting, meet, scopeOf } from './meeting.ts'
import { existsSql, type Member, type Optional, type OptionalPart, type Slot, slotOf, unique } from './member.ts'
import { allOf, anyOf, type Sql, sql } from './sql.ts'

/** Solutions as the rows of several SELECTs, one after the other. */
export interface Solutions {
  readonly members: readonly Member[]
  /** Rows may repeat a solution that is there once: each is to count once. */
  readonly isRepeating: boolean
  /** Solutions may be there several times, each of which counts. */
  readonly isBag: boolean
}

/** More SELECTs than this are no statement to send. */
const MOST_MEMBERS = 1_000
/** An OPTIONAL that more SELECTs could answer would read its left side as often. */
const MOST_PARTNERS = 8

/** Repeated rows can be told from repeated solutions only where there are none of these. */
const isSound = ({ isRepeating, isBag, members }: Solutions): boolean =>
  !(isRepeating && isBag) && members.length <= MOST_MEMBERS

const sound = (solutions: Solutions): Solutions | undefined => (isSound(solutions) ? solutions : undefined)

/** Both members' slots; where both bind a variable, the first one's, with the other's cells where rows are compared. */
function mergedSlots(left: Member, { right, isExact: isCertain }: Meeting): readonly Slot[] {
  const own = left.slots.map((slot) => {
    const other = slot.variable === undefined ? undefined : slotOf(right, slot.variable)
    if (other === undefined) return slot
    const isChecked = slot.isChecked && other.isChecked && isCertain
    const term = slot.term ?? other.term
    const cells = isChecked && slot.cells.length > 0 ? slot.cells : [...slot.cells, ...other.cells]
    return { ...slot, ...(term === undefined ? {} : { term }), cells, isChecked }
  })
  const known = new Set(own.flatMap(({ variable }) => variable ?? []))
  return [...own, ...right.slots.filter(({ variable }) => variable === undefined || !known.has(variable))]
}

function joinedMember(left: Member, meeting: Meeting): Member {
  const { right, scans, on } = meeting
  return {
    scope: scopeOf(left, right),
    scans: [...left.scans, ...scans],
    optionals: [...left.optionals, ...right.optionals],
    where: [...left.where, ...on],
    slots: mergedSlots(left, meeting),
    open: [...left.open, ...right.open],
    isConnected: left.isConnected && right.isConnected && meeting.isLinked,
    isUnique: left.isUnique && right.isUnique,
    estimate: joinEstimate(left.estimate, right.estimate),
  }
}

/** Every pair of compatible solutions. */
export function joinSolutions(left: Solutions, right: Solutions): Solutions | undefined {
  const members: Member[] = []
  if (left.members.length * right.members.length > MOST_MEMBERS) return undefined
  for (const one of left.members) {
    for (const other of right.members) {
      const meeting = meet(one, other)
      if (meeting === undefined || (meeting !== 'none' && !meeting.isLinked)) return undefined
      if (meeting !== 'none') members.push(joinedMember(one, meeting))
    }
  }
  return sound({
    members,
    isRepeating: left.isRepeating || right.isRepeating,
    isBag: left.isBag || right.isBag,
  })
}

export function uniteSolutions(inputs: readonly Solutions[]): Solutions | undefined {
  const live = inputs.filter(({ members }) => members.length > 0)
  return sound({
    members: live.flatMap(({ members }) => members),
    isRepeating: live.some(({ isRepeating }) => isRepeating),
    isBag: live.length > 1 || live.some(({ isBag }) => isBag),
  })
}

/** The left solutions with their partners, or alone where they have none. */
export function leftJoinSolutions(
  left: Solutions,
  right: Solutions,
  condition: Expression | undefined,
): Solutions | undefined {
  const members: Member[] = []
  for (const one of left.members) {
    const found = leftJoined(one, right, condition)
    if (found === undefined) return undefined
    members.push(...found)
  }
  return sound({
    members,
    isRepeating: left.isRepeating || right.isRepeating,
    isBag: left.isBag || right.isBag,
  })
}

function leftJoined(left: Member, right: Solutions, condition: Expression | undefined): readonly Member[] | undefined {
  if (left.scans.length === 0) return undefined
  const meetings: Meeting[] = []
  for (const other of right.members) {
    const meeting = meet(left, other)
    const partner = meeting === 'none' || meeting === undefined ? meeting : withCondition(left, meeting, condition)
    if (partner === undefined) return undefined
    if (partner === 'none') continue
    if (!partner.isExact || !partner.isLinked) return undefined
    meetings.push(partner)
  }
  const [only, more] = meetings
  if (only === undefined) return [left]
  if (more === undefined) {
    const member = optionalMember(left, only)
    return member === undefined ? undefined : [member]
  }
  if (meetings.length > MOST_PARTNERS) return undefined
  const alone = { ...alive(left), where: [...left.where, ...meetings.map((meeting) => absence(left, meeting))] }
  return [...meetings.map((meeting) => joinedMember(left, meeting)), alone]
}

/** A member whose tables cannot be made one with those of others any more: SQL holds their numbers. */
function alive(member: Member): Member {
  const { renumbered: _, ...rest } = member
  return rest
}

/** The condition of an OPTIONAL on what both bind. */
function withCondition(
  left: Member,
  meeting: Meeting,
  condition: Expression | undefined,
): Meeting | 'none' | undefined {
  if (condition === undefined) return meeting
  const joined = joinedMember(left, meeting)
  const on: Sql[] = []
  for (const conjunct of conjuncts(condition)) {
    const truth = truthOf(joined, conjunct)
    if (truth === undefined) return undefined
    on.push(truth)
  }
  return { ...meeting, on: [...meeting.on, ...on] }
}

/** The member with columns of another where there are any. */
function optionalMember(left: Member, meeting: Meeting): Member | undefined {
  const { right, scans, on } = meeting
  const isFused = scans.length === 0
  if (isFused && right.optionals.length > 0) return undefined
  if (isFused && on.length === 0) return joinedMember(left, meeting)
  const marker = isFused ? sql`CASE WHEN ${on.length === 0 ? 'TRUE' : allOf(on)} THEN TRUE END` : markerOf(meeting)
  if (marker === undefined) return undefined
  const scope = scopeOf(left, right)
  const added = right.slots.filter(({ variable }) => variable !== undefined && slotOf(left, variable) === undefined)
  return {
    ...alive(left),
    scope,
    optionals: isFused ? left.optionals : [...left.optionals, { scans, optionals: right.optionals, on }],
    slots: [...left.slots, ...added.map((slot) => optionalSlot(scope, slot, marker, meeting))],
    isUnique: left.isUnique && right.isUnique,
    isConnected: left.isConnected && right.isConnected,
    estimate: withAtLeast(left.estimate.rows, joinEstimate(left.estimate, right.estimate)),
  }
}

const withAtLeast = <Found extends { readonly rows: number }>(rows: number, estimate: Found): Found => ({
  ...estimate,
  rows: Math.max(rows, estimate.rows),
})

/** A column of the other's tables that holds a value in each of its rows. */
function markerOf({ right, scans }: Meeting): Sql | undefined {
  for (const { cells, optional } of right.slots) {
    if (optional !== undefined) continue
    for (const cell of cells) {
      if (!scans.includes(cell.scan)) continue
      const [field] = fieldsIn(right.scope, cell)
      if (field?.isScalar === true) return [columnOf(cell.scan, field.column)]
    }
  }
  // Constants alone: whatever column can hold no NULL.
  for (const scan of scans) {
    for (const column of right.scope.scans.get(scan)!.relation.columns.values()) {
      if (!column.nullable) return [columnOf(scan, column)]
    }
  }
  return undefined
}

function optionalSlot(scope: Scope, slot: Slot, marker: Sql, { scans, on }: Meeting): Slot {
  const [cell] = slot.cells
  const columns = cell === undefined || slot.term !== undefined ? [] : fieldsIn(scope, cell)
  const isOwn =
    cell !== undefined &&
    columns.length > 0 &&
    (scans.includes(cell.scan) ||
      isNullGuard(
        on,
        columns.map(({ column }) => columnOf(cell.scan, column)),
      ))
  const own: Optional =
    isOwn && slot.optional === undefined
      ? { marker: [columnOf(cell.scan, columns[0]!.column)], isOwn }
      : { marker, isOwn: false }
  if (slot.optional === undefined) return { ...slot, optional: own }
  // Of an OPTIONAL within: its columns are NULL as well where the outer one has no partner.
  if (slot.optional.isOwn && scans.length > 0) return slot
  const nested = sql`CASE WHEN (${marker}) IS NOT NULL THEN ${slot.optional.marker} END`
  return { ...slot, optional: { marker: nested, isOwn: false } }
}

/** Whether conditions ask of given columns that they hold values, and nothing else. */
const isNullGuard = (on: readonly Sql[], columns: readonly string[]): boolean => {
  const asked = on.map((piece) => piece.map((part) => (typeof part === 'string' ? part : '?')).join(''))
  return asked.length > 0 && asked.every((text) => columns.some((column) => text === `${column} IS NOT NULL`))
}

/** Whether the partner is the very row. */
const isSameRow = ({ right, scans }: Meeting): boolean => scans.length === 0 && right.optionals.length === 0

/** That there is a partner, as SQL. */
function presence(left: Member, meeting: Meeting): Sql {
  const { right, scans, on } = meeting
  if (isSameRow(meeting)) return on.length === 0 ? sql`TRUE` : allOf(on)
  const scope = scopeOf(left, right)
  const part: OptionalPart = { scans, optionals: right.optionals, on }
  return existsSql({ ...left, scope }, part)
}

/** `NOT EXISTS` as such: PostgreSQL makes an anti join of no other form. */
const absence = (left: Member, meeting: Meeting): Sql =>
  isSameRow(meeting) ? sql`(${presence(left, meeting)}) IS NOT TRUE` : sql`NOT ${presence(left, meeting)}`

/** The left solutions that have a partner, or those that have none; for MINUS a partner must share a variable. */
export function semiJoinSolutions(
  left: Solutions,
  right: Solutions,
  form: 'semi' | 'anti' | 'minus',
): Solutions | undefined {
  const members: Member[] = []
  for (const one of left.members) {
    const partners: Meeting[] = []
    for (const other of right.members) {
      const meeting = meet(one, other)
      if (meeting === undefined) return undefined
      if (meeting === 'none' || (form === 'minus' && meeting.shared.length === 0)) continue
      if (!meeting.isExact || (meeting.scans.length === 0 && meeting.right.optionals.length > 0)) return undefined
      partners.push(meeting)
    }
    if (form === 'semi' && partners.length === 0) continue
    const asked =
      form === 'semi'
        ? [anyOf(partners.map((meeting) => presence(one, meeting)))]
        : partners.map((meeting) => absence(one, meeting))
    members.push(asked.length === 0 ? one : { ...alive(one), where: [...one.where, ...asked] })
  }
  return sound({ ...left, members })
}

/** The solutions that satisfy a condition; `undefined`: SQL cannot tell, and it is none that one term decides. */
export function filterSolutions(solutions: Solutions, condition: Expression): Solutions | undefined {
  let members = solutions.members
  for (const conjunct of conjuncts(condition)) {
    const kept: Member[] = []
    for (const member of members) {
      const filtered = filteredMember(member, conjunct)
      if (filtered === undefined) return undefined
      if (filtered !== 'none') kept.push(filtered)
    }
    members = kept
  }
  return { ...solutions, members }
}

function filteredMember(member: Member, conjunct: Expression): Member | 'none' | undefined {
  const found = conditionedMember(member, conjunct)
  if (found === undefined || found === 'none' || member.renumbered === undefined) return found
  const renumber = member.renumbered.bind(member)
  return {
    ...found,
    renumbered(numbers) {
      const other = renumber(numbers)
      // What SQL can decide does not depend on the names of tables.
      return other === 'none' ? other : filteredMember(other, conjunct)!
    },
  }
}

function conditionedMember(member: Member, conjunct: Expression): Member | 'none' | undefined {
  const condition = conditionOf(conjunct)
  const slot = condition === undefined ? undefined : slotOf(member, condition.variable)
  if (condition !== undefined && slot !== undefined && slot.optional === undefined) {
    return decided(member, slot, condition)
  }
  const truth = truthOf(member, conjunct)
  if (truth === undefined) return undefined
  return { ...member, where: [...member.where, truth], estimate: conditioned(member.estimate, condition) }
}

/** A condition on one variable's term: by SQL, or as far as SQL can tell, and then on each row again. */
function decided(member: Member, slot: Slot, condition: Condition): Member | 'none' {
  if (slot.term !== undefined) return satisfies(slot.term, condition) ? member : 'none'
  const predicate = predicateOf(member.scope, slot.cells[0]!, condition)
  if (predicate === 'none') return 'none'
  const isDecided = predicate?.isExact === true && slot.isChecked
  return {
    ...member,
    where: predicate === undefined ? member.where : unique([...member.where, predicate.sql]),
    open: isDecided ? member.open : [...member.open, condition],
    estimate: conditioned(member.estimate, condition, histogramIn(member.scope, slot.cells[0]!)),
  }
}
