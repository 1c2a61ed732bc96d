import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileEtag } from '../../connectors/objects/files/index.ts'
import type { NamedNode } from '../../planner/term.ts'
import type { Reference } from '../../src/provenance/capture.ts'

/** What a file is, besides where it is. */
export interface FileKind {
  readonly format: string
  readonly schema?: NamedNode
}

/** The reference to a file of a store, with its size, version and time as they are now, as the store tells them. */
export async function fileReference(store: string, locator: string, path: string, kind: FileKind): Promise<Reference> {
  const stats = await stat(path, { bigint: true })
  const modified = new Date(Number(stats.mtimeMs))
  return { store, locator, ...kind, sizeBytes: Number(stats.size), etag: fileEtag(stats), modified }
}

/** The same, with the digest of the content: for files that the workflow wrote itself. */
export async function digestedReference(
  store: string,
  locator: string,
  path: string,
  kind: FileKind,
): Promise<Reference> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { ...(await fileReference(store, locator, path, kind)), checksum: `sha256:${hash.digest('hex')}` }
}
