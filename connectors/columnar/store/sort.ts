const DIGIT_BITS = 11
const DIGITS = 1 << DIGIT_BITS
const INSERTION_LIMIT = 48

/** The row numbers 0 to `length` in the order of `keys`, most significant column first; rows that are equal keep theirs. */
export function sortedRows(keys: readonly Uint32Array[], length: number): Uint32Array {
  const rows = new Uint32Array(length)
  for (let row = 0; row < length; row++) rows[row] = row
  if (length <= INSERTION_LIMIT) return insertionSort(keys, rows)
  let source = rows
  let target = new Uint32Array(length)
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = keys[index]!
    const bits = widthOf(key, length)
    for (let shift = 0; shift < bits; shift += DIGIT_BITS) {
      scatter(key, source, target, shift)
      const swapped = source
      source = target
      target = swapped
    }
  }
  return source
}

function scatter(key: Uint32Array, source: Uint32Array, target: Uint32Array, shift: number): void {
  const length = source.length
  const counts = new Uint32Array(DIGITS)
  for (let row = 0; row < length; row++) counts[(key[row]! >>> shift) & (DIGITS - 1)]!++
  let sum = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!
    counts[digit] = sum
    sum += count
  }
  for (let at = 0; at < length; at++) {
    const row = source[at]!
    target[counts[(key[row]! >>> shift) & (DIGITS - 1)]!++] = row
  }
}

function widthOf(key: Uint32Array, length: number): number {
  let all = 0
  for (let row = 0; row < length; row++) all |= key[row]!
  return 32 - Math.clz32(all)
}

function insertionSort(keys: readonly Uint32Array[], rows: Uint32Array): Uint32Array {
  for (let at = 1; at < rows.length; at++) {
    const row = rows[at]!
    let to = at
    while (to > 0 && compareRows(keys, rows[to - 1]!, row) > 0) {
      rows[to] = rows[to - 1]!
      to--
    }
    rows[to] = row
  }
  return rows
}

function compareRows(keys: readonly Uint32Array[], left: number, right: number): number {
  for (const key of keys) if (key[left] !== key[right]) return key[left]! - key[right]!
  return 0
}

/** The first position in `[low, high)` whose value is not below `value`. */
export function lowerBound(column: Uint32Array, low: number, high: number, value: number): number {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >>> 1
    if (column[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}

/** The first position behind a run of `value` that starts at `low`: by doubling steps, since runs are mostly short. */
export function endOfRun(column: Uint32Array, low: number, high: number, value: number): number {
  let step = 1
  let from = low
  while (from + step < high && column[from + step] === value) {
    from += step
    step *= 2
  }
  if (from >= high || column[from] !== value) return from
  return lowerBound(column, from + 1, Math.min(high, from + step), value + 1)
}
