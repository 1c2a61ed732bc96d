import { PolyprovError } from '../../../planner/errors.ts'
import type { IdChange, IdQuads } from './commit.ts'
import type { TermDictionary } from './dictionary.ts'

/** What one record of the log says: the terms that the dictionary gained, then changes in their order. */
export interface LogRecord {
  readonly firstTerm: number
  readonly terms: readonly Uint8Array[]
  readonly changes: readonly IdChange[]
}

/** Whether numbers lie in memory as the record has them. */
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

const MOST_BYTES = 0xffff_ffff

/** Writes a record: counts and ids as 32-bit little-endian numbers, terms as UTF-8 behind their lengths. */
export function encodeRecord(
  dictionary: TermDictionary,
  firstTerm: number,
  lastTerm: number,
  changes: readonly IdChange[],
): Uint8Array {
  let size = 12
  for (let id = firstTerm; id <= lastTerm; id++) size += 4 + dictionary.bytes(id).length
  for (const { remove, add } of changes) size += 8 + 16 * (remove.length + add.length)
  if (size > MOST_BYTES)
    throw new PolyprovError('too-large', 'One write may hold 4 GB at most: write the quads in several parts')
  const buffer = Buffer.allocUnsafeSlow(size)
  let at = buffer.writeUInt32LE(firstTerm, 0)
  at = buffer.writeUInt32LE(lastTerm - firstTerm + 1, at)
  for (let id = firstTerm; id <= lastTerm; id++) {
    const bytes = dictionary.bytes(id)
    at = buffer.writeUInt32LE(bytes.length, at)
    buffer.set(bytes, at)
    at += bytes.length
  }
  at = buffer.writeUInt32LE(changes.length, at)
  const writeQuads = ({ ids, length }: IdQuads): void => {
    at = buffer.writeUInt32LE(length, at)
    if (LITTLE_ENDIAN) {
      buffer.set(new Uint8Array(ids.buffer, ids.byteOffset, length * 16), at)
      at += length * 16
    } else for (let index = 0; index < length * 4; index++) at = buffer.writeUInt32LE(ids[index]!, at)
  }
  for (const { remove, add } of changes) {
    writeQuads(remove)
    writeQuads(add)
  }
  return buffer
}

export function decodeRecord(buffer: Buffer): LogRecord {
  let at = 0
  const next = (): number => {
    const value = buffer.readUInt32LE(at)
    at += 4
    return value
  }
  const firstTerm = next()
  const terms: Uint8Array[] = []
  for (let count = next(); count > 0; count--) {
    const length = next()
    terms.push(buffer.subarray(at, at + length))
    at += length
  }
  const quads = (): IdQuads => {
    const length = next()
    const ids = new Uint32Array(length * 4)
    for (let index = 0; index < ids.length; index++) ids[index] = next()
    return { ids, length }
  }
  const changes: IdChange[] = []
  for (let count = next(); count > 0; count--) changes.push({ remove: quads(), add: quads() })
  return { firstTerm, terms, changes }
}
