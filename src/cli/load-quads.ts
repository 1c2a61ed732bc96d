import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StreamParser } from 'n3'
import { PolyprovError } from '../../planner/errors.ts'
import type { Quad } from '../../planner/term.ts'

const N3_FORMATS: Readonly<Record<string, string>> = {
  '.ttl': 'text/turtle',
  '.nt': 'application/n-triples',
  '.nq': 'application/n-quads',
  '.trig': 'application/trig',
}

const BLOCK = 10_000

/** Whether the file's name says that it holds RDF. */
export const isRdfFile = (path: string): boolean => extname(path) in N3_FORMATS || extname(path) === '.jsonld'

/** JSON-LD as N-Quads; documents may not lead to others, on the net or on the disk. */
async function nquadsOfJsonLd(path: string): Promise<string> {
  const name: string = 'jsonld'
  const { default: jsonld } = (await import(name)) as {
    default: { toRDF(document: unknown, options: Record<string, unknown>): Promise<string> }
  }
  const documentLoader = (url: string): never => {
    throw new PolyprovError('usage', `${path}: the context ${url} is not fetched; put it into the document`)
  }
  return jsonld.toRDF(JSON.parse(await readFile(path, 'utf8')), {
    format: 'application/n-quads',
    base: pathToFileURL(path).href,
    documentLoader,
  })
}

/**
 * The quads of an RDF file, by its name's ending, in blocks.
 * @throws `usage` where it cannot be read or does not parse
 */
export async function* loadQuads(path: string, signal: AbortSignal): AsyncGenerator<readonly Quad[]> {
  const ending = extname(path)
  const isJsonLd = ending === '.jsonld'
  const parser = new StreamParser({
    format: isJsonLd ? 'application/n-quads' : (N3_FORMATS[ending] ?? 'text/turtle'),
    baseIRI: pathToFileURL(path).href,
  })
  let block: Quad[] = []
  try {
    if (isJsonLd) parser.end(await nquadsOfJsonLd(path))
    else {
      const file = createReadStream(path)
      file.on('error', (error) => parser.destroy(error))
      file.pipe(parser)
    }
    for await (const quad of parser) {
      block.push(quad as Quad)
      if (block.length < BLOCK) continue
      signal.throwIfAborted()
      yield block
      block = []
    }
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof PolyprovError) throw cause
    throw new PolyprovError('usage', `${path}: ${(cause as Error).message}`, { cause })
  }
  if (block.length > 0) yield block
}
