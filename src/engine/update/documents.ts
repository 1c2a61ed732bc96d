import { createReadStream } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { extname, sep } from 'node:path'
import { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { findPolyprovError, parseRdf, quadsOfJsonLd } from '../../../connectors/rdf/parse.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { defaultGraph, type Quad } from '../../../planner/term.ts'

/** Media types of documents that hold one graph. */
export const GRAPH_TYPES = ['text/turtle', 'application/n-triples', 'application/ld+json'] as const

const OF_ENDING: Readonly<Record<string, string>> = {
  '.ttl': 'text/turtle',
  '.nt': 'application/n-triples',
  '.jsonld': 'application/ld+json',
}

/** A document that holds one graph. */
export interface GraphDocument {
  readonly type: string
  readonly base: string
  readonly content: Readable
}

/** The media type without parameters, if it is one of a graph. */
export function graphType(contentType: string | null | undefined): string | undefined {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase()
  return (GRAPH_TYPES as readonly string[]).includes(type) ? type : undefined
}

/** The triples of a document. @throws PolyprovError `query-semantics` where it does not parse, or holds named graphs */
export async function* graphOf({ type, base, content }: GraphDocument): AsyncGenerator<Quad> {
  const scope = 'd'
  try {
    const quads =
      type === 'application/ld+json'
        ? await quadsOfJsonLd(await readText(content), { base, scope, refuse: remoteContext })
        : parseRdf(content, { format: type, base, scope })
    for await (const quad of quads) {
      if (quad.graph.termType !== 'DefaultGraph') throw notOneGraph(base)
      yield { ...quad, graph: defaultGraph }
    }
  } catch (error) {
    const own = findPolyprovError(error)
    if (own !== undefined) throw own
    const line = (error as { context?: { line?: number } }).context?.line
    throw new PolyprovError('query-semantics', `The document does not parse: ${(error as Error).message}`, {
      cause: error,
      ...(line === undefined ? {} : { line }),
    })
  }
}

const notOneGraph = (base: string): PolyprovError =>
  new PolyprovError('query-semantics', `The document <${base}> holds named graphs: one graph is expected`)

const remoteContext = (url: string): PolyprovError =>
  new PolyprovError('query-semantics', `The context ${url} is not fetched: put it into the document`)

const MOST_REDIRECTS = 5

/**
 * Opens the document that LOAD names, where the store's definition allows it: every redirection is held to that too.
 * @throws PolyprovError `forbidden`, `store-failed`, `unsupported-media-type`
 */
export async function openDocument(
  source: string,
  allowed: readonly string[],
  { signal, fetch = globalThis.fetch }: { readonly signal: AbortSignal; readonly fetch?: typeof globalThis.fetch },
): Promise<GraphDocument> {
  if (source.startsWith('file:')) return openFile(source, allowed)
  let address = source
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await request(checkAddress(address, source, allowed), source, signal, fetch)
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) return fetched(response, address, source)
    await response.body?.cancel()
    address = new URL(location, address).href
  }
  throw failed(source, 'it is redirected too often')
}

async function request(url: URL, source: string, signal: AbortSignal, fetch: typeof globalThis.fetch) {
  try {
    return await fetch(url, { redirect: 'manual', signal, headers: { Accept: GRAPH_TYPES.join(', ') } })
  } catch (cause) {
    signal.throwIfAborted()
    throw failed(source, ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? 'no answer')
  }
}

async function fetched(response: Response, address: string, source: string): Promise<GraphDocument> {
  const type = graphType(response.headers.get('content-type')) ?? OF_ENDING[extname(new URL(address).pathname)]
  if (response.ok && response.body !== null && type !== undefined) {
    return { type, base: address, content: Readable.fromWeb(response.body as never) }
  }
  await response.body?.cancel()
  if (!response.ok) throw failed(source, `the answer is ${response.status}`)
  throw unknownType(source)
}

async function openFile(source: string, allowed: readonly string[]): Promise<GraphDocument> {
  let path: string
  try {
    // Where links lead counts, and not what they are called.
    path = await realpath(fileURLToPath(source))
  } catch (cause) {
    throw isWithin(source, allowed)
      ? failed(source, (cause as NodeJS.ErrnoException).code ?? 'no such file')
      : refused(source)
  }
  const folders = await Promise.all(
    allowed.filter((place) => !isUrl(place)).map((place) => realpath(place).catch(() => place)),
  )
  if (!folders.some((folder) => path === folder || path.startsWith(folder + sep))) throw refused(source)
  const type = OF_ENDING[extname(path)]
  if (type === undefined) throw unknownType(source)
  return { type, base: source, content: createReadStream(path) }
}

const isUrl = (place: string): boolean => /^https?:/i.test(place)

function isWithin(source: string, allowed: readonly string[]): boolean {
  try {
    const path = fileURLToPath(source)
    return allowed.some((folder) => !isUrl(folder) && path.startsWith(folder + sep))
  } catch {
    return false
  }
}

function checkAddress(address: string, source: string, allowed: readonly string[]): URL {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw refused(source)
  }
  const matches = (place: string): boolean => {
    if (!isUrl(place)) return false
    const { origin, pathname } = new URL(place)
    const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
    return origin === url.origin && (url.pathname === pathname || url.pathname.startsWith(folder))
  }
  if (/^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && allowed.some(matches)) return url
  throw refused(source)
}

const refused = (source: string): PolyprovError =>
  new PolyprovError(
    'forbidden',
    `LOAD may not read <${source}>: name the beginning of its URL, or its folder, in \`update: { load: […] }\` of the store`,
    { locator: source },
  )

const failed = (source: string, reason: string): PolyprovError =>
  new PolyprovError('store-failed', `LOAD cannot read <${source}>: ${reason}`, { locator: source })

const unknownType = (source: string): PolyprovError =>
  new PolyprovError('unsupported-media-type', `LOAD cannot read <${source}>: it must be Turtle, N-Triples or JSON-LD`, {
    locator: source,
  })
