import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import { cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { BindingsExecution, BooleanExecution, Row } from './execution.ts'

/** Datatypes whose text is kept. */
const MOST_DATATYPES = 1_000

/** RDF terms as SPARQL 1.1 Query Results JSON, section 3.2.2, writes them. */
function jsonTerms(): (term: Term) => string {
  // The end of literals by their datatypes, of which there are few.
  const ends = new Map([[`${XSD}string`, '}']])
  const endOf = (datatype: string): string => {
    const known = ends.get(datatype)
    if (known !== undefined) return known
    const end = `,"datatype":${JSON.stringify(datatype)}}`
    if (ends.size < MOST_DATATYPES) ends.set(datatype, end)
    return end
  }
  return (term) => {
    const value = JSON.stringify(term.value)
    switch (term.termType) {
      case 'NamedNode':
        return `{"type":"uri","value":${value}}`
      case 'BlankNode':
        return `{"type":"bnode","value":${value}}`
      case 'Literal':
        return term.language === ''
          ? `{"type":"literal","value":${value}${endOf(term.datatype.value)}`
          : `{"type":"literal","value":${value},"xml:lang":${JSON.stringify(term.language)}}`
    }
  }
}

const warningsMember = (warnings: readonly string[]): string =>
  warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`

/** SPARQL 1.1 Query Results JSON; `warnings` is a top-level member, last, where there are any. */
export function bindingsToJson(execution: BindingsExecution): AsyncGenerator<string> {
  const { variables } = execution
  const names = variables.map((name) => `${JSON.stringify(name)}:`)
  const encode = jsonTerms()
  const encoders = variables.map(() => cached(encode))
  let separator = '\n'
  const line = (row: Row): string => {
    let text = ''
    for (let column = 0; column < encoders.length; column++) {
      const term = row[column]
      if (term === undefined) continue
      const cell = names[column]! + encoders[column]!(term)
      text += text === '' ? cell : `,${cell}`
    }
    const whole = `${separator}{${text}}`
    separator = ',\n'
    return whole
  }
  const head = `{"head":{"vars":${JSON.stringify(variables)}},"results":{"bindings":[`
  return chunks(execution.blocks, head, line, () => `\n]}${warningsMember(execution.warnings())}}\n`)
}

/** The answer of an ASK query as SPARQL 1.1 Query Results JSON. */
export async function* booleanToJson(execution: BooleanExecution): AsyncGenerator<string> {
  yield `{"head":{},"boolean":${execution.value}${warningsMember(execution.warnings())}}\n`
}
