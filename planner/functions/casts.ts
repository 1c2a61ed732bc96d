import { XSD } from '../namespaces.ts'
import { iri, type Literal, literal, type Term } from '../term.ts'
import { hasKnownDatatype, type LiteralValue, literalValue, parseBoolean } from './comparison.ts'
import { dateTerm, durationTerm } from './date-arithmetic.ts'
import { type DateValue, dateLexical, parseDate } from './date-values.ts'
import { type FunctionDefinition, unary } from './definition.ts'
import { type DurationValue, durationLexical, parseDuration } from './duration-values.ts'
import { booleanTerm, stringTerm } from './literals.ts'
import {
  asDouble,
  boundedInteger,
  canonicalNumber,
  decimalValue,
  doubleValue,
  floatingDigits,
  floatValue,
  integerValue,
  type NumericKind,
  type NumericValue,
  numericTerm,
  numericTypes,
  numericValue,
  parseNumeric,
} from './numeric-values.ts'

/** The text XPath gives a number: doubles from 1e-6 to below 1e6 without an exponent. */
function numberText(value: NumericValue): string {
  if (value.kind === 'integer' || value.kind === 'decimal') return canonicalNumber(value)
  const digits = floatingDigits(value.kind, value.value)
  const size = Math.abs(value.value)
  if (size === 0) return Object.is(value.value, -0) ? '-0' : '0'
  return size >= 1e-6 && size < 1e6 ? String(Number(digits)) : digits
}

function valueText(value: LiteralValue): string {
  switch (value.kind) {
    case 'string':
      return value.value
    case 'boolean':
      return String(value.value)
    case 'dateTime':
    case 'date':
    case 'time':
      return dateLexical(value)
    case 'duration':
    case 'dayTimeDuration':
    case 'yearMonthDuration':
      return durationLexical(value)
    default:
      return numberText(value)
  }
}

/** XPath's text of a known type; of others, on which the standard is silent, the lexical form. */
function castToString(term: Term): Term | undefined {
  if (term.termType === 'BlankNode') return undefined
  const value = term.termType === 'Literal' ? literalValue(term) : undefined
  if (value !== undefined) return stringTerm(valueText(value))
  return term.termType === 'Literal' && hasKnownDatatype(term) ? undefined : stringTerm(term.value)
}

/** A floating number as the decimal of its shortest digits: 0.1e0 becomes 0.1, not the 55 digits nearest to it. */
function decimalOf(value: NumericValue): NumericValue | undefined {
  if (value.kind === 'decimal') return value
  if (value.kind === 'integer') return decimalValue(BigInt(value.value), 0)
  if (!Number.isFinite(value.value)) return undefined
  const [mantissa = '', exponent] = floatingDigits(value.kind, value.value).split('E')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const scale = fraction.length - Number(exponent)
  const unscaled = BigInt(whole + fraction)
  return scale >= 0 ? decimalValue(unscaled, scale) : decimalValue(unscaled * 10n ** BigInt(-scale), 0)
}

function integerOf(value: NumericValue): NumericValue | undefined {
  if (value.kind === 'integer') return value
  if (value.kind === 'decimal') return boundedInteger(value.unscaled / 10n ** BigInt(value.scale))
  return Number.isFinite(value.value) ? integerValue(BigInt(Math.trunc(value.value))) : undefined
}

function convert(kind: NumericKind, value: NumericValue): NumericValue | undefined {
  switch (kind) {
    case 'integer':
      return integerOf(value)
    case 'decimal':
      return decimalOf(value)
    case 'float':
      return floatValue(asDouble(value))
    case 'double':
      return doubleValue(asDouble(value))
  }
}

function castToNumber(kind: NumericKind, term: Term): NumericValue | undefined {
  const number = numericValue(term)
  if (number !== undefined) return convert(kind, number)
  const value = term.termType === 'Literal' ? literalValue(term) : undefined
  if (value?.kind === 'string') return parseNumeric(kind, value.value)
  return value?.kind === 'boolean' ? convert(kind, integerValue(value.value ? 1 : 0)) : undefined
}

function castToBoolean(term: Term): Term | undefined {
  if (term.termType !== 'Literal') return undefined
  const value = literalValue(term)
  if (value?.kind === 'string') return booleanTerm(parseBoolean(value.value))
  if (value?.kind === 'boolean') return booleanTerm(value.value)
  const number = numericValue(term)
  if (number === undefined) return undefined
  const size = asDouble(number)
  return booleanTerm(number.kind === 'decimal' ? number.unscaled !== 0n : size !== 0 && !Number.isNaN(size))
}

/** From a string, from its own kind, and from a dateTime to its date or time; a date becomes its midnight. */
function castToDate(kind: DateValue['kind'], term: Term): Term | undefined {
  if (term.termType !== 'Literal') return undefined
  const value = literalValue(term)
  switch (value?.kind) {
    case 'string':
      return dateTerm(parseDate(kind, value.value))
    case 'dateTime':
      return dateTerm({ ...value, kind })
    case 'date':
      return kind === 'time' ? undefined : dateTerm({ ...value, kind })
    case 'time':
      return kind === 'time' ? dateTerm(value) : undefined
    default:
      return undefined
  }
}

/** From a string, and among durations, where the part that the target lacks is dropped. */
function castToDuration(kind: DurationValue['kind'], term: Term): Term | undefined {
  if (term.termType !== 'Literal') return undefined
  const value = literalValue(term)
  switch (value?.kind) {
    case 'string':
      return durationTerm(parseDuration(kind, value.value))
    case 'duration':
    case 'dayTimeDuration':
    case 'yearMonthDuration': {
      const months = kind === 'dayTimeDuration' ? 0n : value.months
      const seconds = kind === 'yearMonthDuration' ? 0n : value.seconds
      return durationTerm({ ...value, kind, months, seconds })
    }
    default:
      return undefined
  }
}

/** A cast to a derived integer type keeps the type, within its range. */
function castToDerived(datatype: string, term: Term): Term | undefined {
  const value = castToNumber('integer', term)
  if (value === undefined) return undefined
  const result: Literal = literal(canonicalNumber(value), iri(datatype))
  return numericValue(result) === undefined ? undefined : result
}

const BASE_TYPES: readonly NumericKind[] = ['integer', 'decimal', 'float', 'double']
const DATES: readonly DateValue['kind'][] = ['dateTime', 'date', 'time']
const DURATIONS: readonly DurationValue['kind'][] = ['duration', 'dayTimeDuration', 'yearMonthDuration']

/** Constructor functions (SPARQL 1.1, section 17.5), and with XPath's rules those of the other types known here. */
export const castFunctions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  [`${XSD}string`, unary(castToString)],
  [`${XSD}boolean`, unary(castToBoolean)],
  ...[...numericTypes].map((datatype): [string, FunctionDefinition] => [
    datatype,
    unary((term) => castToDerived(datatype, term)),
  ]),
  ...BASE_TYPES.map((kind): [string, FunctionDefinition] => [
    XSD + kind,
    unary((term) => numericTerm(castToNumber(kind, term))),
  ]),
  ...DATES.map((kind): [string, FunctionDefinition] => [XSD + kind, unary((term) => castToDate(kind, term))]),
  ...DURATIONS.map((kind): [string, FunctionDefinition] => [XSD + kind, unary((term) => castToDuration(kind, term))]),
])
