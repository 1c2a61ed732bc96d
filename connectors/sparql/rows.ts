import { PolyprovError } from '../../planner/errors.ts'
import { GEO } from '../../planner/namespaces.ts'
import { blank, iri, literal, type Term } from '../../planner/term.ts'
import { encodeLabel } from '../../planner/views/encoding.ts'
import { nameOf, type SparqlConfig } from './config.ts'
import { type Answer, type AskOptions, ask } from './http.ts'
import { type JsonRow, type JsonValue, jsonReader, type RowReader } from './results-json.ts'
import { xmlReader } from './results-xml.ts'

/** Rows of an answer as they come in. Rejects with `store-failed` where it is no result, or breaks off. */
export async function* askRows(
  config: SparqlConfig,
  query: string,
  options: AskOptions,
): AsyncGenerator<readonly JsonRow[], Answer> {
  const answer = await ask(config, query, options)
  const reader = readerFor(answer, config)
  const told = <Result>(read: () => Result): Result => {
    try {
      return read()
    } catch (error) {
      throw new PolyprovError(
        'store-failed',
        `The answer of the ${nameOf(config)} is broken: ${error instanceof Error ? error.message : String(error)}`,
        { store: config.id },
      )
    }
  }
  for await (const text of answer.chunks()) {
    const rows = told(() => reader.feed(text))
    if (rows.length > 0) yield rows
  }
  told(() => reader.end())
  return answer
}

function readerFor({ type }: Answer, config: SparqlConfig): RowReader {
  if (type === 'application/sparql-results+json' || type === 'application/json') return jsonReader()
  if (type === 'application/sparql-results+xml' || type === 'application/xml' || type === 'text/xml') return xmlReader()
  throw new PolyprovError(
    'store-failed',
    `The ${nameOf(config)} answers ${type === '' ? 'without a media type' : type}, which are no results of a query: is it a SPARQL endpoint?`,
    { store: config.id },
  )
}

/** What Virtuoso says otherwise than it was told, in the words that it was told. */
function typedLiteral(value: string, datatype: string): Term {
  if (datatype === VIRTUOSO_GEOMETRY) return literal(value, iri(`${GEO}wktLiteral`))
  return literal(value, iri(datatype))
}

/** Virtuoso's own datatype for the geometries that it is given as `geo:wktLiteral`. */
const VIRTUOSO_GEOMETRY = 'http://www.openlinksw.com/schemas/virtrdf#Geometry'

/** A value of an answer as a term; blank nodes get the scope before their labels. */
export function termOf({ type, value, datatype, 'xml:lang': language }: JsonValue, scope: string): Term {
  if (typeof value !== 'string') throw new PolyprovError('store-failed', 'A SPARQL endpoint answers with no value')
  switch (type) {
    case 'uri':
      return iri(value)
    case 'bnode':
      return blank(scope + encodeLabel(value))
    case 'literal':
    case 'typed-literal':
      if (language !== undefined && language !== '') return literal(value, language)
      if (datatype === undefined) return literal(value)
      return typedLiteral(value, datatype)
    default:
      throw new PolyprovError('store-failed', `A SPARQL endpoint answers with a term of the unknown kind ${type}`)
  }
}
