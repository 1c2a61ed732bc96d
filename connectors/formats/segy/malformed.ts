import { PolyprovError } from '../../../planner/errors.ts'
import type { RangedReader } from '../ranged-reader.ts'

export const malformed = (message: string): PolyprovError =>
  new PolyprovError('malformed-object', `not a readable SEG-Y file: ${message}`)

/** Exactly `length` bytes; an object that ends before them has been truncated. */
export async function readExactly(
  reader: RangedReader,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  signal?.throwIfAborted()
  const bytes = await reader.read(offset, length, signal)
  if (bytes.length < length)
    throw malformed(
      `it is truncated: bytes ${offset} to ${offset + length - 1} are asked for, only ${bytes.length} came`,
    )
  return bytes
}
