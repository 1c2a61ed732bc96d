import { RDF, XSD } from '../../planner/namespaces.ts'
import { type Quad, type Term, termKey } from '../../planner/term.ts'
import { cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { QuadsExecution } from './execution.ts'
import { bracketed, ntriplesTerm, quoted } from './ntriples.ts'
import { shortener } from './prefixes.ts'
import { isBareNumber } from './tsv.ts'

function turtleTerm(shorten: (iri: string) => string | undefined): (term: Term) => string {
  const named = (value: string): string => shorten(value) ?? bracketed(value)
  return (term) => {
    if (term.termType === 'NamedNode') return named(term.value)
    if (term.termType === 'BlankNode' || term.language !== '') return ntriplesTerm(term)
    if (isBareNumber(term)) return term.value
    const datatype = term.datatype.value
    if (datatype === `${XSD}string`) return quoted(term.value)
    if (datatype === `${XSD}boolean` && (term.value === 'true' || term.value === 'false')) return term.value
    return `${quoted(term.value)}^^${named(datatype)}`
  }
}

/** Turtle, streamed: neighbouring triples of one subject or predicate share it. Graph names are left out. */
export function quadsToTurtle(execution: QuadsExecution): AsyncGenerator<string> {
  const encode = turtleTerm(shortener(execution.prefixes))
  const subjects = cached(encode)
  const predicates = cached((term) => (term.value === `${RDF}type` ? 'a' : encode(term)))
  const objects = cached(encode)
  let subject = ''
  let predicate = ''
  const line = (quad: Quad): string => {
    const nextSubject = termKey(quad.subject)
    const nextPredicate = quad.predicate.value
    const object = objects(quad.object)
    if (nextSubject !== subject) {
      const end = subject === '' ? '' : ' .\n'
      subject = nextSubject
      predicate = nextPredicate
      return `${end}${subjects(quad.subject)} ${predicates(quad.predicate)} ${object}`
    }
    if (nextPredicate === predicate) return ` , ${object}`
    predicate = nextPredicate
    return ` ;\n    ${predicates(quad.predicate)} ${object}`
  }
  const declarations = Object.entries(execution.prefixes)
    .map(([prefix, namespace]) => `@prefix ${prefix}: ${bracketed(namespace)} .\n`)
    .join('')
  return chunks(execution.blocks, declarations === '' ? '' : `${declarations}\n`, line, () =>
    subject === '' ? '' : ' .\n',
  )
}
