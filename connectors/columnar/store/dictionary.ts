import { Buffer } from 'node:buffer'
import { PolyprovError } from '../../../planner/errors.ts'
import type { BaseDictionary } from '../../connector.ts'
import { numericValue } from './numbers.ts'

/** The terms of a store as `termKey`s, with dense ids from 1 in the order they came; ids are never reused. */
export interface TermDictionary {
  readonly size: number
  /** Bytes of memory that it holds. */
  readonly memory: number
  /** The id of a key, or 0. */
  find(key: string): number
  /** The id of a key, which is appended where it is new. */
  add(key: string): number
  /** Appends a key given as UTF-8; the caller knows that it is new. */
  append(source: Uint8Array, start: number, end: number): number
  key(id: number): string
  /** The UTF-8 of a key: a view that the next `add` may outdate. */
  bytes(id: number): Uint8Array
  /** See `Snapshot.number`. */
  number(id: number): number | undefined
  /** The ids up to `mark`, whatever is added later. */
  frozen(mark: number): BaseDictionary
}

/** Entries start at multiples of 4 bytes, so that 32 bits of offset reach 16 GB. */
const UNIT = 4
const BLOCK_UNITS = 1 << 22
const FIRST_BLOCK_BYTES = 1 << 16
const MOST_IDS = 0xffff_0000
const CHUNK = 1 << 16
/** Written as UTF-8 it would become U+FFFD, and be another term's. */
const HALF_PAIR = /[\ud800-\udfff]/u
const NO_TEXT = -1

/**
 * Keys lie end to end in blocks of bytes, each behind its length; an open-addressing table of ids finds them by hash.
 * No JavaScript string or object is kept for a term.
 */
