import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numericValue } from '../../../planner/functions/numeric-values.ts'
import { smallDouble } from '../../../planner/functions/small-double.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'

const sign = fc.constantFrom('', '-', '+')
const digits = fc.stringMatching(/^[0-9]{0,17}$/)
const exponent = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.constantFrom('e', 'E'), sign, fc.stringMatching(/^[0-9]{0,3}$/)).map((parts) => parts.join('')),
)
const number = fc.tuple(sign, digits, fc.constantFrom('', '.', '..'), digits, exponent).map((parts) => parts.join(''))

test('digits, a point and an exponent are read as JavaScript reads them, to the last bit', () => {
  fc.assert(
    fc.property(fc.oneof(number, fc.double().map(String), fc.string()), (text) => {
      const value = smallDouble(text)
      if (value !== undefined) expect(value).toBe(Number(text))
    }),
    { numRuns: 20_000 },
  )
})

test('short numbers are read, and what is none is left to others', () => {
  const read = ['0', '-0', '+5', '1.', '.5', '-12.5', '15624.984375E0', '1e22', '123456789012345', '1E-22', '00.10']
  for (const text of read) expect(smallDouble(text)).toBe(Number(text))
  const left = [
    '',
    '-',
    '.',
    'E5',
    '1e',
    '1e+',
    '1.2.3',
    '1e2.3',
    '0x10',
    ' 1',
    '1e23',
    '1234567890123456',
    'NaN',
    'INF',
  ]
  for (const text of left) expect(smallDouble(text)).toBeUndefined()
})

test('what has the form of no double is none', () => {
  const double = (text: string) => numericValue(literal(text, iri(`${XSD}double`)))
  for (const text of ['', '-', '.', 'E5', '1e', '1.2.3', '0x10', '1_0', 'Infinity'])
    expect(double(text)).toBeUndefined()
  expect(double('-0')).toEqual({ kind: 'double', value: -0 })
  expect(double(' 1e400 ')).toEqual({ kind: 'double', value: Number.POSITIVE_INFINITY })
})
