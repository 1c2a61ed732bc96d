/** What a trace header says of a trace's place in the survey. */
export interface TraceKey {
  readonly inline: number
  readonly crossline: number
  readonly offset: number
}

/** Numbers of the lines (or offsets) along one axis, in the order of the file. */
export interface Axis {
  readonly first: number
  readonly last: number
  readonly count: number
  /** Difference of neighbours; absent where it varies, or with one line only. */
  readonly step?: number
  /** Each number, where the step varies. */
  readonly values?: readonly number[]
}

/** A survey whose every trace is where its index says. */
export interface Grid {
  /** The lines whose traces follow one another in the file. */
  readonly sorting: 'inline' | 'crossline'
  readonly inlines: Axis
  readonly crosslines: Axis
  /** Traces of one bin. */
  readonly fold: number
  /** Absent where the offsets of a bin follow no rule and are too many to list. */
  readonly offsets?: Axis
}

type KeyReader = (trace: number) => Promise<TraceKey>

/** Line numbers and steps beyond these are a sign of a field read at a wrong byte. */
const GREATEST_LINE = 10_000_000
const GREATEST_STEP = 10_000
/** Most lines, and most offsets, that are listed one read each. */
const MOST_LISTED = 256
const MOST_OFFSETS = 12

export function axisValue(axis: Axis, index: number): number {
  return axis.values === undefined ? axis.first + index * (axis.step ?? 0) : axis.values[index]!
}

/** Where the grid puts a trace. */
function predict(grid: Grid, trace: number): { inline: number; crossline: number; offset: number | undefined } {
  const bin = Math.floor(trace / grid.fold)
  const fast = grid.sorting === 'inline' ? grid.crosslines : grid.inlines
  const fastIndex = bin % fast.count
  const slowIndex = (bin - fastIndex) / fast.count
  return {
    inline: axisValue(grid.inlines, grid.sorting === 'inline' ? slowIndex : fastIndex),
    crossline: axisValue(grid.crosslines, grid.sorting === 'inline' ? fastIndex : slowIndex),
    offset: grid.fold > 1 && grid.offsets !== undefined ? axisValue(grid.offsets, trace % grid.fold) : undefined,
  }
}

export function fits(grid: Grid, trace: number, key: TraceKey): boolean {
  const expected = predict(grid, trace)
  return (
    expected.inline === key.inline &&
    expected.crossline === key.crossline &&
    (expected.offset === undefined || expected.offset === key.offset)
  )
}

/** Traces at the corners of the survey. */
export function corners(grid: Grid): readonly number[] {
  const fast = grid.sorting === 'inline' ? grid.crosslines.count : grid.inlines.count
  const bins = grid.inlines.count * grid.crosslines.count
  return [...new Set([0, fast - 1, bins - 1, bins - fast].map((bin) => bin * grid.fold))]
}

/**
 * The grid that a few headers suggest: the fold from the first bin, the length of the first line from the last trace,
 * then the number of lines. `undefined` where they contradict a grid. Nothing between them has been looked at.
 */
export async function suggestGrid(read: KeyReader, traceCount: number): Promise<Grid | undefined> {
  const first = await read(0)
  const last = await read(traceCount - 1)
  const fold = await findFold(read, traceCount, first, last)
  if (traceCount % fold !== 0) return undefined
  const offsets = await findOffsets(read, fold)
  const bins = traceCount / fold
  if (bins === 1) return singleBin(first, fold, offsets)
  const second = await read(fold)
  const sorting = second.inline === first.inline ? 'inline' : 'crossline'
  if (sorting === 'crossline' && second.crossline !== first.crossline) return undefined
  const fastOf = (key: TraceKey) => (sorting === 'inline' ? key.crossline : key.inline)
  const slowOf = (key: TraceKey) => (sorting === 'inline' ? key.inline : key.crossline)
  const bin = (index: number) => read(index * fold)

  const fast = await findFastAxis(bin, bins, fastOf, slowOf)
  if (fast === undefined || bins % fast.count !== 0 || fast.last !== fastOf(last)) return undefined
  const slow = await findAxis(async (line) => slowOf(await bin(line * fast.count)), bins / fast.count)
  if (slow === undefined || slow.last !== slowOf(last)) return undefined
  const [inlines, crosslines] = sorting === 'inline' ? [slow, fast] : [fast, slow]
  return { sorting, inlines, crosslines, fold, ...(offsets === undefined ? {} : { offsets }) }
}

const sameBin = (a: TraceKey, b: TraceKey): boolean => a.inline === b.inline && a.crossline === b.crossline