export function createDictionary(): TermDictionary {
  const blocks: Buffer[] = []
  let block = 0
  let used = 0
  let size = 0
  let offsets = new Uint32Array(1024)
  let hashes = new Uint32Array(1024)
  let slots = new Uint32Array(4096)
  let scratch = Buffer.allocUnsafe(1024)
  const numbers: (Float64Array | undefined)[] = []
  const numberStates: (Uint8Array | undefined)[] = []

  function reserve(bytes: number): void {
    const current = blocks[block]
    if (current !== undefined && used + bytes <= current.length) return
    const limit = BLOCK_UNITS * UNIT
    if (current !== undefined && used + bytes <= limit && current.length < limit) {
      const grown = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(current.length * 2, used + bytes)))
      current.copy(grown, 0, 0, used)
      blocks[block] = grown
      return
    }
    block = blocks.length
    const span = Math.ceil(bytes / limit)
    blocks.push(Buffer.allocUnsafeSlow(span > 1 ? bytes : block === 0 ? Math.max(FIRST_BLOCK_BYTES, bytes) : limit))
    // A key longer than a block owns the offsets of several.
    for (let index = 1; index < span; index++) blocks.push(Buffer.alloc(0))
    used = 0
  }

  function write(source: Uint8Array, start: number, end: number, hash: number): number {
    if (size >= MOST_IDS) throw new PolyprovError('too-large', 'A triple store holds at most 4,294,901,760 terms')
    const length = end - start
    reserve(length + 5)
    if (size + 1 >= offsets.length) {
      offsets = grown(offsets)
      hashes = grown(hashes)
    }
    const id = ++size
    offsets[id] = block * BLOCK_UNITS + used / UNIT
    hashes[id] = hash
    const target = blocks[block]!
    let at = used
    let rest = length
    while (rest > 127) {
      target[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    target[at++] = rest
    if (length < 64) for (let index = start; index < end; index++) target[at++] = source[index]!
    else {
      target.set(source.subarray(start, end), at)
      at += length
    }
    used = (at + UNIT - 1) & -UNIT
    if (size * 2 > slots.length) rehash()
    else place(id, hash)
    return id
  }

  function place(id: number, hash: number): void {
    const mask = slots.length - 1
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = id
  }

  function rehash(): void {
    slots = new Uint32Array(slots.length * 2)
    for (let id = 1; id <= size; id++) place(id, hashes[id]!)
  }

  /** The position of a key's bytes within its block; its length goes to `entryLength`. */
  let entryLength = 0
  function locate(id: number): number {
    const offset = offsets[id]!
    const source = blocks[Math.floor(offset / BLOCK_UNITS)]!
    let at = (offset % BLOCK_UNITS) * UNIT
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = source[at++]!
      length |= (byte & 127) << shift
      if (byte < 128) break
    }
    entryLength = length
    return at
  }

  const blockOf = (id: number): Buffer => blocks[Math.floor(offsets[id]! / BLOCK_UNITS)]!

  /** Puts the UTF-8 of a key into `scratch`, its hash into `scratchHash`; `NO_TEXT` where it has no UTF-8. */
  let scratchHash = 0
  function encode(key: string): number {
    if (key.length * 3 > scratch.length) scratch = Buffer.allocUnsafeSlow(key.length * 3)
    const length = key.length
    let hash = 0x811c9dc5
    for (let index = 0; index < length; index++) {
      const code = key.charCodeAt(index)
      if (code > 127) {
        if (HALF_PAIR.test(key)) return NO_TEXT
        const bytes = scratch.write(key, 0, 'utf8')
        scratchHash = hashOf(scratch, 0, bytes)
        return bytes
      }
      scratch[index] = code
      hash = Math.imul(hash ^ code, 0x01000193)
    }
    scratchHash = finish(hash)
    return length
  }

  function lookup(length: number): number {
    const mask = slots.length - 1
    for (let slot = scratchHash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]!
      if (id === 0) return 0
      if (hashes[id] !== scratchHash) continue
      const at = locate(id)
      if (entryLength === length && sameBytes(blockOf(id), at, scratch, length)) return id
    }
  }

  function key(id: number): string {
    if (!(id >= 1 && id <= size)) throw new PolyprovError('internal', `The dictionary has no term ${id} of ${size}`)
    const at = locate(id)
    return blockOf(id).toString('utf8', at, at + entryLength)
  }

  function find(text: string): number {
    const length = encode(text)
    return length === NO_TEXT ? 0 : lookup(length)
  }

  function number(id: number): number | undefined {
    const chunk = Math.floor(id / CHUNK)
    let states = numberStates[chunk]
    if (states === undefined) {
      states = new Uint8Array(CHUNK)
      numberStates[chunk] = states
      numbers[chunk] = new Float64Array(CHUNK)
    }
    const at = id % CHUNK
    if (states[at] === 0) {
      const value = numericValue(key(id))
      states[at] = value === undefined ? 2 : 1
      if (value !== undefined) numbers[chunk]![at] = value
    }
    return states[at] === 1 ? numbers[chunk]![at] : undefined
  }

  return {
    get size() {
      return size
    },
    get memory() {
      const bytes = blocks.reduce((sum, each) => sum + each.length, 0)
      return bytes + offsets.byteLength + hashes.byteLength + slots.byteLength
    },
    find,
    add(text) {
      const length = encode(text)
      if (length === NO_TEXT) {
        throw new PolyprovError('parameter', 'A triple store keeps no text with half of a surrogate pair in it')
      }
      return lookup(length) || write(scratch, 0, length, scratchHash)
    },
    append: (source, start, end) => write(source, start, end, hashOf(source, start, end)),
    key,
    bytes(id) {
      const at = locate(id)
      return blockOf(id).subarray(at, at + entryLength)
    },
    number,
    frozen: (mark) => ({
      mark,
      find(text) {
        const id = find(text)
        return id <= mark ? id : 0
      },
      key,
    }),
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  // Half as much again once the arrays are large: doubling would hold up to twice what the ids need.
  const next = new Uint32Array(array.length < 1 << 20 ? array.length * 2 : Math.ceil(array.length * 1.5))
  next.set(array)
  return next
}

function sameBytes(left: Uint8Array, at: number, right: Uint8Array, length: number): boolean {
  // Terms of one vocabulary differ at their ends.
  for (let index = length - 1; index >= 0; index--) if (left[at + index] !== right[index]) return false
  return true
}

/** FNV-1a with the finaliser of MurmurHash3: its own low bits cluster. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193)
  return finish(hash)
}

function finish(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
