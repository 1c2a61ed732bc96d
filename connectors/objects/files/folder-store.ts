import type { BigIntStats, Dirent } from 'node:fs'
import { constants } from 'node:fs'
import { access, type FileHandle, open, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PolyprovError } from '../../../planner/errors.ts'
import type { ObjectInfo, ObjectRequest, ObjectStore, OpenObject } from '../object-store.ts'
import { type Folder, isAbsent, locate, messageOf, rootOf } from './locator.ts'

/** Deeper folders are not listed: they come of a loop, or of a mistake. */
const DEEPEST = 64

/** A file's etag: its size and modification time. */
export const fileEtag = ({ size, mtimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs'>): string =>
  `${size.toString(16)}-${mtimeNs.toString(16)}`

const infoOf = (locator: string, stats: BigIntStats): ObjectInfo => ({
  locator,
  size: Number(stats.size),
  etag: fileEtag(stats),
  modified: new Date(Number(stats.mtimeMs)),
})

/** The files of a folder and its subfolders as objects; a locator is the path within the folder. */
export function folderStore(folder: Folder): ObjectStore {
  const { store } = folder

  async function regular(path: string): Promise<BigIntStats | undefined> {
    try {
      const stats = await stat(path, { bigint: true })
      return stats.isFile() ? stats : undefined
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  async function* walk(root: string, within: string, depth: number, signal: AbortSignal): AsyncGenerator<ObjectInfo> {
    signal.throwIfAborted()
    for (const entry of await entries(root, within)) {
      signal.throwIfAborted()
      const locator = within === '' ? entry.name : `${within}/${entry.name}`
      if (entry.isDirectory() && depth < DEEPEST) yield* walk(root, locator, depth + 1, signal)
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const info = await listed(root, locator, entry)
        if (info !== undefined) yield info
      }
    }
  }

  async function entries(root: string, within: string): Promise<readonly Dirent[]> {
    try {
      return await entriesOf(join(root, within))
    } catch (cause) {
      throw failed(within, cause)
    }
  }

  /** Names that no locator can spell, and links that lead out, are left out. */
  async function listed(root: string, locator: string, entry: Dirent): Promise<ObjectInfo | undefined> {
    if (locator.includes('\\')) return undefined
    const path = entry.isSymbolicLink() ? await linked(locator) : join(root, locator)
    const stats = path === undefined ? undefined : await regular(path)
    return stats === undefined ? undefined : infoOf(locator, stats)
  }

  async function linked(locator: string): Promise<string | undefined> {
    try {
      return await locate(folder, locator)
    } catch (error) {
      if (error instanceof PolyprovError && error.code === 'forbidden') return undefined
      throw error
    }
  }

  return {
    async *list(prefix, { signal, meter }) {
      const root = await rootOf(folder)
      meter.request()
      for await (const info of walk(root, '', 0, signal)) if (info.locator.startsWith(prefix)) yield info
    },
    async stat(locator, { signal }) {
      signal.throwIfAborted()
      try {
        const path = await locate(folder, locator)
        const stats = path === undefined ? undefined : await regular(path)
        return stats === undefined ? undefined : infoOf(locator, stats)
      } catch (error) {
        throw error instanceof PolyprovError ? error : failed(locator, error)
      }
    },
    async open(info, request) {
      const { locator } = info
      request.signal.throwIfAborted()
      try {
        const path = await locate(folder, locator)
        if (path === undefined) throw changed(locator)
        // Without following a link that has taken the file's place since, and without waiting for a pipe's other end.
        const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
        return openFile(info, handle, request)
      } catch (error) {
        throw error instanceof PolyprovError ? error : failed(locator, error)
      }
    },
    async check(signal) {
      signal.throwIfAborted()
      const root = await rootOf(folder)
      try {
        if (!(await stat(root)).isDirectory()) throw new Error('it is no folder')
        await access(root, constants.R_OK | constants.X_OK)
      } catch (cause) {
        throw new PolyprovError(
          'store-failed',
          `The folder ${folder.path} of the store '${store}' cannot be read: ${messageOf(cause)}`,
          {
            store,
            cause,
          },
        )
      }
    },
  }

  function openFile(info: ObjectInfo, handle: FileHandle, { meter, signal: whole }: ObjectRequest): OpenObject {
    const { locator, size, etag } = info
    const unchanged = async () => {
      const stats = await handle.stat({ bigint: true })
      if (!stats.isFile() || fileEtag(stats) !== etag) throw changed(locator)
    }
    return {
      size,
      etag,
      async read(offset, length, signal = whole) {
        signal.throwIfAborted()
        if (!Number.isSafeInteger(offset) || offset < 0 || !(length >= 0))
          throw new RangeError(`no range of bytes: ${length} from ${offset}`)
        const wanted = Math.max(0, Math.min(length, size - offset))
        const bytes = Buffer.allocUnsafe(wanted)
        try {
          const count = await fill(handle, bytes, offset)
          // Looked at after the bytes have come, so that a change before or during the read is seen.
          await unchanged()
          meter.request()
          meter.bytes(count)
          return bytes.subarray(0, count)
        } catch (error) {
          throw error instanceof PolyprovError ? error : failed(locator, error)
        }
      },
      [Symbol.asyncDispose]: () => handle.close(),
    }
  }

  function changed(locator: string): PolyprovError {
    return new PolyprovError(
      'store-failed',
      `The object '${locator}' of the store '${store}' changed while it was read: ask again`,
      { store, locator },
    )
  }

  function failed(locator: string, cause: unknown): PolyprovError {
    const message = `The object '${locator}' of the store '${store}' cannot be read: ${messageOf(cause)}`
    return new PolyprovError('store-failed', message, { store, locator, cause })
  }
}

/** One read may give fewer bytes than asked for. */
async function fill(handle: FileHandle, bytes: Buffer, offset: number): Promise<number> {
  let count = 0
  while (count < bytes.length) {
    const { bytesRead } = await handle.read(bytes, count, bytes.length - count, offset + count)
    if (bytesRead === 0) break
    count += bytesRead
  }
  return count
}

/** In the order of their names; a folder that vanished or may not be read while it is listed holds nothing. */
async function entriesOf(path: string): Promise<readonly Dirent[]> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(path)) entries.push(entry)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}
