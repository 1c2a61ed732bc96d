import { XSD } from '../../planner/namespaces.ts'
import type { Literal, Term } from '../../planner/term.ts'
import { cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { BindingsExecution, Row } from './execution.ts'
import { ntriplesTerm } from './ntriples.ts'

/** Lexical forms that Turtle reads bare as a literal of the datatype (RDF 1.1 Turtle, productions 19 to 21). */
const BARE: Readonly<Record<string, RegExp>> = {
  [`${XSD}integer`]: /^[+-]?\d+$/,
  [`${XSD}decimal`]: /^[+-]?\d*\.\d+$/,
  [`${XSD}double`]: /^[+-]?(?:\d+\.\d*|\.?\d+)[eE][+-]?\d+$/,
}

/** Whether Turtle, SPARQL and TSV read the literal's lexical form, as it stands, as this very literal. */
export const isBareNumber = (term: Literal): boolean => BARE[term.datatype.value]?.test(term.value) ?? false

const tsvTerm = (term: Term): string =>
  term.termType === 'Literal' && isBareNumber(term) ? term.value : ntriplesTerm(term)

/** SPARQL 1.1 Query Results TSV, section 4: terms in Turtle's syntax, names with `?`, unbound is empty. */
export function bindingsToTsv(execution: BindingsExecution): AsyncGenerator<string> {
  const encoders = execution.variables.map(() => cached(tsvTerm))
  const line = (row: Row): string => {
    let text = ''
    for (let column = 0; column < encoders.length; column++) {
      const term = row[column]
      if (column > 0) text += '\t'
      if (term !== undefined) text += encoders[column]!(term)
    }
    return `${text}\n`
  }
  return chunks(execution.blocks, `${execution.variables.map((name) => `?${name}`).join('\t')}\n`, line, () => '')
}
