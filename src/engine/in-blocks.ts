/** Elements that a block has at most. */
const MOST = 1_024

/**
 * A stream in blocks of what is there without waiting: whoever guards each wait on a store pays for it once a block. What
 * waits for input or output ends a block.
 */
export async function* inBlocks<Element>(elements: AsyncIterable<Element>): AsyncGenerator<readonly Element[]> {
  const iterator = elements[Symbol.asyncIterator]()
  let pending = iterator.next()
  try {
    for (let next = await pending; next.done !== true; next = await pending) {
      const block = [next.value]
      const turn = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
      pending = iterator.next()
      while (block.length < MOST) {
        const more = await Promise.race([pending, turn])
        if (more === undefined || more.done === true) break
        block.push(more.value)
        pending = iterator.next()
      }
      // Its error is told when its turn comes.
      pending.catch(() => {})
      yield block
    }
  } finally {
    pending.catch(() => {})
    const returned = iterator.return?.(undefined)
    returned?.catch(() => {})
  }
}
