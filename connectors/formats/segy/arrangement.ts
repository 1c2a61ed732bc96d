import type { RangedReader } from '../ranged-reader.ts'
import type { BinaryHeader } from './binary-header.ts'
import { malformed, readExactly } from './malformed.ts'
import { type ExtendedText, parseLayout, RECORD, readExtendedText, readTextUntilEnd } from './stanzas.ts'
import { decodeText } from './text.ts'
import { fieldValue, type TraceLayout, traceHeader } from './trace-header.ts'

/** Where the traces lie, as far as the headers before them and the object's size tell. */
export interface Arrangement {
  readonly extendedText: string
  readonly layout: TraceLayout
  readonly firstTraceOffset: number
  /** Bytes of a trace's headers. */
  readonly headerSize: number
  readonly sampleCount: number
  /** Bytes of a trace of `sampleCount` samples. */
  readonly traceSize: number
  /** Traces of that size; `undefined` where the bytes are no whole number of them. */
  readonly traceCount: number | undefined
  /** Where the last trace ends. */
  readonly end: number
}

/** Most trailer records that are looked at where their number is left open. */
const MOST_TRAILERS = 64

export async function arrange(
  reader: RangedReader,
  head: Uint8Array,
  binary: BinaryHeader,
  signal: AbortSignal | undefined,
): Promise<Arrangement> {
  const declared = binary.extendedTexts
  if (binary.revision !== '0.0' || declared === 0 || opensStanza(head.subarray(3600)))
    return arrangeAfter(reader, head, binary, declared, signal)
  // Byte 3505 is unassigned before revision 1: a count that leads nowhere is noise, if the file fits without it.
  const [obeyed, ignored] = await Promise.allSettled([
    arrangeAfter(reader, head, binary, declared, signal),
    arrangeAfter(reader, head, binary, 0, signal),
  ])
  signal?.throwIfAborted()
  if (obeyed.status === 'fulfilled' && obeyed.value.traceCount !== undefined) return obeyed.value
  if (ignored.status === 'fulfilled' && ignored.value.traceCount !== undefined) return ignored.value
  if (obeyed.status === 'fulfilled') return obeyed.value
  throw obeyed.reason
}

const opensStanza = (bytes: Uint8Array): boolean => /^\s*\(\(/.test(decodeText(bytes.subarray(0, 80)))

async function arrangeAfter(
  reader: RangedReader,
  head: Uint8Array,
  binary: BinaryHeader,
  texts: number,
  signal: AbortSignal | undefined,
): Promise<Arrangement> {
  const extended = await extendedText(reader, head, texts, signal)
  const layout = parseLayout(extended.text)
  const firstTraceOffset = binary.firstTraceOffset ?? extended.end
  if (firstTraceOffset < 3600)
    throw malformed(`its first trace is said to be at byte ${firstTraceOffset} (byte 3521), within the headers`)
  const headerSize = 240 * (1 + binary.extraTraceHeaders)
  if (firstTraceOffset + headerSize > reader.size)
    throw malformed(`it ends at byte ${reader.size}, before the header of a first trace at byte ${firstTraceOffset}`)
  const first = await firstSampleCount(reader, head, binary, { layout, firstTraceOffset, headerSize }, signal)
  const fitting: Arrangement[] = []
  // The binary header's count rules, unless only the first trace's divides the file into whole traces.
  for (const sampleCount of new Set([binary.sampleCount, first].filter((count) => count > 0))) {
    const traceSize = headerSize + sampleCount * binary.sampleBytes
    const end = await endOfTraces(reader, binary, firstTraceOffset, traceSize, signal)
    const count = (end - firstTraceOffset) / traceSize
    const traceCount = Number.isInteger(count) && count > 0 ? count : undefined
    fitting.push({
      extendedText: extended.text,
      layout,
      firstTraceOffset,
      headerSize,
      sampleCount,
      traceSize,
      traceCount,
      end,
    })
  }
  const arrangement = fitting.find(({ traceCount }) => traceCount !== undefined) ?? fitting[0]
  if (arrangement === undefined)
    throw malformed('neither its binary header (byte 3221) nor its first trace (byte 115) has a sample count')
  return arrangement
}

async function firstSampleCount(
  reader: RangedReader,
  head: Uint8Array,
  { byteOrder }: BinaryHeader,
  { layout, firstTraceOffset: start, headerSize }: Pick<Arrangement, 'layout' | 'firstTraceOffset' | 'headerSize'>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const end = start + Math.min(headerSize, 480)
  const bytes = end <= head.length ? head.subarray(start, end) : await readExactly(reader, start, end - start, signal)
  return fieldValue(traceHeader(bytes, byteOrder === 'little-endian', layout), 'nsamps').value
}

function extendedText(
  reader: RangedReader,
  head: Uint8Array,
  texts: number,
  signal: AbortSignal | undefined,
): Promise<ExtendedText> {
  if (texts === -1) return readTextUntilEnd(reader, head, signal)
  if (texts < 0)
    return Promise.reject(
      malformed(`its number of extended text headers (byte 3505) is ${texts}, it should be -1 or more`),
    )
  return readExtendedText(reader, head, texts, signal)
}

/** By the trace count of revision 2, where the file's size agrees, else by the trailer records after the last trace. */
async function endOfTraces(
  reader: RangedReader,
  { traceCount, trailers }: BinaryHeader,
  start: number,
  traceSize: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const end = await endBeforeTrailers(reader, trailers, start, traceSize, signal)
  if (traceCount === undefined) return end
  const counted = start + traceCount * traceSize
  if (counted <= reader.size && trailers < 0) return counted
  if (counted > end && (end - start) % traceSize === 0)
    throw malformed(
      `it is truncated: it announces ${traceCount} traces (byte 3513), and holds ${(end - start) / traceSize}`,
    )
  return end
}

async function endBeforeTrailers(
  reader: RangedReader,
  trailers: number,
  start: number,
  traceSize: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (trailers >= 0) return reader.size - trailers * RECORD
  for (let records = 1; records <= MOST_TRAILERS; records++) {
    const end = reader.size - records * RECORD
    if (end <= start) break
    if ((end - start) % traceSize === 0 && opensStanza(await readExactly(reader, end, 80, signal))) return end
  }
  return reader.size
}
