/** Characters that are worth sending by themselves: shorter answers are sent whole where they end in time. */
const ENOUGH = 1_024
/** Milliseconds that the beginning of an answer waits for more of it. */
const PATIENCE = 10

/** The beginning of a text, and the rest of it: `undefined` where there is none. */
export interface Beginning {
  readonly text: string
  readonly rest: AsyncGenerator<string> | undefined
}

/**
 * Reads the beginning of a text: its first chunk, and those that come soon after, until it is worth sending. What is
 * short and over by then can be sent with its length, and uncompressed; what fails by then has not been answered yet.
 */
export async function beginningOf(text: AsyncGenerator<string>): Promise<Beginning> {
  const first = await text.next()
  if (first.done === true) return { text: '', rest: undefined }
  let read = first.value
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, 'late')
  })
  try {
    while (read.length < ENOUGH) {
      const next = text.next()
      const result = await Promise.race([next, late])
      if (result === 'late') return { text: read, rest: continued(text, next) }
      if (result.done === true) return { text: read, rest: undefined }
      read += result.value
    }
    return { text: read, rest: text }
  } finally {
    clearTimeout(timer)
  }
}

/** The text from a chunk on that was already asked for. */
async function* continued(text: AsyncGenerator<string>, next: Promise<IteratorResult<string>>): AsyncGenerator<string> {
  try {
    const { done, value } = await next
    if (done === true) return
    yield value
    yield* text
  } finally {
    await text.return(undefined)
  }
}
