import { parentPort } from 'node:worker_threads'
import { ready } from 'h5wasm'
import { remoteFileSystem } from './remote-file.js'
import { describe, OverLimit } from './walk.js'

/** @import { DescribeMessage, WorkerMessage } from './protocol.ts' */

/** Memory that the library may have, in pages of 64 KiB: 256 MiB. Past it, its allocations fail. */
const MEMORY_PAGES = 4096
/** @type {any} */
const { Memory } = /** @type {any} */ (globalThis).WebAssembly
const { grow } = Memory.prototype
/** @this {{ buffer: ArrayBuffer }} @param {number} pages */
Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength / 65_536 + pages > MEMORY_PAGES) throw new RangeError('out of memory')
  return grow.call(this, pages)
}

/** @type {any} */
const library = await ready
library.activate_throwing_error_handler()
library.FS.mkdir('/object')

/** @param {DescribeMessage} message @returns {WorkerMessage} */
function answer(message) {
  library.FS.mount(remoteFileSystem(library.FS, message.size), {}, '/object')
  const file = library.open('/object/file', library.H5F_ACC_RDONLY, false, -1, -1)
  const described = describe(library, file, message)
  library.close_file(file)
  library.FS.unmount('/object')
  return { kind: 'answer', answer: described }
}

/**
 * The gist of the library's error stack: what was to be done, and why it could not be.
 *
 * @param {unknown} error
 */
function reason(error) {
  const message = error instanceof Error ? error.message : `${error}`
  const steps = [...message.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].map((step) => step[1])
  return steps.length < 2 ? (steps[0] ?? message.slice(0, 200)) : `${steps[0]}: ${steps.at(-1)}`
}

// Whoever hears of a failure ends this worker: the library does not clean up behind the error that is thrown through it.
parentPort?.on('message', (/** @type {DescribeMessage} */ message) => {
  /** @type {WorkerMessage} */
  let result
  try {
    result = answer(message)
  } catch (error) {
    const code = error instanceof OverLimit ? 'too-large' : 'malformed-object'
    result = { kind: 'failed', code, message: reason(error) }
  }
  parentPort?.postMessage(result)
})
