import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import { cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { BindingsExecution, BooleanExecution, Row } from './execution.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n'

/** Characters that XML 1.0 has no way to write (section 2.2, production 2), lone surrogates included. */
const UNWRITABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser turns a bare carriage return into a line feed, and white space in attributes into blanks.
  '\r': '&#xD;',
}

/** Text as XML character data or attribute value; `lost` is called where a character cannot be written in XML. */
export function xmlText(text: string, lost?: () => void): string {
  const writable = text.replace(UNWRITABLE, () => {
    lost?.()
    return '\uFFFD'
  })
  return writable.replace(/[&<>"\r]/g, (character) => ESCAPES[character]!)
}

/** Text as the value of an attribute, its white space kept. */
export const xmlAttribute = (text: string, lost?: () => void): string =>
  xmlText(text, lost).replace(/\t/g, '&#x9;').replace(/\n/g, '&#xA;')

function xmlTerm(term: Term, lost: () => void): string {
  const value = xmlText(term.value, lost)
  switch (term.termType) {
    case 'NamedNode':
      return `<uri>${value}</uri>`
    case 'BlankNode':
      return `<bnode>${value}</bnode>`
    case 'Literal':
      if (term.language !== '') return `<literal xml:lang="${xmlAttribute(term.language, lost)}">${value}</literal>`
      return term.datatype.value === `${XSD}string`
        ? `<literal>${value}</literal>`
        : `<literal datatype="${xmlAttribute(term.datatype.value, lost)}">${value}</literal>`
  }
}

/**
 * SPARQL Query Results XML. A character that XML 1.0 cannot write becomes U+FFFD; `warn` is told so, once, when the
 * rows have ended.
 */
export function bindingsToXml(execution: BindingsExecution, warn?: (message: string) => void): AsyncGenerator<string> {
  let replaced = 0
  const encode = (term: Term): string => xmlTerm(term, () => replaced++)
  const encoders = execution.variables.map(() => cached(encode))
  const names = execution.variables.map((name) => `<binding name="${xmlAttribute(name)}">`)
  const line = (row: Row): string => {
    let text = '<result>'
    for (let column = 0; column < encoders.length; column++) {
      const term = row[column]
      if (term !== undefined) text += `${names[column]!}${encoders[column]!(term)}</binding>`
    }
    return `${text}</result>\n`
  }
  const declared = execution.variables.map((name) => `<variable name="${xmlAttribute(name)}"/>`).join('')
  return chunks(execution.blocks, `${HEAD}<head>${declared}</head>\n<results>\n`, line, () => {
    if (replaced > 0) warn?.('characters that XML 1.0 cannot write were replaced by U+FFFD; ask for JSON to have them')
    return '</results>\n</sparql>\n'
  })
}

/** The answer of an ASK query as SPARQL Query Results XML. */
export async function* booleanToXml(execution: BooleanExecution): AsyncGenerator<string> {
  yield `${HEAD}<head></head>\n<boolean>${execution.value}</boolean>\n</sparql>\n`
}
