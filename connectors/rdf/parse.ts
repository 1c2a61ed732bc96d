import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import jsonld, { type JsonLdQuad, type JsonLdTerm } from 'jsonld'
import { StreamParser } from 'n3'
import { type ErrorDetails, PolyprovError } from '../../planner/errors.ts'
import { blank, defaultGraph, iri, literal, type Quad, type Term } from '../../planner/term.ts'

const FORMATS: Readonly<Record<string, string>> = {
  '.ttl': 'text/turtle',
  '.turtle': 'text/turtle',
  '.nt': 'application/n-triples',
  '.nq': 'application/n-quads',
  '.trig': 'application/trig',
  '.jsonld': 'application/ld+json',
  '.json': 'application/ld+json',
}

/** A document of a store; `scope` keeps its blank nodes apart from those of every other document and store. */
export interface RdfDocument {
  readonly store: string
  readonly path: string
  readonly scope: string
}

/** The media type that a file's name tells. */
export function formatOf(store: string, path: string): string {
  const format = FORMATS[extname(path).toLowerCase()]
  if (format === undefined)
    throw new PolyprovError(
      'configuration',
      `The file ${path} of the store ${store} is in no known RDF format: known endings are ${Object.keys(FORMATS).join(', ')}`,
      { store, locator: path },
    )
  return format
}

/** The quads of a document, in the order of the file; errors name store, file and, where it is known, line. */
export async function* parseDocument(document: RdfDocument): AsyncGenerator<Quad> {
  const format = formatOf(document.store, document.path)
  try {
    if (format === 'application/ld+json') yield* parseJsonLd(document)
    else yield* parseText(document, format)
  } catch (error) {
    throw parseError(document, error)
  }
}

const parseText = ({ path, scope }: RdfDocument, format: string): AsyncGenerator<Quad> =>
  parseRdf(createReadStream(path), { format, base: pathToFileURL(path).href, scope })

/** How a text of RDF is read. */
export interface RdfText {
  /** Media type: Turtle, TriG, N-Triples or N-Quads. */
  readonly format: string
  readonly base: string
  /** Stands before the labels of its blank nodes, to keep them apart from all others. */
  readonly scope: string
}

/** The quads of a text as it comes; errors are the parser's own. */
export async function* parseRdf(input: Readable, { format, base, scope }: RdfText): AsyncGenerator<Quad> {
  const parser = new StreamParser({ format, baseIRI: base, blankNodePrefix: `_:${scope}-` })
  // Its labels are `<scope>-<label>`; nodes without a label get `<scope>.<name>`, which no label can be.
  const labelled = `${scope}-`
  const term = (from: Term | Quad['graph']): Term | Quad['graph'] =>
    from.termType === 'BlankNode' && !from.value.startsWith(labelled) ? blank(`${scope}.${from.value}`) : from
  const failures: unknown[] = []
  const quads = pipeline(input, parser, (error) => {
    if (error) failures.push(error)
  })
  for await (const each of quads as unknown as AsyncIterable<Quad>) {
    const { subject, predicate, object, graph } = each
    yield {
      subject: term(subject) as Quad['subject'],
      predicate,
      object: term(object) as Term,
      graph: term(graph) as Quad['graph'],
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function* parseJsonLd({ store, path, scope }: RdfDocument): AsyncGenerator<Quad> {
  const text = await readFile(path, 'utf8')
  yield* await quadsOfJsonLd(text, {
    base: pathToFileURL(path).href,
    scope,
    refuse: (url) =>
      new PolyprovError(
        'malformed-object',
        `The file ${path} of the store ${store} needs the remote context ${url}, which is not fetched: put the context into the file`,
        { store, locator: path },
      ),
  })
}

/** The quads of a JSON-LD text; `refuse` makes the error for a document that it leads to. */
export async function quadsOfJsonLd(
  text: string,
  { base, scope, refuse }: Omit<RdfText, 'format'> & { readonly refuse: (url: string) => PolyprovError },
): Promise<readonly Quad[]> {
  const quads = await jsonld.toRDF(parseJson(text), {
    base,
    documentLoader: async (url) => {
      throw refuse(url)
    },
  })
  return quads.map((each) => fromJsonLd(each, scope))
}

function fromJsonLd({ subject, predicate, object, graph }: JsonLdQuad, scope: string): Quad {
  const node = (term: JsonLdTerm): Quad['subject'] =>
    term.termType === 'BlankNode' ? blank(`${scope}-${term.value.replace(/^_:/, '')}`) : iri(term.value)
  return {
    subject: node(subject),
    predicate: iri(predicate.value),
    object:
      object.termType === 'Literal'
        ? literal(object.value, object.language || (object.datatype && iri(object.datatype.value)))
        : node(object),
    graph: graph.termType === 'DefaultGraph' ? defaultGraph : node(graph),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw Object.assign(new Error((error as Error).message), { context: { line: brokenLine(text) } })
  }
}

/** The line of the first character that no JSON can have there: the engine's own messages mostly do not say. */
function brokenLine(text: string): number {
  let sound = 0
  let broken = text.length
  while (sound + 1 < broken) {
    const middle = (sound + broken) >>> 1
    if (mayGoOn(text.slice(0, middle))) sound = middle
    else broken = middle
  }
  return text.slice(0, broken).split('\n').length
}

/** Whether a text is the beginning of a JSON text, as far as it goes. */
function mayGoOn(start: string): boolean {
  try {
    JSON.parse(start)
    return true
  } catch (error) {
    const { message } = error as Error
    const position = /at position (\d+)/.exec(message)?.[1]
    return /^Unexpected end/.test(message) || (position !== undefined && Number(position) >= start.length)
  }
}

function parseError({ store, path }: RdfDocument, error: unknown): PolyprovError {
  const own = findPolyprovError(error)
  if (own !== undefined) return own
  const details: ErrorDetails = { store, locator: path, cause: error }
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return new PolyprovError('missing-object', `The file ${path} of the store ${store} is gone: put it back`, details)
  const message = error instanceof Error ? error.message : String(error)
  if (code !== undefined && /^E[A-Z]+$/.test(code))
    return new PolyprovError(
      'store-failed',
      `The file ${path} of the store ${store} cannot be read: ${message}`,
      details,
    )
  const line = (error as { context?: { line?: number } }).context?.line
  const where = line === undefined || /on line \d/.test(message) ? '' : ` (line ${line})`
  return new PolyprovError(
    'malformed-object',
    `The file ${path} of the store ${store} does not parse: ${message}${where}`,
    {
      ...details,
      ...(line === undefined ? {} : { line }),
    },
  )
}

/** jsonld wraps the errors of a document loader. */
export function findPolyprovError(error: unknown): PolyprovError | undefined {
  for (
    let each = error;
    each instanceof Error;
    each = (each as { details?: { cause?: unknown } }).details?.cause ?? each.cause
  )
    if (each instanceof PolyprovError) return each
  return undefined
}
