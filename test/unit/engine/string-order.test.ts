import { expect, test } from 'vitest'
import { compareCodePoints } from '../../../planner/functions/comparison.ts'
import { orderOfStrings } from '../../../src/engine/operators/string-order.ts'

const ALPHABET = ['a', 'b', '\u0000', '\u00fd', '\u00fe', '\u00ff', '中', '\u{1f600}', '\uffff', '\ue000']

test('strings are ordered by code points, whatever they share and however they end', async () => {
  const { signal } = new AbortController()
  for (let round = 0; round < 40; round++) {
    const letters = ALPHABET.slice(0, 1 + (round % ALPHABET.length))
    const texts = Array.from({ length: 500 }, (_, i) => {
      const length = (i * 7 + round) % 21
      const letter = (_: unknown, at: number) => letters[(i * 31 + at * at * 17 + round) % letters.length]!
      return 'x'.repeat(round) + Array.from({ length }, letter).join('')
    })
    const expected = texts.map((_, i) => i).sort((a, b) => compareCodePoints(texts[a]!, texts[b]!) || a - b)
    expect([...(await orderOfStrings(texts, signal))]).toEqual(expected)
  }
})
