import type { VariableName } from '../../planner/algebra.ts'
import { termKey } from '../../planner/term.ts'
import { sameRecords } from '../../planner/views/record.ts'
import { compatible, mapKey } from '../../planner/views/term-map.ts'
import { agreement, among, type Scope } from './cells.ts'
import { tellsRowsApart } from './injective.ts'
import { isExact, type Member, type Slot, slotOf, unique, without } from './member.ts'
import type { Sql } from './sql.ts'

/** What two members have in common: the second one's part of a statement that holds both. */
export interface Meeting {
  readonly right: Member
  /** Tables that the second one brings. */
  readonly scans: readonly number[]
  /** Conditions that the second one brings, those on what both bind among them. */
  readonly on: readonly Sql[]
  readonly isExact: boolean
  readonly isLinked: boolean
  readonly shared: readonly VariableName[]
}

/** What a member meets in another. `'none'`: no row of one is compatible with a row of the other; `undefined`: SQL cannot tell. */
export function meet(left: Member, other: Member): Meeting | 'none' | undefined {
  const fused = fusedScans(left, other)
  const right = fused.size === 0 ? other : other.renumbered!(fused)
  if (right === 'none') return 'none'
  const scope = scopeOf(left, right)
  const on: Sql[] = [...right.where]
  const shared: VariableName[] = []
  let isExactly = true
  for (const slot of right.slots) {
    const own = slot.variable === undefined ? undefined : slotOf(left, slot.variable)
    if (own === undefined) continue
    if (own.optional !== undefined || slot.optional !== undefined) return undefined
    shared.push(slot.variable!)
    const agreed = slotsAgree(scope, own, slot)
    if (agreed === 'none' || agreed === undefined) return agreed
    on.push(...agreed.sql)
    isExactly &&= agreed.isExact
  }
  return {
    right,
    scans: right.scans.filter((scan) => !left.scans.includes(scan)),
    on: without(unique(on), left.where),
    isExact: isExactly && isExact(right),
    isLinked: shared.length > 0 || left.scans.length === 0,
    shared,
  }
}

export const scopeOf = (left: Member, right: Member): Scope => ({
  ...left.scope,
  scans: new Map([...left.scope.scans, ...right.scope.scans]),
})

/** Tables of the second member whose row is bound to be one of the first one's: a key says so. */
function fusedScans(left: Member, right: Member): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>()
  if (right.renumbered === undefined) return numbers
  for (const { variable, cells, optional } of right.slots) {
    const own = variable === undefined ? undefined : slotOf(left, variable)
    if (own === undefined || own.optional !== undefined || optional !== undefined) continue
    for (const cell of cells) {
      const { relation, source } = right.scope.scans.get(cell.scan)!
      if (numbers.has(cell.scan) || !tellsRowsApart(cell.map, relation, source)) continue
      const same = own.cells.find((candidate) => {
        const scan = left.scope.scans.get(candidate.scan)!
        const isSame = scan.relation === relation && sameRecords(scan.source, source)
        return isSame && left.scans.includes(candidate.scan) && mapKey(candidate.map) === mapKey(cell.map)
      })
      if (same !== undefined) numbers.set(cell.scan, same.scan)
    }
  }
  return numbers
}

/** What makes two slots the same term. */
function slotsAgree(scope: Scope, one: Slot, other: Slot) {
  if (one.term !== undefined && other.term !== undefined) {
    return termKey(one.term) === termKey(other.term) ? { sql: [], isExact: true } : 'none'
  }
  const [a, b] = [one.cells[0], other.cells[0]]
  const term = one.term ?? other.term
  if (term !== undefined) {
    const cell = one.term === undefined ? a : b
    const predicate = cell === undefined ? undefined : among(scope, cell, [term])
    return predicate === undefined || predicate === 'none'
      ? predicate
      : { sql: [predicate.sql], isExact: predicate.isExact }
  }
  if (a === undefined || b === undefined) return undefined
  if (a.scan === b.scan && mapKey(a.map) === mapKey(b.map)) return { sql: [], isExact: true }
  if (!compatible(a.map, b.map, scope.context)) return 'none'
  const agreed = agreement(scope, a, b)
  return agreed === undefined ? undefined : { sql: [agreed.sql], isExact: agreed.isExact }
}
