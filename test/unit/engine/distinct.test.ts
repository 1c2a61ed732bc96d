import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryBudget } from '../../../src/engine/context.ts'
import { distinct } from '../../../src/engine/operators/distinct.ts'
import { createKeyTable } from '../../../src/engine/operators/key-table.ts'
import { batchesOf, contextOf, countingBudget, rowsOf } from './query-context.ts'

/** Ids that lie close together, here or there, and ids that lie far apart. */
const id = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1_000_000, max: 1_000_040 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 32 - 1 }) },
)
const idsOfBatches = fc.array(fc.array(id, { maxLength: 40 }), { maxLength: 8 })

test('DISTINCT keeps the first of equal rows, of one column and of two, wherever the ids lie', async () => {
  await fc.assert(
    fc.asyncProperty(idsOfBatches, fc.integer({ min: 0, max: 2 }), async (batches, width) => {
      const names = ['a', 'b'].slice(0, width)
      const rows = batches.map((ids) => ids.map((each, i) => [each, i % 3].slice(0, width)))
      const memory = countingBudget()
      const actual = await rowsOf(distinct(batchesOf(names, ...rows), names, contextOf(memory)))
      const first = new Map(rows.flat().map((row) => [row.join(' '), row] as const))
      expect(actual).toEqual([...first.values()])
      expect(memory.held).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('DISTINCT goes on by a table where an id lies far away, with what it met before', async () => {
  const near = Array.from({ length: 5_000 }, (_, i) => [i * 2])
  const far = [[4], [2 ** 32 - 1], [9_998], [9_999], [2 ** 32 - 1]]
  const context = contextOf(countingBudget())
  const rows = await rowsOf(distinct(batchesOf(['a'], near, far, near, far), ['a'], context))
  expect(rows).toEqual([...near, [2 ** 32 - 1], [9_999]])
})

test('an id far away costs no memory, and too many ids end the query with `memory`', async () => {
  const counted = countingBudget()
  await rowsOf(distinct(batchesOf(['a'], [[1]], [[2 ** 32 - 1]]), ['a'], contextOf(counted)))
  expect(counted.most).toBeLessThan(1 << 20)
  const many = Array.from({ length: 100_000 }, (_, i) => [i * 300])
  const context = contextOf(createMemoryBudget(1 << 16))
  await expect(rowsOf(distinct(batchesOf(['a'], many), ['a'], context))).rejects.toMatchObject({ code: 'memory' })
})

test('keys are numbered in order of arrival, one by one or many at a time', () => {
  fc.assert(
    fc.property(idsOfBatches, fc.boolean(), (batches, oneByOne) => {
      const memory = countingBudget()
      const keys = createKeyTable(['a'], memory)
      const expected = new Map<number, number>()
      for (const batch of batches) {
        const ids = Uint32Array.from(batch)
        const numbers = new Uint32Array(ids.length)
        if (oneByOne) for (let row = 0; row < ids.length; row++) numbers[row] = keys.number([ids], row)
        else keys.numberAll([ids], 0, ids.length, numbers)
        for (const each of batch) if (!expected.has(each)) expected.set(each, expected.size)
        expect([...numbers]).toEqual(batch.map((each) => expected.get(each)))
      }
      expect([...keys.table.column(0).subarray(0, keys.table.length)]).toEqual([...expected.keys()])
      keys.release()
      expect(memory.held).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('keys that come in falling order have their places, and those far away a table of their own', () => {
  const memory = countingBudget()
  const keys = createKeyTable(['a'], memory)
  const falling = Uint32Array.from({ length: 200_000 }, (_, i) => 5_000_000 - i)
  const numbers = new Uint32Array(falling.length)
  for (let start = 0; start < falling.length; start += 1_000) keys.numberAll([falling], start, start + 1_000, numbers)
  expect(numbers.every((number, i) => number === i)).toBe(true)
  expect(memory.most).toBeLessThan(falling.length * 4 * 8)
  const far = Uint32Array.of(1, 2 ** 32 - 1, 5_000_000, 4_800_001)
  expect(Array.from(far, (_, row) => keys.number([far], row))).toEqual([200_000, 200_001, 0, 199_999])
})
