import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse, type Term as RdfTerm } from 'oxigraph'
import { blank, defaultGraph, iri, literal, type Quad, quad, type Term } from '../../planner/term.ts'

const FORMATS: Readonly<Record<string, string>> = {
  '.ttl': 'text/turtle',
  '.n3': 'text/turtle',
  '.nt': 'application/n-triples',
  '.rdf': 'application/rdf+xml',
  '.trig': 'application/trig',
}

const known = new Map<string, readonly Quad[]>()

/** The triples of a file, read once; its relative IRIs resolved against its own; blank nodes are the file's own. */
export function readRdf(path: string, graph: Quad['graph'] = defaultGraph): readonly Quad[] {
  const key = `${path} ${graph.value}`
  const quads = known.get(key) ?? parseFile(path, graph)
  known.set(key, quads)
  return quads
}

function parseFile(path: string, graph: Quad['graph']): readonly Quad[] {
  const format = FORMATS[extname(path)]
  if (format === undefined) throw new Error(`${path} is in no format of RDF that is known by its name`)
  const base = pathToFileURL(path).href
  const scope = `${Buffer.from(base + graph.value).toString('hex')}x`
  const own = (term: RdfTerm): Term => {
    switch (term.termType) {
      case 'NamedNode':
        return iri(term.value)
      case 'BlankNode':
        return blank(scope + term.value)
      default: {
        const { value, language, datatype } = term as { value: string; language: string; datatype: { value: string } }
        return literal(value, language === '' ? iri(datatype.value) : language)
      }
    }
  }
  return parse(readFileSync(path, 'utf8'), { format, base_iri: base, lenient: true }).map(
    ({ subject, predicate, object }) =>
      quad(own(subject) as Quad['subject'], own(predicate) as Quad['predicate'], own(object), graph),
  )
}
