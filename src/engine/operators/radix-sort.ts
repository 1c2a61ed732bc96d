const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
const SHIFTS = [0, DIGIT_BITS, 2 * DIGIT_BITS] as const

/**
 * The order of keys of two words as indices, stable: by `high`, then by `low`, as unsigned integers. A radix sort over
 * digits of 11 bits; digits that all keys share cost no pass. The words travel with their indices, so that every pass
 * reads in sequence; both arrays are used up.
 */
export function orderOfWords(low: Uint32Array, high: Uint32Array): Uint32Array {
  const length = low.length
  let from = { order: new Uint32Array(length), low, high }
  for (let i = 0; i < length; i++) from.order[i] = i
  let to: typeof from | undefined
  for (const word of ['low', 'high'] as const) {
    for (const shift of SHIFTS) {
      const starts = startsOf(from[word], shift)
      if (starts === undefined) continue
      to ??= { order: new Uint32Array(length), low: new Uint32Array(length), high: new Uint32Array(length) }
      scatter(from[word], shift, starts, from, to)
      const sorted = to
      to = from
      from = sorted
    }
  }
  return from.order
}

/** Where the words of each digit begin; undefined where all have the same. */
function startsOf(words: Uint32Array, shift: number): Uint32Array | undefined {
  const counts = new Uint32Array(DIGITS)
  for (let i = 0; i < words.length; i++) counts[(words[i]! >>> shift) & (DIGITS - 1)]!++
  let start = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!
    if (count === words.length) return undefined
    counts[digit] = start
    start += count
  }
  return counts
}

interface Words {
  readonly order: Uint32Array
  readonly low: Uint32Array
  readonly high: Uint32Array
}

function scatter(digits: Uint32Array, shift: number, starts: Uint32Array, from: Words, to: Words): void {
  const { order, low, high } = from
  const { order: toOrder, low: toLow, high: toHigh } = to
  for (let i = 0; i < digits.length; i++) {
    const at = starts[(digits[i]! >>> shift) & (DIGITS - 1)]!++
    toOrder[at] = order[i]!
    toLow[at] = low[i]!
    toHigh[at] = high[i]!
  }
}

/** The order of doubles as indices, stable: NaN first, then by value, -0 before 0. */
export function orderOfDoubles(values: Float64Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
  const low = new Uint32Array(values.length)
  const high = new Uint32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue
    const upper = bits[2 * i + (littleEndian ? 1 : 0)]!
    const lower = bits[2 * i + (littleEndian ? 0 : 1)]!
    // As unsigned integers, doubles are in their order once the sign is turned, and all bits where it is set.
    const negative = upper >= 0x80000000
    high[i] = negative ? ~upper : upper | 0x80000000
    low[i] = negative ? ~lower : lower
  }
  return orderOfWords(low, high)
}

/** The rows sorted by their ranks, which are below `count`; rows of one rank keep their order. */
export function sortByRank(rows: Uint32Array, ranks: Uint32Array, count: number): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < rows.length; i++) starts[ranks[rows[i]!]! + 1]!++
  for (let rank = 0; rank < count; rank++) starts[rank + 1]! += starts[rank]!
  const sorted = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    sorted[starts[ranks[row]!]!++] = row
  }
  return sorted
}
