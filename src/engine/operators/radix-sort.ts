import { breathe } from '../context.ts'

const DIGIT_BITS = 11
const WORD_BITS = 32

/** Fewer keys that agree in what they were sorted by are sorted by insertion. */
const FEW = 64

/**
 * The order of keys of two words as indices, stable: by `high`, then by `low`, as unsigned integers. Bytes that all keys
 * share take no part, and others as many bits as they have values. The keys are sorted by a radix over the first 32 of
 * those bits, which are packed into one word that travels with its index, so that every pass reads in sequence; those that
 * agree in it are sorted by what is left.
 */
export async function orderOfWords(low: Uint32Array, high: Uint32Array, signal: AbortSignal): Promise<Uint32Array> {
  const { keys, width, isWhole } = packed([...fieldsIn(high), ...fieldsIn(low)], low.length)
  const sorted = await sortedByKeys(keys, width, signal)
  if (!isWhole) await sortTies(sorted, low, high, signal)
  return sorted.order
}

/** A byte of all keys whose values are not the same. */
interface Field {
  readonly word: Uint32Array
  readonly shift: number
  /** The number of each value that occurs among those, in `width` bits. */
  readonly codes: Uint8Array
  readonly width: number
}

/** Those of a word, the most significant first. */
function fieldsIn(word: Uint32Array): readonly Field[] {
  const fields: Field[] = []
  for (let shift = WORD_BITS - 8; shift >= 0; shift -= 8) {
    const occurs = new Uint8Array(256)
    for (let i = 0; i < word.length; i++) occurs[(word[i]! >>> shift) & 255] = 1
    const codes = new Uint8Array(256)
    let count = 0
    for (let value = 0; value < 256; value++) if (occurs[value] === 1) codes[value] = count++
    if (count > 1) fields.push({ word, shift, codes, width: WORD_BITS - Math.clz32(count - 1) })
  }
  return fields
}

/** As many of the fields' first bits as a word holds, one beside the other. */
function packed(fields: readonly Field[], length: number) {
  const keys = new Uint32Array(length)
  let width = 0
  let isWhole = true
  for (const field of fields) {
    const taken = Math.min(field.width, WORD_BITS - width)
    if (taken < field.width) isWhole = false
    if (taken === 0) break
    append(keys, field, taken)
    width += taken
  }
  return { keys, width, isWhole }
}

/** Makes the first `taken` bits of a field the last ones of the keys. */
function append(keys: Uint32Array, { word, shift, codes, width }: Field, taken: number): void {
  const left = codes.map((code) => code >>> (width - taken))
  for (let i = 0; i < keys.length; i++) keys[i] = (keys[i]! << taken) | left[(word[i]! >>> shift) & 255]!
}

interface Sorted {
  readonly order: Uint32Array
  readonly keys: Uint32Array
}

/** Sorts keys of `width` bits, the least significant digit first. */
async function sortedByKeys(keys: Uint32Array, width: number, signal: AbortSignal): Promise<Sorted> {
  const length = keys.length
  let from: Sorted = { order: new Uint32Array(length), keys }
  for (let i = 0; i < length; i++) from.order[i] = i
  const passes = Math.ceil(width / DIGIT_BITS)
  if (passes === 0) return from
  const bits = Math.ceil(width / passes)
  let to: Sorted = { order: new Uint32Array(length), keys: new Uint32Array(length) }
  for (let pass = 0; pass < passes; pass++) {
    scatter(from, to, pass * bits, bits)
    const sorted = to
    to = from
    from = sorted
    await breathe(signal)
  }
  return from
}

function scatter(from: Sorted, to: Sorted, shift: number, bits: number): void {
  const { order, keys } = from
  const { order: toOrder, keys: toKeys } = to
  const mask = 2 ** bits - 1
  const starts = new Uint32Array(mask + 2)
  for (let i = 0; i < keys.length; i++) starts[((keys[i]! >>> shift) & mask) + 1]!++
  for (let digit = 0; digit < mask; digit++) starts[digit + 1]! += starts[digit]!
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const at = starts[(key >>> shift) & mask]!++
    toOrder[at] = order[i]!
    toKeys[at] = key
  }
}

/** Sorts those whose keys are equal by their words, in which they differ less. */
async function sortTies({ order, keys }: Sorted, low: Uint32Array, high: Uint32Array, signal: AbortSignal) {
  for (let start = 0, end = 1; start < order.length; start = end++) {
    while (end < order.length && keys[end] === keys[start]) end++
    if (end - start === 1) continue
    const part = order.subarray(start, end)
    if (part.length < FEW) {
      insertionSort(part, low, high)
      continue
    }
    const own = part.slice()
    const inner = await orderOfWords(picked(low, own), picked(high, own), signal)
    for (let i = 0; i < inner.length; i++) part[i] = own[inner[i]!]!
    await breathe(signal)
  }
}

const picked = (word: Uint32Array, rows: Uint32Array): Uint32Array => {
  const words = new Uint32Array(rows.length)
  for (let i = 0; i < rows.length; i++) words[i] = word[rows[i]!]!
  return words
}

function insertionSort(order: Uint32Array, low: Uint32Array, high: Uint32Array): void {
  for (let i = 1; i < order.length; i++) {
    const own = order[i]!
    let at = i
    for (; at > 0; at--) {
      const other = order[at - 1]!
      if (high[other]! < high[own]! || (high[other] === high[own] && low[other]! <= low[own]!)) break
      order[at] = other
    }
    order[at] = own
  }
}

/** The order of doubles as indices, stable: NaN first, then by value, -0 before 0. */
export async function orderOfDoubles(values: Float64Array, signal: AbortSignal): Promise<Uint32Array> {
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
  return orderOfWords(low, high, signal)
}

/** The rows sorted by their ranks, which are below `count`; rows of one rank keep their order. */
export function sortByRank(rows: Uint32Array, ranks: Uint32Array, count: number): Uint32Array<ArrayBuffer> {
  const sorted = new Uint32Array(rows.length)
  if (count === rows.length) {
    // Each rank has one row.
    for (let row = 0; row < ranks.length; row++) sorted[ranks[row]!] = row
    return sorted
  }
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < rows.length; i++) starts[ranks[rows[i]!]! + 1]!++
  for (let rank = 0; rank < count; rank++) starts[rank + 1]! += starts[rank]!
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    sorted[starts[ranks[row]!]!++] = row
  }
  return sorted
}
