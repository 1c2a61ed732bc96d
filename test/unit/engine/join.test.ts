import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryBudget, type QueryContext } from '../../../src/engine/context.ts'
import { type JoinForm, joinWithTable } from '../../../src/engine/operators/join.ts'
import { collect } from '../../../src/engine/table.ts'
import { batchesOf, contextOf, countingBudget, rowsOf } from './query-context.ts'

const FORMS: readonly JoinForm[] = ['inner', 'left', 'semi', 'anti', 'minus']
const LEFT = ['k', 'l', 'a'] as const
const RIGHT = ['k', 'l', 'b'] as const

type Rows = readonly (readonly number[])[]

/** What SPARQL 1.1, section 18.5, says, row by row; both sides share their first `shared` columns. */
function expectedRows(left: Rows, right: Rows, form: JoinForm, shared: number): number[][] {
  return left.flatMap((own) => {
    const keys = own.slice(0, shared)
    const partners = right.filter((other) => {
      const isCompatible = keys.every((key, i) => key === 0 || other[i] === 0 || key === other[i])
      return isCompatible && (form !== 'minus' || keys.some((key, i) => key !== 0 && other[i] !== 0))
    })
    if (form === 'semi') return partners.length > 0 ? [[...own]] : []
    if (form === 'anti' || form === 'minus') return partners.length > 0 ? [] : [[...own]]
    const joined = partners.map((other) => [
      ...keys.map((key, i) => (key === 0 ? other[i]! : key)),
      ...own.slice(shared),
      ...other.slice(shared),
    ])
    return joined.length === 0 && form === 'left' ? [[...own, 0]] : joined
  })
}

/** The names of a side with so many shared columns, of two at most. */
const named = (names: readonly string[], shared: number): readonly string[] => names.slice(2 - shared)

async function joinedRows(
  left: readonly Rows[],
  right: Rows,
  form: JoinForm,
  shared: number,
  context: QueryContext = contextOf(),
): Promise<number[][]> {
  const names = named(LEFT, shared)
  const table = await collect(batchesOf(named(RIGHT, shared), right), named(RIGHT, shared), context.memory)
  return rowsOf(joinWithTable(batchesOf(names, ...left), names, table, form, undefined, context))
}

/** Few keys, near or far apart, unbound ones among them where `most` is not 0. */
const key = (unbound: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 2, arbitrary: fc.constantFrom(3_000_000, 2 ** 32 - 1) },
    { weight: unbound, arbitrary: fc.constant(0) },
  )
const rows = (unbound: number, shared: number, maxLength: number) =>
  fc.array(fc.tuple(...Array.from({ length: shared }, () => key(unbound)), fc.integer({ min: 1, max: 99 })), {
    maxLength,
  })

test('joins are those of the algebra, with unbound keys in some batches and not in others', async () => {
  const sides = fc.integer({ min: 0, max: 2 }).chain((shared) =>
    fc.record({
      shared: fc.constant(shared),
      left: fc.array(fc.oneof(rows(0, shared, 9), rows(1, shared, 9)), { maxLength: 4 }),
      right: fc.oneof(rows(0, shared, 12), rows(1, shared, 12)),
    }),
  )
  await fc.assert(
    fc.asyncProperty(sides, fc.constantFrom(...FORMS), async ({ left, right, shared }, form) => {
      expect(await joinedRows(left, right, form, shared)).toEqual(expectedRows(left.flat(), right, form, shared))
    }),
    { numRuns: 1_000 },
  )
})

test('a row has more partners than a batch has rows', async () => {
  for (const spread of [1, 1_000_000]) {
    const right = Array.from({ length: 10_000 }, (_, i) => [i % 10 === 0 ? 2 * spread : spread, i + 1])
    const left = [
      [
        [spread, 7],
        [3 * spread, 8],
        [2 * spread, 9],
      ],
      [[spread, 10]],
    ]
    for (const form of FORMS) {
      expect(await joinedRows(left, right, form, 1)).toEqual(expectedRows(left.flat(), right, form, 1))
    }
  }
})

test('rows that each have one partner, in batches larger than those that go on', async () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => i + 1)
  const right = ids.filter((id) => id % 7 !== 0).map((id) => [(id * 3_001) % 10_007, id])
  const left = [ids.map((id) => [id, id + 1]), ids.slice(0, 10).map((id) => [id, 1])]
  const partners = new Map(right.map(([id, value]) => [id, value]))
  const expected = left.flat().flatMap(([id, own]) => (partners.has(id) ? [[id, own, partners.get(id)]] : []))
  expect(await joinedRows(left, right, 'inner', 1)).toEqual(expected)
  expect(await joinedRows(left, right, 'semi', 1)).toEqual(expected.map(([id, own]) => [id, own]))
})

test('what a join looks partners up in counts against the memory, until the join ends', async () => {
  const memory = countingBudget()
  const right = Array.from({ length: 1_000 }, (_, i) => [i + 1, 1])
  await joinedRows([right], right, 'inner', 1, contextOf(memory))
  const table = await collect(batchesOf(['k', 'b'], right), ['k', 'b'], countingBudget())
  const bytes = memory.held
  expect(memory.most - bytes).toBeGreaterThanOrEqual(table.length * Int32Array.BYTES_PER_ELEMENT)
  const tight = contextOf(createMemoryBudget(bytes + 1))
  await expect(joinedRows([right], right, 'inner', 1, tight)).rejects.toMatchObject({ code: 'memory' })
})

test('a join ends where the query was cancelled, between the partners of one row', async () => {
  const controller = new AbortController()
  const context = contextOf(countingBudget(), controller)
  const right = Array.from({ length: 50_000 }, (_, i) => [1, i + 1])
  const table = await collect(batchesOf(['k', 'b'], right), ['k', 'b'], context.memory)
  let taken = 0
  const joined = joinWithTable(batchesOf(['k'], [[1]]), ['k'], table, 'inner', undefined, context)
  const reading = (async () => {
    for await (const { length } of joined) {
      taken += length
      controller.abort()
    }
  })()
  await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
  expect(taken).toBe(4_096)
})
