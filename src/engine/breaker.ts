/** Whether a store is asked: always, not at all for a while, or by one request that tries whether it is back. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** When a breaker opens, and for how long. */
export interface BreakerPolicy {
  /** Failures in a row, one a request. */
  readonly failures: number
  /** Milliseconds until one request may try again. */
  readonly pause: number
}

/** One request's leave to ask. */
export interface Permit {
  succeeded(): void
  failed(): void
  /** It ended for another reason: nothing is known. */
  left(): void
}

export interface Breaker {
  readonly state: BreakerState
  /** Milliseconds until it may be tried again. */
  readonly wait: number
  /** `undefined` where the store must not be asked now. */
  admit(): Permit | undefined
  /** Leave for a request that asks in any case, to see how the store is. */
  probe(): Permit
}

/** After several failures in a row nobody waits for the store any more; after a pause one request tries it. */
export function createBreaker(policy: BreakerPolicy | false, now: () => number = () => performance.now()): Breaker {
  const { failures, pause } = policy === false ? { failures: Number.POSITIVE_INFINITY, pause: 0 } : policy
  let count = 0
  let openedAt: number | undefined
  let isProbed = false
  const wait = (): number => (openedAt === undefined ? 0 : Math.max(0, openedAt + pause - now()))
  const state = (): BreakerState => (openedAt === undefined ? 'closed' : wait() > 0 ? 'open' : 'half-open')
  const close = () => {
    count = 0
    openedAt = undefined
  }
  const fail = () => {
    count++
    if (count >= failures && wait() === 0) openedAt = now()
  }
  return {
    get state() {
      return state()
    },
    get wait() {
      return wait()
    },
    admit() {
      let isProbe = state() === 'half-open'
      if (state() === 'open' || (isProbe && isProbed)) return undefined
      if (isProbe) isProbed = true
      const settle = () => {
        if (isProbe) isProbed = false
        isProbe = false
      }
      return {
        succeeded() {
          settle()
          close()
        },
        failed() {
          settle()
          fail()
        },
        left: settle,
      }
    },
    probe: () => ({ succeeded: close, failed: fail, left: () => {} }),
  }
}
