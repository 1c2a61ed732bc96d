import type { RangedReader } from '../ranged-reader.ts'
import { type Arrangement, arrange } from './arrangement.ts'
import { type BinaryHeader, type ByteOrder, parseBinaryHeader } from './binary-header.ts'
import { statedCrs } from './crs.ts'
import { coordinatePlace, hullText } from './footprint.ts'
import { type Axis, axisOf, axisValue } from './geometry.ts'
import { malformed, readExactly } from './malformed.ts'
import { collect, type LinePlaces, ofCollected, readSurvey, type Survey } from './survey.ts'
import { decodeText, statedLineBytes, type TextEncoding, textEncoding, textLines } from './text.ts'
import {
  type Field,
  fieldValue,
  numberAt,
  STANDARD_LAYOUT,
  scaled,
  type TraceHeader,
  traceHeader,
} from './trace-header.ts'
import { openTraces } from './traces.ts'

export interface SegyOptions {
  /** Traces looked at, beyond those that suggest the geometry, to contradict it; 8 where absent. */
  readonly probes?: number
  /** Read the header of every trace: slow on a large file, and the only way to an exact answer. */
  readonly full?: boolean
  readonly signal?: AbortSignal
  /** Called during a full scan. */
  readonly onProgress?: (done: number, total: number) => void
}

/** What the headers of a SEG-Y file (revisions 0 to 2.1) tell. */
export interface SegyHeader {
  /** The 3,200-byte textual header as lines, trailing blanks taken off. */
  readonly textHeader: string
  readonly textEncoding: TextEncoding
  readonly byteOrder: ByteOrder
  /** `0.0`, `1.0`, `2.0` or `2.1`. */
  readonly revision: BinaryHeader['revision']
  /** Format code of the samples (bytes 3225-3226). */
  readonly sampleFormat: number
  /** Samples of a trace; the binary header's where traces differ in length. */
  readonly sampleCount: number
  /** Microseconds; absent where the file gives none, or two that differ. */
  readonly sampleInterval?: number
  /** Time of the first sample of the first trace, milliseconds: its delay with the time scalar applied. */
  readonly firstSample: number
  /** The delay as it stands in the first trace (bytes 109-110), without the time scalar of bytes 215-216. */
  readonly delay: number
  /** Absent where traces differ in length and were not all looked at. */
  readonly traceCount?: number
  /** Bytes of a trace with its headers; absent where traces differ in length. */
  readonly traceSize?: number
  readonly firstTraceOffset: number
  /** Whether every bin of a grid with evenly numbered lines holds its traces, as far as was looked. */
  readonly regular: boolean
  /** Whether every trace was looked at. */
  readonly exact: boolean
  /** Traces looked at to verify the geometry. */
  readonly probes: number
  /** The lines whose traces follow one another in the file; absent where the survey is no grid. */
  readonly sorting?: 'inline' | 'crossline'
  readonly inlines?: Axis
  readonly crosslines?: Axis
  /** Offsets in the order of the first bin; absent where they were not all read and follow no rule. */
  readonly offsets?: readonly number[]
  readonly offsetCount?: number
  /** Bytes (from 1) of a trace header that the line numbers were read at. */
  readonly lineBytes: { readonly inline: number; readonly crossline: number }
  /** Bytes that the coordinates were read at; absent where there are none. */
  readonly coordinateBytes?: { readonly x: number; readonly y: number }
  /** As in the first trace: above 0 multiplies, below divides, 0 is 1. */
  readonly coordinateScalar: number
  /** As in the first trace: 1 length, 2 arc seconds, 3 decimal degrees, 4 degrees, minutes and seconds. */
  readonly coordinateUnits: number
  /** Unscaled coordinates of the first trace's bin. */
  readonly cdpX: number
  readonly cdpY: number
  /** Whether the coordinates are longitude and latitude, in degrees. */
  readonly angles: boolean
  /** Outline of the survey as WKT, in its own coordinates, x before y. */
  readonly footprint?: string
  /** EPSG IRI of the coordinate reference system, where the text names one. */
  readonly crs?: string
}

const HEAD = 16 * 1024
/** Files up to this size are read whole, in one read. */
const SMALL = 1024 * 1024
/** Traces of differing length that are followed unless all are asked for. */
const MOST_FOLLOWED = 64
const MOST_LISTED_OFFSETS = 65_536

