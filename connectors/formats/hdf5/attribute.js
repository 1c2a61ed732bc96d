/** @import { Metadata } from 'h5wasm' */
/** @import { Value } from './protocol.ts' */

/** Numbers of `H5T_class_t`. */
const INTEGER = 0
const FLOAT = 1
const STRING = 3
const BITFIELD = 4
const COMPOUND = 6
const ENUM = 8
const SEQUENCE = 9
const ARRAY = 10

/** A value that is over the limit. */
export class ValueTooLarge extends Error {}

/**
 * The types directly within a type.
 *
 * @param {Metadata} type
 * @returns {readonly Metadata[]}
 */
const inner = (type) =>
  type.compound_type?.members ?? [type.array_type, type.vlen_type].filter((part) => part !== undefined)

/**
 * Whether values of a type mean something outside their file: not references, opaque bytes and long doubles.
 *
 * @param {Metadata} type
 * @returns {boolean}
 */
export function hasValue(type) {
  if (type.type === FLOAT) return [2, 4, 8].includes(type.size)
  return [INTEGER, STRING, BITFIELD, COMPOUND, ENUM, SEQUENCE, ARRAY].includes(type.type) && inner(type).every(hasValue)
}

/**
 * Whether reading a value makes the library allocate.
 *
 * @param {Metadata} type
 * @returns {boolean}
 */
export const allocates = (type) => type.vlen || type.type === SEQUENCE || inner(type).some(allocates)

/**
 * Byte orders of the numbers in a type.
 *
 * @param {Metadata} type
 * @returns {boolean[]}
 */
const orders = (type) =>
  [INTEGER, FLOAT, BITFIELD, ENUM].includes(type.type) ? [type.littleEndian] : inner(type).flatMap(orders)

/**
 * Reads values out of the library's memory.
 *
 * @param {Metadata} type of the attribute; its numbers were made little-endian unless they were of both orders
 * @param {Uint8Array} heap
 * @param {number} limit bytes of text and sequences that one value may have
 */
export function decoder(type, heap, limit) {
  const view = new DataView(heap.buffer, heap.byteOffset, heap.byteLength)
  const mixed = new Set(orders(type)).size > 1
  let left = limit

  /** @param {number} bytes */
  const spend = (bytes) => {
    left -= bytes
    if (left < 0) throw new ValueTooLarge()
  }

  /** @param {Metadata} of @param {number} at @param {number} count */
  const list = (of, at, count) => Array.from({ length: count }, (_, i) => decode(of, at + i * of.size))

  /** @param {number} at */
  const characters = (at) => {
    if (at === 0) return ''
    const end = heap.indexOf(0, at)
    spend((end < 0 ? heap.length : end) - at)
    return text(heap.subarray(at, end))
  }

  /** @param {Metadata} of @param {number} at */
  const sequence = (of, at) => {
    const count = view.getUint32(at, true)
    spend(count * of.size)
    return list(of, view.getUint32(at + 4, true), count)
  }

  /** @param {Metadata} of @param {number} at @returns {Value} */
  const decode = (of, at) => {
    const little = mixed ? of.littleEndian : true
    switch (of.type) {
      case FLOAT:
        return float(view, at, of.size, little)
      case STRING:
        return of.vlen
          ? characters(view.getUint32(at, true))
          : text(unpadded(heap.subarray(at, at + of.size), of.strpad))
      case COMPOUND:
        return (of.compound_type?.members ?? []).map((member) => decode(member, at + member.offset))
      case SEQUENCE:
        return of.vlen_type === undefined ? [] : sequence(of.vlen_type, at)
      case ARRAY:
        return of.array_type === undefined
          ? []
          : nested(list(of.array_type, at, of.array_type.total_size), of.array_type.shape ?? [])
      case ENUM:
        return isBoolean(of) ? view.getUint8(at) !== 0 : integer(heap, at, of.size, of.signed, little)
      default:
        return integer(heap, at, of.size, of.signed, little)
    }
  }

  /** @param {number} at */
  return (at) => {
    const elements = list(type, at, type.total_size)
    const [first] = elements
    return type.total_size === 1 && first !== undefined ? first : nested(elements, type.shape ?? [])
  }
}

/**
 * h5py's booleans: an enumeration of FALSE and TRUE.
 *
 * @param {Metadata} type
 */
export function isBoolean(type) {
  const members = Object.entries(type.enum_type?.members ?? {})
  const names = members.map(([name, value]) => `${name}=${value}`).sort()
  return type.size === 1 && names.join() === 'FALSE=0,TRUE=1'
}

/**
 * A flat list as lists of lists.
 *
 * @param {readonly Value[]} elements
 * @param {readonly number[]} shape
 * @returns {readonly Value[]}
 */
function nested(elements, shape) {
  if (shape.length < 2 || elements.length === 0) return elements
  const [outer = 1, ...rest] = shape
  const each = elements.length / outer
  return Array.from({ length: outer }, (_, i) => nested(elements.slice(i * each, (i + 1) * each), rest))
}

/** @param {Uint8Array} heap @param {number} at @param {number} size @param {boolean} signed @param {boolean} little */
function integer(heap, at, size, signed, little) {
  let value = 0n
  for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(heap[at + (little ? size - 1 - i : i)] ?? 0)
  if (signed) value = BigInt.asIntN(size * 8, value)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** @param {DataView} view @param {number} at @param {number} size @param {boolean} little */
function float(view, at, size, little) {
  if (size === 8) return view.getFloat64(at, little)
  return size === 4 ? view.getFloat32(at, little) : half(view.getUint16(at, little))
}

/**
 * IEEE 754 binary16, which DataView reads from Node 24 on only.
 *
 * @param {number} bits
 */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

/**
 * A fixed-length string without its padding: `H5T_str_t` is NUL-terminated, NUL-padded, space-padded.
 *
 * @param {Uint8Array} bytes
 * @param {number | undefined} padding
 */
function unpadded(bytes, padding) {
  const terminator = padding === 0 ? bytes.indexOf(0) : -1
  if (terminator >= 0) return bytes.subarray(0, terminator)
  const pad = padding === 2 ? 0x20 : 0
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === pad) end--
  return bytes.subarray(0, end)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * UTF-8 where it is, whatever the declared character set; else Latin-1, which any bytes are.
 *
 * @param {Uint8Array} bytes
 */
function text(bytes) {
  try {
    return utf8.decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}
