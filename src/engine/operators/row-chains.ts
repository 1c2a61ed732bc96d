import { arePlaced, rangeOf } from './places.ts'
import { codeOf, homeSlot, SLOT_WORDS } from './slots.ts'

/** The rows of a table by their keys, those of one key in the order of the table; keys are bound. */
export interface RowChains {
  /** Bytes that it holds. */
  readonly bytes: number
  /** The next row of each row's chain, -1 where there is none; absent where each chain is a single row. */
  readonly nexts?: Int32Array
  /** The first row of the chain that the key at `row` belongs to; -1 where there is none. */
  first(keys: readonly Uint32Array[], row: number): number
  /** The same for rows `start` to `end` (excluded), written from the beginning of `found` on. */
  firsts(keys: readonly Uint32Array[], start: number, end: number, found: Int32Array): void
}

/** Chains of the rows by one or several columns, in which no id is 0. Of several columns a chain holds equal hashes. */
export function chainRows(keys: readonly Uint32Array[], length: number): RowChains {
  const ids = keys.length === 1 && length > 0 ? keys[0]! : undefined
  if (ids === undefined) return chainsByCode(keys, length)
  const { low, high } = rangeOf(ids, 0, length)
  return arePlaced(low, high, length) ? chainsByPlace(ids, length, low, high - low + 1) : chainsByCode(keys, length)
}

/** Ids are given in sequence: where those of a table lie close together, each has a place of its own in an array. */
function chainsByPlace(ids: Uint32Array, length: number, least: number, span: number): RowChains {
  // The first row of each chain, from 1.
  const heads = new Int32Array(span)
  let nexts: Int32Array | undefined
  for (let row = length - 1; row >= 0; row--) {
    const place = ids[row]! - least
    const head = heads[place]!
    if (head !== 0) {
      nexts ??= new Int32Array(length).fill(-1)
      nexts[row] = head - 1
    }
    heads[place] = row + 1
  }
  const headOf = (id: number): number => {
    const place = id - least
    return place >= 0 && place < span ? heads[place]! - 1 : -1
  }
  return {
    bytes: heads.byteLength + (nexts?.byteLength ?? 0),
    ...(nexts === undefined ? {} : { nexts }),
    first: (columns, row) => headOf(columns[0]![row]!),
    firsts(columns, start, end, found) {
      const asked = columns[0]!
      for (let row = start; row < end; row++) found[row - start] = headOf(asked[row]!)
    },
  }
}

/** Linked lists in two arrays, by the codes of keys: no object a row. */
function chainsByCode(keys: readonly Uint32Array[], length: number): RowChains {
  let buckets = 16
  while (buckets < length * 2) buckets *= 2
  const last = buckets * SLOT_WORDS - 1
  // The code of a key beside the first row of its chain, from 1.
  const slots = new Uint32Array(buckets * SLOT_WORDS)
  let nexts: Int32Array | undefined
  const slotOf = (code: number): number => {
    let slot = homeSlot(code, last)
    while (slots[slot + 1] !== 0 && slots[slot] !== code) slot = (slot + SLOT_WORDS) & last
    return slot
  }
  for (let row = length - 1; row >= 0; row--) {
    const code = codeOf(keys, row)
    const slot = slotOf(code)
    const head = slots[slot + 1]!
    if (head !== 0) {
      nexts ??= new Int32Array(length).fill(-1)
      nexts[row] = head - 1
    }
    slots[slot] = code
    slots[slot + 1] = row + 1
  }
  const first = (columns: readonly Uint32Array[], row: number): number => slots[slotOf(codeOf(columns, row)) + 1]! - 1
  return {
    bytes: slots.byteLength + (nexts?.byteLength ?? 0),
    ...(nexts === undefined ? {} : { nexts }),
    first,
    firsts(columns, start, end, found) {
      for (let row = start; row < end; row++) found[row - start] = first(columns, row)
    },
  }
}
