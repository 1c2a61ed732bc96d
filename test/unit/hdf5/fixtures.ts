import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ObjectFormat } from '../../../connectors/formats/format.ts'
import type { RangedReader } from '../../../connectors/formats/ranged-reader.ts'
import { HDF5 } from '../../../planner/namespaces.ts'
import { iri, type Quad } from '../../../planner/term.ts'

/** Folder of the reference files, or `undefined` where it is absent; an error there on a build server. */
export function referenceFolder(): string | undefined {
  const folder = resolve(process.env['POLYPROV_REFERENCE'] ?? '../shared/reference', 'hdf5')
  if (existsSync(folder)) return folder
  if (process.env['CI'] === 'true') throw new Error(`The reference files are missing: ${folder}`)
  console.log(`Skipped: there are no reference files in ${folder}`)
  return undefined
}

/** A reader that counts. */
export interface CountingReader extends RangedReader {
  requests: number
  bytes: number
}

/** An object in memory. */
export function bytesReader(bytes: Uint8Array): CountingReader {
  return countingReader(bytes.length, async (offset, length) => bytes.subarray(offset, offset + length))
}

export function countingReader(size: number, read: RangedReader['read']): CountingReader {
  const reader: CountingReader = {
    size,
    etag: 'test',
    requests: 0,
    bytes: 0,
    async read(offset, length, signal) {
      reader.requests++
      const bytes = await read(offset, length, signal)
      reader.bytes += bytes.length
      return bytes
    },
  }
  return reader
}

/** A file, read in pieces. */
export async function fileReader(path: string): Promise<CountingReader & AsyncDisposable> {
  const file = await open(path)
  const { size } = await file.stat()
  const reader = countingReader(size, async (offset, length) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  })
  return Object.assign(reader, { [Symbol.asyncDispose]: () => file.close() })
}

const OBJECT = 'urn:polyprov:store/files/object/a.h5'
const REFERENCE = iri('urn:reference')
export const term = (name: string): string => HDF5 + name

export interface Asked {
  readonly paths?: readonly string[]
  readonly predicates?: readonly string[]
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
}

/** The triples of an object's header; all of them unless asked for less. */
export const headerOf = (format: ObjectFormat, reader: RangedReader, asked: Asked = {}): Promise<readonly Quad[]> =>
  format.triples(
    reader,
    { reference: REFERENCE, object: OBJECT },
    {
      predicates: new Set(asked.predicates ?? format.predicates),
      signal: asked.signal ?? new AbortController().signal,
      ...(asked.paths && { paths: asked.paths }),
      ...(asked.warn && { warn: asked.warn }),
    },
  )

/** The objects of a subject and predicate. */
export const values = (quads: readonly Quad[], subject: string, name: string) =>
  quads
    .filter((quad) => quad.subject.value === subject && quad.predicate.value === term(name))
    .map((quad) => quad.object)

/** Paths of all groups and datasets. */
export const paths = (quads: readonly Quad[]): string[] =>
  quads.filter((quad) => quad.predicate.value === term('path')).map((quad) => quad.object.value)

/** The node of a path, as the format names it. */
export const nodeOf = (path: string): string => `${OBJECT}#${encodeURIComponent(path)}`
