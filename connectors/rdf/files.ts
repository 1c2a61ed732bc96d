import { stat } from 'node:fs/promises'
import { PolyprovError } from '../../planner/errors.ts'
import type { Quad } from '../../planner/term.ts'
import { openTripleStore, type Snapshot } from '../columnar/store/index.ts'
import { expandGlob, hasWildcards } from './glob.ts'
import { formatOf, parseDocument } from './parse.ts'

/** Files of triples, kept in memory as they were when they were last looked at. */
export interface FileStore {
  /** The state that is in memory. */
  latest(): Snapshot
  /** Looks at the files, and reads them again where one has changed, or is new. A file that is gone is an error. */
  current(): Promise<Snapshot>
  /** The same, but takes the files for what they are now: a file that is gone is forgotten. */
  reload(): Promise<Snapshot>
}

interface Seen {
  readonly path: string
  readonly size: number
  readonly modified: number
}

export async function openFiles(store: string, patterns: readonly string[], folder: string): Promise<FileStore> {
  let seen = await look(store, patterns, folder)
  let snapshot = await load(store, seen)
  let looking: Promise<Snapshot> | undefined

  async function refresh(forget: boolean): Promise<Snapshot> {
    const now = await look(store, patterns, folder)
    const paths = new Set(now.map(({ path }) => path))
    const gone = seen.find(({ path }) => !paths.has(path))
    if (gone !== undefined && !forget) throw missing(store, gone.path)
    if (!sameFiles(seen, now)) {
      snapshot = await load(store, now)
      seen = now
    }
    return snapshot
  }

  /** Queries that begin together share one look. */
  const shared = (): Promise<Snapshot> => {
    looking ??= refresh(false).finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    latest: () => snapshot,
    current: shared,
    async reload() {
      await looking?.catch(() => undefined)
      return refresh(true)
    },
  }
}

const missing = (store: string, path: string): PolyprovError =>
  new PolyprovError(
    'missing-object',
    `The file ${path} of the store ${store} is gone: put it back, or refresh the store to go on without it`,
    { store, locator: path },
  )

async function look(store: string, patterns: readonly string[], folder: string): Promise<readonly Seen[]> {
  const found = new Map<string, Seen>()
  for (const pattern of patterns) {
    const paths = await expandGlob(pattern, folder)
    if (paths.length === 0 && !hasWildcards(pattern)) throw missing(store, pattern)
    for (const path of paths) {
      const { size, mtimeMs } = await statOf(store, path)
      formatOf(store, path)
      found.set(path, { path, size, modified: mtimeMs })
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function statOf(store: string, path: string) {
  try {
    return await stat(path)
  } catch (cause) {
    throw new PolyprovError('missing-object', `The file ${path} of the store ${store} is gone: put it back`, {
      store,
      locator: path,
      cause,
    })
  }
}

const sameFiles = (before: readonly Seen[], now: readonly Seen[]): boolean =>
  before.length === now.length &&
  before.every((each, index) => {
    const other = now[index]!
    return each.path === other.path && each.size === other.size && each.modified === other.modified
  })

async function load(store: string, files: readonly Seen[]): Promise<Snapshot> {
  const triples = await openTripleStore()
  await triples.load(quadsOf(store, files))
  await triples.compact()
  return triples.snapshot()
}

async function* quadsOf(store: string, files: readonly Seen[]): AsyncGenerator<Quad> {
  for (const [index, { path }] of files.entries()) yield* parseDocument({ store, path, scope: `${store}.${index}` })
}
