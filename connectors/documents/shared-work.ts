import { untilAborted } from '../until-aborted.ts'

/** A piece of work for several who wait for it: done once, ended when nobody waits any longer, begun anew after a failure. */
export interface SharedWork<Value> {
  /** Whether it is under way or done. */
  isBegun(): boolean
  /** What it gave, where it is done. */
  result(): Value | undefined
  /** @throws the signal's reason as soon as it is aborted */
  wait(signal: AbortSignal): Promise<Value>
}

interface Run<Value> {
  readonly promise: Promise<Value>
  readonly controller: AbortController
  waiting: number
}

export function sharedWork<Value extends object>(work: (signal: AbortSignal) => Promise<Value>): SharedWork<Value> {
  let run: Run<Value> | undefined
  let done: Value | undefined
  const begin = (): Run<Value> => {
    const controller = new AbortController()
    const promise = work(controller.signal).then((value) => {
      done = value
      return value
    })
    return { promise, controller, waiting: 0 }
  }
  return {
    isBegun: () => run !== undefined || done !== undefined,
    result: () => done,
    async wait(signal) {
      signal.throwIfAborted()
      if (done !== undefined) return done
      run ??= begin()
      const own = run
      own.waiting++
      try {
        return await untilAborted(own.promise, signal)
      } finally {
        if (--own.waiting === 0) {
          own.controller.abort()
          if (run === own) run = undefined
        }
      }
    },
  }
}
