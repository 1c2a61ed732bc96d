import { Worker } from 'node:worker_threads'
import { PolyprovError } from '../../../planner/errors.ts'
import type { RangedReader } from '../ranged-reader.ts'
import { type Answer, type DescribeMessage, READ_BYTES, type SharedMemory, type WorkerMessage } from './protocol.ts'

/** One object to be described. */
export interface Job {
  readonly reader: RangedReader
  readonly message: DescribeMessage
  /** How errors name the object. */
  readonly name: string
  readonly signal: AbortSignal
}

/** A worker thread that describes one object at a time. After a failure it is of no use any more: end it. */
export interface Reader {
  readonly alive: boolean
  describe(job: Job): Promise<Answer>
  end(): Promise<unknown>
}

/** Starts a worker; it does not keep the process alive unless it is at work. */
export function startReader(): Reader {
  const memory: SharedMemory = {
    control: new Int32Array(new SharedArrayBuffer(8)),
    data: new Uint8Array(new SharedArrayBuffer(READ_BYTES)),
  }
  // What the library prints stays there, unread: its errors come as messages.
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: memory,
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  })
  worker.unref()
  let alive = true
  worker.on('exit', () => {
    alive = false
  })
  // One that dies between two jobs must not take the process with it.
  worker.on('error', () => {})
  return {
    get alive() {
      return alive
    },
    describe: (job) => describe(worker, memory, job),
    end: () => worker.terminate(),
  }
}

function describe(worker: Worker, memory: SharedMemory, job: Job): Promise<Answer> {
  const { message, signal, name } = job
  return new Promise((resolve, reject) => {
    const reads = new AbortController()
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      reads.abort()
      signal.removeEventListener('abort', onAbort)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      worker.unref()
      finish()
    }
    const fail = (error: unknown) => settle(() => reject(error))
    const serve = servedReads(memory, job, reads.signal)
    const onAbort = () => fail(signal.reason)
    const onError = (error: Error) => fail(malformed(`its reader broke down (${error.message})`, error))
    const onExit = () => fail(malformed('its reader broke down'))
    const onMessage = (reply: WorkerMessage) => {
      if (reply.kind === 'answer') settle(() => resolve(reply.answer))
      else if (reply.kind === 'read') serve(reply.offset, reply.length).catch(fail)
      else if (reply.code === 'too-large') fail(overLimit(name, reply.message))
      else fail(malformed(reply.message))
    }
    const timer = setTimeout(() => {
      fail(
        new PolyprovError(
          'store-timeout',
          `The header of ${name} was not read within ${message.limits.milliseconds} ms`,
        ),
      )
    }, message.limits.milliseconds)
    signal.addEventListener('abort', onAbort)
    worker.on('message', onMessage).on('error', onError).on('exit', onExit).ref()
    worker.postMessage(message)
  })
}

/** Answers the worker's requests for bytes, as long as the object is within its limits. */
function servedReads({ control, data }: SharedMemory, { reader, message, name }: Job, signal: AbortSignal) {
  const { limits } = message
  let requests = 0
  let bytes = 0
  return async (offset: number, length: number): Promise<void> => {
    requests++
    bytes += length
    if (requests > limits.requests) throw overLimit(name, `it takes more than ${limits.requests} reads`)
    if (bytes > limits.bytes) throw overLimit(name, `it is spread over more than ${limits.bytes} bytes`)
    const read = await reader.read(offset, length, signal)
    if (signal.aborted) return
    data.set(read.subarray(0, length))
    Atomics.store(control, 1, Math.min(read.length, length))
    Atomics.store(control, 0, 1)
    Atomics.notify(control, 0)
  }
}

const malformed = (reason: string, cause?: unknown): PolyprovError =>
  new PolyprovError('malformed-object', `not a readable HDF5 file: ${reason}`, { cause })

const overLimit = (name: string, reason: string): PolyprovError =>
  new PolyprovError(
    'too-large',
    `The header of ${name} is over a limit: ${reason}. Name the paths that are wanted (hdf5:path)`,
  )