/**
 * Reads the headers of a SEG-Y file by few ranged reads. Rejects with `malformed-object` where the bytes are not what
 * the standard demands or the object is truncated, and with the signal's reason where it is cancelled.
 */
export async function readSegyHeader(reader: RangedReader, options: SegyOptions = {}): Promise<SegyHeader> {
  const { signal } = options
  if (reader.size < 3600) throw malformed(`it has ${reader.size} bytes, its headers alone take 3600`)
  const head = await readExactly(reader, 0, Math.min(reader.size, reader.size <= SMALL ? SMALL : HEAD), signal)
  const binary = parseBinaryHeader(head)
  const encoding = textEncoding(head.subarray(0, 3200))
  const lines = textLines(decodeText(head.subarray(0, 3200), encoding))
  const arrangement = await arrange(reader, head, binary, signal)
  const source = { reader, head, binary, arrangement, lines, options }
  const { survey, first, traceCount } =
    arrangement.traceCount === undefined ? await readVaryingTraces(source) : await readEqualTraces(source)
  const interval = sampleInterval(binary.sampleInterval, fieldValue(first, 'dt').value)
  const crs = statedCrs(lines) ?? statedCrs(textLines(arrangement.extendedText))
  const { layout } = arrangement
  return {
    textHeader: lines.join('\n'),
    textEncoding: encoding,
    byteOrder: binary.byteOrder,
    revision: binary.revision,
    sampleFormat: binary.sampleFormat,
    sampleCount: arrangement.sampleCount,
    firstSample: scaled(fieldValue(first, 'delay').value, fieldValue(first, 'tm_scal').value),
    delay: fieldValue(first, 'delay').value,
    firstTraceOffset: arrangement.firstTraceOffset,
    lineBytes: { inline: survey.places.inline.byte, crossline: survey.places.crossline.byte },
    coordinateScalar: fieldValue(first, 'co_scal').value,
    coordinateUnits: fieldValue(first, 'coorunit').value,
    cdpX: numberAt(first, layout.base.cdp_x),
    cdpY: numberAt(first, layout.base.cdp_y),
    ...(interval === undefined ? {} : { sampleInterval: interval }),
    ...(traceCount === undefined ? {} : { traceCount }),
    ...(arrangement.traceCount === undefined ? {} : { traceSize: arrangement.traceSize }),
    ...ofSurvey(survey, arrangement),
    angles: areAngles(survey, fieldValue(first, 'coorunit').value),
    ...(crs === undefined ? {} : { crs }),
  }
}

function ofSurvey(survey: Survey, { layout }: Arrangement) {
  const { regular, exact, probes, sorting, inlines, crosslines, offsets, offsetCount, coordinates } = survey
  const footprint = hullText(survey.outline)
  return {
    regular,
    exact,
    probes,
    ...(sorting === undefined ? {} : { sorting }),
    ...(inlines === undefined ? {} : { inlines }),
    ...(crosslines === undefined ? {} : { crosslines }),
    ...(offsetCount === undefined ? {} : { offsetCount }),
    ...(offsets === undefined || offsets.count > MOST_LISTED_OFFSETS
      ? {}
      : { offsets: Array.from({ length: offsets.count }, (_, index) => axisValue(offsets, index)) }),
    ...(coordinates === undefined
      ? {}
      : { coordinateBytes: { x: layout.base[coordinates[0]].byte, y: layout.base[coordinates[1]].byte } }),
    ...(footprint === undefined ? {} : { footprint }),
  }
}

