/**
 * The order of doubles as indices, stable: NaN first, then by value, -0 before 0. Four passes of a radix sort over 16
 * bits each, which beats comparisons from some thousands of values on.
 */
export function orderOfDoubles(values: Float64Array): Uint32Array {
  const bits = new Uint32Array(new Float64Array(values).buffer)
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
  let order = new Uint32Array(values.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  for (const word of [low, high]) {
    for (const shift of [0, 16]) order = sortByDigit(order, (row) => (word[row]! >>> shift) & 0xffff, 0x10000)
  }
  return order
}

/** The rows sorted by a digit below `digits`; rows of equal digits keep their order. */
export function sortByDigit(
  rows: Uint32Array,
  digitOf: (row: number) => number,
  digits: number,
): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(digits + 1)
  for (let i = 0; i < rows.length; i++) starts[digitOf(rows[i]!) + 1]!++
  const sorted = new Uint32Array(rows.length)
  for (let digit = 0; digit < digits; digit++) starts[digit + 1]! += starts[digit]!
  for (let i = 0; i < rows.length; i++) {
    const digit = digitOf(rows[i]!)
    sorted[starts[digit]!++] = rows[i]!
  }
  return sorted
}
