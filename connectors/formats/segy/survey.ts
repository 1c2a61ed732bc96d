import {
  type CoordinatePlace,
  completeCorners,
  convexHull,
  coordinatePlace,
  coordinatesOf,
  type Point,
} from './footprint.ts'
import { type Axis, axisOf, corners, fits, type Grid, sampledAxis, suggestGrid, type TraceKey } from './geometry.ts'
import { type Field, fieldValue, numberAt, type TraceHeader } from './trace-header.ts'
import type { Traces } from './traces.ts'

/** Where line numbers are read from. */
export interface LinePlaces {
  readonly inline: Field
  readonly crossline: Field
}

export interface SurveyOptions {
  readonly probes: number
  /** Look at every trace. */
  readonly full: boolean
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** What the trace headers tell of the survey. */
export interface Survey {
  readonly regular: boolean
  readonly exact: boolean
  readonly probes: number
  readonly places: LinePlaces
  readonly sorting?: 'inline' | 'crossline'
  readonly inlines?: Axis
  readonly crosslines?: Axis
  readonly offsets?: Axis
  readonly offsetCount?: number
  readonly coordinates?: CoordinatePlace
  readonly outline: readonly Point[]
}

/** Headers read beyond the probes where a survey proves irregular. */
const IRREGULAR_SAMPLE = 32
/** Most distinct line numbers that are kept in memory. */
const MOST_LINES = 1_000_000

const keyOf = (header: TraceHeader, places: LinePlaces): TraceKey => ({
  inline: numberAt(header, places.inline),
  crossline: numberAt(header, places.crossline),
  offset: fieldValue(header, 'offset').value,
})

/** The survey behind the traces: a grid where one fits, its line numbers at the first of the places that give one. */
export async function readSurvey(
  traces: Traces,
  trusted: readonly LinePlaces[],
  alternatives: readonly LinePlaces[],
  options: SurveyOptions,
): Promise<Survey> {
  const { traceCount } = traces
  const found = await findGrid(traces, trusted, alternatives)
  const places = found?.places ?? (await firstUsed(traces, trusted)) ?? trusted[0]!
  const ends = [await traces.get(0), await traces.get(traceCount - 1)]
  const coordinates = coordinatePlace(ends)
  if (options.full || traceCount <= options.probes + 5) {
    const collected = await collect(traces.all(options.onProgress), places, coordinates, found?.grid)
    return collected.fits && found !== undefined
      ? { ...(await ofGrid(traces, found.grid, places, coordinates)), exact: true, probes: traceCount }
      : { ...ofCollected(collected, places, coordinates, axisOf), exact: true, probes: traceCount }
  }
  const probes = stratified(traceCount, options.probes)
  if (found !== undefined && (await probesFit(traces, found.grid, places, probes)))
    return { ...(await ofGrid(traces, found.grid, places, coordinates)), exact: false, probes: probes.length }
  const sample = stratified(traceCount, IRREGULAR_SAMPLE)
  await Promise.all(sample.map((index) => traces.get(index)))
  const seen = await Promise.all([...traces.seen()].sort(([a], [b]) => a - b).map(([, header]) => header))
  const collected = await collect(seen, places, coordinates, undefined)
  return {
    ...ofCollected(collected, places, coordinates, sampledAxis),
    exact: false,
    probes: probes.length + sample.length,
  }
}

/** Line numbers at other bytes than usual count only where both of them run: sequence numbers run too. */
async function findGrid(
  traces: Traces,
  trusted: readonly LinePlaces[],
  alternatives: readonly LinePlaces[],
): Promise<{ grid: Grid; places: LinePlaces } | undefined> {
  const attempt = async (places: LinePlaces, accepts: (grid: Grid) => boolean) => {
    const grid = await suggestGrid(async (index) => keyOf(await traces.get(index), places), traces.traceCount)
    return grid !== undefined && accepts(grid) ? { grid, places } : undefined
  }
  const unused: LinePlaces[] = []
  for (const places of trusted) {
    if (!(await isUsed(traces, places))) unused.push(places)
    else {
      const found = await attempt(places, () => true)
      if (found !== undefined) return found
    }
  }
  for (const places of alternatives) {
    if (!(await isUsed(traces, places))) continue
    const found = await attempt(places, (grid) => grid.inlines.count > 1 && grid.crosslines.count > 1)
    if (found !== undefined) return found
  }
  for (const places of unused) {
    const found = await attempt(places, () => true)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether anything but zeros stands there in the first and last trace. */
async function isUsed(traces: Traces, places: LinePlaces): Promise<boolean> {
  const ends = [await traces.get(0), await traces.get(traces.traceCount - 1)]
  return ends.some((header) => numberAt(header, places.inline) !== 0 || numberAt(header, places.crossline) !== 0)
}

async function firstUsed(traces: Traces, candidates: readonly LinePlaces[]): Promise<LinePlaces | undefined> {
  for (const places of candidates) if (await isUsed(traces, places)) return places
  return undefined
}

/** One trace of each of `count` equal stretches, at a place within that depends on nothing but the numbers. */
function stratified(traceCount: number, count: number): readonly number[] {
  const strata = Math.min(count, traceCount)
  const chosen: number[] = []
  for (let stratum = 0; stratum < strata; stratum++) {
    // Multiples of the golden ratio: evenly spread, and in step with no line length.
    const within = ((stratum + 1) * 0.6180339887498949) % 1
    chosen.push(Math.min(traceCount - 1, Math.floor(((stratum + within) * traceCount) / strata)))
  }
  return chosen
}

async function probesFit(traces: Traces, grid: Grid, places: LinePlaces, probes: readonly number[]): Promise<boolean> {
  for (let first = 0; first < probes.length; first += 8) {
    const block = probes.slice(first, first + 8)
    const headers = await Promise.all(block.map((index) => traces.get(index)))
    if (!block.every((index, at) => fits(grid, index, keyOf(headers[at]!, places)))) return false
  }
  return true
}

async function ofGrid(
  traces: Traces,
  grid: Grid,
  places: LinePlaces,
  coordinates: CoordinatePlace | undefined,
): Promise<Omit<Survey, 'exact' | 'probes'>> {
  const { sorting, inlines, crosslines, offsets, fold } = grid
  const headers = coordinates === undefined ? [] : await Promise.all(corners(grid).map((index) => traces.get(index)))
  const points = completeCorners(headers.map((header) => coordinatesOf(header, coordinates!)))
  return {
    regular: [inlines, crosslines].every((axis) => axis.values === undefined),
    places,
    sorting,
    inlines,
    crosslines,
    offsetCount: fold,
    outline: convexHull(points),
    ...(offsets === undefined ? {} : { offsets }),
    ...(coordinates === undefined ? {} : { coordinates }),
  }
}

interface Collected {
  /** Whether every trace was where the grid puts it. */
  readonly fits: boolean
  readonly inlines: ReadonlySet<number>
  readonly crosslines: ReadonlySet<number>
  readonly offsets: ReadonlySet<number>
  readonly first: TraceKey | undefined
  readonly last: TraceKey | undefined
  readonly count: number
  readonly outline: readonly Point[]
}

export async function collect(
  headers: AsyncIterable<TraceHeader> | Iterable<TraceHeader>,
  places: LinePlaces,
  coordinates: CoordinatePlace | undefined,
  grid: Grid | undefined,
): Promise<Collected> {
  const numbers = { inlines: new Set<number>(), crosslines: new Set<number>(), offsets: new Set<number>() }
  let points: Point[] = []
  let first: TraceKey | undefined
  let last: TraceKey | undefined
  let regular = grid !== undefined
  let count = 0
  const add = (set: Set<number>, value: number) => {
    if (set.size < MOST_LINES) set.add(value)
  }
  for await (const header of headers) {
    const key = keyOf(header, places)
    first ??= key
    last = key
    if (regular && !fits(grid!, count, key)) regular = false
    add(numbers.inlines, key.inline)
    add(numbers.crosslines, key.crossline)
    add(numbers.offsets, key.offset)
    const point = coordinates === undefined ? undefined : coordinatesOf(header, coordinates)
    if (point !== undefined) points.push(point)
    if (points.length > 4096) points = [...convexHull(points)]
    count++
  }
  return { fits: regular, ...numbers, first, last, count, outline: convexHull(points) }
}

/** A survey that is no grid: the lines that were met, by `toAxis`. */
export function ofCollected(
  { inlines, crosslines, offsets, first, last, outline }: Collected,
  places: LinePlaces,
  coordinates: CoordinatePlace | undefined,
  toAxis: (numbers: ReadonlySet<number>, falling: boolean) => Axis | undefined,
): Omit<Survey, 'exact' | 'probes'> {
  const falling = (of: (key: TraceKey) => number) => first !== undefined && last !== undefined && of(first) > of(last)
  // Zeros throughout: the file has no line numbers, which is not the same as one line of number 0.
  const numbered = [inlines, crosslines].some((set) => set.size > 1 || !set.has(0))
  const inlineAxis = numbered
    ? toAxis(
        inlines,
        falling((key) => key.inline),
      )
    : undefined
  const crosslineAxis = numbered
    ? toAxis(
        crosslines,
        falling((key) => key.crossline),
      )
    : undefined
  return {
    regular: false,
    places,
    outline,
    ...(inlineAxis === undefined ? {} : { inlines: inlineAxis }),
    ...(crosslineAxis === undefined ? {} : { crosslines: crosslineAxis }),
    ...(coordinates === undefined ? {} : { coordinates }),
    ...(toAxis === axisOf
      ? {
          offsets: axisOf(
            offsets,
            falling((key) => key.offset),
          )!,
          offsetCount: offsets.size,
        }
      : {}),
  }
}
