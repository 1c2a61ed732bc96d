import { XSD } from '../namespaces.ts'
import { type Literal, literal, type Term } from '../term.ts'
import { XSD_DECIMAL, XSD_DOUBLE, XSD_FLOAT, XSD_INTEGER } from './literals.ts'
import { smallDouble } from './small-double.ts'

/**
 * A number of XML Schema. Integers are `number` where safe and `bigint` beyond; a decimal is `unscaled / 10^scale`;
 * a float is rounded to single precision. Derived integer types have become integers.
 */
export type NumericValue =
  | { readonly kind: 'integer'; readonly value: number | bigint }
  | { readonly kind: 'decimal'; readonly unscaled: bigint; readonly scale: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'double'; readonly value: number }

export type NumericKind = NumericValue['kind']

interface NumericType {
  readonly kind: NumericKind
  readonly minimum?: bigint
  readonly maximum?: bigint
}

const signed = (bits: bigint): NumericType => ({
  kind: 'integer',
  minimum: -(1n << (bits - 1n)),
  maximum: (1n << (bits - 1n)) - 1n,
})
const unsigned = (bits: bigint): NumericType => ({ kind: 'integer', minimum: 0n, maximum: (1n << bits) - 1n })

const NUMERIC_TYPES: ReadonlyMap<string, NumericType> = new Map(
  Object.entries<NumericType>({
    integer: { kind: 'integer' },
    decimal: { kind: 'decimal' },
    float: { kind: 'float' },
    double: { kind: 'double' },
    nonPositiveInteger: { kind: 'integer', maximum: 0n },
    negativeInteger: { kind: 'integer', maximum: -1n },
    nonNegativeInteger: { kind: 'integer', minimum: 0n },
    positiveInteger: { kind: 'integer', minimum: 1n },
    long: signed(64n),
    int: signed(32n),
    short: signed(16n),
    byte: signed(8n),
    unsignedLong: unsigned(64n),
    unsignedInt: unsigned(32n),
    unsignedShort: unsigned(16n),
    unsignedByte: unsigned(8n),
  }).map(([name, type]) => [XSD + name, type]),
)

/** The IRIs of all numeric datatypes. */
export const numericTypes: Iterable<string> = [...NUMERIC_TYPES.keys()]

/** The kind of number that a datatype IRI stands for, if it is numeric. */
export const numericKind = (datatype: string): NumericKind | undefined => NUMERIC_TYPES.get(datatype)?.kind

/** Longest lexical form read as an exact number: beyond it, `bigint` arithmetic is no longer cheap. */
const MOST_DIGITS = 4096
const LARGEST = 10n ** BigInt(MOST_DIGITS)
const INTEGER = /^[+-]?[0-9]+$/
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/
/** With these characters alone, what JavaScript reads as a number is one of XML Schema's. */
const FLOATING = /^[0-9+\-.eE]+$/
const EDGE_SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g

/** `whiteSpace=collapse` of XML Schema, for types whose lexical forms have no blanks inside. */
export function collapse(lexical: string): string {
  const first = lexical.charCodeAt(0)
  const last = lexical.charCodeAt(lexical.length - 1)
  return first <= 32 || last <= 32 ? lexical.replace(EDGE_SPACE, '') : lexical
}

/** Up to 15 digits with a sign, which are always safe; `undefined` for all else. */
function smallInteger(text: string): number | undefined {
  const length = text.length
  const first = text.charCodeAt(0)
  const negative = first === 45
  const start = negative || first === 43 ? 1 : 0
  if (length === start || length > 15) return undefined
  let result = 0
  for (let index = start; index < length; index++) {
    const digit = text.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) return undefined
    result = result * 10 + digit
  }
  return negative ? 0 - result : result
}

/** Makes an integer value: `number` where it is safe. */
export const integerValue = (value: number | bigint): NumericValue => ({
  kind: 'integer',
  value:
    typeof value === 'bigint' && value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value,
})

export const doubleValue = (value: number): NumericValue => ({ kind: 'double', value })
export const floatValue = (value: number): NumericValue => ({ kind: 'float', value: Math.fround(value) })

/** A decimal, or `undefined` (overflow, `err:FOAR0002`) past 4,096 digits; as many decimal places are kept. */
export function decimalValue(unscaled: bigint, scale: number): NumericValue | undefined {
  if (scale > MOST_DIGITS) return decimalValue(unscaled / 10n ** BigInt(scale - MOST_DIGITS), MOST_DIGITS)
  return unscaled < LARGEST && unscaled > -LARGEST ? { kind: 'decimal', unscaled, scale } : undefined
}

/** An integer, or `undefined` (overflow, `err:FOAR0002`) past 4,096 digits. */
export const boundedInteger = (value: bigint): NumericValue | undefined =>
  value < LARGEST && value > -LARGEST ? integerValue(value) : undefined

function parseInteger(text: string): NumericValue | undefined {
  const small = smallInteger(text)
  if (small !== undefined) return { kind: 'integer', value: small }
  if (text.length > MOST_DIGITS || !INTEGER.test(text)) return undefined
  return integerValue(BigInt(text[0] === '+' ? text.slice(1) : text))
}

