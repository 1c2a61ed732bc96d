import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareCodePoints } from '../../../planner/functions/comparison.ts'
import { compareForOrder } from '../../../planner/functions/order.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { blank, iri, literal, type Term } from '../../../planner/term.ts'

const typed = (value: string, type: string): Term => literal(value, iri(XSD + type))

/** In order; terms of one row are equal in it. */
const LADDER: readonly (readonly (Term | undefined)[])[] = [
  [undefined],
  [blank('a')],
  [blank('b')],
  [iri('http://a')],
  [iri('http://b')],
  [typed('NaN', 'double'), typed('NaN', 'float')],
  [typed('-INF', 'double')],
  [typed(`-1${'0'.repeat(400)}`, 'integer')],
  [typed('-5', 'byte'), typed('-5.0', 'decimal')],
  [typed('0', 'integer'), typed('-0.0', 'double')],
  [typed('0.1', 'decimal')],
  [typed('0.1', 'double')],
  [typed('0.1', 'float')],
  [typed('1', 'integer'), typed('01', 'integer'), typed('1e0', 'float')],
  [typed('9007199254740992', 'integer'), typed('9007199254740992', 'double')],
  [typed('9007199254740993', 'integer')],
  [typed('9007199254740994', 'double')],
  [typed(`1${'0'.repeat(400)}`, 'integer')],
  [typed('INF', 'double'), typed('INF', 'float')],
  [typed('false', 'boolean'), typed('0', 'boolean')],
  [typed('true', 'boolean')],
  [typed('2024-01-01T00:00:00', 'dateTime')],
  [typed('2024-01-01T00:00:00Z', 'dateTime'), typed('2024-01-01T01:00:00+01:00', 'dateTime')],
  [typed('2024-01-01T00:00:00.5Z', 'dateTime')],
  [typed('2024-01-01', 'date')],
  [typed('10:00:00', 'time')],
  [typed('PT1H', 'dayTimeDuration'), typed('PT60M', 'dayTimeDuration')],
  [typed('P1Y', 'yearMonthDuration'), typed('P12M', 'yearMonthDuration')],
  [literal('')],
  [literal('10')],
  [literal('9')],
  [literal('a')],
  [literal('a', 'de')],
  [literal('a', 'en'), literal('a', 'EN')],
  [literal('ab')],
  [literal('\uffee')],
  [literal('\u{1f600}')],
  [literal('b', iri('http://a/type'))],
  [literal('a', iri('http://b/type'))],
  [typed('x', 'integer')],
]

test('every pair of terms is in the order of the ladder', () => {
  const terms = LADDER.flatMap((row, rank) => row.map((term) => ({ term, rank })))
  for (const a of terms) {
    for (const b of terms) {
      const shown = `${a.term?.value} ${b.term?.value}`
      expect(`${shown} ${Math.sign(compareForOrder(a.term, b.term))}`).toBe(`${shown} ${Math.sign(a.rank - b.rank)}`)
    }
  }
})

test('strings compare by code point', () => {
  const codePoints = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      const [a, b] = [codePoints(left), codePoints(right)]
      const at = a.findIndex((point, index) => point !== b[index])
      const expected = at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1)
      expect(Math.sign(compareCodePoints(left, right))).toBe(Math.sign(expected))
    }),
  )
})
