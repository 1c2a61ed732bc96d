import { XSD } from '../../planner/namespaces.ts'
import type { Quad, Term } from '../../planner/term.ts'
import { blankLabel, cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { QuadsExecution } from './execution.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

const codePoint = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`

/** A string in double quotes, as Turtle, N-Triples and SPARQL all read it: control characters are escaped. */
export const quoted = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  `"${text.replace(/["\\\u0000-\u001f\u007f]/g, (character) => ESCAPES[character] ?? codePoint(character))}"`

/** An IRI in angle brackets; characters that IRIREF excludes are escaped by code point. */
export const bracketed = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  `<${value.replace(/[\u0000-\u0020<>"{}|^`\\]/g, codePoint)}>`

/** A term as N-Triples writes it (RDF 1.1 N-Triples, section 2). */
export function ntriplesTerm(term: Term): string {
  switch (term.termType) {
    case 'NamedNode':
      return bracketed(term.value)
    case 'BlankNode':
      return `_:${blankLabel(term.value)}`
    case 'Literal':
      if (term.language !== '') return `${quoted(term.value)}@${term.language}`
      return term.datatype.value === `${XSD}string`
        ? quoted(term.value)
        : `${quoted(term.value)}^^${bracketed(term.datatype.value)}`
  }
}

/** N-Triples: graph names are left out. */
export function quadsToNtriples(execution: QuadsExecution): AsyncGenerator<string> {
  return lines(execution, false)
}

/** N-Quads: a triple of the default graph has no fourth term. */
export function quadsToNquads(execution: QuadsExecution): AsyncGenerator<string> {
  return lines(execution, true)
}

function lines(execution: QuadsExecution, withGraph: boolean): AsyncGenerator<string> {
  const subjects = cached(ntriplesTerm)
  const predicates = cached(ntriplesTerm)
  const objects = cached(ntriplesTerm)
  const graphs = cached(ntriplesTerm)
  const line = (quad: Quad): string => {
    const triple = `${subjects(quad.subject)} ${predicates(quad.predicate)} ${objects(quad.object)}`
    return withGraph && quad.graph.termType !== 'DefaultGraph' ? `${triple} ${graphs(quad.graph)} .\n` : `${triple} .\n`
  }
  return chunks(execution.blocks, '', line, () => '')
}
