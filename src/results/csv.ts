import type { Term } from '../../planner/term.ts'
import { blankLabel, cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { BindingsExecution, Row } from './execution.ts'

/** A field of RFC 4180: quoted where it holds a quote, a comma or a line break. */
const field = (text: string): string => (/["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const csvTerm = (term: Term): string =>
  term.termType === 'BlankNode' ? `_:${blankLabel(term.value)}` : field(term.value)

/** SPARQL 1.1 Query Results CSV, section 3: plain values, unbound is empty, lines end in CRLF. */
export function bindingsToCsv(execution: BindingsExecution): AsyncGenerator<string> {
  const encoders = execution.variables.map(() => cached(csvTerm))
  const line = (row: Row): string => {
    let text = ''
    for (let column = 0; column < encoders.length; column++) {
      const term = row[column]
      if (column > 0) text += ','
      if (term !== undefined) text += encoders[column]!(term)
    }
    return `${text}\r\n`
  }
  return chunks(execution.blocks, `${execution.variables.map(field).join(',')}\r\n`, line, () => '')
}
