import type { Term } from '../term.ts'
import { type EvaluationContext, type FunctionDefinition, unary } from './definition.ts'
import {
  asDecimal,
  asDouble,
  boundedInteger,
  decimalValue,
  doubleValue,
  floatValue,
  integerValue,
  type NumericValue,
  numericTerm,
  numericValue,
} from './numeric-values.ts'

type Exact = Extract<NumericValue, { kind: 'integer' | 'decimal' }>
type Operator = '+' | '-' | '*' | '/'

const isExact = (value: NumericValue): value is Exact => value.kind === 'integer' || value.kind === 'decimal'

const pow10 = (exponent: number): bigint => 10n ** BigInt(exponent)

/** Both sides over one power of ten. */
function aligned(left: Exact, right: Exact): readonly [left: bigint, right: bigint, scale: number] {
  const a = asDecimal(left)
  const b = asDecimal(right)
  if (a.scale === b.scale) return [a.unscaled, b.unscaled, a.scale]
  return a.scale > b.scale
    ? [a.unscaled, b.unscaled * pow10(a.scale - b.scale), a.scale]
    : [a.unscaled * pow10(b.scale - a.scale), b.unscaled, b.scale]
}

/** Within 4 units in the last place; `NaN` or infinite where a double does not reach. */
function approximate(value: Exact): number {
  if (value.kind === 'integer') return Number(value.value)
  return value.scale > 300 ? Number.NaN : Number(value.unscaled) / 10 ** value.scale
}

/** Exact, but by way of doubles where these are far enough apart: most numbers are. */
function compareExact(left: Exact, right: Exact): number {
  const x = approximate(left)
  const y = approximate(right)
  const distance = x - y
  if (Math.abs(distance) > 1e-14 * (Math.abs(x) + Math.abs(y))) return distance
  const [a, b] = aligned(left, right)
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Compares two numbers after XPath's promotion (integer, decimal, float, double). Negative, zero or positive; `NaN`
 * where one side is not a number, so that every ordinary comparison with the result is false.
 */
export function compareNumbers(left: NumericValue, right: NumericValue): number {
  if (left.kind === 'integer' && right.kind === 'integer') {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0
  }
  if (isExact(left) && isExact(right)) return compareExact(left, right)
  const single = left.kind !== 'double' && right.kind !== 'double'
  const a = single ? Math.fround(asDouble(left)) : asDouble(left)
  const b = single ? Math.fround(asDouble(right)) : asDouble(right)
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN
}

/** Fewest significant digits of a quotient that does not end. */
const QUOTIENT_DIGITS = 18

const digitCount = (value: bigint): number => value.toString().length - (value < 0n ? 1 : 0)

/** Rounded to the nearest, halves away from zero: `op:numeric-divide` leaves precision to implementations. */
function divideExact(left: Exact, right: Exact): NumericValue | undefined {
  const [a, b] = aligned(left, right)
  if (b === 0n) return undefined
  const scale = QUOTIENT_DIGITS + Math.max(0, digitCount(b) - digitCount(a))
  const dividend = a * pow10(scale) * 2n
  const doubled = dividend / b
  const rounded = (doubled + (doubled < 0n ? -1n : 1n)) / 2n
  return trimmed(rounded, scale)
}

/** Trailing zeros gone, so that scales do not grow from one operation to the next. */
function trimmed(unscaled: bigint, scale: number): NumericValue | undefined {
  let digits = unscaled
  let places = scale
  while (places > 0 && digits % 10n === 0n) {
    digits /= 10n
    places--
  }
  return decimalValue(digits, places)
}

function exactArithmetic(operator: Operator, left: Exact, right: Exact): NumericValue | undefined {
  switch (operator) {
    case '/':
      return divideExact(left, right)
    case '*': {
      const a = asDecimal(left)
      const b = asDecimal(right)
      return decimalValue(a.unscaled * b.unscaled, a.scale + b.scale)
    }
    default: {
      const [a, b, scale] = aligned(left, right)
      return decimalValue(operator === '+' ? a + b : a - b, scale)
    }
  }
}

function floatingArithmetic(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
  }
}

