/** Characters that are worth sending by themselves: shorter answers are sent whole where they end in time. */
const ENOUGH = 1_024
/** Milliseconds that the beginning of an answer waits for more of it. */
const PATIENCE = 10

/** A text of which the beginning was read. */
export interface Begun {
  /** All of it, where it was over by then. */
  readonly whole?: string
  /** The text, from its first character on. */
  readonly text: AsyncGenerator<string>
}

/**
 * Reads the beginning of a text: its first chunk, and those that come soon after, until it is worth sending. What is
 * short and over by then can be sent with its length, and uncompressed; what fails by then has not been answered yet.
 */
export async function begin(text: AsyncGenerator<string>): Promise<Begun> {
  const first = await text.next()
  if (first.done === true) return { whole: '', text }
  let read = first.value
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, 'late')
  })
  try {
    while (read.length < ENOUGH) {
      const next = text.next()
      const result = await Promise.race([next, late])
      if (result === 'late') return { text: continued(read, next, text) }
      if (result.done === true) return { whole: read, text: continued(read, next, text) }
      read += result.value
    }
    return { text: continued(read, undefined, text) }
  } finally {
    clearTimeout(timer)
  }
}

/** What was read of a text, the chunk that was asked for next, and all that follows. */
async function* continued(
  read: string,
  next: Promise<IteratorResult<string>> | undefined,
  text: AsyncGenerator<string>,
): AsyncGenerator<string> {
  try {
    yield read
    const result = await next
    if (result?.done === true) return
    if (result !== undefined) yield result.value
    yield* text
  } finally {
    await text.return(undefined)
  }
}
