import { isTransient } from '../../connectors/retry.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { StoreHealth } from '../polystore.ts'
import { createBreaker, type Permit } from './breaker.ts'
import type { Limits } from './limits.ts'
import { createTurns, type Turns } from './turns.ts'

/** How a store is asked, and how it fared: what all queries know of it. */
export interface Guard {
  readonly store: string
  /** Milliseconds that it may take for each answer. */
  readonly timeout: number
  /** Whether that is its own and not every store's. */
  readonly hasOwnTimeout: boolean
  readonly retries: number
  readonly turns: Turns
  /** Leave for one request. @throws PolyprovError `store-failed` where the store is not asked for a while */
  admit(): Admission
  /** Leave for a request that finds out how the store is, whatever is known of it. */
  probe(): Admission
  health(): StoreHealth
}

export interface Admission {
  answered(): void
  /** Tells of a failure; of one that is not the store's, its answer counts. */
  failed(failure: PolyprovError): void
  left(): void
}

export interface GuardOptions {
  readonly store: string
  readonly timeout: number | undefined
  /** Most requests at once that the store itself asks for. */
  readonly concurrency: number | undefined
  readonly limits: Limits
}

export function createGuard({ store, timeout, concurrency, limits }: GuardOptions): Guard {
  const breaker = createBreaker(limits.breaker)
  let failure: PolyprovError | undefined
  let since = new Date()

  const note = (found: PolyprovError | undefined) => {
    if ((found === undefined) !== (failure === undefined)) since = new Date()
    failure = found
  }
  const admission = (permit: Permit): Admission => {
    const answered = () => {
      permit.succeeded()
      if (failure !== undefined) note(undefined)
    }
    return {
      answered,
      failed(found) {
        if (!isDown(found)) return answered()
        permit.failed()
        note(found)
      },
      left: () => permit.left(),
    }
  }
  return {
    store,
    timeout: timeout ?? limits.storeTimeout,
    hasOwnTimeout: timeout !== undefined,
    retries: limits.retries,
    turns: createTurns(Math.min(limits.storeConcurrency, concurrency ?? Number.POSITIVE_INFINITY)),
    admit() {
      const permit = breaker.admit()
      if (permit === undefined) throw notAsked(store, failure, breaker.wait)
      return admission(permit)
    },
    probe: () => admission(breaker.probe()),
    health: () => ({
      status: failure === undefined ? 'up' : 'down',
      since,
      breaker: breaker.state,
      ...(failure === undefined ? {} : { reason: failure.message }),
      ...(breaker.state === 'open' ? { retryAt: new Date(Date.now() + breaker.wait) } : {}),
    }),
  }
}

/** Whether the store failed as far as anybody knows, and not the one request: others will fare no better now. */
export const isDown = ({ code, details }: PolyprovError): boolean =>
  code === 'store-timeout' || (code === 'store-failed' && details.transient !== false)

/** Whether it is known that the store could not be reached, or did not answer. */
export const isUnreachable = ({ code, details }: PolyprovError): boolean =>
  code === 'store-timeout' || (code === 'store-failed' && details.transient === true)

/** An error of a connector as one of ours, naming the store. */
export function storeError(error: unknown, store: string): PolyprovError {
  if (error instanceof PolyprovError) return error
  const message = error instanceof Error ? error.message : String(error)
  // A mistake in a program tells nothing of the store.
  const isMistake = error instanceof Error && Object.getPrototypeOf(error) !== Error.prototype
  const transient = isTransient(error) ? true : isMistake ? false : undefined
  return new PolyprovError('store-failed', `The store ${store} failed: ${message}`, {
    store,
    cause: error,
    ...(transient === undefined ? {} : { transient }),
  })
}

function notAsked(store: string, failure: PolyprovError | undefined, wait: number): PolyprovError {
  const when = wait > 0 ? `in ${Math.ceil(wait / 1_000)} s` : 'at this moment by another query'
  const last = failure === undefined ? '' : ` (${failure.message})`
  return new PolyprovError(
    'store-failed',
    `The store ${store} is not asked, because it failed several times in a row${last}: it is tried again ${when}`,
    { store, transient: true, attempts: 1 },
  )
}
