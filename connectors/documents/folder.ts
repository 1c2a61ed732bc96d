import { readdir, readFile, stat } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'
import { type Collection, collection } from './collection.ts'
import { parseDocument, parseFile } from './parse.ts'

/** A folder's collections as they are on disk; unchanged files are not read again. */
export interface Folder {
  /**
   * The collections, read anew where size or time of modification of a file has changed.
   * @throws PolyprovError `store-failed` where the folder cannot be read, `malformed-object` for what is no JSON
   */
  read(signal: AbortSignal): Promise<ReadonlyMap<string, LoadedCollection>>
}

/** A collection that is read when it is first asked for. */
export interface LoadedCollection {
  readonly name: string
  /** Size of its files. */
  readonly bytes: number
  isLoaded(): boolean
  load(): Promise<Collection>
}

interface FoundFile {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly modified: number
}

interface FoundCollection {
  readonly name: string
  /** One document a file. */
  readonly folder: boolean
  readonly files: readonly FoundFile[]
}

const EXTENSIONS = new Set(['.json', '.geojson', '.ndjson', '.jsonl'])

export function folder(path: string, store: string): Folder {
  let known: ReadonlyMap<string, { readonly stamp: string; readonly loaded: LoadedCollection }> = new Map()
  return {
    async read(signal) {
      const found = await list(path, store, signal)
      const next = new Map<string, { readonly stamp: string; readonly loaded: LoadedCollection }>()
      for (const each of found) {
        const stamp = each.files.map(({ path: file, size, modified }) => `${file}\n${size}\n${modified}`).join('\n')
        const before = known.get(each.name)
        next.set(each.name, before?.stamp === stamp ? before : { stamp, loaded: lazily(each, store) })
      }
      known = next
      return new Map([...next].map(([name, { loaded }]) => [name, loaded]))
    },
  }
}

function lazily(found: FoundCollection, store: string): LoadedCollection {
  let pending: Promise<Collection> | undefined
  return {
    name: found.name,
    bytes: found.files.reduce((sum, { size }) => sum + size, 0),
    isLoaded: () => pending !== undefined,
    load() {
      pending ??= readCollection(found, store).catch((cause: unknown) => {
        // What failed once may be read the next time.
        pending = undefined
        throw cause
      })
      return pending
    },
  }
}

async function readCollection(found: FoundCollection, store: string): Promise<Collection> {
  const files = []
  for (const file of found.files) {
    const origin = { store, file: file.name }
    const text = await readFile(file.path, 'utf8').catch((cause: unknown) => failed(store, file.path, cause))
    if (!found.folder) {
      files.push({ origin, values: parseFile(text, origin) })
      continue
    }
    const value = parseDocument(text, origin)
    files.push({ origin, values: [{ value: withName(value, parse(file.path).name), line: 1 }] })
  }
  return collection(found.name, files)
}

/** A document of a file of its own is named by the file where it has no `_id`. */
const withName = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('_id' in value)
    ? { _id: name, ...value }
    : value

async function list(path: string, store: string, signal: AbortSignal): Promise<readonly FoundCollection[]> {
  const found = new Map<string, FoundCollection>()
  for (const entry of await entries(path, store)) {
    signal.throwIfAborted()
    const isFolder = entry.isDirectory()
    if (entry.name.startsWith('.') || !(isFolder || isDocumentFile(entry.name))) continue
    const name = isFolder ? entry.name : parse(entry.name).name
    const files = isFolder ? await filesWithin(path, name, store) : [await fileAt(path, entry.name, store)]
    if (found.has(name)) {
      throw new PolyprovError(
        'store-failed',
        `Store '${store}': two entries of ${path} are both the collection '${name}'`,
        { store },
      )
    }
    found.set(name, { name, folder: isFolder, files })
  }
  return [...found.values()]
}

const isDocumentFile = (name: string): boolean => EXTENSIONS.has(parse(name).ext.toLowerCase())

async function entries(path: string, store: string) {
  const found = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => failed(store, path, cause))
  return found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

async function filesWithin(path: string, name: string, store: string): Promise<readonly FoundFile[]> {
  const within = await entries(join(path, name), store)
  const files = within.filter((entry) => entry.isFile() && isDocumentFile(entry.name) && !entry.name.startsWith('.'))
  return Promise.all(files.map((entry) => fileAt(path, join(name, entry.name), store)))
}

async function fileAt(path: string, name: string, store: string): Promise<FoundFile> {
  const file = join(path, name)
  const { size, mtimeMs } = await stat(file).catch((cause: unknown) => failed(store, file, cause))
  return { path: file, name, size, modified: mtimeMs }
}

function failed(store: string, path: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new PolyprovError('store-failed', `Store '${store}' cannot read ${path}: ${reason}`, { store, cause })
}
