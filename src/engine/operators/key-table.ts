import type { VariableName } from '../../../planner/algebra.ts'
import type { MemoryBudget } from '../context.ts'
import { createTable, type Table } from '../table.ts'
import { createPlacedKeys } from './placed-keys.ts'
import { codeOf, homeSlot, SLOT_WORDS } from './slots.ts'

/** Distinct rows of ids, each with a number in order of arrival: what DISTINCT and GROUP BY keep. */
export interface KeyTable {
  readonly table: Table
  /** The number of the row made of `columns` at `row`; a new one where it was not met before. */
  number(columns: readonly Uint32Array[], row: number): number
  /** The numbers of rows `start` to `end` (excluded), written to `numbers` at their rows. */
  numberAll(columns: readonly Uint32Array[], start: number, end: number, numbers: Uint32Array): void
  release(): void
}

/** A table of keys, none yet. */
export function createKeyTable(variables: readonly VariableName[], memory: MemoryBudget): KeyTable {
  const table = createTable(variables, memory)
  return variables.length === 1
    ? createPlacedKeys(table, memory, () => hashedKeys(table, memory))
    : hashedKeys(table, memory)
}

const FIRST_SLOTS = 256

/** Keys by their hashes; rows of the table are distinct keys, numbered already. */
function hashedKeys(table: Table, memory: MemoryBudget): KeyTable {
  const width = table.variables.length
  let buckets = FIRST_SLOTS
  while (buckets < table.length * 2) buckets *= 2
  // The code of a key beside its number, from 1: a row that is known costs one access where the code is the key.
  let slots = new Uint32Array(buckets * SLOT_WORDS)
  const key: number[] = new Array(width).fill(0)
  let reserved = slots.byteLength
  memory.reserve(reserved)

  const grow = () => {
    memory.reserve(reserved)
    reserved *= 2
    buckets *= 2
    slots = moved(slots, new Uint32Array(buckets * SLOT_WORDS))
  }
  const columnsOfTable = (): readonly Uint32Array[] => table.variables.map((_, i) => table.column(i))
  let own = columnsOfTable()
  for (let number = 0; number < table.length; number++) {
    const code = codeOf(own, number)
    const slot = freeSlot(slots, code)
    slots[slot] = code
    slots[slot + 1] = number + 1
  }
  const equals = (number: number, columns: readonly Uint32Array[], row: number): boolean => {
    for (let i = 0; i < width; i++) if (own[i]![number] !== columns[i]![row]) return false
    return true
  }
  const add = (slot: number, code: number, columns: readonly Uint32Array[], row: number): number => {
    const number = table.length
    for (let i = 0; i < width; i++) key[i] = columns[i]![row]!
    table.appendRow(key)
    // The table has new columns when it has grown.
    if (width > 0 && own[0] !== table.column(0)) own = columnsOfTable()
    slots[slot] = code
    slots[slot + 1] = number + 1
    if (table.length * 2 > buckets) grow()
    return number
  }
  const number = (columns: readonly Uint32Array[], row: number): number => {
    const last = slots.length - 1
    const code = codeOf(columns, row)
    let slot = homeSlot(code, last)
    for (let next = slots[slot + 1]!; next !== 0; next = slots[slot + 1]!) {
      if (slots[slot] === code && (width === 1 || equals(next - 1, columns, row))) return next - 1
      slot = (slot + SLOT_WORDS) & last
    }
    return add(slot, code, columns, row)
  }
  return {
    table,
    number,
    numberAll(columns, start, end, numbers) {
      for (let row = start; row < end; row++) numbers[row] = number(columns, row)
    },
    release() {
      table.release()
      memory.release(reserved)
    },
  }
}

/** Where a key that is not among them goes. */
function freeSlot(slots: Uint32Array, code: number): number {
  const last = slots.length - 1
  let slot = homeSlot(code, last)
  while (slots[slot + 1] !== 0) slot = (slot + SLOT_WORDS) & last
  return slot
}

/** The keys of `slots` in the larger table `into`. */
function moved(slots: Uint32Array, into: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  for (let from = 0; from < slots.length; from += SLOT_WORDS) {
    if (slots[from + 1] === 0) continue
    const slot = freeSlot(into, slots[from]!)
    into[slot] = slots[from]!
    into[slot + 1] = slots[from + 1]!
  }
  return into
}
