import type { Dictionary } from '../../../connectors/connector.ts'
import { numericValue } from '../../../planner/functions/numeric-values.ts'

/** What an id stands for as a number. */
export const NUMBER_KINDS = { integer: 1, double: 2, other: 3, none: 4 } as const

/** Reads terms as numbers, by their ids. */
export interface NumberReader {
  /**
   * The numbers of rows `start` to `end` (excluded), written from the beginning of `kinds` and `values` on. The kind
   * `other` is of a number that a double need not hold exactly, or that is a float; it has no value, nor has `none`.
   * Gives the kind that all of them have; 0 where there are several.
   */
  readAll(ids: Uint32Array, start: number, end: number, kinds: Uint8Array, values: Float64Array): number
}

const SLOTS = 1 << 16

/** A reader with a cache of fixed size, one place for each id: a column of few terms is parsed once. */
export function createNumberReader(dictionary: Dictionary): NumberReader {
  const cachedIds = new Uint32Array(SLOTS)
  const cachedKinds = new Uint8Array(SLOTS).fill(NUMBER_KINDS.none)
  const cachedValues = new Float64Array(SLOTS)
  const read = (id: number, slot: number): void => {
    const number = numericValue(dictionary.decode(id))
    cachedIds[slot] = id
    cachedValues[slot] = 0
    if (number === undefined) cachedKinds[slot] = NUMBER_KINDS.none
    else if (number.kind === 'double' || (number.kind === 'integer' && typeof number.value === 'number')) {
      cachedKinds[slot] = NUMBER_KINDS[number.kind]
      cachedValues[slot] = number.value as number
    } else cachedKinds[slot] = NUMBER_KINDS.other
  }
  return {
    readAll(ids, start, end, kinds, values) {
      let first = 0
      let others = 0
      for (let row = start; row < end; row++) {
        const id = ids[row]!
        const slot = id & (SLOTS - 1)
        let kind: number = NUMBER_KINDS.none
        let value = 0
        // The id 0 is unbound, which an empty place stands for too; another id may have taken that place.
        if (cachedIds[slot] !== id && id !== 0) read(id, slot)
        if (id !== 0) {
          kind = cachedKinds[slot]!
          value = cachedValues[slot]!
        }
        kinds[row - start] = kind
        values[row - start] = value
        if (row === start) first = kind
        others |= kind ^ first
      }
      return others === 0 ? first : 0
    },
  }
}
