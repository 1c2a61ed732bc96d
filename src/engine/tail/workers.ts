import { Worker } from 'node:worker_threads'

/** Workers of the long tail: one is kept for the next query for a while, all others end with theirs. */
export interface Workers {
  take(): Worker
  /** Gives back a worker that has ended its query. */
  keep(worker: Worker): void
  /** Threads that live now. */
  readonly count: number
  close(): Promise<void>
}

/** Heap that Comunica takes before it has seen any data, with room to spare. */
const OWN_MEBIBYTES = 128
/** How long a worker waits for another query, in milliseconds. */
const IDLE_MILLISECONDS = 60_000

/** @param memory bytes that one query may take in a worker, beside what Comunica itself needs */
export function createWorkers(memory: number): Workers {
  const living = new Set<Worker>()
  let idle: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const start = (): Worker => {
    // What Comunica prints stays there, unread: its errors come as messages.
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: OWN_MEBIBYTES + Math.ceil(memory / 1_048_576) },
    })
    living.add(worker)
    worker.on('exit', () => {
      living.delete(worker)
      if (idle === worker) idle = undefined
    })
    // One that dies between two queries must not take the process with it.
    worker.on('error', () => {})
    return worker
  }
  return {
    take() {
      clearTimeout(timer)
      const worker = idle ?? start()
      idle = undefined
      worker.ref()
      return worker
    },
    keep(worker) {
      if (closed || idle !== undefined || !living.has(worker)) {
        void worker.terminate()
        return
      }
      idle = worker
      worker.unref()
      timer = setTimeout(() => void worker.terminate(), IDLE_MILLISECONDS).unref()
    },
    get count() {
      return living.size
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await Promise.all([...living].map((worker) => worker.terminate()))
    },
  }
}
