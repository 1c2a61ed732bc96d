import { literal, type Term } from '../term.ts'
import { civilFromDays, type DateValue, dateAt, dateLexical, daysFromCivil, daysInMonth } from './date-values.ts'
import { dateValue } from './dates.ts'
import { DURATION_TYPES, type DurationValue, durationLexical, parseDuration } from './duration-values.ts'
import {
  XSD_DATE,
  XSD_DATE_TIME,
  XSD_DAY_TIME_DURATION,
  XSD_DURATION,
  XSD_TIME,
  XSD_YEAR_MONTH_DURATION,
} from './literals.ts'

const DATE_NODES = { dateTime: XSD_DATE_TIME, date: XSD_DATE, time: XSD_TIME } as const
const DURATION_NODES = {
  duration: XSD_DURATION,
  dayTimeDuration: XSD_DAY_TIME_DURATION,
  yearMonthDuration: XSD_YEAR_MONTH_DURATION,
} as const

export const dateTerm = (value: DateValue | undefined): Term | undefined =>
  value === undefined ? undefined : literal(dateLexical(value), DATE_NODES[value.kind])

export const durationTerm = (value: DurationValue | undefined): Term | undefined =>
  value === undefined ? undefined : literal(durationLexical(value), DURATION_NODES[value.kind])

/** The duration a term stands for. */
export function durationValue(term: Term): DurationValue | undefined {
  if (term.termType !== 'Literal') return undefined
  const kind = DURATION_TYPES.get(term.datatype.value)
  return kind === undefined ? undefined : parseDuration(kind, term.value)
}

const negated = (value: DurationValue): DurationValue => ({ ...value, months: -value.months, seconds: -value.seconds })

/** A count of seconds with its fraction, at a common scale. */
const scaled = (seconds: bigint, from: number, to: number): bigint => seconds * 10n ** BigInt(to - from)

/** Adds whole months, the day kept within the month (XML Schema part 2, appendix E). */
function addMonths(value: DateValue, months: number): DateValue | undefined {
  const total = value.year * 12 + value.month - 1 + months
  const year = Math.floor(total / 12)
  const month = total - year * 12 + 1
  if (!Number.isSafeInteger(total) || Math.abs(year) > 999_999_999) return undefined
  const day = Math.min(value.day, daysInMonth(year, month))
  const shift = daysFromCivil(year, month, day) - daysFromCivil(value.year, value.month, value.day)
  return dateAt(value.kind, value.instant + shift * 86400, value.fraction, value.zone)
}

const fractionOf = (value: DateValue): bigint => BigInt(value.fraction === '' ? 0 : value.fraction)

function addSeconds(value: DateValue, duration: DurationValue): DateValue | undefined {
  const scale = Math.max(value.fraction.length, duration.scale)
  const unit = 10n ** BigInt(scale)
  const start = BigInt(value.instant) * unit + scaled(fractionOf(value), value.fraction.length, scale)
  const sum = start + scaled(duration.seconds, duration.scale, scale)
  const whole = sum >= 0n || sum % unit === 0n ? sum / unit : sum / unit - 1n
  const fraction = scale === 0 ? '' : (sum - whole * unit).toString().padStart(scale, '0').replace(/0+$/, '')
  return dateAt(value.kind, Number(whole), fraction, value.zone)
}

/** A date is truncated to its day, a time wraps around midnight. */
function settled(value: DateValue | undefined): DateValue | undefined {
  if (value === undefined || value.kind === 'dateTime') return value
  if (value.kind === 'date') return { ...value, hour: 0, minute: 0, second: 0, fraction: '' }
  return { ...value, ...civilFromDays(0) }
}

/** `op:add-…Duration-to-dateTime` and its kin for dates and times. */
function shifted(value: DateValue, duration: DurationValue): DateValue | undefined {
  if (value.kind === 'time' && duration.kind !== 'dayTimeDuration') return undefined
  const moved = duration.months === 0n ? value : addMonths(value, Number(duration.months))
  return moved === undefined ? undefined : settled(addSeconds(moved, duration))
}

/** `op:subtract-dateTimes` and its kin; a missing timezone is known only against another missing one. */
function difference(left: DateValue, right: DateValue): DurationValue | undefined {
  if (left.kind !== right.kind || (left.zone === undefined) !== (right.zone === undefined)) return undefined
  const scale = Math.max(left.fraction.length, right.fraction.length)
  const at = (value: DateValue): bigint =>
    BigInt(value.instant) * 10n ** BigInt(scale) + scaled(fractionOf(value), value.fraction.length, scale)
  return { kind: 'dayTimeDuration', months: 0n, seconds: at(left) - at(right), scale }
}

function sum(left: DurationValue, right: DurationValue): DurationValue | undefined {
  if (left.kind !== right.kind || left.kind === 'duration') return undefined
  const scale = Math.max(left.scale, right.scale)
  const seconds = scaled(left.seconds, left.scale, scale) + scaled(right.seconds, right.scale, scale)
  return { kind: left.kind, months: left.months + right.months, seconds, scale }
}

/**
 * `+` and `-` where one side at least is a date, time or duration: an extension that SPARQL 1.1 leaves open
 * (section 17.3.1), with the meaning XPath gives it.
 */
export function dateArithmetic(operator: '+' | '-', left: Term, right: Term): Term | undefined {
  const date = dateValue(left)
  const duration = durationValue(right)
  if (date !== undefined && duration !== undefined) {
    return dateTerm(shifted(date, operator === '+' ? duration : negated(duration)))
  }
  const other = dateValue(right)
  if (date !== undefined) return operator === '-' && other ? durationTerm(difference(date, other)) : undefined
  const first = durationValue(left)
  if (first === undefined) return undefined
  if (duration !== undefined) return durationTerm(sum(first, operator === '+' ? duration : negated(duration)))
  return operator === '+' && other !== undefined ? dateTerm(shifted(other, first)) : undefined
}
