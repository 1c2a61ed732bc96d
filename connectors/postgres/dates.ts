import { daysInMonth } from '../../planner/functions/date-values.ts'

const DATE = /^(\d{4,})-(\d\d)-(\d\d)$/

/** A date as PostgreSQL writes it (`0044-03-15 BC`) in the form of XML Schema, whose year 0 is 1 BC. */
export function dateText(text: string): string | undefined {
  const isBefore = text.endsWith(' BC')
  const match = DATE.exec(isBefore ? text.slice(0, -3) : text)
  if (match === null) return undefined
  if (!isBefore) return text
  const year = Number(match[1]) - 1
  return `${year === 0 ? '' : '-'}${String(year).padStart(4, '0')}-${match[2]}-${match[3]}`
}

/** `2020-01-01 12:00:00.5` as `xsd:dateTime`. */
export function timestampText(text: string, zone = ''): string | undefined {
  const isBefore = text.endsWith(' BC')
  const at = text.indexOf(' ')
  if (at < 0) return undefined
  const date = dateText(isBefore ? `${text.slice(0, at)} BC` : text.slice(0, at))
  const time = isBefore ? text.slice(at + 1, -3) : text.slice(at + 1)
  return date === undefined ? undefined : `${date}T${time}${zone}`
}

interface Limits {
  readonly first: number
  readonly last: number
}

/** Years that PostgreSQL can hold, by XML Schema's count; the ends are left out. */
const DATES: Limits = { first: -4711, last: 5_874_896 }
const TIMESTAMPS: Limits = { first: -4711, last: 294_275 }

const LEXICAL_DATE = /^(-?)(\d{4}|[1-9]\d{4,8})-(\d\d)-(\d\d)$/
const CANONICAL_TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{0,5}[1-9])?$/

/** The parts of a date as PostgreSQL reads it: the date, and ` BC` where it is before our era. */
function dateParts(lexical: string, { first, last }: Limits): readonly [string, string] | undefined {
  const match = LEXICAL_DATE.exec(lexical)
  if (match === null) return undefined
  const [, sign, digits, month, day] = match
  const year = sign === '-' ? -Number(digits) : Number(digits)
  if (Object.is(year, -0) || year < first || year > last) return undefined
  const [m, d] = [Number(month), Number(day)]
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(year, m)) return undefined
  return year > 0 ? [`${digits}-${month}-${day}`, ''] : [`${String(1 - year).padStart(4, '0')}-${month}-${day}`, ' BC']
}

export function dateParameter(lexical: string): string | undefined {
  return dateParts(lexical, DATES)?.join('')
}

/** A canonical `xsd:dateTime` with that very zone (nothing or `Z`), to the microsecond. */
export function timestampParameter(lexical: string, zone: '' | 'Z'): string | undefined {
  const at = lexical.indexOf('T')
  if (at < 0 || !lexical.endsWith(zone)) return undefined
  const date = dateParts(lexical.slice(0, at), TIMESTAMPS)
  const time = lexical.slice(at + 1, lexical.length - zone.length)
  if (date === undefined || !CANONICAL_TIME.test(time)) return undefined
  return `${date[0]} ${time}${zone === 'Z' ? '+00' : ''}${date[1]}`
}

/** A canonical `xsd:time`; PostgreSQL's own 24:00:00 is another value than 00:00:00. */
export const timeParameter = (lexical: string): string | undefined =>
  CANONICAL_TIME.test(lexical) || lexical === '24:00:00' ? lexical : undefined
