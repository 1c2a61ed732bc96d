import { XSD } from '../namespaces.ts'
import { collapse } from './numeric-values.ts'

/**
 * A point of time as written: fields in its own timezone, `fraction` the digits of the second after the point without
 * trailing zeros, `zone` in minutes east of UTC (absent: no timezone), `instant` the whole seconds since 1970 in UTC,
 * or on a clock without a timezone. An `xsd:date` is its first instant, an `xsd:time` that of 1972-12-31.
 */
export interface DateValue {
  readonly kind: 'dateTime' | 'date' | 'time'
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly fraction: string
  readonly zone: number | undefined
  readonly instant: number
}

/** The kind of a datatype IRI among those of dates; a `dateTimeStamp` is a `dateTime` that has its timezone. */
export const DATE_TYPES: ReadonlyMap<string, DateValue['kind']> = new Map([
  [`${XSD}dateTime`, 'dateTime'],
  [`${XSD}dateTimeStamp`, 'dateTime'],
  [`${XSD}date`, 'date'],
  [`${XSD}time`, 'time'],
])

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** Days of a month of the proleptic Gregorian calendar. */
export const daysInMonth = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0)

/** Days since 1970-01-01 in the proleptic Gregorian calendar; years count as in ISO 8601, with a year 0. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

/** The inverse of {@link daysFromCivil}. */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719468
  const era = Math.floor(shifted / 146097)
  const dayOfEra = shifted - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

type Fields = Omit<DateValue, 'instant'>

/** Completes the fields; 24:00:00 becomes the next day's midnight. `undefined` where a field is out of its range. */
function checked(fields: Fields): DateValue | undefined {
  const { year, month, day, hour, minute, second, fraction, zone } = fields
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined
  if (!(hour <= 24 && minute <= 59 && second <= 59)) return undefined
  if (hour === 24 && (minute > 0 || second > 0 || fraction !== '')) return undefined
  const days = daysFromCivil(year, month, day)
  const instant = days * 86400 + hour * 3600 + minute * 60 + second - (zone ?? 0) * 60
  if (!Number.isFinite(instant)) return undefined
  if (hour < 24) return { kind: fields.kind, year, month, day, hour, minute, second, fraction, zone, instant }
  const next = fields.kind === 'time' ? { year, month, day } : civilFromDays(days + 1)
  return { ...fields, ...next, hour: 0, instant: fields.kind === 'time' ? instant - 86400 : instant }
}

