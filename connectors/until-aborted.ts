/**
 * The promise's value, unless the signal comes first: a store that never answers holds nobody up. Nothing is left with
 * the signal afterwards, where a race against one promise of its abort would hold on to every value until then.
 * @param reason what it rejects with then; the signal's own reason where absent
 */
export function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
  reason: () => unknown = () => signal.reason,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reason())
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
