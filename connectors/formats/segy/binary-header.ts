import { malformed } from './malformed.ts'

/** Bytes of one sample by format code (SEG-Y rev 2.1, table 2, bytes 3225-3226). */
const SAMPLE_BYTES: Readonly<Record<number, number>> = {
  1: 4,
  2: 4,
  3: 2,
  4: 4,
  5: 4,
  6: 8,
  7: 3,
  8: 1,
  9: 8,
  10: 4,
  11: 2,
  12: 8,
  15: 3,
  16: 1,
}

export type ByteOrder = 'big-endian' | 'little-endian'

/** What the binary header says; counts and offsets are not yet checked against the object's size. */
export interface BinaryHeader {
  readonly byteOrder: ByteOrder
  readonly revision: '0.0' | '1.0' | '2.0' | '2.1'
  /** Format code of the samples. */
  readonly sampleFormat: number
  readonly sampleBytes: number
  /** Samples of a trace; 0 where only trace headers tell. */
  readonly sampleCount: number
  /** Microseconds; 0 or less where not given. */
  readonly sampleInterval: number
  /** Extended textual headers of 3,200 bytes; -1: until the EndText stanza. */
  readonly extendedTexts: number
  /** Trace headers beyond the first, 240 bytes each. */
  readonly extraTraceHeaders: number
  readonly traceCount: number | undefined
  readonly firstTraceOffset: number | undefined
  /** Data trailer records of 3,200 bytes; -1: not known. */
  readonly trailers: number
}

const FIRST_BYTE = 3201

/** The header of bytes 3201 to 3600 (SEG-Y rev 2.1, section 5); `head` starts at the first byte of the file. */
export function parseBinaryHeader(head: Uint8Array): BinaryHeader {
  const view = new DataView(head.buffer, head.byteOffset + 3200, 400)
  const byteOrder = findByteOrder(view)
  const little = byteOrder === 'little-endian'
  const u16 = (byte: number) => view.getUint16(byte - FIRST_BYTE, little)
  const i16 = (byte: number) => view.getInt16(byte - FIRST_BYTE, little)
  const i32 = (byte: number) => view.getInt32(byte - FIRST_BYTE, little)
  const u64 = (byte: number) => Number(view.getBigUint64(byte - FIRST_BYTE, little))
  const f64 = (byte: number) => view.getFloat64(byte - FIRST_BYTE, little)

  const revision = findRevision(view.getUint8(300), view.getUint8(301))
  const second = revision === '2.0' || revision === '2.1'
  const sampleFormat = u16(3225)
  const wideCount = second || u16(3221) === 0 ? Math.max(i32(3269), 0) : 0
  const wideInterval = second && Number.isFinite(f64(3273)) ? Math.max(f64(3273), 0) : 0
  return {
    byteOrder,
    revision,
    sampleFormat,
    sampleBytes: SAMPLE_BYTES[sampleFormat]!,
    sampleCount: wideCount > 0 ? wideCount : u16(3221),
    sampleInterval: wideInterval > 0 ? wideInterval : i16(3217),
    extendedTexts: i16(3505),
    extraTraceHeaders: second ? extraTraceHeaders(revision, i32(3507), u16(3507)) : 0,
    traceCount: second && u64(3513) > 0 ? u64(3513) : undefined,
    firstTraceOffset: second && u64(3521) > 0 ? u64(3521) : undefined,
    trailers: second ? i32(3529) : 0,
  }
}

function findByteOrder(view: DataView): ByteOrder {
  const constant = view.getUint32(3297 - FIRST_BYTE)
  if (constant === 0x02010403 || constant === 0x03040102)
    throw malformed('its bytes are swapped in pairs (bytes 3297-3300); swap them back before use')
  const big = view.getUint16(3225 - FIRST_BYTE, false)
  const small = view.getUint16(3225 - FIRST_BYTE, true)
  if (constant === 0x04030201 && small in SAMPLE_BYTES) return 'little-endian'
  // Before revision 2 the constant is unassigned and may hold noise: the format code decides, valid in one order only.
  if (big in SAMPLE_BYTES) return 'big-endian'
  if (small in SAMPLE_BYTES) return 'little-endian'
  throw malformed(
    `the sample format code at byte 3225 is ${big} (or ${small} byte-swapped), it should be 1 to 12, 15 or 16`,
  )
}

/** Real files write revision 1 as `01 00`, `00 01` and `00 10`, whatever their byte order; anything unknown is noise. */
function findRevision(major: number, minor: number): BinaryHeader['revision'] {
  switch (major * 256 + minor) {
    case 0x0100:
    case 0x0001:
    case 0x0010:
    case 0x1000:
      return '1.0'
    case 0x0200:
    case 0x0002:
      return '2.0'
    case 0x0201:
    case 0x0102:
      return '2.1'
    default:
      return '0.0'
  }
}

/** Four bytes in revision 2.0, two in 2.1; some writers of 2.0 use two. */
function extraTraceHeaders(revision: BinaryHeader['revision'], wide: number, narrow: number): number {
  return revision === '2.0' && wide >= 0 && wide <= 0xffff ? wide : narrow
}