function integerArithmetic(operator: '+' | '-' | '*', left: number | bigint, right: number | bigint) {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = floatingArithmetic(operator, left, right)
    if (Number.isSafeInteger(result)) return integerValue(result + 0)
  }
  const a = BigInt(left)
  const b = BigInt(right)
  return boundedInteger(operator === '+' ? a + b : operator === '-' ? a - b : a * b)
}

/**
 * Applies `+ - * /` after promotion. Exact for integers and decimals; the quotient of two integers is a decimal;
 * division of integers and decimals by zero is an error (SPARQL 1.1, section 17.3; XPath `err:FOAR0001`).
 */
export function arithmetic(operator: Operator, left: NumericValue, right: NumericValue): NumericValue | undefined {
  if (left.kind === 'integer' && right.kind === 'integer' && operator !== '/') {
    return integerArithmetic(operator, left.value, right.value)
  }
  if (isExact(left) && isExact(right)) return exactArithmetic(operator, left, right)
  if (left.kind === 'double' || right.kind === 'double') {
    return doubleValue(floatingArithmetic(operator, asDouble(left), asDouble(right)))
  }
  return floatValue(floatingArithmetic(operator, Math.fround(asDouble(left)), Math.fround(asDouble(right))))
}

/** The largest integer not above, over a power of ten. */
function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient
}

const decimalToInteger = (mode: 'ceil' | 'floor' | 'round', unscaled: bigint, scale: number): bigint => {
  const unit = pow10(scale)
  switch (mode) {
    case 'floor':
      return floorDivide(unscaled, unit)
    case 'ceil':
      return -floorDivide(-unscaled, unit)
    case 'round':
      return floorDivide(2n * unscaled + unit, 2n * unit)
  }
}

/** `fn:ceiling`, `fn:floor`, `fn:round` (halves towards positive infinity): the type stays. */
export function roundNumber(mode: 'ceil' | 'floor' | 'round', value: NumericValue): NumericValue | undefined {
  switch (value.kind) {
    case 'integer':
      return value
    case 'decimal':
      return decimalValue(decimalToInteger(mode, value.unscaled, value.scale), 0)
    default:
      return { kind: value.kind, value: Math[mode](value.value) }
  }
}

/** `fn:abs`. */
function absolute(value: NumericValue): NumericValue {
  switch (value.kind) {
    case 'integer':
      return value.value < 0 ? negate(value) : value
    case 'decimal':
      return value.unscaled < 0n ? negate(value) : value
    default:
      return { kind: value.kind, value: Math.abs(value.value) }
  }
}

/** `op:numeric-unary-minus`; there is no negative zero among integers. */
export function negate(value: NumericValue): NumericValue {
  switch (value.kind) {
    case 'integer':
      return integerValue(typeof value.value === 'bigint' ? -value.value : 0 - value.value)
    case 'decimal':
      return { kind: 'decimal', unscaled: -value.unscaled, scale: value.scale }
    default:
      return { kind: value.kind, value: -value.value }
  }
}

const onNumber = (apply: (value: NumericValue) => NumericValue | undefined): FunctionDefinition =>
  unary((argument: Term) => {
    const value = numericValue(argument)
    return value === undefined ? undefined : numericTerm(apply(value))
  })

/** Functions on numerics (SPARQL 1.1, section 17.4.4) and the numeric operators that only numbers have. */
export const numericFunctions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['ABS', onNumber(absolute)],
  ['CEIL', onNumber((value) => roundNumber('ceil', value))],
  ['FLOOR', onNumber((value) => roundNumber('floor', value))],
  ['ROUND', onNumber((value) => roundNumber('round', value))],
  ['RAND', { kind: 'nullary', apply: (context: EvaluationContext) => numericTerm(doubleValue(context.random())) }],
])

/** Arithmetic on two terms that are both numbers; anything else is an error. */
export function numericArithmetic(operator: Operator, left: Term, right: Term): Term | undefined {
  const a = numericValue(left)
  const b = a === undefined ? undefined : numericValue(right)
  return a === undefined || b === undefined ? undefined : numericTerm(arithmetic(operator, a, b))
}