/** By the units of the first trace, where the values agree: writers leave the code for degrees on metres. */
const areAngles = ({ outline }: Survey, units: number): boolean =>
  units >= 2 && units <= 4 && outline.every(([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 90)

/** Two that differ leave it unknown; one of them may be missing. */
function sampleInterval(ofFile: number, ofTrace: number): number | undefined {
  if (ofFile > 0 && ofTrace > 0) return ofFile === ofTrace ? ofFile : undefined
  const either = Math.max(ofFile, ofTrace)
  return either > 0 ? either : undefined
}

interface Opened {
  readonly reader: RangedReader
  readonly head: Uint8Array
  readonly binary: BinaryHeader
  readonly arrangement: Arrangement
  readonly lines: readonly string[]
  readonly options: SegyOptions
}

interface TracesRead {
  readonly survey: Survey
  readonly first: TraceHeader
  readonly traceCount: number | undefined
}

async function readEqualTraces({ reader, head, binary, arrangement, lines, options }: Opened): Promise<TracesRead> {
  const traceCount = arrangement.traceCount!
  const little = binary.byteOrder === 'little-endian'
  const traces = openTraces(reader, head, { ...arrangement, little, traceCount }, options.signal)
  const [trusted, alternatives] = linePlaces(arrangement, lines)
  const survey = await readSurvey(traces, trusted, alternatives, {
    probes: Math.max(0, Math.floor(options.probes ?? 8)),
    full: options.full === true || head.length === reader.size,
    onProgress: options.onProgress,
  })
  return { survey, first: await traces.get(0), traceCount }
}

/** Where line numbers may be: the Layout stanza's or the standard's place, the text's, and those of common writers. */
function linePlaces({ layout }: Arrangement, lines: readonly string[]): [LinePlaces[], LinePlaces[]] {
  const at = (inline: number, crossline: number): LinePlaces => ({ inline: int4(inline), crossline: int4(crossline) })
  const own: LinePlaces = { inline: layout.base.iline, crossline: layout.base.xline }
  if (own.inline !== STANDARD_LAYOUT.base.iline || own.crossline !== STANDARD_LAYOUT.base.xline) return [[own], []]
  const stated = statedLineBytes(lines)
  return [stated === undefined ? [own] : [at(stated.inline, stated.crossline), own], [at(5, 21), at(9, 21), at(9, 13)]]
}

const int4 = (byte: number): Field => ({ byte, type: 'int4' })

/**
 * Traces that may differ in length (bytes 115-116 of each): followed one by one. Where none does, the file is
 * truncated.
 */
async function readVaryingTraces(opened: Opened): Promise<TracesRead> {
  const { arrangement, reader, head, options } = opened
  const most = options.full === true || head.length === reader.size ? Number.POSITIVE_INFINITY : MOST_FOLLOWED
  const { firstTraceOffset, end, traceSize, layout } = arrangement
  const places: LinePlaces = { inline: layout.base.iline, crossline: layout.base.xline }
  const cursor: Cursor = { at: firstTraceOffset, count: 0, varies: false }
  const followed = followTraces(opened, cursor, most)
  const { value: first } = await followed.next()
  if (first === undefined) throw malformed(`it has no traces: they should begin at byte ${firstTraceOffset}`)
  const coordinates = coordinatePlace([first])
  const collected = await collect(prepend(first, followed), places, coordinates, undefined)
  const complete = cursor.at === end
  if (!cursor.varies || (!complete && most === Number.POSITIVE_INFINITY))
    throw malformed(
      `it is truncated: its ${end - firstTraceOffset} bytes of traces are no whole number of traces of ${traceSize} bytes`,
    )
  const survey = { ...ofCollected(collected, places, coordinates, axisOf), exact: complete, probes: cursor.count }
  return { survey, first, traceCount: complete ? cursor.count : undefined }
}

interface Cursor {
  at: number
  count: number
  varies: boolean
}

async function* followTraces(
  { arrangement, reader, head, binary, options }: Opened,
  cursor: Cursor,
  most: number,
): AsyncGenerator<TraceHeader, undefined> {
  const { headerSize, end, sampleCount, layout } = arrangement
  const size = Math.min(headerSize, 480)
  while (cursor.at + headerSize <= end && cursor.count < most) {
    const { at } = cursor
    const bytes =
      at + size <= head.length ? head.subarray(at, at + size) : await readExactly(reader, at, size, options.signal)
    const header = traceHeader(bytes, binary.byteOrder === 'little-endian', layout)
    const samples = fieldValue(header, 'nsamps').value || sampleCount
    cursor.varies ||= samples !== sampleCount
    cursor.at += headerSize + samples * binary.sampleBytes
    cursor.count++
    yield header
    options.onProgress?.(cursor.count, cursor.count)
  }
  return undefined
}

async function* prepend<Item>(first: Item, rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield first
  yield* rest
}
