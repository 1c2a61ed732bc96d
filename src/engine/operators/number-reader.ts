import type { Dictionary } from '../../../connectors/connector.ts'
import { numericValue } from '../../../planner/functions/numeric-values.ts'

/** What an id stands for as a number. */
export const NUMBER_KINDS = { integer: 1, double: 2, other: 3, none: 4 } as const

/** Reads terms as numbers, by their ids. */
export interface NumberReader {
  /** The kind of the term's number: `other` is one that a double need not hold exactly, or that is a float. */
  kind(id: number): number
  /** The value of the id that `kind` was last called with, where it is an integer or a double. */
  value(): number
}

const SLOTS = 1 << 16

/** A reader with a cache of fixed size, one place for each id: a column of few terms is parsed once. */
export function createNumberReader(dictionary: Dictionary): NumberReader {
  const ids = new Uint32Array(SLOTS)
  const kinds = new Uint8Array(SLOTS)
  const values = new Float64Array(SLOTS)
  let slot = 0
  return {
    kind(id) {
      slot = id & (SLOTS - 1)
      if (ids[slot] === id) return kinds[slot]!
      const number = numericValue(dictionary.decode(id))
      ids[slot] = id
      if (number === undefined) kinds[slot] = NUMBER_KINDS.none
      else if (number.kind === 'double' || (number.kind === 'integer' && typeof number.value === 'number')) {
        kinds[slot] = NUMBER_KINDS[number.kind]
        values[slot] = number.value as number
      } else kinds[slot] = NUMBER_KINDS.other
      return kinds[slot]!
    },
    value: () => values[slot]!,
  }
}
