import { setMaxListeners } from 'node:events'
import { PolyprovError } from '../../planner/errors.ts'
import type { QueryOptions } from '../polystore.ts'

/** How long a query lives. */
export interface Lifetime {
  /** Aborted by the caller, at the deadline, and by cancellation from elsewhere. */
  readonly signal: AbortSignal
  /** On the clock of `performance.now()`. */
  readonly deadline: number
  cancel(reason: PolyprovError): void
  end(): void
}

/** Begins a query's life; `waitingFor` tells at its deadline which stores have not answered. */
export function beginLifetime(
  { signal: caller, timeout: own }: QueryOptions,
  defaultTimeout: number,
  waitingFor: () => Iterable<string>,
): Lifetime {
  const controller = new AbortController()
  // Every request under way listens to it: many are no leak.
  setMaxListeners(0, controller.signal)
  const timeout = own ?? defaultTimeout
  const deadline = performance.now() + timeout
  const timer = setTimeout(() => controller.abort(tooLong(timeout, [...waitingFor()])), timeout)
  const abort = () => {
    const reason: unknown = caller?.reason
    controller.abort(
      reason instanceof PolyprovError
        ? reason
        : new PolyprovError('cancelled', 'The query was cancelled', { cause: reason }),
    )
  }
  if (caller?.aborted === true) abort()
  else caller?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    deadline,
    cancel: (reason) => controller.abort(reason),
    end() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', abort)
    },
  }
}

function tooLong(timeout: number, stores: readonly string[]): PolyprovError {
  const [store] = stores
  const waited = stores.length === 0 ? '' : `: it was waiting for ${stores.join(', ')}`
  const details = store !== undefined && stores.length === 1 ? { store } : {}
  return new PolyprovError('timeout', `The query did not end within ${timeout} ms${waited}`, details)
}
