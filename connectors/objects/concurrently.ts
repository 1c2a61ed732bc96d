import { untilAborted } from '../until-aborted.ts'

/**
 * Runs `work` over the items, at most `limit` at once, and yields results as they come. The first failure ends it, and
 * so does the signal, even while neither items nor work ever come to an end.
 */
export async function* concurrently<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  // A queue and one promise that wakes its reader: a race would leave something with every job at each of its turns.
  const finished: Outcome<Result>[] = []
  let running = 0
  let wake = (): void => {}
  const finish = (outcome: Outcome<Result>): void => {
    finished.push(outcome)
    wake()
  }
  const start = (item: Item): void => {
    running++
    work(item).then(
      (result) => finish({ result }),
      (error: unknown) => finish({ error }),
    )
  }
  const finishOne = async (): Promise<Result> => {
    if (finished.length === 0) {
      const one = new Promise<void>((resolve) => {
        wake = resolve
      })
      await untilAborted(one, signal)
    }
    running--
    const outcome = finished.shift()!
    if ('error' in outcome) throw outcome.error
    return outcome.result
  }
  const iterator = iteratorOf(items)
  let exhausted = false
  try {
    for (;;) {
      const next = await untilAborted(Promise.resolve(iterator.next()), signal)
      if (next.done === true) break
      start(next.value)
      if (running >= limit) yield await finishOne()
    }
    exhausted = true
    while (running > 0) yield await finishOne()
  } finally {
    // Not awaited: behind a pending `next()` it would wait with it.
    if (!exhausted) Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

type Outcome<Result> = { readonly result: Result } | { readonly error: unknown }

const iteratorOf = <Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncIterator<Item> | Iterator<Item> =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
