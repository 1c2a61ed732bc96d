import { type Random, shuffle } from './random.ts'
import type { Subvolume } from './survey.ts'
import { type Fault, faultCrossline } from './synthetic-survey.ts'

/**
 * What labels are from: faults that were annotated (a tile that a fault runs through is 1), or, where nothing is
 * annotated, the tile's own energy (1 above the median), which needs nobody's word.
 */
export type LabelSource = 'annotated faults' | 'energy above the median'

export interface CutOptions {
  readonly axis: 'inline' | 'crossline'
  /** Number of the survey's first inline: faults are annotated from there. */
  readonly firstInline: number
  readonly tileSize: number
  readonly noiseThreshold: number
  /** Tiles at most. */
  readonly most: number
  readonly faults: readonly Fault[]
  readonly random: Random
}

/** Tiles in random order, in units of the range's root mean square. */
export interface CutTiles {
  readonly count: number
  readonly tiles: Float32Array
  readonly labels: Uint8Array
  /** Slice number, number of the first trace, and first sample of each tile. */
  readonly positions: Int32Array
  readonly source: LabelSource
}

interface Position {
  readonly slice: number
  readonly trace: number
  readonly sample: number
  readonly energy: number
}

/** Cuts a box of samples into square tiles that do not overlap, and leaves out those that are mostly noise. */
export function cutTiles(box: Subvolume, options: CutOptions): CutTiles {
  const { tileSize, noiseThreshold, most, random } = options
  const scale = rootMeanSquare(box.amplitudes)
  const loud = positionsOf(box, tileSize).filter(({ energy }) => energy > 0 && energy >= noiseThreshold * scale)
  const chosen = shuffle(loud, random).slice(0, most)
  const area = tileSize * tileSize
  const tiles = new Float32Array(chosen.length * area)
  const positions = new Int32Array(chosen.length * 3)
  for (const [index, position] of chosen.entries()) {
    forEachSample(box, position, tileSize, (value, at) => {
      tiles[index * area + at] = value / scale
    })
    positions.set([box.slices[position.slice]!, box.traces[position.trace]!, position.sample], index * 3)
  }
  const source = options.faults.length > 0 ? 'annotated faults' : 'energy above the median'
  const labels =
    options.faults.length > 0
      ? chosen.map((position) => isFaulted(box, position, options))
      : aboveMedian(chosen.map(({ energy }) => energy))
  return { count: chosen.length, tiles, labels: Uint8Array.from(labels, Number), positions, source }
}

function positionsOf(box: Subvolume, tileSize: number): Position[] {
  const [slices, traces, samples] = box.shape
  const positions: Position[] = []
  for (let slice = 0; slice < slices; slice++) {
    for (let trace = 0; trace + tileSize <= traces; trace += tileSize) {
      for (let sample = 0; sample + tileSize <= samples; sample += tileSize) {
        let squares = 0
        forEachSample(box, { slice, trace, sample }, tileSize, (value) => {
          squares += value * value
        })
        positions.push({ slice, trace, sample, energy: Math.sqrt(squares) / tileSize })
      }
    }
  }
  return positions
}

function forEachSample(
  box: Subvolume,
  { slice, trace, sample }: Omit<Position, 'energy'>,
  tileSize: number,
  visit: (value: number, index: number) => void,
): void {
  const [, traces, samples] = box.shape
  for (let row = 0; row < tileSize; row++) {
    const start = (slice * traces + trace + row) * samples + sample
    for (let column = 0; column < tileSize; column++) visit(box.amplitudes[start + column]!, row * tileSize + column)
  }
}

/** Whether a fault's plane passes between the corners of the tile. */
function isFaulted(box: Subvolume, { slice, trace, sample }: Position, options: CutOptions): boolean {
  const far = options.tileSize - 1
  const [sliceNumber, first, last] = [box.slices[slice]!, box.traces[trace]!, box.traces[trace + far]!]
  return options.faults.some((fault) => {
    const sides = [first, last].flatMap((number) =>
      [sample, sample + far].map((depth) => {
        const [inline, crossline] = options.axis === 'inline' ? [sliceNumber, number] : [number, sliceNumber]
        return crossline > faultCrossline(fault, inline - options.firstInline, depth)
      }),
    )
    return new Set(sides).size > 1
  })
}

function aboveMedian(energies: readonly number[]): boolean[] {
  const median = [...energies].sort((a, b) => a - b)[Math.floor(energies.length / 2)] ?? 0
  return energies.map((energy) => energy > median)
}

function rootMeanSquare(values: Float32Array): number {
  let squares = 0
  for (const value of values) squares += value * value
  return Math.sqrt(squares / values.length)
}
