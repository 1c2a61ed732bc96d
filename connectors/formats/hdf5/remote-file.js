import { parentPort, workerData } from 'node:worker_threads'

/** @import { SharedMemory, WorkerMessage } from './protocol.ts' */

const BLOCK = 16_384
const HEAD_BLOCKS = 4
/** 32 MiB. */
const CACHED_BLOCKS = 2048

/** @type {SharedMemory} */
const { control, data } = workerData

/**
 * Asks the main thread for a range and sleeps until it is there: HDF5 reads synchronously.
 *
 * @param {number} offset
 * @param {number} length
 */
function request(offset, length) {
  Atomics.store(control, 0, 0)
  /** @type {WorkerMessage} */
  const message = { kind: 'read', offset, length }
  parentPort?.postMessage(message)
  Atomics.wait(control, 0, 0)
  return data.slice(0, Atomics.load(control, 1))
}

/**
 * The bytes of an object, by blocks: metadata is small and scattered, so the first read takes the head of the file, and
 * later ones as many blocks as one call of the library spans.
 *
 * @param {number} size
 */
function blockReader(size) {
  /** @type {Map<number, Uint8Array>} */
  const blocks = new Map()

  /** @param {number} block @param {Uint8Array} bytes */
  const keep = (block, bytes) => {
    blocks.set(block, bytes)
    const [oldest] = blocks.keys()
    if (blocks.size > CACHED_BLOCKS && oldest !== undefined) blocks.delete(oldest)
  }

  /** @param {number} block @param {number} last */
  const fetch = (block, last) => {
    const first = block < HEAD_BLOCKS ? 0 : block
    let end = block < HEAD_BLOCKS ? HEAD_BLOCKS : block + 1
    while (end <= last && end - first < HEAD_BLOCKS && !blocks.has(end)) end++
    const offset = first * BLOCK
    const bytes = request(offset, Math.min(end * BLOCK, size) - offset)
    for (let i = first; i < end; i++) keep(i, bytes.subarray((i - first) * BLOCK, (i + 1 - first) * BLOCK))
  }

  /** @param {number} block @param {number} last */
  const load = (block, last) => {
    const held = blocks.get(block)
    if (held === undefined) fetch(block, last)
    else {
      blocks.delete(block)
      blocks.set(block, held)
    }
    return blocks.get(block) ?? new Uint8Array(0)
  }

  /** @param {Uint8Array} target @param {number} at @param {number} length @param {number} position */
  return (target, at, length, position) => {
    const end = Math.min(position + length, size)
    let read = 0
    while (position + read < end) {
      const here = position + read
      const start = here % BLOCK
      const bytes = load((here - start) / BLOCK, Math.floor((end - 1) / BLOCK)).subarray(start, start + end - here)
      if (bytes.length === 0) break
      target.set(bytes, at + read)
      read += bytes.length
    }
    return read
  }
}

const DIRECTORY = 0o040555
const FILE = 0o100444

/**
 * An Emscripten file system of one read-only file, `file`, whose bytes the main thread reads.
 *
 * @param {any} FS Emscripten's, whose types know nothing of file system implementations
 * @param {number} size
 */
export function remoteFileSystem(FS, size) {
  const read = blockReader(size)
  /** @param {any} node */
  const getattr = (node) => ({
    dev: 1,
    ino: node.id,
    mode: node.mode,
    nlink: 1,
    uid: 0,
    gid: 0,
    rdev: 0,
    size: node.mode === FILE ? size : 0,
    atime: new Date(0),
    mtime: new Date(0),
    ctime: new Date(0),
    blksize: BLOCK,
    blocks: Math.ceil(size / 512),
  })
  const streamOperations = {
    /** @param {any} stream @param {number} offset @param {number} whence */
    llseek: (stream, offset, whence) => offset + (whence === 1 ? stream.position : whence === 2 ? size : 0),
    /** @param {any} _stream @param {Uint8Array} target @param {number} at @param {number} length @param {number} position */
    read: (_stream, target, at, length, position) => read(target, at, length, position),
  }
  return {
    mount: () => {
      const root = FS.createNode(null, '/', DIRECTORY, 0)
      root.node_ops = { getattr, lookup: () => file }
      root.stream_ops = {}
      const file = FS.createNode(root, 'file', FILE, 0)
      file.node_ops = { getattr }
      file.stream_ops = streamOperations
      return root
    },
  }
}
