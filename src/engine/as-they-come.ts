/** Elements of running streams in the order they come; where one ends another of those that wait is started. */
export async function* asTheyCome<Element>(
  running: readonly AsyncGenerator<Element>[],
  waiting: (() => AsyncGenerator<Element>)[],
): AsyncGenerator<Element> {
  type Next = { readonly stream: AsyncGenerator<Element>; readonly result: IteratorResult<Element> }
  // A race between the streams would leave each of its winners with the promise of the slowest.
  const settled: Promise<Next>[] = []
  let wake: () => void = () => {}
  let open = 0
  const ask = (stream: AsyncGenerator<Element>): void => {
    open++
    const next = stream.next().then((result): Next => ({ stream, result }))
    const settle = (): void => {
      settled.push(next)
      wake()
    }
    // Its error is told when its turn comes.
    next.then(settle, settle)
  }
  for (const stream of running) ask(stream)
  while (open > 0) {
    if (settled.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const { stream, result } = await settled.shift()!
    open--
    if (result.done === true) {
      const start = waiting.shift()
      if (start !== undefined) ask(start())
      continue
    }
    // Behind the others, so that none is passed over.
    ask(stream)
    yield result.value
  }
}
