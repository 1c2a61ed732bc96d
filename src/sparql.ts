import { XSD } from '../planner/namespaces.ts'
import { iri, literal, type Term } from '../planner/term.ts'
import { ntriplesTerm } from './results/ntriples.ts'

/** A query text whose values were made terms: what the `sparql` tag gives. */
export interface SparqlText {
  readonly text: string
}

/** What may stand in a `sparql` template: terms, fragments, and JavaScript values, which become literals. */
export type SparqlValue = Term | SparqlText | URL | Date | string | number | bigint | boolean

/**
 * A SPARQL text with values in it: `` sparql`SELECT … { ?m ex:loss ${0.1} }` ``. A value never becomes syntax: strings,
 * numbers, booleans and dates become literals, a `URL` and an IRI term an IRI; another `sparql` text is taken as it is.
 * Throws a TypeError for a value that has no term.
 */
export function sparql(strings: TemplateStringsArray, ...values: readonly SparqlValue[]): SparqlText {
  const text = strings.reduce((before, part, i) => before + sparqlText(values[i - 1]!) + part)
  return { text }
}

/** Text taken as it is, for the parts of a query that no value can be: only ever of one's own making. */
export const raw = (text: string): SparqlText => ({ text })

function sparqlText(value: SparqlValue): string {
  if (typeof value === 'object' && 'text' in value) return value.text
  const term = toTerm(value)
  // In a query text a blank node is a variable, and not the node of the data.
  if (term.termType === 'BlankNode') throw new TypeError(`The blank node ${term.value} cannot stand in a query text`)
  return ntriplesTerm(term)
}

/** A JavaScript value as a term: strings plain, integers `xsd:integer`, other numbers `xsd:double`. */
export function toTerm(value: Exclude<SparqlValue, SparqlText>): Term {
  switch (typeof value) {
    case 'string':
      return literal(value)
    case 'bigint':
      return literal(String(value), iri(`${XSD}integer`))
    case 'boolean':
      return literal(String(value), iri(`${XSD}boolean`))
    case 'number':
      return numberTerm(value)
    default:
      if (value instanceof URL) return iri(value.href)
      if (value instanceof Date) return literal(value.toISOString(), iri(`${XSD}dateTime`))
      if (value !== null && 'termType' in value) return value
      throw new TypeError(`No SPARQL term for ${String(value)}`)
  }
}

function numberTerm(value: number): Term {
  if (Number.isSafeInteger(value)) return literal(String(value), iri(`${XSD}integer`))
  const lexical = Number.isNaN(value)
    ? 'NaN'
    : Number.isFinite(value)
      ? value.toExponential()
      : value > 0
        ? 'INF'
        : '-INF'
  return literal(lexical.replace('e+', 'E').replace('e', 'E'), iri(`${XSD}double`))
}