function parseDecimal(text: string): NumericValue | undefined {
  if (text.length > MOST_DIGITS || !DECIMAL.test(text)) return undefined
  const unsigned = text[0] === '+' ? text.slice(1) : text
  const point = unsigned.indexOf('.')
  if (point < 0) return { kind: 'decimal', unscaled: BigInt(unsigned), scale: 0 }
  const digits = unsigned.slice(0, point) + unsigned.slice(point + 1)
  return { kind: 'decimal', unscaled: BigInt(digits), scale: unsigned.length - point - 1 }
}

/** The number that a lexical form of `xsd:double` or `xsd:float` stands for, before rounding to single precision. */
function parseFloating(text: string): number | undefined {
  const small = smallDouble(text)
  if (small !== undefined) return small
  switch (text) {
    case 'NaN':
      return Number.NaN
    case 'INF':
    case '+INF':
      return Number.POSITIVE_INFINITY
    case '-INF':
      return Number.NEGATIVE_INFINITY
  }
  const value = FLOATING.test(text) ? Number(text) : Number.NaN
  return Number.isNaN(value) ? undefined : value
}

/** The value of a lexical form under a kind of number; `undefined` where it has none. */
export function parseNumeric(kind: NumericKind, lexical: string): NumericValue | undefined {
  const text = collapse(lexical)
  if (kind === 'integer') return parseInteger(text)
  if (kind === 'decimal') return parseDecimal(text)
  const value = parseFloating(text)
  if (value === undefined) return undefined
  return kind === 'float' ? floatValue(value) : { kind, value }
}

function inRange(value: NumericValue, type: NumericType): boolean {
  if (value.kind !== 'integer') return true
  if (type.minimum !== undefined && value.value < type.minimum) return false
  return type.maximum === undefined || value.value <= type.maximum
}

/**
 * The number a literal stands for; `undefined` for other terms and for ill-typed ones (`"300"^^xsd:byte`). There is no
 * cache behind it: reading a short lexical form takes less time than finding it in a `WeakMap`.
 */
export function numericValue(term: Term | undefined): NumericValue | undefined {
  if (term === undefined || term.termType !== 'Literal') return undefined
  const type = NUMERIC_TYPES.get(term.datatype.value)
  if (type === undefined) return undefined
  const value = parseNumeric(type.kind, term.value)
  return value !== undefined && inRange(value, type) ? value : undefined
}

/**
 * A number as a `number` where that loses nothing (double, float, safe integer) with the kind it counts as;
 * `undefined` for decimals, larger integers and all else.
 */
export function toNumber(term: Term | undefined): { kind: NumericKind; value: number } | undefined {
  const value = numericValue(term)
  if (value === undefined || value.kind === 'decimal' || typeof value.value === 'bigint') return undefined
  return value as { kind: NumericKind; value: number }
}

/** The nearest double. */
export function asDouble(value: NumericValue): number {
  if (value.kind === 'decimal') return Number(`${value.unscaled}e-${value.scale}`)
  return Number(value.value)
}

/** `unscaled / 10^scale` of an exact number. */
export const asDecimal = (
  value: Extract<NumericValue, { kind: 'integer' | 'decimal' }>,
): { unscaled: bigint; scale: number } =>
  value.kind === 'decimal' ? value : { unscaled: BigInt(value.value), scale: 0 }

/** Digits of a decimal without exponent, trailing zeros or a needless point (canonical form of XML Schema 1.1). */
export function decimalDigits(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** Shortest digits that read back as the same single-precision number. */
function shortestFloat(value: number): string {
  for (let precision = 1; precision < 9; precision++) {
    const text = value.toExponential(precision - 1)
    if (Math.fround(Number(text)) === value) return text
  }
  return value.toExponential(8)
}

const SPECIAL = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF')

/** Canonical form of XML Schema for double and float: `1.5E0`, `-0.0E0`, `INF`. */
export function floatingDigits(kind: 'float' | 'double', value: number): string {
  if (!Number.isFinite(value)) return SPECIAL(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0E0' : '0.0E0'
  const text = kind === 'float' ? shortestFloat(value) : value.toExponential()
  const at = text.indexOf('e')
  const mantissa = text.slice(0, at)
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(text.slice(at + 1))}`
}

/** The canonical lexical form of a number. */
export function canonicalNumber(value: NumericValue): string {
  switch (value.kind) {
    case 'integer':
      return value.value.toString()
    case 'decimal':
      return decimalDigits(value.unscaled, value.scale)
    default:
      return floatingDigits(value.kind, value.value)
  }
}

const DATATYPES = { integer: XSD_INTEGER, decimal: XSD_DECIMAL, float: XSD_FLOAT, double: XSD_DOUBLE } as const

/** A number as a literal in canonical form; an error stays an error. */
export const numericTerm = (value: NumericValue | undefined): Literal | undefined =>
  value === undefined ? undefined : literal(canonicalNumber(value), DATATYPES[value.kind])

export const integerTerm = (value: number | bigint): Literal => literal(value.toString(), XSD_INTEGER)
