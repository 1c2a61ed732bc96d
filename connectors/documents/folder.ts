import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'
import { type Collection, collection } from './collection.ts'
import { isObject, type ParsedFile, parseDocument, parseFile } from './parse.ts'
import { type SharedWork, sharedWork } from './shared-work.ts'

/** A folder's collections as they are on disk; unchanged files are not read again. */
export interface Folder {
  /**
   * The collections, read anew where size or time of modification of a file has changed.
   * @throws PolyprovError `store-failed` where the folder cannot be read, `malformed-object` for what is no JSON
   */
  read(signal: AbortSignal): Promise<ReadonlyMap<string, LoadedCollection>>
  /** A collection as it is in memory: the last that was loaded. */
  loaded(name: string): Collection | undefined
}

/** A collection that is read when it is first asked for. */
export interface LoadedCollection {
  readonly name: string
  /** Size of its files. */
  readonly bytes: number
  readonly content: SharedWork<Collection>
}

interface FolderOptions {
  readonly store: string
  /** Most bytes of files that are held in memory. */
  readonly maxBytes: number
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

/** Bytes that one collection holds of what its store may hold. */
interface Share {
  /** @throws PolyprovError `too-large` */
  add(bytes: number, file: string): void
  readonly held: number
  clear(): void
}

interface Known {
  readonly stamp: string
  readonly share: Share
  readonly collection: LoadedCollection
}

const EXTENSIONS = new Set(['.json', '.geojson', '.ndjson', '.jsonl'])
const CHUNK_BYTES = 1 << 20

export function folder(path: string, { store, maxBytes }: FolderOptions): Folder {
  let known: ReadonlyMap<string, Known> = new Map()
  const newShare = (): Share => {
    let held = 0
    return {
      get held() {
        return held
      },
      add(bytes, file) {
        const before = [...known.values()].reduce((sum, { share }) => sum + share.held, 0)
        if (before + bytes > maxBytes) throw tooLarge(store, file, maxBytes)
        held += bytes
      },
      clear() {
        held = 0
      },
    }
  }
  return {
    async read(signal) {
      const found = await list(path, store, signal)
      const next = new Map<string, Known>()
      for (const each of found) {
        const stamp = each.files.map(({ path: file, size, modified }) => `${file}\n${size}\n${modified}`).join('\n')
        const before = known.get(each.name)
        next.set(each.name, before?.stamp === stamp ? before : fresh(each, stamp, newShare(), store))
      }
      known = next
      return new Map([...next].map(([name, { collection: each }]) => [name, each]))
    },
    loaded: (name) => known.get(name)?.collection.content.result(),
  }
}

function fresh(found: FoundCollection, stamp: string, share: Share, store: string): Known {
  const bytes = found.files.reduce((sum, { size }) => sum + size, 0)
  const content = sharedWork((signal) => {
    share.clear()
    return readCollection(found, share, store, signal)
  })
  return { stamp, share, collection: { name: found.name, bytes, content } }
}

const tooLarge = (store: string, file: string, maxBytes: number): PolyprovError =>
  new PolyprovError(
    'too-large',
    `Store '${store}' would hold more than its limit of ${maxBytes} bytes with ${file}: raise 'maxBytes' of the store, or keep such files elsewhere`,
    { store, locator: file, parameter: 'maxBytes' },
  )

async function readCollection(
  found: FoundCollection,
  share: Share,
  store: string,
  signal: AbortSignal,
): Promise<Collection> {
  const files: ParsedFile[] = []
  try {
    for (const file of found.files) {
      const origin = { store, file: file.name }
      const chunks = chunksOf(file, share, store, signal)
      if (found.folder) {
        const { values, ...parsed } = await parseDocument(chunks, origin, signal)
        files.push({ ...parsed, values: values.map((value) => withName(value, parse(file.path).name)) })
      } else files.push(await parseFile(chunks, origin, signal))
    }
    return collection(found.name, files)
  } catch (cause) {
    share.clear()
    throw cause
  }
}

/** The text of a file, its byte order mark left out. */
async function* chunksOf(file: FoundFile, share: Share, store: string, signal: AbortSignal): AsyncGenerator<string> {
  signal.throwIfAborted()
  // What is known to be too much is not read at all.
  share.add(file.size, file.name)
  const decoder = new TextDecoder()
  let read = 0
  const stream = createReadStream(file.path, { highWaterMark: CHUNK_BYTES, signal })
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      // A file may have grown since it was looked at.
      const more = Math.max(0, read + chunk.length - Math.max(read, file.size))
      if (more > 0) share.add(more, file.name)
      read += chunk.length
      yield decoder.decode(chunk, { stream: true })
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw cause instanceof PolyprovError ? cause : readError(store, file.path, cause)
  }
  yield decoder.decode()
}

/** A document of a file of its own is named by the file where it has no `_id`. */
const withName = (value: unknown, name: string): unknown =>
  isObject(value) && !('_id' in value) ? { _id: name, ...value } : value

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
  const found = await stat(file).catch((cause: unknown) => failed(store, file, cause))
  // A pipe or device never ends.
  if (!found.isFile()) failed(store, file, 'it is no file')
  return { path: file, name, size: found.size, modified: found.mtimeMs }
}

function failed(store: string, path: string, cause: unknown): never {
  throw readError(store, path, cause)
}

function readError(store: string, path: string, cause: unknown): PolyprovError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new PolyprovError('store-failed', `Store '${store}' cannot read ${path}: ${reason}`, { store, cause })
}
