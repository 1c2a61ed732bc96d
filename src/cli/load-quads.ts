import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
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

/**
 * The quads of an RDF file, by its name's ending, in blocks. Its blank nodes are new ones, like those of no other file
 * and no other time.
 * @throws `usage` where it cannot be read or does not parse
 */
export async function* loadQuads(path: string, signal: AbortSignal): AsyncGenerator<readonly Quad[]> {
  let block: Quad[] = []
  try {
    for await (const quad of quadsOf(path)) {
      block.push(quad)
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

async function* quadsOf(path: string): AsyncGenerator<Quad> {
  // Only what is loaded needs the parsers.
  const { findPolyprovError, parseRdf, quadsOfJsonLd } = await import('../../connectors/rdf/parse.ts')
  const base = pathToFileURL(path).href
  const scope = `l${randomUUID().replaceAll('-', '')}`
  const format = N3_FORMATS[extname(path)]
  if (format !== undefined) {
    yield* parseRdf(createReadStream(path), { format, base, scope })
    return
  }
  const refuse = (url: string): PolyprovError =>
    new PolyprovError('usage', `${path}: the context ${url} is not fetched; put it into the document`)
  try {
    yield* await quadsOfJsonLd(await readFile(path, 'utf8'), { base, scope, refuse })
  } catch (error) {
    throw findPolyprovError(error) ?? error
  }
}
