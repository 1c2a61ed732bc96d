import { describe, expect, test } from 'vitest'
import { alignBatch, batchBuilder, columnOf, pickRows, sliceBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'

const rowsOf = ({ columns, length }: Batch) => Array.from({ length }, (_, row) => columns.map((column) => column[row]))
const batchOf = (variables: string[], rows: number[][]): Batch => {
  const builder = batchBuilder(variables)
  for (const row of rows) builder.add(row)
  return builder.build()
}

describe('batches', () => {
  test('grow as rows are added, and start afresh when built', () => {
    const builder = batchBuilder(['a', 'b'])
    const rows = Array.from({ length: 1000 }, (_, i) => [i, 2 ** 32 - 1 - i])
    for (const row of rows) builder.add(row)
    expect(builder.length).toBe(1000)
    const first = builder.build()
    builder.add([7, 8])
    expect(rowsOf(first)).toEqual(rows)
    expect(rowsOf(builder.build())).toEqual([[7, 8]])
    expect(builder.build().length).toBe(0)
  })

  test('without variables count their rows', () => {
    expect(batchOf([], [[], [], []]).length).toBe(3)
  })

  const batch = batchOf(
    ['a', 'b'],
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  )

  test('columns by name, in another order, and missing ones unbound', () => {
    expect([...columnOf(batch, 'b')!.subarray(0, 3)]).toEqual([2, 4, 6])
    expect(columnOf(batch, 'c')).toBeUndefined()
    expect(alignBatch(batch, ['a', 'b'])).toBe(batch)
    expect(rowsOf(alignBatch(batch, ['b', 'c', 'a']))).toEqual([
      [2, 0, 1],
      [4, 0, 3],
      [6, 0, 5],
    ])
  })

  test('rows picked and sliced', () => {
    expect(rowsOf(pickRows(batch, [2, 0, 0]))).toEqual([
      [5, 6],
      [1, 2],
      [1, 2],
    ])
    expect(rowsOf(pickRows(batch, new Uint32Array([1, 2]), 1))).toEqual([[3, 4]])
    expect(rowsOf(sliceBatch(batch, 1, 3))).toEqual([
      [3, 4],
      [5, 6],
    ])
    expect(rowsOf(sliceBatch(batch, 1, 100))).toEqual([
      [3, 4],
      [5, 6],
    ])
    expect(sliceBatch(batch, 5, 9).length).toBe(0)
  })
})
