import { PolyprovError } from '../../planner/errors.ts'
import { RDF, XSD } from '../../planner/namespaces.ts'
import { type Quad, type Term, termKey } from '../../planner/term.ts'
import { blankLabel, cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { QuadsExecution } from './execution.ts'
import { xmlAttribute, xmlText } from './xml.ts'

/** The end of an IRI that can be an element's name: an NCName (Namespaces in XML, section 3), of ASCII and letters. */
const LOCAL_NAME = /[\p{L}_][\p{L}\p{N}_.-]*$/u

interface Names {
  /** Prefixes by namespace. */
  readonly prefixes: ReadonlyMap<string, string>
}

/**
 * RDF/XML, streamed: neighbouring triples of one subject share its element. Graph names are left out. A character that
 * XML 1.0 cannot write becomes U+FFFD; `warn` is told so, once, at the end.
 * @throws `not-acceptable` at a predicate whose IRI does not end in a name: RDF/XML has no way to write it
 */
export function quadsToRdfXml(execution: QuadsExecution, warn?: (message: string) => void): AsyncGenerator<string> {
  let replaced = 0
  const lost = () => {
    replaced++
  }
  const names: Names = {
    prefixes: new Map(
      Object.entries(execution.prefixes).flatMap(([prefix, namespace]) =>
        /^[A-Za-z_][\w.-]*$/.test(prefix) && !/^xml/i.test(prefix) ? [[namespace, prefix]] : [],
      ),
    ),
  }
  const subjects = cached((term) => `<rdf:Description ${resource(term, 'about', lost)}>\n`)
  const properties = cached((term) => elementOf(term, names, lost))
  let subject = ''
  const line = (quad: Quad): string => {
    const next = termKey(quad.subject)
    const end = subject === '' || subject === next ? '' : '</rdf:Description>\n'
    const start = subject === next ? '' : subjects(quad.subject)
    subject = next
    const element = properties(quad.predicate)
    return `${end}${start}<${element}${objectOf(quad.object, element.split(' ')[0]!, lost)}\n`
  }
  const declared = [...names.prefixes]
    .filter(([, prefix]) => prefix !== 'rdf')
    .map(([namespace, prefix]) => ` xmlns:${prefix}="${xmlAttribute(namespace)}"`)
    .join('')
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF xmlns:rdf="${RDF}"${declared}>\n`
  return chunks(execution.blocks, head, line, () => {
    if (replaced > 0)
      warn?.('characters that XML 1.0 cannot write were replaced by U+FFFD; ask for Turtle to have them')
    return `${subject === '' ? '' : '</rdf:Description>\n'}</rdf:RDF>\n`
  })
}

function resource(term: Term, attribute: 'about' | 'resource', lost: () => void): string {
  if (term.termType !== 'BlankNode') return `rdf:${attribute}="${xmlAttribute(term.value, lost)}"`
  const label = blankLabel(term.value)
  return `rdf:nodeID="${/^[0-9]/.test(label) ? `_${label}` : label}"`
}

/** The name of a predicate's element, and the declaration of its namespace where the root has none. */
function elementOf(predicate: Term, { prefixes }: Names, lost: () => void): string {
  const local = LOCAL_NAME.exec(predicate.value)?.[0]
  if (local === undefined || local.length === predicate.value.length) {
    throw new PolyprovError(
      'not-acceptable',
      `RDF/XML cannot write the predicate <${predicate.value}>, which does not end in a name; ask for Turtle`,
    )
  }
  const namespace = predicate.value.slice(0, -local.length)
  const prefix = namespace === RDF ? 'rdf' : prefixes.get(namespace)
  return prefix === undefined ? `p:${local} xmlns:p="${xmlAttribute(namespace, lost)}"` : `${prefix}:${local}`
}

/** What follows the name of the predicate's element, to the element's end. */
function objectOf(term: Term, element: string, lost: () => void): string {
  if (term.termType !== 'Literal') return ` ${resource(term, 'resource', lost)}/>`
  const attribute =
    term.language !== ''
      ? ` xml:lang="${xmlAttribute(term.language, lost)}"`
      : term.datatype.value === `${XSD}string`
        ? ''
        : ` rdf:datatype="${xmlAttribute(term.datatype.value, lost)}"`
  return `${attribute}>${xmlText(term.value, lost)}</${element}>`
}
