import { untilAborted } from '../../connectors/until-aborted.ts'
import { abortError } from './context.ts'

/** The promise, or the signal's reason if that comes first. */
export const raceAbort = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  untilAborted(promise, signal, () => abortError(signal))

/**
 * The same stream, ended by the signal even while its next element never comes: a generator's `return()` waits behind
 * a pending `next()`, so the pending one is left behind and told to return when it can.
 */
export async function* abortable<Element>(
  source: AsyncIterable<Element>,
  signal: AbortSignal,
): AsyncGenerator<Element> {
  const iterator = source[Symbol.asyncIterator]()
  let ended = false
  try {
    for (;;) {
      if (signal.aborted) throw abortError(signal)
      const next = await raceAbort(iterator.next(), signal)
      if (next.done === true) {
        ended = true
        return
      }
      yield next.value
    }
  } finally {
    if (!ended) {
      const returned = iterator.return?.(undefined)
      returned?.catch(() => {})
      if (!signal.aborted) await returned
    }
  }
}
