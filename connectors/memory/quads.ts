import type { Term as RdfTerm } from '@rdfjs/types'
import { PolyprovError } from '../../planner/errors.ts'
import { blank, defaultGraph, iri, literal, type Quad, quad, type Term, termKey } from '../../planner/term.ts'
import { encodeLabel } from '../../planner/views/encoding.ts'

/**
 * A store's quads, each once, as the planner's terms. Blank nodes are the store's own: their labels begin with its id,
 * so that no two stores' blank nodes are ever taken for one.
 */
export function quadsOfStore(store: string, quads: Iterable<Quad>): readonly Quad[] {
  const scope = `${encodeLabel(store)}.`
  const known = new Map<string, Quad>()
  for (const { subject, predicate, object, graph } of quads) {
    const made = quad(
      own(subject, scope) as Quad['subject'],
      own(predicate, scope) as Quad['predicate'],
      own(object, scope),
      graph.termType === 'DefaultGraph' ? defaultGraph : (own(graph, scope) as Quad['subject']),
    )
    known.set(keyOf(made), made)
  }
  return [...known.values()]
}

function own(term: RdfTerm, scope: string): Term {
  switch (term.termType) {
    case 'NamedNode':
      return iri(term.value)
    case 'BlankNode':
      return blank(scope + encodeLabel(term.value))
    case 'Literal':
      return term.language === '' ? literal(term.value, iri(term.datatype.value)) : literal(term.value, term.language)
    default:
      throw new PolyprovError('configuration', `A ${term.termType} cannot stand in a store's triples`)
  }
}

const keyOf = ({ subject, predicate, object, graph }: Quad): string =>
  JSON.stringify(
    [subject, predicate, object].map(termKey).concat(graph.termType === 'DefaultGraph' ? '' : termKey(graph)),
  )
