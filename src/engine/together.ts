import { setMaxListeners } from 'node:events'
import type { Batch } from '../../connectors/connector.ts'
import type { Plan } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { walk } from '../../planner/traverse.ts'
import { abortError, type QueryContext } from './context.ts'

/** Rows that a stream reads ahead of its reader. */
const READ_AHEAD_ROWS = 16_384

/** Parts of one operator that run at the same time: the failure of one ends them all, and is what all reject with. */
export interface Together {
  /** For the parts: its signal is aborted when one fails, when they are ended, and with the query. */
  readonly context: QueryContext
  /** Begins to read at once, as far ahead as memory is bounded. Its failure is told when its turn comes, if not before. */
  ahead(batches: AsyncGenerator<Batch>): AsyncGenerator<Batch>
  /** Work of a part that has begun. */
  begun<Value>(work: Promise<Value>): Promise<Value>
  /** What ended the parts, for an error that one of them rejected with. */
  causeOf(error: unknown): unknown
  /** The operator has ended: whatever still runs is cancelled. */
  end(): void
}

export function runTogether(outer: QueryContext): Together {
  const controller = new AbortController()
  const { signal } = controller
  setMaxListeners(0, signal)
  const abort = () => controller.abort(abortError(outer.signal))
  if (outer.signal.aborted) abort()
  outer.signal.addEventListener('abort', abort, { once: true })
  let first: { readonly error: unknown } | undefined
  const context = { ...outer, signal }
  const buffers: Ahead[] = []

  const fail = (error: unknown) => {
    if (signal.aborted) return
    first = { error }
    controller.abort(error instanceof PolyprovError ? error : new PolyprovError('internal', String(error)))
  }
  return {
    context,
    ahead(batches) {
      const buffer = createBuffer(context)
      buffers.push(buffer)
      fill(buffer, batches, context).catch((error: unknown) => {
        buffer.fail(error)
        fail(error)
      })
      return buffer.read()
    },
    begun(work) {
      work.catch(fail)
      return work
    },
    causeOf: (error) => first?.error ?? error,
    end() {
      outer.signal.removeEventListener('abort', abort)
      controller.abort(NEEDED_NO_MORE)
      for (const buffer of buffers) buffer.drop()
    },
  }
}

const NEEDED_NO_MORE = new PolyprovError('cancelled', 'The answer is needed no more')

async function fill(buffer: Ahead, batches: AsyncGenerator<Batch>, { signal }: QueryContext): Promise<void> {
  for await (const batch of batches) {
    buffer.put(batch)
    while (buffer.isFull() && !signal.aborted) await buffer.changed(signal)
    if (signal.aborted) throw abortError(signal)
  }
  buffer.close()
}

/** Batches between one who reads ahead and one who reads, counted against the query's memory. */
interface Ahead {
  put(batch: Batch): void
  isFull(): boolean
  /** Settles when a batch came or went, or the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>
  close(): void
  fail(error: unknown): void
  /** Nobody will read what is left. */
  drop(): void
  read(): AsyncGenerator<Batch>
}

function createBuffer({ memory, signal }: QueryContext): Ahead {
  const batches: Batch[] = []
  let rows = 0
  let end: 'open' | 'closed' | { readonly error: unknown } = 'open'
  let waiting: (() => void)[] = []
  const wake = () => {
    const all = waiting
    waiting = []
    for (const each of all) each()
  }
  const changed = (until: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (until.aborted) return resolve()
      const settle = () => {
        until.removeEventListener('abort', settle)
        resolve()
      }
      until.addEventListener('abort', settle, { once: true })
      waiting.push(settle)
    })
  const finish = (how: typeof end) => {
    if (end === 'open') end = how
    wake()
  }
  return {
    put(batch) {
      if (end !== 'open') return
      memory.reserve(bytesOf(batch))
      batches.push(batch)
      rows += batch.length
      wake()
    },
    isFull: () => rows >= READ_AHEAD_ROWS,
    changed,
    close: () => finish('closed'),
    fail: (error) => finish({ error }),
    drop() {
      for (const batch of batches.splice(0)) memory.release(bytesOf(batch))
      finish('closed')
    },
    async *read() {
      for (;;) {
        const batch = batches.shift()
        if (batch !== undefined) {
          rows -= batch.length
          memory.release(bytesOf(batch))
          wake()
          yield batch
        } else if (end === 'closed') return
        else if (end !== 'open') throw end.error
        else if (signal.aborted) throw abortError(signal)
        else await changed(signal)
      }
    },
  }
}

const bytesOf = ({ columns, length }: Batch): number => columns.length * length * Uint32Array.BYTES_PER_ELEMENT

const elsewhere = new WeakMap<Plan, boolean>()

/** Whether a plan asks a store that does not work on this query's own operators: there is an answer to wait for. */
export function asksElsewhere(plan: Plan): boolean {
  const known = elsewhere.get(plan)
  if (known !== undefined) return known
  let found = false
  for (const node of walk(plan)) {
    if (node.kind === 'service' || (node.kind === 'fragment' && node.native.language !== 'algebra')) found = true
    if (node.kind === 'resolve') found = true
  }
  elsewhere.set(plan, found)
  return found
}
