import type { RangedReader } from '../../../connectors/formats/ranged-reader.ts'

/** A reader over bytes in memory that counts what it is asked. */
export interface CountingReader extends RangedReader {
  readonly asked: { reads: number; bytes: number }
}

export function bytesReader(bytes: Uint8Array, size = bytes.length): CountingReader {
  return countingReader(size, (offset, length) => bytes.slice(offset, Math.min(offset + length, bytes.length)))
}

export function countingReader(size: number, make: (offset: number, length: number) => Uint8Array): CountingReader {
  const asked = { reads: 0, bytes: 0 }
  return {
    size,
    etag: 'fixed',
    asked,
    read(offset, length) {
      const bytes = make(offset, Math.max(0, Math.min(length, size - offset)))
      asked.reads++
      asked.bytes += bytes.length
      return Promise.resolve(bytes)
    },
  }
}

export interface SyntheticTrace {
  readonly inline: number
  readonly crossline: number
  readonly offset?: number
  readonly x?: number
  readonly y?: number
  readonly samples?: number
}

export interface SyntheticCube {
  readonly traceCount: number
  readonly samples: number
  readonly trace: (index: number) => SyntheticTrace
  readonly little?: boolean
  readonly format?: number
  readonly lines?: readonly string[]
  /** More of the binary header or of each trace header: [byte from 1, size in bits, value]. */
  readonly binary?: readonly Patch[]
  readonly header?: readonly Patch[]
  /** Bytes of a trace header that the line numbers stand at. */
  readonly places?: readonly [number, number]
  readonly coordinates?: readonly [number, number]
  /** Text after the binary header, padded to records. */
  readonly extended?: readonly string[]
  /** Bytes after the last trace. */
  readonly trailer?: string
  readonly extraHeaders?: number
}

type Patch = readonly [byte: number, bits: 8 | 16 | 32 | 64 | 'f64', value: number]

function patch(view: DataView, base: number, [byte, bits, value]: Patch, little: boolean): void {
  const at = byte - base
  if (bits === 8) view.setUint8(at, value)
  else if (bits === 16) view.setInt16(at, value, little)
  else if (bits === 32) view.setInt32(at, value, little)
  else if (bits === 64) view.setBigInt64(at, BigInt(value), little)
  else view.setFloat64(at, value, little)
}

function fileHeader(cube: SyntheticCube): Uint8Array {
  const little = cube.little ?? false
  const extended = cube.extended ?? []
  const bytes = new Uint8Array(3600 + 3200 * extended.length).fill(0x20, 0, 3200)
  const write = (text: string, at: number) => bytes.set(new TextEncoder().encode(text), at)
  cube.lines?.forEach((line, index) => {
    write(`C${String(index + 1).padStart(2)} ${line}`.slice(0, 80), 80 * index)
  })
  extended.forEach((text, index) => {
    bytes.fill(0x20, 3600 + 3200 * index, 6800 + 3200 * index)
    write(text, 3600 + 3200 * index)
  })
  const view = new DataView(bytes.buffer)
  const fixed: Patch[] = [
    [3217, 16, 4000],
    [3221, 16, cube.samples],
    [3225, 16, cube.format ?? 1],
    [3501, 8, 1],
    [3505, 16, extended.length],
  ]
  for (const change of [...fixed, ...(cube.binary ?? [])]) patch(view, 1, change, little)
  return bytes
}

function traceBytes(cube: SyntheticCube, index: number): Uint8Array {
  const little = cube.little ?? false
  const bytes = new Uint8Array(240 * (1 + (cube.extraHeaders ?? 0)))
  const view = new DataView(bytes.buffer)
  const trace = cube.trace(index)
  const [inline, crossline] = cube.places ?? [189, 193]
  const [x, y] = cube.coordinates ?? [181, 185]
  const values: Patch[] = [
    [37, 32, trace.offset ?? 0],
    [115, 16, trace.samples ?? cube.samples],
    [x, 32, trace.x ?? 0],
    [y, 32, trace.y ?? 0],
    [inline, 32, trace.inline],
    [crossline, 32, trace.crossline],
    ...(cube.header ?? []),
  ]
  for (const change of values) patch(view, 1, change, little)
  return bytes
}

const SAMPLE_BYTES: Readonly<Record<number, number>> = { 1: 4, 3: 2, 5: 4, 8: 1 }

/** A cube of equal traces that makes up headers as they are asked; samples are zeros. */
export function cubeReader(cube: SyntheticCube): CountingReader {
  const head = fileHeader(cube)
  const headerSize = 240 * (1 + (cube.extraHeaders ?? 0))
  const traceSize = headerSize + cube.samples * SAMPLE_BYTES[cube.format ?? 1]!
  const trailer = new TextEncoder().encode(cube.trailer ?? '')
  const end = head.length + cube.traceCount * traceSize
  const copy = (target: Uint8Array, offset: number, source: Uint8Array, at: number) => {
    const from = Math.max(offset, at)
    const to = Math.min(offset + target.length, at + source.length)
    if (from < to) target.set(source.subarray(from - at, to - at), from - offset)
  }
  return countingReader(end + trailer.length, (offset, length) => {
    const bytes = new Uint8Array(length)
    copy(bytes, offset, head, 0)
    copy(bytes, offset, trailer, end)
    const first = Math.max(0, Math.floor((offset - head.length) / traceSize))
    for (let index = first; index < cube.traceCount; index++) {
      const at = head.length + index * traceSize
      if (at >= offset + length) break
      copy(bytes, offset, traceBytes(cube, index), at)
    }
    return bytes
  })
}

/** A regular survey, inline-sorted. */
export function grid(options: {
  inlines: number
  crosslines: number
  fold?: number
  firstInline?: number
  firstCrossline?: number
  inlineStep?: number
  crosslineStep?: number
}): { traceCount: number; trace: (index: number) => SyntheticTrace } {
  const fold = options.fold ?? 1
  return {
    traceCount: options.inlines * options.crosslines * fold,
    trace: (index) => {
      const bin = Math.floor(index / fold)
      const [slow, fast] = [Math.floor(bin / options.crosslines), bin % options.crosslines]
      return {
        inline: (options.firstInline ?? 100) + slow * (options.inlineStep ?? 1),
        crossline: (options.firstCrossline ?? 300) + fast * (options.crosslineStep ?? 1),
        offset: fold === 1 ? 0 : 100 + 50 * (index % fold),
        x: 600_000_0 + fast * 250,
        y: 6_000_000_0 + slow * 250,
      }
    },
  }
}
