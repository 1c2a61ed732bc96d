import type { VariableName } from '../../../planner/algebra.ts'
import type { MemoryBudget } from '../context.ts'
import { createTable, type Table } from '../table.ts'
import { mix } from './join-index.ts'

/** Distinct rows of ids, each with a number in order of arrival: what DISTINCT and GROUP BY keep. */
export interface KeyTable {
  readonly table: Table
  /** The number of the row made of `columns` at `row`; a new one where it was not met before. */
  number(columns: readonly Uint32Array[], row: number): number
  release(): void
}

export function createKeyTable(variables: readonly VariableName[], memory: MemoryBudget): KeyTable {
  const table = createTable(variables, memory)
  const width = variables.length
  let buckets = 256
  let slots = new Int32Array(buckets).fill(-1)
  let hashes = new Int32Array(buckets)
  const key: number[] = new Array(width).fill(0)
  let reserved = buckets * 8
  memory.reserve(reserved)

  const place = (hash: number, number: number) => {
    let slot = hash & (buckets - 1)
    while (slots[slot]! >= 0) slot = (slot + 1) & (buckets - 1)
    slots[slot] = number
  }
  const grow = () => {
    memory.reserve(reserved)
    reserved *= 2
    buckets *= 2
    slots = new Int32Array(buckets).fill(-1)
    const larger = new Int32Array(buckets)
    larger.set(hashes.subarray(0, table.length))
    hashes = larger
    for (let number = 0; number < table.length; number++) place(hashes[number]!, number)
  }
  let own: readonly Uint32Array[] = variables.map((_, i) => table.column(i))
  const equals = (number: number, columns: readonly Uint32Array[], row: number): boolean => {
    for (let i = 0; i < width; i++) if (own[i]![number] !== columns[i]![row]) return false
    return true
  }
  return {
    table,
    number(columns, row) {
      if (width === 1) {
        const id = columns[0]![row]!
        const ids = own[0]!
        let slot = mix(0, id) & (buckets - 1)
        for (let number = slots[slot]!; number >= 0; number = slots[slot]!) {
          if (ids[number] === id) return number
          slot = (slot + 1) & (buckets - 1)
        }
      }
      let hash = 0
      for (let i = 0; i < width; i++) hash = mix(hash, columns[i]![row]!)
      let slot = hash & (buckets - 1)
      for (let number = slots[slot]!; number >= 0; number = slots[slot]!) {
        if (hashes[number] === hash && equals(number, columns, row)) return number
        slot = (slot + 1) & (buckets - 1)
      }
      const number = table.length
      for (let i = 0; i < width; i++) key[i] = columns[i]![row]!
      table.appendRow(key)
      // The table has new columns when it has grown.
      if (width > 0 && own[0] !== table.column(0)) own = variables.map((_, i) => table.column(i))
      hashes[number] = hash
      slots[slot] = number
      if (table.length * 2 > buckets) grow()
      return number
    },
    release() {
      table.release()
      memory.release(reserved)
    },
  }
}
