import type { VariableName } from '../../planner/algebra.ts'
import type { Estimate } from '../../planner/source.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import type { Cell, FieldJoin, Position } from '../../planner/views/unfold.ts'
import type { Condition } from '../documents/conditions.ts'
import { fieldIn, type Scope } from './cells.ts'
import type { PostgresQuery } from './compile.ts'
import { type Histogram, shareByHistogram } from './histogram.ts'
import { tellsRowsApart } from './injective.ts'
import type { Member } from './member.ts'

/** Shares of rows that satisfy a condition of which nothing better is known. */
const ORDER_SHARE = 1 / 3
const MEETING_SHARE = 0.1
const FILTER_SHARE = 0.25
/** Distinct values of a column without statistics, as a share of the rows. */
const DISTINCT_SHARE = 0.1

/** Rows that a query gives, and distinct values of its variables, by the catalogue's statistics. */
export function estimateOf(query: PostgresQuery): Estimate {
  const { rows: all, distinct } = united(query.members, query.variables)
  const combinations = (names: readonly VariableName[]): number =>
    names.reduce((product, name) => product * Math.max(1, distinct[name] ?? 1), 1)
  let rows = all
  if (query.isRepeating) rows = Math.min(rows, combinations(query.variables))
  if (query.distinct) rows = Math.min(rows, combinations(query.output))
  rows = Math.min(Math.max(0, rows - query.offset), query.limit ?? rows)
  const capped = query.output.map((name) => [name, Math.max(1, Math.min(distinct[name] ?? rows, rows))] as const)
  return { rows, distinct: Object.fromEntries(capped) }
}

/** Rows of several members one after the other. */
export function united(members: readonly Member[], variables: readonly VariableName[]) {
  const distinct: Record<VariableName, number> = {}
  for (const name of variables) {
    distinct[name] = members.reduce((sum, { estimate }) => sum + (estimate.distinct?.[name] ?? 0), 0)
  }
  return { rows: members.reduce((sum, { estimate }) => sum + estimate.rows, 0), distinct }
}

/** Rows of the tables that patterns are answered from. */
export function patternEstimate(
  scope: Scope,
  positions: readonly Position[],
  joins: readonly FieldJoin[],
  numberOf: (scan: number) => number,
): Estimate {
  let rows = [...scope.scans.values()].reduce((product, { relation }) => product * Math.max(1, relation.rows), 1)
  const distinct: Record<VariableName, number> = {}
  for (const { variable, term, cells } of positions) {
    const counts = cells.map((cell) => distinctTerms(scope, cell))
    if (term === undefined) rows *= agreement(counts)
    else for (const count of counts) rows /= Math.max(1, count)
    if (variable !== undefined) distinct[variable] = term === undefined && counts.length > 0 ? Math.min(...counts) : 1
  }
  for (const { left, right } of joins) {
    const sides = [left, right].map(({ scan, field }) =>
      distinctTerms(scope, { scan: numberOf(scan), map: { kind: 'field', field, termType: 'literal' } }),
    )
    rows *= agreement(sides)
  }
  return { rows, distinct }
}

/** What is left of rows by a condition, on a value whose column may have a histogram. */
export function conditioned(
  { rows, distinct = {} }: Estimate,
  condition: Condition | undefined,
  histogram?: Histogram,
): Estimate {
  if (condition === undefined) return { rows: rows * FILTER_SHARE, distinct }
  const own = distinct[condition.variable] ?? rows
  const measured = histogram === undefined ? undefined : shareByHistogram(histogram, condition)
  const share = measured === undefined ? shareOf(condition, own) : Math.max(measured, 1 / Math.max(1, own))
  return { rows: rows * share, distinct: { ...distinct, [condition.variable]: Math.max(1, own * share) } }
}

/** How the values of a cell lie that is one column's value. */
export const histogramIn = (scope: Scope, { scan, map }: Cell): Histogram | undefined =>
  map.kind === 'field' && map.termType === 'literal' ? fieldIn(scope, scan, map.field)?.column.histogram : undefined

/** Distinct terms of a cell: rows where it tells them apart, else by its columns. */
function distinctTerms(scope: Scope, { scan, map }: Cell): number {
  const { relation, source } = scope.scans.get(scan)!
  const rows = Math.max(1, relation.rows)
  if (map.kind === 'constant') return 1
  if (tellsRowsApart(map, relation, source)) return rows
  const counts = fieldsOf(map).map((path) => {
    const distinct = fieldIn(scope, scan, path)?.column.distinct ?? 0
    if (distinct === 0) return Math.max(1, rows * DISTINCT_SHARE)
    return distinct > 0 ? distinct : -distinct * rows
  })
  return Math.min(
    rows,
    counts.reduce((product, count) => product * count, 1),
  )
}

/** The share of combinations that agree in one value, under independence. */
function agreement(distinct: readonly number[]): number {
  if (distinct.length < 2) return 1
  const product = distinct.reduce((all, count) => all * Math.max(1, count), 1)
  return Math.max(1, Math.min(...distinct)) / product
}

function shareOf(condition: Condition, distinct: number): number {
  const one = 1 / Math.max(1, distinct)
  switch (condition.kind) {
    case 'in':
      return Math.min(1, one * condition.constants.length)
    case 'compare':
      return condition.operator === '=' ? one : condition.operator === '!=' ? 1 - one : ORDER_SHARE
    case 'relate':
      return MEETING_SHARE
  }
}
