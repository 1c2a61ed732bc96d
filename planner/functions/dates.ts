import { literal, type Term } from '../term.ts'
import { DATE_TYPES, type DateValue, parseDate, zoneText } from './date-values.ts'
import { type FunctionDefinition, unary } from './definition.ts'
import { durationLexical } from './duration-values.ts'
import { stringTerm, XSD_DAY_TIME_DURATION } from './literals.ts'
import { integerTerm, numericTerm } from './numeric-values.ts'

/** The point of time a term stands for. */
export function dateValue(term: Term): DateValue | undefined {
  if (term.termType !== 'Literal') return undefined
  const kind = DATE_TYPES.get(term.datatype.value)
  return kind === undefined ? undefined : parseDate(kind, term.value)
}

const onDate = (kinds: readonly DateValue['kind'][], apply: (value: DateValue) => Term | undefined) =>
  unary((term) => {
    const value = dateValue(term)
    return value !== undefined && kinds.includes(value.kind) ? apply(value) : undefined
  })

const DATED = ['dateTime', 'date'] as const
const TIMED = ['dateTime', 'time'] as const
const ANY = ['dateTime', 'date', 'time'] as const

function seconds(value: DateValue): Term | undefined {
  const digits = `${value.second}${value.fraction}`
  return numericTerm({ kind: 'decimal', unscaled: BigInt(digits), scale: value.fraction.length })
}

function timezone(value: DateValue): Term | undefined {
  if (value.zone === undefined) return undefined
  const duration = { kind: 'dayTimeDuration', months: 0n, seconds: BigInt(value.zone * 60), scale: 0 } as const
  return literal(durationLexical(duration), XSD_DAY_TIME_DURATION)
}

/** Functions on dates and times (SPARQL 1.1, section 17.4.5); they take dates and times as well as dateTimes. */
export const dateFunctions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['NOW', { kind: 'nullary', apply: (context) => context.now }],
  ['YEAR', onDate(DATED, (value) => integerTerm(value.year))],
  ['MONTH', onDate(DATED, (value) => integerTerm(value.month))],
  ['DAY', onDate(DATED, (value) => integerTerm(value.day))],
  ['HOURS', onDate(TIMED, (value) => integerTerm(value.hour))],
  ['MINUTES', onDate(TIMED, (value) => integerTerm(value.minute))],
  ['SECONDS', onDate(TIMED, seconds)],
  ['TIMEZONE', onDate(ANY, timezone)],
  ['TZ', onDate(ANY, (value) => stringTerm(zoneText(value.zone)))],
])
