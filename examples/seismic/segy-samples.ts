type ReadSample = (view: DataView, offset: number, little: boolean) => number

/** IBM System/360 single precision: sign, excess-64 exponent of 16, 24-bit fraction. */
function ibmFloat(view: DataView, offset: number, little: boolean): number {
  const bits = view.getUint32(offset, little)
  const fraction = (bits & 0x00ffffff) / 2 ** 24
  const value = fraction * 16 ** (((bits >>> 24) & 0x7f) - 64)
  return bits >>> 31 === 1 ? -value : value
}

function int24(view: DataView, offset: number, little: boolean): number {
  const [high, low] = little ? [offset + 2, offset] : [offset, offset + 2]
  return (view.getInt8(high) << 16) | (view.getUint8(offset + 1) << 8) | view.getUint8(low)
}

function uint24(view: DataView, offset: number, little: boolean): number {
  return int24(view, offset, little) & 0xffffff
}

/** Sample formats by code: bytes, and how one is read (SEG-Y revision 2.1, bytes 3225-3226). */
const FORMATS: Readonly<Record<number, { readonly bytes: number; readonly read: ReadSample }>> = {
  1: { bytes: 4, read: ibmFloat },
  2: { bytes: 4, read: (view, offset, little) => view.getInt32(offset, little) },
  3: { bytes: 2, read: (view, offset, little) => view.getInt16(offset, little) },
  5: { bytes: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  6: { bytes: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
  7: { bytes: 3, read: int24 },
  8: { bytes: 1, read: (view, offset) => view.getInt8(offset) },
  10: { bytes: 4, read: (view, offset, little) => view.getUint32(offset, little) },
  11: { bytes: 2, read: (view, offset, little) => view.getUint16(offset, little) },
  15: { bytes: 3, read: uint24 },
  16: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
}

/** Bytes of a sample; `undefined` for a format that is not read. */
export const sampleBytes = (format: number): number | undefined => FORMATS[format]?.bytes

/** Decodes as many samples as `target` has room for, from `offset` on. */
export function decodeSamples(
  bytes: Uint8Array,
  offset: number,
  format: number,
  little: boolean,
  target: Float32Array,
): void {
  const known = FORMATS[format]
  if (known === undefined) throw new Error(`sample format ${format} is not one that is read here`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let index = 0; index < target.length; index++) {
    target[index] = known.read(view, offset + index * known.bytes, little)
  }
}
