import type { BlankNode, DefaultGraph, Literal, NamedNode, Term as RdfTerm, Variable } from '@rdfjs/types'
import { DataFactory } from 'rdf-data-factory'

export type { BlankNode, DefaultGraph, Literal, NamedNode, Variable } from '@rdfjs/types'

/** An RDF term as it stands in data and results. */
export type Term = NamedNode | BlankNode | Literal
/** A term of a pattern: blank nodes of a query text have become variables by then. */
export type PatternTerm = Term | Variable
/** The graph a pattern asks: the dataset's default graph, one named graph, or every named graph in turn. */
export type GraphTerm = NamedNode | Variable | DefaultGraph
/** A quad of terms; a graph of the default kind is a `DefaultGraph`. */
export interface Quad {
  readonly subject: NamedNode | BlankNode
  readonly predicate: NamedNode
  readonly object: Term
  readonly graph: NamedNode | BlankNode | DefaultGraph
}

const factory = new DataFactory()

export const iri = (value: string): NamedNode => factory.namedNode(value)
export const blank = (label: string): BlankNode => factory.blankNode(label)
export const variable = (name: string): Variable => factory.variable!(name)
export const defaultGraph: DefaultGraph = factory.defaultGraph()
/** A literal; without datatype and language an `xsd:string`. `kind` is a language tag or a datatype IRI term. */
export const literal = (value: string, kind?: string | NamedNode): Literal => factory.literal(value, kind)
export const quad = (
  subject: Quad['subject'],
  predicate: NamedNode,
  object: Term,
  graph: Quad['graph'] = defaultGraph,
): Quad => ({ subject, predicate, object, graph })

/**
 * A term as one string, equal exactly when the terms are equal (RDF 1.1, section 3): what dictionaries are keyed by.
 * `<iri`, `_label`, `"value"datatype`, `"value"@language`.
 */
export function termKey(term: Term): string {
  switch (term.termType) {
    case 'NamedNode':
      return `<${term.value}`
    case 'BlankNode':
      return `_${term.value}`
    case 'Literal':
      return term.language === ''
        ? `"${term.value}"${kindKey(term.datatype.value, '@')}`
        : `"${term.value}"@${kindKey(term.language.toLowerCase(), '')}`
  }
}

/**
 * A datatype or language in a key. What no IRI and no tag has is escaped, lest the key be that of another literal: terms
 * may come from anywhere.
 */
function kindKey(kind: string, first: string): string {
  if (!kind.includes('"') && !kind.includes('\\') && (first === '' || kind[0] !== first)) return kind
  const escaped = kind.replace(/["\\]/g, (character) => (character === '"' ? '\\q' : '\\\\'))
  return first !== '' && kind[0] === first ? `\\a${escaped.slice(1)}` : escaped
}

const ESCAPED: Readonly<Record<string, string>> = { '\\q': '"', '\\a': '@' }
const kindFromKey = (key: string): string =>
  key.includes('\\') ? key.replace(/\\[qa\\]/g, (part) => ESCAPED[part] ?? '\\') : key

/** The inverse of {@link termKey}. */
export function termFromKey(key: string): Term {
  const rest = key.slice(1)
  if (key[0] === '<') return iri(rest)
  if (key[0] === '_') return blank(rest)
  const end = rest.lastIndexOf('"')
  const kind = rest.slice(end + 1)
  return literal(rest.slice(0, end), kind[0] === '@' ? kindFromKey(kind.slice(1)) : iri(kindFromKey(kind)))
}

export const isVariable = (term: PatternTerm | GraphTerm | RdfTerm): term is Variable => term.termType === 'Variable'
