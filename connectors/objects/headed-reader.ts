import type { RangedReader } from '../formats/ranged-reader.ts'

/** The reader with its first bytes at hand: what recognised the format need not be read again. */
export function headedReader(reader: RangedReader, head: Uint8Array): RangedReader {
  return {
    size: reader.size,
    etag: reader.etag,
    read(offset, length, signal) {
      const end = Math.min(offset + length, reader.size)
      if (offset >= 0 && end <= head.length) return Promise.resolve(head.subarray(Math.min(offset, end), end))
      return reader.read(offset, length, signal)
    },
  }
}
