/**
 * Works on a stream's elements, at most `concurrency` at once, and gives the results in the order of the elements. A
 * result that is ready does not wait for the next element to come.
 */
export async function* pipelined<Element, Result>(
  elements: AsyncIterable<Element>,
  concurrency: number,
  work: (element: Element) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = elements[Symbol.asyncIterator]()
  const running: Promise<Result>[] = []
  let next: Promise<IteratorResult<Element>> | undefined = iterator.next()
  try {
    while (next !== undefined || running.length > 0) {
      const step = await nextStep(running, concurrency, next)
      if (step.kind === 'result') {
        void running.shift()
        yield step.result
      } else if (step.element.done === true) {
        next = undefined
      } else {
        const task = work(step.element.value)
        // Its error is told when its turn comes.
        task.catch(() => {})
        running.push(task)
        next = iterator.next()
      }
    }
  } finally {
    next?.catch(() => {})
    const returned = iterator.return?.(undefined)
    returned?.catch(() => {})
  }
}

type Step<Element, Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'element'; readonly element: IteratorResult<Element> }

function nextStep<Element, Result>(
  running: readonly Promise<Result>[],
  concurrency: number,
  next: Promise<IteratorResult<Element>> | undefined,
): Promise<Step<Element, Result>> {
  const results = running.slice(0, 1).map((first) => first.then((result) => ({ kind: 'result', result }) as const))
  const elements =
    next === undefined || running.length >= concurrency
      ? []
      : [next.then((element) => ({ kind: 'element', element }) as const)]
  return Promise.race([...results, ...elements])
}
