import { numericKind } from '../../planner/functions/numeric-values.ts'
import type { Condition } from '../documents/conditions.ts'

/** Bounds, ascending, between which equal shares of a column's values lie: `pg_stats.histogram_bounds`. */
export type Histogram = readonly number[]

/** The histogram of a column of numbers, from its text; `undefined` where PostgreSQL has none. */
export function histogramOf(bounds: string | null | undefined): Histogram | undefined {
  const values = bounds?.replace(/^{|}$/g, '').split(',').map(Number) ?? []
  return values.length >= 2 && values.every(Number.isFinite) ? values : undefined
}

/** The share of a column's values that a comparison with a number keeps; `undefined` for all other conditions. */
export function shareByHistogram(histogram: Histogram, condition: Condition): number | undefined {
  if (condition.kind !== 'compare' || condition.operator === '=' || condition.operator === '!=') return undefined
  const { constant, operator } = condition
  if (constant.termType !== 'Literal' || numericKind(constant.datatype.value) === undefined) return undefined
  const below = shareBelow(histogram, Number(constant.value))
  if (Number.isNaN(below)) return undefined
  return operator === '<' || operator === '<=' ? below : 1 - below
}

/** As if values were spread evenly between two bounds. */
function shareBelow(histogram: Histogram, value: number): number {
  const next = histogram.findIndex((bound) => !(bound < value))
  if (next === 0) return Number.isNaN(value) ? Number.NaN : 0
  if (next < 0) return 1
  const low = histogram[next - 1]!
  const within = (value - low) / (histogram[next]! - low)
  return (next - 1 + within) / (histogram.length - 1)
}
