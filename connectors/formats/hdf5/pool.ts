import { PolyprovError } from '../../../planner/errors.ts'
import type { Answer } from './protocol.ts'
import { type Job, type Reader, startReader } from './reader.ts'

/** Readers that are started when there is something to read, and kept until the pool is disposed of. */
export interface Pool {
  describe(job: Job): Promise<Answer>
  [Symbol.asyncDispose](): Promise<void>
}

interface Waiting {
  readonly job: Job
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

/**
 * A pool of at most `size` readers. Queries take turns, so that one which asks for thousands of objects does not hold up
 * one which asks for a single one: jobs of the same signal are of the same query.
 */
export function createPool(size: number): Pool {
  const queues = new Map<AbortSignal, Waiting[]>()
  const idle: Reader[] = []
  const busy = new Map<Reader, Waiting>()
  let disposed = false

  const next = (): Waiting | undefined => {
    for (const [signal, queue] of queues) {
      const waiting = queue.shift()
      queues.delete(signal)
      if (queue.length > 0) queues.set(signal, queue)
      if (waiting !== undefined) return waiting
    }
    return undefined
  }

  const takeIdle = (): Reader | undefined => {
    let reader = idle.pop()
    while (reader !== undefined && !reader.alive) reader = idle.pop()
    return reader
  }

  const dispatch = (): void => {
    while (!disposed && busy.size < size) {
      const waiting = next()
      if (waiting === undefined) return
      void serve(takeIdle() ?? startReader(), waiting)
    }
  }

  const serve = async (reader: Reader, waiting: Waiting): Promise<void> => {
    busy.set(reader, waiting)
    try {
      const answer = await reader.describe(waiting.job)
      if (!disposed) idle.push(reader)
      waiting.resolve(answer)
    } catch (error) {
      waiting.reject(error)
      await reader.end()
    }
    busy.delete(reader)
    dispatch()
  }

  const enqueue = (waiting: Waiting): void => {
    const { signal } = waiting.job
    const queue = queues.get(signal)
    if (queue === undefined) queues.set(signal, [waiting])
    else queue.push(waiting)
  }

  const drop = (waiting: Waiting): void => {
    const queue = queues.get(waiting.job.signal)
    const position = queue?.indexOf(waiting) ?? -1
    if (position < 0) return
    queue?.splice(position, 1)
    waiting.reject(waiting.job.signal.reason)
  }

  return {
    describe(job) {
      if (disposed) return Promise.reject(closed())
      if (job.signal.aborted) return Promise.reject(job.signal.reason)
      return new Promise((resolve, reject) => {
        const onAbort = () => drop(waiting)
        const stop = () => job.signal.removeEventListener('abort', onAbort)
        const waiting: Waiting = {
          job,
          resolve: (answer) => {
            stop()
            resolve(answer)
          },
          reject: (reason) => {
            stop()
            reject(reason)
          },
        }
        job.signal.addEventListener('abort', onAbort)
        enqueue(waiting)
        dispatch()
      })
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      for (const waiting of [...queues.values()].flat().concat([...busy.values()])) waiting.reject(closed())
      queues.clear()
      await Promise.all([...idle.splice(0), ...busy.keys()].map((reader) => reader.end()))
    },
  }
}

const closed = (): PolyprovError => new PolyprovError('cancelled', 'The HDF5 readers are closed')
