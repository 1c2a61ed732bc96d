import type { MemoryBudget } from '../context.ts'
import type { Table } from '../table.ts'
import type { KeyTable } from './key-table.ts'
import { arePlaced, rangeOf } from './places.ts'

/**
 * Keys of one column, whose numbers stand in an array by their ids: ids are given in sequence, so that those of a column
 * often lie close together. Where they do not, the keys so far and all others are `hashed`, under the same numbers.
 */
export function createPlacedKeys(table: Table, memory: MemoryBudget, hashed: () => KeyTable): KeyTable {
  /** The id of the first place. */
  let first = 0
  /** The number of each id, from 1. */
  let places = new Uint32Array(0)
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let apart: KeyTable | undefined
  const key = [0]

  /** Whether there are places for ids from `low` to `high`, which some of so many rows have. */
  const reaches = (low: number, high: number, rows: number): boolean => {
    if (low < least || high > most) {
      const from = Math.min(low, least)
      const to = Math.max(high, most)
      if (!arePlaced(from, to, table.length + rows)) return false
      if (from < first || to >= first + places.length) grow(from, to)
      least = from
      most = to
    }
    return true
  }
  /** Doubles the places: what they are more than needed lies on the side on which more were needed. */
  const grow = (from: number, to: number) => {
    let size = 1_024
    while (size < to - from + 1) size *= 2
    memory.reserve((size - places.length) * Uint32Array.BYTES_PER_ELEMENT)
    const start = from < first ? Math.max(0, to + 1 - size) : from
    const larger = new Uint32Array(size)
    if (table.length > 0) larger.set(places.subarray(least - first, most + 1 - first), least - start)
    places = larger
    first = start
  }
  const add = (id: number): number => {
    const number = table.length
    key[0] = id
    table.appendRow(key)
    places[id - first] = number + 1
    return number
  }
  const scatter = (): KeyTable => {
    apart = hashed()
    memory.release(places.byteLength)
    places = new Uint32Array(0)
    return apart
  }
  return {
    table,
    number(columns, row) {
      if (apart !== undefined) return apart.number(columns, row)
      const id = columns[0]![row]!
      if (!reaches(id, id, 1)) return scatter().number(columns, row)
      const known = places[id - first]!
      return known !== 0 ? known - 1 : add(id)
    },
    numberAll(columns, start, end, numbers) {
      if (start === end) return
      const ids = columns[0]!
      const { low, high } = rangeOf(ids, start, end)
      if (apart !== undefined || !reaches(low, high, end - start)) {
        ;(apart ?? scatter()).numberAll(columns, start, end, numbers)
        return
      }
      const own = places
      const from = first
      for (let row = start; row < end; row++) {
        const id = ids[row]!
        const known = own[id - from]!
        numbers[row] = known !== 0 ? known - 1 : add(id)
      }
    },
    release() {
      if (apart !== undefined) {
        apart.release()
        return
      }
      table.release()
      memory.release(places.byteLength)
    },
  }
}
