import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Batch } from '../../../connectors/connector.ts'
import { createMemoryBudget, type QueryContext } from '../../../src/engine/context.ts'
import { blocksOf, keysIn } from '../../../src/engine/operators/blocks.ts'

const context = { memory: createMemoryBudget(1 << 24) } as QueryContext

const batch = (keys: readonly number[]): Batch => ({
  variables: ['key', 'row'],
  columns: [Uint32Array.from(keys), Uint32Array.from(keys.keys())],
  length: keys.length,
})

const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)

async function cut(batches: AsyncIterable<Batch>, sizes: { first: number; most: number; isWaiting: boolean }) {
  const blocks: number[][] = []
  for await (const block of blocksOf(batches, ['key', 'row'], { ...sizes, keysOf: keysIn(['key']) }, context)) {
    blocks.push([...block.column(0).subarray(0, block.length)])
    block.release()
  }
  return blocks
}

async function* streamed(...batches: readonly Batch[]): AsyncGenerator<Batch> {
  yield* batches
}

test('every block but the last is full of distinct keys, wherever batches end', async () => {
  const all = numbers(1, 2_501)
  const sizes = { first: 1_000, most: 1_000, isWaiting: false }
  for (const at of [1, 999, 1_000, 1_700, 2_500]) {
    const blocks = await cut(streamed(batch(all.slice(0, at)), batch(all.slice(at))), sizes)
    expect(blocks.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
    expect(blocks.flat()).toEqual(all)
  }
})

test('rows of a key that a block has, and rows without a key, take no room', async () => {
  const rows = [1, 1, 0, 2, 1, 0, 2, 3, 1, 4]
  const blocks = await cut(streamed(batch(rows)), { first: 2, most: 2, isWaiting: false })
  expect(blocks).toEqual([[1, 1, 0, 2, 1, 0, 2], [3, 1], [4]])
})

test('blocks grow from the first to the largest', async () => {
  const blocks = await cut(streamed(batch(numbers(1, 201))), { first: 10, most: 100, isWaiting: false })
  expect(blocks.map(({ length }) => length)).toEqual([10, 40, 100, 50])
})

test('what has come is handed on when the stream pauses, where it waits for a store', async () => {
  async function* pausing(): AsyncGenerator<Batch> {
    yield batch([1, 2])
    await delay(400)
    yield batch([3])
  }
  expect(await cut(pausing(), { first: 10, most: 10, isWaiting: true })).toEqual([[1, 2], [3]])
  expect(await cut(pausing(), { first: 10, most: 10, isWaiting: false })).toEqual([[1, 2, 3]])
})
