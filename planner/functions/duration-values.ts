import { XSD } from '../namespaces.ts'
import { collapse, decimalDigits } from './numeric-values.ts'

/** A duration: months, and seconds as `unscaled / 10^scale`; both have the sign of the whole. */
export interface DurationValue {
  readonly kind: 'duration' | 'dayTimeDuration' | 'yearMonthDuration'
  readonly months: bigint
  readonly seconds: bigint
  readonly scale: number
}

export const DURATION_TYPES: ReadonlyMap<string, DurationValue['kind']> = new Map([
  [`${XSD}duration`, 'duration'],
  [`${XSD}dayTimeDuration`, 'dayTimeDuration'],
  [`${XSD}yearMonthDuration`, 'yearMonthDuration'],
])

const FORM =
  /^(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]+))?S)?)?$/
/** Longest lexical form that is read: exact arithmetic on longer ones is not cheap. */
const LONGEST = 256

/** The value of a lexical form; `undefined` where it has none. */
export function parseDuration(kind: DurationValue['kind'], lexical: string): DurationValue | undefined {
  const text = collapse(lexical)
  const match = text.length > LONGEST ? null : FORM.exec(text)
  if (match === null || text.endsWith('P') || text.endsWith('T')) return undefined
  const [, sign, years, months, days, clock, hours, minutes, seconds, fraction = ''] = match
  if (kind === 'dayTimeDuration' && (years ?? months) !== undefined) return undefined
  if (kind === 'yearMonthDuration' && (days ?? clock) !== undefined) return undefined
  const whole = (part: string | undefined): bigint => BigInt(part ?? 0)
  const total = whole(days) * 86400n + whole(hours) * 3600n + whole(minutes) * 60n + whole(seconds)
  const factor = sign === '-' ? -1n : 1n
  return {
    kind,
    months: factor * (whole(years) * 12n + whole(months)),
    seconds: factor * BigInt(`${total}${fraction}`),
    scale: fraction.length,
  }
}

const compareBigints = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0)

export function compareSeconds(left: DurationValue, right: DurationValue): number {
  const scale = Math.max(left.scale, right.scale)
  const at = (value: DurationValue): bigint => value.seconds * 10n ** BigInt(scale - value.scale)
  return compareBigints(at(left), at(right))
}

/** `op:duration-equal`: durations of any kind are equal when months and seconds are. */
export const equalDurations = (left: DurationValue, right: DurationValue): boolean =>
  left.months === right.months && compareSeconds(left, right) === 0

/** Order within dayTimeDuration or within yearMonthDuration; between others there is none. */
export function compareDurations(left: DurationValue, right: DurationValue): number | undefined {
  if (left.kind !== right.kind || left.kind === 'duration') return undefined
  return left.kind === 'dayTimeDuration' ? compareSeconds(left, right) : compareBigints(left.months, right.months)
}

/** The canonical lexical form: `P1Y2M`, `-P1DT0.5S`, `PT0S`, `P0M`. */
export function durationLexical(value: DurationValue): string {
  const negative = value.months < 0n || value.seconds < 0n
  const months = value.months < 0n ? -value.months : value.months
  const scaled = value.seconds < 0n ? -value.seconds : value.seconds
  const unit = 10n ** BigInt(value.scale)
  const total = scaled / unit
  const part = (amount: bigint, letter: string): string => (amount === 0n ? '' : `${amount}${letter}`)
  const rest = decimalDigits((total % 60n) * unit + (scaled % unit), value.scale)
  const clock = part((total / 3600n) % 24n, 'H') + part((total / 60n) % 60n, 'M') + (rest === '0' ? '' : `${rest}S`)
  const date = part(months / 12n, 'Y') + part(months % 12n, 'M') + part(total / 86400n, 'D')
  const text = date + (clock === '' ? '' : `T${clock}`)
  const zero = value.kind === 'yearMonthDuration' ? '0M' : 'T0S'
  return `${negative ? '-' : ''}P${text === '' ? zero : text}`
}
