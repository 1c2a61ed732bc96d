/** At most so many at once, the others in the order they came. */
export interface Turns {
  /** Waits for a turn; the function that ends it. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>
}

export function createTurns(most: number): Turns {
  const waiting: (() => void)[] = []
  let taken = 0
  const give = () => {
    const next = waiting.shift()
    if (next === undefined) taken--
    else next()
  }
  return {
    async take(signal) {
      signal.throwIfAborted()
      if (taken < most) {
        taken++
        return give
      }
      await new Promise<void>((resolve, reject) => {
        const leave = () => {
          waiting.splice(waiting.indexOf(enter), 1)
          reject(signal.reason)
        }
        const enter = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.push(enter)
      })
      return give
    },
  }
}
