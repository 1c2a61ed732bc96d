import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PolyprovError } from '../../../planner/errors.ts'
import { civilFromDays, dateLexical, daysFromCivil, parseDate } from '../../../planner/functions/date-values.ts'
import { parseNumeric } from '../../../planner/functions/numeric-values.ts'
import { matchesRegex, replaceRegex } from '../../../planner/functions/regex.ts'

/* Lexical forms as XML Schema's regular expressions have them, against the parsers written by hand. */
const DOUBLE = /^(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN)$/
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/
const INTEGER = /^[+-]?[0-9]+$/
const DATE_TIME =
  /^-?(?:[1-9][0-9]{4,8}|[0-9]{4})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?$/

const numberLike = fc.string({ unit: fc.constantFrom(...'0123456789+-.eExINFa'), maxLength: 8 })

test('numbers are read as XML Schema has them', () => {
  fc.assert(
    fc.property(numberLike, (text) => {
      expect(parseNumeric('double', text) !== undefined).toBe(DOUBLE.test(text))
      expect(parseNumeric('decimal', text) !== undefined).toBe(DECIMAL.test(text))
      expect(parseNumeric('integer', text) !== undefined).toBe(INTEGER.test(text))
    }),
    { numRuns: 5000 },
  )
})

const dateLike = fc
  .tuple(
    fc.constantFrom('2024', '-0001', '0000', '12024', '02024', '999'),
    fc.constantFrom('-01', '-12', '-13', '-1', '01'),
    fc.constantFrom('-01', '-28', '-31', '-32', '-00', '-3'),
    fc.constantFrom('T00:00:00', 'T23:59:59.5', 'T24:00:00', 'T24:00:00.0', 'T24:00:01', 't00:00:00', 'T1:00:00', ''),
    fc.constantFrom('', 'Z', '+01:00', '-14:00', '+14:01', '+1:00', 'z', '.', '.5', ' x'),
  )
  .map((parts) => parts.join(''))

test('dateTimes are read as XML Schema has them, and written back', () => {
  fc.assert(
    fc.property(dateLike, (text) => {
      const value = parseDate('dateTime', text)
      expect(`${text} ${value !== undefined}`).toBe(`${text} ${DATE_TIME.test(text)}`)
      if (value !== undefined) expect(parseDate('dateTime', dateLexical(value))?.instant).toBe(value.instant)
    }),
    { numRuns: 5000 },
  )
})

test('days and civil dates are inverses, and agree with Date', () => {
  fc.assert(
    fc.property(fc.integer({ min: -90_000_000, max: 90_000_000 }), (days) => {
      const { year, month, day } = civilFromDays(days)
      expect(daysFromCivil(year, month, day)).toBe(days)
      const date = new Date(days * 86_400_000)
      expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
    }),
  )
})

test('any pattern matches, is an error, or is said to be unsupported', () => {
  const pattern = fc.string({ unit: fc.constantFrom(...'ab[]^-\\(){}*+?|.$dpiLu,12:<!'), maxLength: 12 })
  const outcome = (run: () => unknown): void => {
    try {
      run()
    } catch (error) {
      expect(error).toBeInstanceOf(PolyprovError)
    }
  }
  fc.assert(
    fc.property(pattern, fc.string({ maxLength: 6 }), (source, text) => {
      outcome(() => matchesRegex(text, source, ''))
      outcome(() => replaceRegex(text, source, '$1', 'i'))
    }),
    { numRuns: 5000 },
  )
})
