/** Runs `work` over the items, at most `limit` at once, and yields results as they come; the first failure ends it. */
export async function* concurrently<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Set<Promise<{ readonly result: Result; readonly done: () => void }>>()
  const start = (item: Item) => {
    const job = work(item).then((result) => ({ result, done: () => running.delete(job) }))
    // A job that fails after the generator has ended is nobody's: its rejection must not end the process.
    job.catch(() => undefined)
    running.add(job)
  }
  const finishOne = async () => {
    const { result, done } = await Promise.race(running)
    done()
    return result
  }
  for await (const item of items) {
    start(item)
    if (running.size >= limit) yield await finishOne()
  }
  while (running.size > 0) yield await finishOne()
}
