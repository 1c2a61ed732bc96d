import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderOfWords } from '../../../src/engine/operators/radix-sort.ts'

const { signal } = new AbortController()

/** Words by which many agree, in one byte or in all but one, and words that are all different. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 255, 256, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 3 }).map((value) => (value << 24) >>> 0),
)

const expectedOrder = (low: Uint32Array, high: Uint32Array): number[] =>
  Array.from(low, (_, i) => i).sort((a, b) => high[a]! - high[b]! || low[a]! - low[b]! || a - b)

test('keys of two words are in order, equal ones as they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(word, word), { maxLength: 200 }), async (pairs) => {
      const low = Uint32Array.from(pairs, ([each]) => each)
      const high = Uint32Array.from(pairs, ([, each]) => each)
      expect([...(await orderOfWords(low, high, signal))]).toEqual(expectedOrder(low, high))
    }),
    { numRuns: 500 },
  )
})

test('many keys that agree in the bits that are sorted by first are sorted by the others', async () => {
  const length = 20_000
  // Numbers that look random, and take all bytes.
  const random = (i: number) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 0
  const low = Uint32Array.from({ length }, (_, i) => random(i) % 50_000)
  for (const highs of [3, 300, 2 ** 32]) {
    const high = Uint32Array.from({ length }, (_, i) => (random(i * 13) % highs) * (highs < 2 ** 32 ? 16_777 : 1))
    // Most keys are of one value in `high`, so that the ties are many and long.
    for (let i = 0; i < length; i += 2) high[i] = 7
    expect([...(await orderOfWords(low, high, signal))]).toEqual(expectedOrder(low, high))
    expect([...(await orderOfWords(high, low, signal))]).toEqual(expectedOrder(high, low))
  }
})

test('a sort ends where the query was cancelled', async () => {
  const words = Uint32Array.from({ length: 100 }, (_, i) => i)
  await expect(orderOfWords(words, words, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
})
