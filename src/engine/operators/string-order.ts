import { compareCodePoints } from '../../../planner/functions/comparison.ts'
import { breathe } from '../context.ts'
import { orderOfWords } from './radix-sort.ts'

/** Characters that are sorted by at a time, a byte each. */
const CHARACTERS = 8

/** The byte of every character from U+00FE on: what comes after it is not looked at. */
const BEYOND = 255

/** Fewer strings than these are compared. */
const FEW = 64

/** The order of strings by code points, as indices; equal strings keep their order. */
export async function orderOfStrings(texts: readonly string[], signal: AbortSignal): Promise<Uint32Array> {
  const order = new Uint32Array(texts.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  const runs: Run[] = [{ start: 0, end: order.length, from: 0 }]
  for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
    if (run.end - run.start < FEW) order.subarray(run.start, run.end).sort(comparison(texts))
    else await sortRun(texts, order, run, runs, signal)
  }
  return order
}

/** Strings of the order that agree in their first `from` characters. */
interface Run {
  readonly start: number
  readonly end: number
  readonly from: number
}

/** Sorts a run by the characters that follow what all of it begins with; runs that still agree are left in `runs`. */
async function sortRun(
  texts: readonly string[],
  order: Uint32Array,
  { start, end, from }: Run,
  runs: Run[],
  signal: AbortSignal,
): Promise<void> {
  const part = order.slice(start, end)
  const begin = commonLength(texts, part, from)
  const low = new Uint32Array(part.length)
  const high = new Uint32Array(part.length)
  for (let i = 0; i < part.length; i++) {
    const text = texts[part[i]!]!
    high[i] = packed(text, begin)
    low[i] = isOpen(high[i]!) ? packed(text, begin + CHARACTERS / 2) : 0
    if ((i & 4095) === 4095) await breathe(signal)
  }
  const sorted = await orderOfWords(low, high, signal)
  for (let i = 0; i < sorted.length; i++) order[start + i] = part[sorted[i]!]!
  for (let first = 0, i = 1; i <= sorted.length; i++) {
    const own = sorted[first]!
    if (i < sorted.length && high[sorted[i]!] === high[own] && low[sorted[i]!] === low[own]) continue
    if (i - first > 1) {
      const run = { start: start + first, end: start + i, from: begin + CHARACTERS }
      if (isOpen(low[own]!)) runs.push(run)
      else order.subarray(run.start, run.end).sort(comparison(texts))
    }
    first = i
  }
  await breathe(signal)
}

/** By code points, and in the order of the indices where strings are equal. */
const comparison =
  (texts: readonly string[]) =>
  (a: number, b: number): number =>
    compareCodePoints(texts[a]!, texts[b]!) || a - b

/** How many characters all strings begin with, where the first `from` are known to agree. */
function commonLength(texts: readonly string[], rows: Uint32Array, from: number): number {
  const first = texts[rows[0]!]!
  let length = first.length
  for (let i = 1; i < rows.length && length > from; i++) {
    const text = texts[rows[i]!]!
    if (text.length < length) length = text.length
    let agreed = from
    while (agreed < length && text.charCodeAt(agreed) === first.charCodeAt(agreed)) agreed++
    length = agreed
  }
  return length
}

/** Four characters from `from` on as a word, in the order of code points; 0 is the end of the string. */
function packed(text: string, from: number): number {
  let word = 0
  for (let i = 0; i < 4; i++) {
    const at = from + i
    if (at >= text.length) return (word << (8 * (4 - i))) >>> 0
    const byte = Math.min(text.charCodeAt(at) + 1, BEYOND)
    word = (word << 8) | byte
    if (byte === BEYOND) return (word << (8 * (3 - i))) >>> 0
  }
  return word >>> 0
}

/** Whether the string goes on after a word, so that what follows it may be looked at. */
function isOpen(word: number): boolean {
  const last = word & 0xff
  return last !== 0 && last !== BEYOND
}
