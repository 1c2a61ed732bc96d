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
  const running = new Set<Promise<Finished<Result>>>()
  const start = (item: Item) => {
    const job: Promise<Finished<Result>> = work(item).then((result) => ({ result, done: () => running.delete(job) }))
    // A job that fails after the generator has ended is nobody's: its rejection must not end the process.
    job.catch(() => undefined)
    running.add(job)
  }
  const finishOne = async () => {
    const { result, done } = await untilAborted(Promise.race(running), signal)
    done()
    return result
  }
  const iterator = iteratorOf(items)
  let exhausted = false
  try {
    for (;;) {
      const next = await untilAborted(Promise.resolve(iterator.next()), signal)
      if (next.done === true) break
      start(next.value)
      if (running.size >= limit) yield await finishOne()
    }
    exhausted = true
    while (running.size > 0) yield await finishOne()
  } finally {
    // Not awaited: behind a pending `next()` it would wait with it.
    if (!exhausted) Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

interface Finished<Result> {
  readonly result: Result
  readonly done: () => void
}

const iteratorOf = <Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncIterator<Item> | Iterator<Item> =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