/** Where a lexical form is being read; by hand, for a regular expression takes ten times as long. */
interface Cursor {
  readonly text: string
  position: number
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Two digits; `NaN` where there are none, which fails every check of a range. */
function twoDigits(cursor: Cursor): number {
  const tens = cursor.text.charCodeAt(cursor.position)
  const ones = cursor.text.charCodeAt(cursor.position + 1)
  cursor.position += 2
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : Number.NaN
}

/** Whether the next character is this one, which is then behind. */
function takes(cursor: Cursor, code: number): boolean {
  if (cursor.text.charCodeAt(cursor.position) !== code) return false
  cursor.position++
  return true
}

function skipDigits(cursor: Cursor): number {
  const start = cursor.position
  while (isDigit(cursor.text.charCodeAt(cursor.position))) cursor.position++
  return cursor.position - start
}

const MINUS = 45
const PLUS = 43
const POINT = 46
const COLON = 58
const LETTER_T = 84
const LETTER_Z = 90

/** Four digits, or up to nine without a leading zero. */
function readYear(cursor: Cursor): number {
  const negative = takes(cursor, MINUS)
  const start = cursor.position
  const length = skipDigits(cursor)
  if (length < 4 || length > 9 || (length > 4 && cursor.text[start] === '0')) return Number.NaN
  const year = Number(cursor.text.slice(start, cursor.position))
  return negative ? 0 - year : year
}

/** The digits after the point without trailing zeros; `undefined` for a point without digits. */
function readFraction(cursor: Cursor): string | undefined {
  if (!takes(cursor, POINT)) return ''
  const start = cursor.position
  if (skipDigits(cursor) === 0) return undefined
  let end = cursor.position
  while (end > start && cursor.text.charCodeAt(end - 1) === 48) end--
  return cursor.text.slice(start, end)
}

/** Minutes east of UTC, `undefined` without a timezone, `NaN` for what is none or beyond 14 hours. */
function readZone(cursor: Cursor): number | undefined {
  if (cursor.position === cursor.text.length) return undefined
  if (takes(cursor, LETTER_Z)) return 0
  const negative = takes(cursor, MINUS)
  if (!negative && !takes(cursor, PLUS)) return Number.NaN
  const hours = twoDigits(cursor)
  if (!takes(cursor, COLON)) return Number.NaN
  const minutes = twoDigits(cursor)
  const total = hours * 60 + minutes
  return minutes <= 59 && total <= 840 ? (negative ? 0 - total : total) : Number.NaN
}

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

interface Clock {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly fraction: string
}

function readDay(cursor: Cursor): Day | undefined {
  const year = readYear(cursor)
  if (!takes(cursor, MINUS)) return undefined
  const month = twoDigits(cursor)
  return takes(cursor, MINUS) ? { year, month, day: twoDigits(cursor) } : undefined
}

function readClock(cursor: Cursor): Clock | undefined {
  const hour = twoDigits(cursor)
  if (!takes(cursor, COLON)) return undefined
  const minute = twoDigits(cursor)
  if (!takes(cursor, COLON)) return undefined
  const second = twoDigits(cursor)
  const fraction = readFraction(cursor)
  return fraction === undefined ? undefined : { hour, minute, second, fraction }
}

const TIME_DAY: Day = { year: 1972, month: 12, day: 31 }
const MIDNIGHT: Clock = { hour: 0, minute: 0, second: 0, fraction: '' }

/** The value of a lexical form (XML Schema 1.1; years of up to nine digits); `undefined` where it has none. */
export function parseDate(kind: DateValue['kind'], lexical: string): DateValue | undefined {
  const cursor: Cursor = { text: collapse(lexical), position: 0 }
  const date = kind === 'time' ? TIME_DAY : readDay(cursor)
  if (date === undefined || (kind === 'dateTime' && !takes(cursor, LETTER_T))) return undefined
  const clock = kind === 'date' ? MIDNIGHT : readClock(cursor)
  if (clock === undefined) return undefined
  const zone = readZone(cursor)
  if (Number.isNaN(zone) || cursor.position !== cursor.text.length) return undefined
  const { year, month, day } = date
  const { hour, minute, second, fraction } = clock
  return checked({ kind, year, month, day, hour, minute, second, fraction, zone })
}

const compareFractions = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Order on one clock: by the second, then by the fraction's digits. */
export const compareInstants = (left: DateValue, right: DateValue): number =>
  left.instant === right.instant ? compareFractions(left.fraction, right.fraction) : left.instant - right.instant

const FOURTEEN_HOURS = 14 * 3600

/**
 * Compares two values of one kind. A value without a timezone may lie anywhere within 14 hours of UTC: what that leaves
 * open is `undefined` (XML Schema part 2, section 3.2.7.4), since a query has no implicit timezone.
 */
export function compareDates(left: DateValue, right: DateValue): number | undefined {
  if ((left.zone === undefined) === (right.zone === undefined)) return compareInstants(left, right)
  const distance = left.instant - right.instant
  if (distance > FOURTEEN_HOURS) return 1
  if (distance < -FOURTEEN_HOURS) return -1
  if (Math.abs(distance) === FOURTEEN_HOURS) {
    const fraction = compareFractions(left.fraction, right.fraction)
    if (fraction !== 0 && fraction > 0 === distance > 0) return fraction
  }
  return undefined
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`)

/** `Z`, `+01:00`, or nothing. */
export function zoneText(zone: number | undefined): string {
  if (zone === undefined) return ''
  if (zone === 0) return 'Z'
  const minutes = Math.abs(zone)
  return `${zone < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

const dateText = (value: DateValue): string => {
  const digits = Math.abs(value.year).toString().padStart(4, '0')
  return `${value.year < 0 ? '-' : ''}${digits}-${two(value.month)}-${two(value.day)}`
}

const timeText = (value: DateValue): string => {
  const fraction = value.fraction === '' ? '' : `.${value.fraction}`
  return `${two(value.hour)}:${two(value.minute)}:${two(value.second)}${fraction}`
}

/** The lexical form XPath gives a value, in its own timezone. */
export function dateLexical(value: DateValue): string {
  const zone = zoneText(value.zone)
  if (value.kind === 'date') return `${dateText(value)}${zone}`
  return value.kind === 'time' ? `${timeText(value)}${zone}` : `${dateText(value)}T${timeText(value)}${zone}`
}

/** The value at an instant, seen in a timezone. */
export function dateAt(
  kind: DateValue['kind'],
  instant: number,
  fraction: string,
  zone: number | undefined,
): DateValue | undefined {
  const local = instant + (zone ?? 0) * 60
  const days = Math.floor(local / 86400)
  if (!Number.isSafeInteger(local) || Math.abs(days) > 365_000_000_000) return undefined
  const clock = local - days * 86400
  const civil = civilFromDays(days)
  const base = { kind, ...civil, fraction, zone }
  return checked({
    ...base,
    hour: Math.floor(clock / 3600),
    minute: Math.floor((clock % 3600) / 60),
    second: clock % 60,
  })
}
