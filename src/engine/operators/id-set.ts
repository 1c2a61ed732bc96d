import { BATCH_ROWS } from '../../../connectors/batch.ts'
import type { MemoryBudget } from '../context.ts'

/** Ids that are met, a bit for each up to the highest: ids are given in sequence, so that there are not many. */
export interface IdSet {
  /** Makes room for ids; false where they are so far apart that a table of those met takes less. */
  takes(ids: Uint32Array, length: number): boolean
  /** Adds ids that it takes, and writes the rows of those that are new into `fresh`; gives how many those are. */
  add(ids: Uint32Array, length: number, fresh: Uint32Array): number
  /** All of them in ascending order, some at a time. */
  blocks(): Generator<Uint32Array>
  release(): void
}

const FIRST_WORDS = 1_024
/** Words that are granted to any set, and to each id of a large one: what it would take in a table. */
const FEW_WORDS = 262_144
const WORDS_OF_ID = 4

export function createIdSet(memory: MemoryBudget): IdSet {
  let words = new Uint32Array(FIRST_WORDS)
  let size = 0
  memory.reserve(words.byteLength)

  return {
    takes(ids, length) {
      const needed = (highest(ids, length) >>> 5) + 1
      if (needed <= words.length) return true
      if (needed > Math.max(FEW_WORDS, WORDS_OF_ID * (size + length))) return false
      let larger = words.length
      while (larger < needed) larger *= 2
      memory.reserve((larger - words.length) * Uint32Array.BYTES_PER_ELEMENT)
      const own = words
      words = new Uint32Array(larger)
      words.set(own)
      return true
    },
    add(ids, length, fresh) {
      const own = words
      let count = 0
      for (let row = 0; row < length; row++) {
        const id = ids[row]!
        const word = own[id >>> 5]!
        const bit = 1 << (id & 31)
        if ((word & bit) !== 0) continue
        own[id >>> 5] = word | bit
        fresh[count++] = row
      }
      size += count
      return count
    },
    *blocks() {
      let block = new Uint32Array(BATCH_ROWS)
      let length = 0
      for (let place = 0; place < words.length; place++) {
        for (let word = words[place]!; word !== 0; word &= word - 1) {
          block[length++] = (place << 5) + 31 - Math.clz32(word & -word)
          if (length < BATCH_ROWS) continue
          yield block
          block = new Uint32Array(BATCH_ROWS)
          length = 0
        }
      }
      if (length > 0) yield block.subarray(0, length)
    },
    release: () => memory.release(words.byteLength),
  }
}

function highest(ids: Uint32Array, length: number): number {
  let most = 0
  for (let row = 0; row < length; row++) if (ids[row]! > most) most = ids[row]!
  return most
}
