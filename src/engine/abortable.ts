import { abortError } from './context.ts'

/**
 * The same stream, ended by the signal even while its next element never comes: a generator's `return()` waits behind
 * a pending `next()`, so the pending one is left behind and told to return when it can.
 */
export async function* abortable<Element>(
  source: AsyncIterable<Element>,
  signal: AbortSignal,
): AsyncGenerator<Element> {
  const iterator = source[Symbol.asyncIterator]()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortError(signal))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  aborted.catch(() => {})
  let ended = false
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted])
      if (next.done === true) {
        ended = true
        return
      }
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', abort)
    if (!ended) {
      const returned = iterator.return?.(undefined)
      returned?.catch(() => {})
      if (!signal.aborted) await returned
    }
  }
}

/** The promise, or the signal's reason if that comes first. */
export async function raceAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) throw abortError(signal)
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortError(signal))
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
