import { RDF, XSD } from '../namespaces.ts'
import type { Literal, Term } from '../term.ts'
import { compareDates, DATE_TYPES, type DateValue, parseDate } from './date-values.ts'
import {
  compareDurations,
  DURATION_TYPES,
  type DurationValue,
  equalDurations,
  parseDuration,
} from './duration-values.ts'
import { compareNumbers } from './numeric.ts'
import { collapse, type NumericValue, numericKind, numericValue } from './numeric-values.ts'

/** The value of a literal of a datatype known here. */
export type LiteralValue =
  | NumericValue
  | DateValue
  | DurationValue
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }

const STRING = `${XSD}string`
const BOOLEAN = `${XSD}boolean`
const LANG_STRING = `${RDF}langString`

/** The value of a lexical form of `xsd:boolean`. */
export function parseBoolean(lexical: string): boolean | undefined {
  const text = collapse(lexical)
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

/** The value of a literal; `undefined` for an unknown datatype, for a language-tagged string, and for a lexical form that has no value. */
export function literalValue(term: Literal): LiteralValue | undefined {
  const datatype = term.datatype.value
  if (datatype === STRING) return { kind: 'string', value: term.value }
  if (numericKind(datatype) !== undefined) return numericValue(term)
  if (datatype === BOOLEAN) {
    const value = parseBoolean(term.value)
    return value === undefined ? undefined : { kind: 'boolean', value }
  }
  const date = DATE_TYPES.get(datatype)
  if (date !== undefined) return parseDate(date, term.value)
  const duration = DURATION_TYPES.get(datatype)
  return duration === undefined ? undefined : parseDuration(duration, term.value)
}

/** Whether {@link literalValue} knows the datatype: a literal of it without a value is ill-typed. */
export const hasKnownDatatype = ({ datatype: { value } }: Literal): boolean =>
  value === STRING ||
  value === BOOLEAN ||
  numericKind(value) !== undefined ||
  DATE_TYPES.has(value) ||
  DURATION_TYPES.has(value)

const isNumber = (value: LiteralValue): value is NumericValue =>
  value.kind === 'integer' || value.kind === 'double' || value.kind === 'decimal' || value.kind === 'float'

const isDate = (value: LiteralValue): value is DateValue =>
  value.kind === 'dateTime' || value.kind === 'date' || value.kind === 'time'

const isDuration = (value: LiteralValue): value is DurationValue =>
  value.kind === 'dayTimeDuration' || value.kind === 'duration' || value.kind === 'yearMonthDuration'

/** Code-point order, which differs from JavaScript's order of UTF-16 code units above U+D7FF. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return a >= 0xd800 && b >= 0xd800 ? surrogatesLast(a) - surrogatesLast(b) : a - b
  }
  return left.length - right.length
}

const surrogatesLast = (unit: number): number => (unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** Term equality (RDF 1.1, section 3.3; SPARQL's `sameTerm`): language tags without regard to case. */
export function sameTerm(left: Term, right: Term): boolean {
  if (left === right) return true
  if (left.termType !== right.termType || left.value !== right.value) return false
  if (left.termType !== 'Literal' || right.termType !== 'Literal') return true
  if (left.datatype.value !== right.datatype.value) return false
  return left.language === right.language || left.language.toLowerCase() === right.language.toLowerCase()
}

/**
 * Order of two values for `<` and its kin (SPARQL 1.1, section 17.3), and of dates, times and durations besides.
 * `undefined` is a type error; `NaN` says that every comparison is false.
 */
export function compareValues(left: LiteralValue, right: LiteralValue): number | undefined {
  if (isNumber(left)) return isNumber(right) ? compareNumbers(left, right) : undefined
  if (left.kind === 'string') return right.kind === 'string' ? compareCodePoints(left.value, right.value) : undefined
  if (left.kind === 'boolean') return right.kind === 'boolean' ? Number(left.value) - Number(right.value) : undefined
  if (isDate(left)) return isDate(right) && left.kind === right.kind ? compareDates(left, right) : undefined
  if (isDuration(left)) return isDuration(right) ? compareDurations(left, right) : undefined
  return undefined
}

/** The primitive type whose value space a value lies in: no value lies in two. */
const spaceOf = (value: LiteralValue): string =>
  isNumber(value) ? 'number' : isDuration(value) ? 'duration' : value.kind

/** Equality of two values; `undefined` for two points of time whose order is open. */
function equalValues(left: LiteralValue, right: LiteralValue): boolean | undefined {
  if (spaceOf(left) !== spaceOf(right)) return false
  if (isDuration(left)) return equalDurations(left, right as DurationValue)
  const order = compareValues(left, right)
  return order === undefined ? undefined : order === 0
}

/**
 * `=` (SPARQL 1.1, sections 17.3 and 17.4.1.7): by value where both datatypes are known, so that values of different
 * primitive types are unequal; equal terms are equal whatever their datatype; other literals are a type error, for their
 * values may be the same. A language-tagged string is known to differ from every other literal.
 */
export function equalTerms(left: Term, right: Term): boolean | undefined {
  if (left.termType !== 'Literal' || right.termType !== 'Literal') return sameTerm(left, right)
  if (left.datatype.value === LANG_STRING || right.datatype.value === LANG_STRING) return sameTerm(left, right)
  const a = literalValue(left)
  const b = a === undefined ? undefined : literalValue(right)
  const byValue = a === undefined || b === undefined ? undefined : equalValues(a, b)
  return byValue === undefined && sameTerm(left, right) ? true : byValue
}

/** Order of two terms for `<` and its kin; `undefined` is a type error, `NaN` says that every comparison is false. */
export function compareTerms(left: Term, right: Term): number | undefined {
  if (left.termType !== 'Literal' || right.termType !== 'Literal') return undefined
  const a = literalValue(left)
  const b = a === undefined ? undefined : literalValue(right)
  return a === undefined || b === undefined ? undefined : compareValues(a, b)
}
