import { Parser } from 'n3'
import { PolyprovError } from '../../planner/errors.ts'
import type { Quad } from '../../planner/term.ts'

/** Longest statement, in UTF-16 code units. */
const LONGEST_LINE = 16 << 20

/**
 * Reads N-Quads as they come, or N-Triples, which are N-Quads too; blank nodes keep their labels.
 * @throws `store-failed` where the text is none, or ends within a statement
 */
export async function* readQuads(chunks: AsyncIterable<string>): AsyncGenerator<readonly Quad[]> {
  let rest = ''
  for await (const chunk of chunks) {
    const text = rest + chunk
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    if (rest.length > LONGEST_LINE) {
      throw new PolyprovError('too-large', `a statement of the answer is longer than ${LONGEST_LINE} characters`)
    }
    const quads = end === 0 ? [] : parse(text.slice(0, end))
    if (quads.length > 0) yield quads
  }
  if (rest !== '') throw new PolyprovError('store-failed', 'the answer ends within a statement: it was cut off')
}

function parse(text: string): readonly Quad[] {
  try {
    // The parser would mark labels as its own: with an empty prefix it leaves them.
    const parser = new Parser({ format: 'application/n-quads', blankNodePrefix: '_:' })
    return parser.parse(text) as readonly unknown[] as readonly Quad[]
  } catch (cause) {
    throw new PolyprovError('store-failed', `the answer is not N-Quads: ${(cause as Error).message}`, { cause })
  }
}
