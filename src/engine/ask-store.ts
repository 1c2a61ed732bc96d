import { setMaxListeners } from 'node:events'
import type { Meter } from '../../connectors/connector.ts'
import { pause, pauseBefore } from '../../connectors/retry.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { raceAbort } from './abortable.ts'
import { abortError } from './context.ts'
import { type Admission, type Guard, storeError } from './guard.ts'
import type { StoreMeter } from './trace.ts'

/** A request to a store: `open` sends it, as often as it is called. */
export interface StoreRequest<Element> {
  readonly guard: Guard
  readonly meter: Meter & StoreMeter
  /** Of the one who asks. */
  readonly signal: AbortSignal
  /** Milliseconds that the store may take for each answer; the guard's where absent. */
  readonly timeout?: number
  /** Whether it is asked whatever is known of it, once, to find out how it is. */
  readonly isProbe?: boolean
  open(signal: AbortSignal): AsyncIterable<Element>
}

/**
 * What the connectors of stores that have no deadline of their own in force answer late with: those that have tell more
 * of what was not answered, and are let go first.
 */
const GRACE_MILLISECONDS = 200

/**
 * The answer of a store, within its time: waiting for an answer counts, working on it does not. A request that failed on
 * the way is sent again while none of its answer was handed on. Errors: `store-timeout` and `store-failed`, naming the
 * store; the signal's reason. However it ends, the store is told by the signal that `open` gets.
 */
export async function* askStore<Element>(request: StoreRequest<Element>): AsyncGenerator<Element> {
  const { guard, signal, meter, isProbe = false } = request
  const clock = createClock(request.timeout ?? guard.timeout)
  for (let attempt = 0; ; attempt++) {
    const admission = isProbe ? guard.probe() : guard.admit()
    let isBegun = false
    try {
      for await (const element of within(request, clock, admission)) {
        isBegun = true
        clock.restart()
        yield element
        clock.restart()
      }
      return
    } catch (error) {
      if (signal.aborted) throw abortError(signal)
      const failure = storeError(error, guard.store)
      admission.failed(failure)
      const milliseconds = pauseBefore(failure, attempt)
      const { transient, attempts } = failure.details
      const isWorthwhile =
        !isProbe && transient === true && attempts === undefined && !isBegun && attempt < guard.retries
      if (!isWorthwhile || failure.code === 'store-timeout' || milliseconds >= clock.left()) throw failure
      meter.retry()
      await pause(milliseconds, signal)
    } finally {
      admission.left()
    }
  }
}

/** The same of an answer that comes at once. */
export async function askStoreOnce<Value>(
  request: Pick<StoreRequest<Value>, 'guard' | 'signal' | 'isProbe'> & { run(signal: AbortSignal): Promise<Value> },
): Promise<Value> {
  async function* open(signal: AbortSignal): AsyncGenerator<Value> {
    yield await request.run(signal)
  }
  for await (const value of askStore({ ...request, meter: UNCOUNTED, open })) return value
  throw new PolyprovError('internal', 'A promise ended without a value')
}

const UNCOUNTED: Meter & StoreMeter = {
  request: () => {},
  bytes: () => {},
  warn: () => {},
  retry: () => {},
  rows: () => {},
  waited: () => {},
  waiting: () => {},
}

/** How long is still left of the time for the next answer. */
interface Clock {
  readonly milliseconds: number
  left(): number
  restart(): void
}

function createClock(milliseconds: number): Clock {
  let started = performance.now()
  return {
    milliseconds,
    left: () => started + milliseconds - performance.now(),
    restart() {
      started = performance.now()
    },
  }
}

/** One attempt. */
async function* within<Element>(
  { guard, meter, signal, open }: StoreRequest<Element>,
  clock: Clock,
  admission: Admission,
): AsyncGenerator<Element> {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = () => controller.abort(abortError(signal))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  let iterator: AsyncIterator<Element> | undefined
  let isOver = false
  const late = () => controller.abort(tooLate(guard.store, clock.milliseconds))
  try {
    for (;;) {
      const asked = performance.now()
      const timer = setTimeout(late, Math.max(0, clock.left()) + GRACE_MILLISECONDS)
      meter.waiting(true)
      let give: (() => void) | undefined
      let next: IteratorResult<Element>
      try {
        give = await guard.turns.take(controller.signal)
        iterator ??= open(controller.signal)[Symbol.asyncIterator]()
        next = await raceAbort(iterator.next(), controller.signal)
      } catch (error) {
        isOver = !controller.signal.aborted
        throw error
      } finally {
        give?.()
        clearTimeout(timer)
        meter.waiting(false)
        meter.waited(performance.now() - asked)
      }
      admission.answered()
      if (next.done === true) {
        isOver = true
        return
      }
      yield next.value
    }
  } finally {
    if (!isOver && iterator !== undefined) await leave(iterator, controller, clock.milliseconds)
    signal.removeEventListener('abort', abort)
  }
}

/** Lets a request end in order; one that does not, in the time that it has, is aborted and left behind. */
async function leave(iterator: AsyncIterator<unknown>, controller: AbortController, most: number): Promise<void> {
  const returned = iterator.return?.(undefined)
  if (returned === undefined) return
  returned.catch(() => {})
  const timer = setTimeout(() => controller.abort(NEEDED_NO_MORE), most)
  try {
    await raceAbort(returned, controller.signal)
  } catch {
    // How a request ends that nobody needs any more concerns nobody.
  } finally {
    clearTimeout(timer)
  }
}

const NEEDED_NO_MORE = new PolyprovError('cancelled', 'The answer is needed no more')

const tooLate = (store: string, milliseconds: number): PolyprovError =>
  new PolyprovError('store-timeout', `The store ${store} did not answer within ${Math.round(milliseconds)} ms`, {
    store,
  })
