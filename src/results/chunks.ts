const CHUNK = 65_536

/** Text of rows, gathered to chunks of some 64 kB; `head` comes with the first, `tail` is asked once the rows have ended. */
export async function* chunks<Row>(
  blocks: AsyncIterable<readonly Row[]>,
  head: string,
  line: (row: Row) => string,
  tail: () => string,
): AsyncGenerator<string> {
  let text = head
  for await (const block of blocks) {
    for (const row of block) {
      text += line(row)
      if (text.length >= CHUNK) {
        yield text
        text = ''
      }
    }
    // A block is what the engine has by now: a reader sees it without waiting for the next.
    if (text !== '') {
      yield text
      text = ''
    }
  }
  text += tail()
  if (text !== '') yield text
}
