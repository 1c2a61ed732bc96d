import type { Term } from '../term.ts'
import { compareCodePoints, type LiteralValue, literalValue } from './comparison.ts'
import { compareInstants, type DateValue } from './date-values.ts'
import { compareSeconds, type DurationValue } from './duration-values.ts'
import { XSD_STRING } from './literals.ts'
import { compareNumbers } from './numeric.ts'
import { asDouble, type NumericValue } from './numeric-values.ts'

/** A term prepared for sorting: its value is read once, however often it is compared. */
export interface SortKey {
  /** Kinds of terms in their order; keys of one rank have values of one kind. */
  readonly rank: number
  /** The text compared first: label, IRI, string, or datatype of an unknown literal. */
  readonly text: string
  /** The text compared next: language tag, or lexical form of an unknown literal. */
  readonly detail: string
  readonly value?: LiteralValue
}

const STRING = XSD_STRING.value

const RANKS = {
  unbound: 0,
  blank: 1,
  iri: 2,
  number: 3,
  boolean: 4,
  dateTime: 5,
  date: 6,
  time: 7,
  dayTimeDuration: 8,
  yearMonthDuration: 9,
  duration: 10,
  string: 11,
  other: 12,
} as const

const UNBOUND: SortKey = { rank: RANKS.unbound, text: '', detail: '' }

function rankOf(kind: LiteralValue['kind']): number {
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
      return RANKS.number
    default:
      return RANKS[kind]
  }
}

/** Prepares a term for {@link compareSortKeys}. */
export function sortKey(term: Term | undefined): SortKey {
  if (term === undefined) return UNBOUND
  if (term.termType === 'BlankNode') return { rank: RANKS.blank, text: term.value, detail: '' }
  if (term.termType === 'NamedNode') return { rank: RANKS.iri, text: term.value, detail: '' }
  const { value: text, language } = term
  if (language !== '' || term.datatype.value === STRING) {
    return { rank: RANKS.string, text, detail: language.toLowerCase() }
  }
  const value = literalValue(term)
  if (value === undefined) return { rank: RANKS.other, text: term.datatype.value, detail: text }
  return { rank: rankOf(value.kind), text: '', detail: '', value }
}

/** A finite double as a decimal without loss. */
function exactDecimal(value: number): NumericValue {
  let mantissa = value
  let scale = 0
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    scale++
  }
  return { kind: 'decimal', unscaled: BigInt(mantissa) * 5n ** BigInt(scale), scale }
}

const isFloating = (value: NumericValue): boolean => value.kind === 'double' || value.kind === 'float'

/**
 * Order of numbers without promotion, which would equate 9007199254740993 with 9007199254740992e0 and so lose
 * transitivity. NaN comes first.
 */
function compareExactly(left: NumericValue, right: NumericValue): number {
  const a = asDouble(left)
  const b = asDouble(right)
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
  if (a !== b) return a < b ? -1 : 1
  if (!Number.isFinite(a)) return compareInfinite(left, right)
  if (isFloating(left) && isFloating(right)) return 0
  if (Number.isSafeInteger(a) && left.kind !== 'decimal' && right.kind !== 'decimal') return 0
  return compareNumbers(isFloating(left) ? exactDecimal(a) : left, isFloating(right) ? exactDecimal(b) : right)
}

/** Two numbers that no finite double is near to: an infinity lies beyond every integer and decimal. */
function compareInfinite(left: NumericValue, right: NumericValue): number {
  if (isFloating(left) === isFloating(right)) return isFloating(left) ? 0 : compareNumbers(left, right)
  const sign = asDouble(left) > 0 ? 1 : -1
  return isFloating(left) ? sign : -sign
}

/** Moments on one clock; of two equal ones that without a timezone comes first. */
const compareMoments = (left: DateValue, right: DateValue): number =>
  compareInstants(left, right) || Number(left.zone !== undefined) - Number(right.zone !== undefined)

const compareLengths = (left: DurationValue, right: DurationValue): number => {
  if (left.months !== right.months) return left.months < right.months ? -1 : 1
  return compareSeconds(left, right)
}

function compareSameRank(left: LiteralValue, right: LiteralValue): number {
  switch (left.kind) {
    case 'string':
      return 0
    case 'boolean':
      return Number(left.value) - Number((right as typeof left).value)
    case 'dateTime':
    case 'date':
    case 'time':
      return compareMoments(left, right as DateValue)
    case 'duration':
    case 'dayTimeDuration':
    case 'yearMonthDuration':
      return compareLengths(left, right as DurationValue)
    default:
      return compareExactly(left, right as NumericValue)
  }
}

/** The order of {@link compareForOrder}, on prepared keys. */
export function compareSortKeys(left: SortKey, right: SortKey): number {
  if (left.rank !== right.rank) return left.rank - right.rank
  if (left.value !== undefined && right.value !== undefined) return compareSameRank(left.value, right.value)
  return compareCodePoints(left.text, right.text) || compareCodePoints(left.detail, right.detail)
}

/**
 * A total preorder for ORDER BY (SPARQL 1.1, section 15.1): unbound, blank nodes, IRIs, literals. Literals are ordered by
 * kind: numbers, booleans, dateTimes, dates, times, durations, strings (by code point, without a language tag before
 * those with one), and all others by datatype and lexical form. Zero means equal values (`1` and `1.0`), so that the next
 * key decides.
 */
export const compareForOrder = (left: Term | undefined, right: Term | undefined): number =>
  left === right ? 0 : compareSortKeys(sortKey(left), sortKey(right))
