import { malformed } from './malformed.ts'
import { decodeText } from './text.ts'

/** Types of the fields of a Layout stanza (SEG-Y rev 2.1, appendix D-8) that hold one number. */
const FIELD_BYTES = {
  int1: 1,
  uint1: 1,
  int2: 2,
  uint2: 2,
  time2: 2,
  int4: 4,
  uint4: 4,
  coor4: 4,
  elev4: 4,
  spnum4: 4,
  linetrc: 4,
  reeltrc: 4,
  int8: 8,
  uint8: 8,
  linetrc8: 8,
  reeltrc8: 8,
  ieee32: 4,
  ieee64: 8,
  ibm32: 4,
} as const

export type FieldType = keyof typeof FIELD_BYTES
export const isFieldType = (type: string): type is FieldType => Object.hasOwn(FIELD_BYTES, type)

/** Where a number stands in a trace header; `byte` counts from 1. */
export interface Field {
  readonly byte: number
  readonly type: FieldType
}

const field = (byte: number, type: FieldType = 'int4'): Field => ({ byte, type })

/** Trace header fields that are of use here (SEG-Y rev 2.1, table 3), under the names of the Layout stanza. */
const STANDARD = {
  trctype: field(29, 'int2'),
  offset: field(37),
  co_scal: field(71, 'int2'),
  sht_x: field(73),
  sht_y: field(77),
  rec_x: field(81),
  rec_y: field(85),
  coorunit: field(89, 'int2'),
  delay: field(109, 'int2'),
  nsamps: field(115, 'uint2'),
  dt: field(117, 'int2'),
  cdp_x: field(181),
  cdp_y: field(185),
  iline: field(189),
  xline: field(193),
  tm_scal: field(215, 'int2'),
} as const satisfies Record<string, Field>

export type FieldName = keyof typeof STANDARD
export const isFieldName = (name: string): name is FieldName => Object.hasOwn(STANDARD, name)

/** Fields of trace header extension 1 (SEG-Y rev 2.1, table 4): each counts only where it is not zero. */
const EXTENSION: Partial<Record<FieldName, Field>> = {
  sht_x: field(97, 'ieee64'),
  sht_y: field(105, 'ieee64'),
  rec_x: field(113, 'ieee64'),
  rec_y: field(121, 'ieee64'),
  offset: field(129, 'ieee64'),
  nsamps: field(137, 'uint4'),
  dt: field(145, 'ieee64'),
  cdp_x: field(161, 'ieee64'),
  cdp_y: field(169, 'ieee64'),
}

export interface TraceLayout {
  readonly base: Readonly<Record<FieldName, Field>>
  readonly extension: Readonly<Partial<Record<FieldName, Field>>>
}

export const STANDARD_LAYOUT: TraceLayout = { base: STANDARD, extension: EXTENSION }

/** One field of the layout put elsewhere; rejects a place outside the 240 bytes. */
export function checkField(name: string, place: Field): Field {
  if (!(place.byte >= 1 && place.byte + FIELD_BYTES[place.type] - 1 <= 240))
    throw malformed(`its Layout stanza puts ${name} at byte ${place.byte} of a trace header, which has 240`)
  return place
}

/** The bytes of a trace header and, where there is one, of its extension 1. */
export interface TraceHeader {
  readonly view: DataView
  readonly little: boolean
  readonly layout: TraceLayout
  readonly extended: boolean
}

export function traceHeader(bytes: Uint8Array, little: boolean, layout: TraceLayout): TraceHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return { view, little, layout, extended: bytes.length >= 480 && isExtensionOne(bytes.subarray(472, 480)) }
}

const isExtensionOne = (name: Uint8Array): boolean =>
  decodeText(name, 'ASCII') === 'SEG00001' || decodeText(name, 'EBCDIC') === 'SEG00001'

/** A field of the header; that of the extension where it is given there, which is never scaled. */
export function fieldValue(header: TraceHeader, name: FieldName): { value: number; wide: boolean } {
  const wide = header.extended ? header.layout.extension[name] : undefined
  if (wide !== undefined) {
    const value = numberAt(header, wide, 240)
    if (value !== 0 && Number.isFinite(value)) return { value, wide: true }
  }
  return { value: numberAt(header, header.layout.base[name], 0), wide: false }
}

/** The number at a place of the header. */
export function numberAt({ view, little }: TraceHeader, place: Field, base = 0): number {
  const at = base + place.byte - 1
  switch (place.type) {
    case 'int1':
      return view.getInt8(at)
    case 'uint1':
      return view.getUint8(at)
    case 'int2':
    case 'time2':
      return view.getInt16(at, little)
    case 'uint2':
      return view.getUint16(at, little)
    case 'uint4':
      return view.getUint32(at, little)
    case 'int8':
    case 'linetrc8':
    case 'reeltrc8':
      return Number(view.getBigInt64(at, little))
    case 'uint8':
      return Number(view.getBigUint64(at, little))
    case 'ieee32':
      return view.getFloat32(at, little)
    case 'ieee64':
      return view.getFloat64(at, little)
    case 'ibm32':
      return ibmFloat(view.getUint32(at, little))
    default:
      return view.getInt32(at, little)
  }
}

/** IBM System/360 single precision: sign, base-16 exponent with bias 64, 24-bit fraction. */
const ibmFloat = (bits: number): number =>
  (bits >>> 31 ? -1 : 1) * ((bits & 0xffffff) / 0x1000000) * 16 ** (((bits >>> 24) & 0x7f) - 64)

/** Multiplies for a positive scalar, divides for a negative one; 0 stands for 1. */
export function scaled(value: number, scalar: number): number {
  if (scalar === 0) return value
  return scalar > 0 ? value * scalar : value / -scalar
}
