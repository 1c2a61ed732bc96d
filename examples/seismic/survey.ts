import { type FileHandle, open } from 'node:fs/promises'
import type { RangedReader } from '../../connectors/formats/ranged-reader.ts'
import { readSegyHeader, type SegyHeader } from '../../connectors/formats/segy/index.ts'
import type { SliceRange } from '../../src/provenance/capture.ts'
import { decodeSamples, sampleBytes } from './segy-samples.ts'

/** Lines along one axis, evenly numbered, in the order of the file. */
export interface Lines {
  readonly first: number
  readonly step: number
  readonly count: number
}

/** A survey whose samples can be read: a regular grid, one trace a bin. */
export interface Geometry {
  readonly inlines: Lines
  readonly crosslines: Lines
  readonly sampleCount: number
  readonly header: SegyHeader
  /** Bytes of a trace, headers included, and of a sample. */
  readonly traceSize: number
  readonly sampleSize: number
}

async function withReader<Result>(
  path: string,
  read: (reader: RangedReader, file: FileHandle) => Promise<Result>,
): Promise<Result> {
  await using file = await open(path, 'r')
  const { size, mtimeMs } = await file.stat()
  const reader: RangedReader = {
    size,
    etag: `${size}-${mtimeMs}`,
    read: async (offset, length) => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
      return buffer.subarray(0, bytesRead)
    },
  }
  return await read(reader, file)
}

/** The headers of a SEG-Y file; rejects where it is none. */
export const readHeader = (path: string, signal: AbortSignal | undefined): Promise<SegyHeader> =>
  withReader(path, (reader) => readSegyHeader(reader, signal ? { signal } : {}))

function linesOf(axis: SegyHeader['inlines'], name: string): Lines {
  if (axis === undefined) throw new Error(`its headers name no ${name}`)
  if (axis.count > 1 && axis.step === undefined) throw new Error(`its ${name} are not evenly numbered`)
  return { first: axis.first, step: axis.step ?? 1, count: axis.count }
}

/** The grid behind the headers; throws, saying why, where there is none that tiles can be cut from. */
export function geometryOf(header: SegyHeader, tileSize: number): Geometry {
  const inlines = linesOf(header.inlines, 'inlines')
  const crosslines = linesOf(header.crosslines, 'crosslines')
  const { sampleCount, traceSize, regular, sorting, offsetCount = 1 } = header
  const sampleSize = sampleBytes(header.sampleFormat)
  if (sampleSize === undefined) throw new Error(`its sample format ${header.sampleFormat} is not one that is read here`)
  if (offsetCount > 1) throw new Error(`it is not stacked: it holds ${offsetCount} offsets a bin`)
  if (Math.min(inlines.count, crosslines.count, sampleCount) < tileSize) {
    const size = `${inlines.count} inlines, ${crosslines.count} crosslines, ${sampleCount} samples`
    throw new Error(`it is smaller than a tile of ${tileSize} by ${tileSize}: ${size}`)
  }
  if (!regular || sorting === undefined || traceSize === undefined) throw new Error('its traces form no regular grid')
  return { inlines, crosslines, sampleCount, header, traceSize, sampleSize }
}

export const lineNumber = (lines: Lines, index: number): number => lines.first + index * lines.step

/** A box of samples: slices, traces of a slice, samples of a trace. */
export interface Subvolume {
  readonly amplitudes: Float32Array
  readonly shape: readonly [number, number, number]
  /** Numbers of the slices, and of the lines that cross them. */
  readonly slices: Int32Array
  readonly traces: Int32Array
}

/** Slices of a subvolume by index along their axis, and how much of each. */
export interface Selection {
  readonly axis: SliceRange['axis']
  readonly from: number
  readonly slices: number
  readonly traces: number
  readonly samples: number
}

/** Reads slices trace by trace; throws where a trace is not where the grid puts it. */
export async function readSubvolume(
  path: string,
  geometry: Geometry,
  selection: Selection,
  signal: AbortSignal | undefined,
): Promise<Subvolume> {
  const { axis, from, slices, traces, samples } = selection
  const { header, inlines, crosslines, traceSize, sampleSize } = geometry
  const [along, across] = axis === 'inline' ? [inlines, crosslines] : [crosslines, inlines]
  const shape = [slices, traces, samples] as const
  const amplitudes = new Float32Array(slices * traces * samples)
  const little = header.byteOrder === 'little-endian'
  const headerSize = traceSize - geometry.sampleCount * sampleSize
  const wanted = headerSize + samples * sampleSize
  await withReader(path, async (_, file) => {
    const buffer = Buffer.alloc(wanted)
    for (let slice = 0; slice < slices; slice++) {
      signal?.throwIfAborted()
      for (let trace = 0; trace < traces; trace++) {
        const [inline, crossline] = axis === 'inline' ? [from + slice, trace] : [trace, from + slice]
        const index =
          header.sorting === 'inline' ? inline * crosslines.count + crossline : crossline * inlines.count + inline
        const { bytesRead } = await file.read(buffer, 0, wanted, header.firstTraceOffset + index * traceSize)
        if (bytesRead < wanted) throw new Error(`it ends within trace ${index}`)
        checkTrace(buffer, geometry, little, index, inline, crossline)
        const target = amplitudes.subarray((slice * traces + trace) * samples, (slice * traces + trace + 1) * samples)
        decodeSamples(buffer, headerSize, header.sampleFormat, little, target)
      }
    }
  })
  return {
    amplitudes,
    shape,
    slices: Int32Array.from({ length: slices }, (_, index) => lineNumber(along, from + index)),
    traces: Int32Array.from({ length: traces }, (_, index) => lineNumber(across, index)),
  }
}

function checkTrace(
  bytes: Buffer,
  { header, inlines, crosslines }: Geometry,
  little: boolean,
  index: number,
  inline: number,
  crossline: number,
): void {
  const number = (byte: number): number => (little ? bytes.readInt32LE(byte - 1) : bytes.readInt32BE(byte - 1))
  const expected = [lineNumber(inlines, inline), lineNumber(crosslines, crossline)]
  const found = [number(header.lineBytes.inline), number(header.lineBytes.crossline)]
  if (found[0] === expected[0] && found[1] === expected[1]) return
  throw new Error(`trace ${index} is inline ${found[0]}, crossline ${found[1]}, not ${expected[0]}, ${expected[1]}`)
}