/** Offsets that rise evenly tell the fold from the last trace's; else the first change of bin is searched for. */
async function findFold(read: KeyReader, traceCount: number, first: TraceKey, last: TraceKey): Promise<number> {
  if (traceCount === 1) return 1
  const second = await read(1)
  if (!sameBin(first, second)) return 1
  const guess = (last.offset - first.offset) / (second.offset - first.offset) + 1
  if (Number.isInteger(guess) && guess >= 2 && guess <= traceCount) {
    const inside = sameBin(first, await read(guess - 1))
    if (inside && (guess === traceCount || !sameBin(first, await read(guess)))) return guess
  }
  return firstOther(async (trace) => sameBin(first, await read(trace)), 1, traceCount)
}

/** The least index from `low` + 1 to `end` that is not alike, where those before it are: galloping, then bisection. */
async function firstOther(alike: (index: number) => Promise<boolean>, low: number, end: number): Promise<number> {
  let known = low
  let high = end
  for (let next = low * 8; next < end; next *= 8) {
    if (!(await alike(next))) {
      high = next
      break
    }
    known = next
  }
  while (high - known > 1) {
    const middle = known + Math.floor((high - known) / 2)
    if (await alike(middle)) known = middle
    else high = middle
  }
  return high
}

async function findOffsets(read: KeyReader, fold: number): Promise<Axis | undefined> {
  const { offset: first } = await read(0)
  if (fold === 1) return { first, last: first, count: 1 }
  const step = (await read(1)).offset - first
  const { offset: last } = await read(fold - 1)
  if (step !== 0 && first + (fold - 1) * step === last) return { first, last, count: fold, step }
  if (fold > MOST_OFFSETS || (step === 0 && last === first)) return undefined
  return listed(async (index) => (await read(index)).offset, fold)
}

/** All traces in one place are a survey only where their offsets tell them apart. */
function singleBin(key: TraceKey, fold: number, offsets: Axis | undefined): Grid | undefined {
  if (offsets === undefined) return undefined
  const inlines: Axis = { first: key.inline, last: key.inline, count: 1 }
  const crosslines: Axis = { first: key.crossline, last: key.crossline, count: 1 }
  return { sorting: 'crossline', inlines, crosslines, fold, offsets }
}

async function findFastAxis(
  bin: KeyReader,
  bins: number,
  fastOf: (key: TraceKey) => number,
  slowOf: (key: TraceKey) => number,
): Promise<Axis | undefined> {
  const first = await bin(0)
  const last = await bin(bins - 1)
  const step = fastOf(await bin(1)) - fastOf(first)
  const guess = (fastOf(last) - fastOf(first)) / step + 1
  const onFirstLine = async (index: number) => slowOf(await bin(index)) === slowOf(first)
  const confirmed =
    Number.isInteger(guess) &&
    guess >= 2 &&
    bins % guess === 0 &&
    (await onFirstLine(guess - 1)) &&
    (guess === bins || !(await onFirstLine(guess)))
  const count = confirmed ? guess : await firstOther(onFirstLine, 1, bins)
  return findAxis(async (index) => fastOf(await bin(index)), count)
}

/** An axis by its first two numbers and its last; where they do not fit, each number is read. */
async function findAxis(value: (index: number) => Promise<number>, count: number): Promise<Axis | undefined> {
  const first = await value(0)
  const last = await value(count - 1)
  if (Math.abs(first) > GREATEST_LINE || Math.abs(last) > GREATEST_LINE) return undefined
  if (count === 1) return { first, last, count }
  const step = (await value(1)) - first
  if (step === 0 || Math.abs(step) > GREATEST_STEP) return undefined
  if (first + (count - 1) * step === last) return { first, last, count, step }
  return count > MOST_LISTED ? undefined : listed(value, count)
}

async function listed(value: (index: number) => Promise<number>, count: number): Promise<Axis | undefined> {
  const values: number[] = []
  for (let index = 0; index < count; index++) values.push(await value(index))
  if (new Set(values).size < count) return undefined
  return { first: values[0]!, last: values[count - 1]!, count, values }
}

/** An axis of the distinct numbers met, in rising order or in the file's where that falls. */
export function axisOf(numbers: ReadonlySet<number>, falling: boolean): Axis | undefined {
  const values = [...numbers].sort((a, b) => (falling ? b - a : a - b))
  const first = values[0]
  const last = values.at(-1)
  if (first === undefined || last === undefined) return undefined
  if (values.length === 1) return { first, last, count: 1 }
  const step = values[1]! - first
  const even = values.every((value, index) => value === first + index * step)
  return even ? { first, last, count: values.length, step } : { first, last, count: values.length, values }
}

/** The axis that a sample of its numbers suggests: their extent in steps of their greatest common divisor. */
export function sampledAxis(numbers: ReadonlySet<number>, falling: boolean): Axis | undefined {
  const axis = axisOf(numbers, falling)
  if (axis?.values === undefined) return axis
  const { first, last, values } = axis
  const divisor = values.reduce((common, value) => greatestCommonDivisor(common, Math.abs(value - first)), 0)
  return { first, last, count: Math.abs(last - first) / divisor + 1, step: falling ? -divisor : divisor }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
