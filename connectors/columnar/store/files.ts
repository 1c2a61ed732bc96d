import { type FileHandle, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { PolyprovError } from '../../../planner/errors.ts'
import type { TermDictionary } from './dictionary.ts'
import { findRow, finishTable, isRemoved, order, stampRow, type Table } from './table.ts'

/** The one file that says which others belong to the store; replaced by rename, so that it is always whole. */
export interface Manifest {
  readonly format: 1
  /** Counts up; names new files. */
  readonly generation: number
  readonly dictionary: readonly DictionaryFile[]
  readonly tables: readonly TableFile[]
  /** In the order in which they are replayed; the last takes the writes. */
  readonly logs: readonly string[]
}

export interface DictionaryFile {
  readonly file: string
  readonly firstTerm: number
  readonly terms: number
}

export interface TableFile {
  readonly file: string
  readonly rows: number
  readonly named: boolean
  /** Rows removed since the table was written. */
  readonly removed?: string
}

const MANIFEST = 'manifest.json'
const OURS = /^(?:log|table|dictionary|removed)-\d+(?:-\d+)?$/
const CHUNK = 1 << 24

export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, MANIFEST)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const manifest = parseJson(text) as Partial<Manifest> | undefined
  if (manifest?.format !== 1 || manifest.logs === undefined)
    throw damaged(path, 'it is not the manifest of a triple store of format 1')
  return manifest as Manifest
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, MANIFEST)
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes files of earlier generations; a reader that still needs one reads the manifest again. */
export async function removeOrphans(folder: string, manifest: Manifest): Promise<void> {
  const used = new Set([
    ...manifest.logs,
    ...manifest.dictionary.map(({ file }) => file),
    ...manifest.tables.flatMap(({ file, removed }) => (removed === undefined ? [file] : [file, removed])),
  ])
  for (const name of await readdir(folder))
    if (OURS.test(name) && !used.has(name)) await unlink(join(folder, name)).catch(() => undefined)
}

/** Whether the folder holds files of a store, manifest or not. */
export async function hasStoreFiles(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => /^(?:table|dictionary)-\d/.test(name))
}

const damaged = (path: string, why: string): PolyprovError =>
  new PolyprovError('store-failed', `The file ${path} is damaged: ${why}; restore it from a copy`, { locator: path })

/** Writes arrays one after the other, then their CRC-32s, and waits for the disk. */
async function writeArrays(path: string, arrays: readonly Uint32Array[]): Promise<void> {
  const file = await open(path, 'w')
  try {
    const sums = new Uint32Array(arrays.length)
    for (const [index, array] of arrays.entries()) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
      for (let at = 0; at < bytes.length; at += CHUNK) {
        const chunk = bytes.subarray(at, at + CHUNK)
        sums[index] = crc32(chunk, sums[index])
        await file.writeFile(chunk)
      }
    }
    await file.writeFile(new Uint8Array(sums.buffer))
    await file.sync()
  } finally {
    await file.close()
  }
}

async function readArray(file: FileHandle, position: number, length: number): Promise<[Uint32Array, number]> {
  const array = new Uint32Array(length)
  const bytes = new Uint8Array(array.buffer)
  let sum = 0
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(CHUNK, bytes.length - at), position + at)
    if (bytesRead === 0) break
    sum = crc32(bytes.subarray(at, at + bytesRead), sum)
    at += bytesRead
  }
  return [array, sum]
}

async function readArrays(path: string, lengths: readonly number[]): Promise<Uint32Array[]> {
  const file = await open(path, 'r')
  try {
    const arrays: Uint32Array[] = []
    const sums: number[] = []
    let position = 0
    for (const length of lengths) {
      const [array, sum] = await readArray(file, position, length)
      arrays.push(array)
      sums.push(sum)
      position += length * 4
    }
    const [expected] = await readArray(file, position, lengths.length)
    if (sums.some((sum, index) => sum !== expected[index])) throw damaged(path, 'a checksum does not agree')
    return arrays
  } finally {
    await file.close()
  }
}

const TABLE_HEADER = 3

/** Writes a table: a header (rows, predicates, whether named), its directory, and its columns. */
export async function writeTable(path: string, table: Table): Promise<void> {
  const { bySubject, byObject, predicates } = table
  const header = Uint32Array.of(table.rows, predicates.length, table.named ? 1 : 0)
  const orders = [bySubject, byObject].flatMap(({ first, second, graphs }) =>
    graphs === undefined ? [first, second] : [first, second, graphs],
  )
  await writeArrays(path, [header, predicates, table.starts, table.distinctSubjects, table.distinctObjects, ...orders])
}

export async function readTable(folder: string, { file, rows, named, removed }: TableFile): Promise<Table> {
  const path = join(folder, file)
  const handle = await open(path, 'r')
  let predicateCount: number
  try {
    const [header] = await readArray(handle, 0, TABLE_HEADER)
    if (header[0] !== rows || header[2] !== (named ? 1 : 0)) throw damaged(path, 'its header does not agree')
    predicateCount = header[1]!
    const size = 4 * (TABLE_HEADER + 4 * predicateCount + 1 + rows * (named ? 6 : 4) + (named ? 11 : 9))
    if ((await handle.stat()).size !== size) throw damaged(path, 'its length does not agree')
  } finally {
    await handle.close()
  }
  const columns = new Array<number>(named ? 6 : 4).fill(rows)
  const [, predicates, starts, subjects, objects, ...rest] = await readArrays(path, [
    TABLE_HEADER,
    predicateCount,
    predicateCount + 1,
    predicateCount,
    predicateCount,
    ...columns,
  ])
  const width = named ? 3 : 2
  const table = finishTable(
    predicates!,
    starts!,
    order(rest[0]!, rest[1]!, named ? rest[2] : undefined),
    order(rest[width]!, rest[width + 1]!, named ? rest[width + 2] : undefined),
    { subjects: subjects!, objects: objects! },
  )
  table.file = file
  table.settled = true
  if (removed !== undefined) await readRemoved(join(folder, removed), table)
  return table
}

/** Writes the rows of a table, by subject, that had been removed by `version`. */
export async function writeRemoved(path: string, table: Table, version: number): Promise<void> {
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) if (isRemoved(table.bySubject, row, version)) rows.push(row)
  await writeArrays(path, [Uint32Array.of(rows.length), Uint32Array.from(rows)])
}

/** Stamps the removed rows with version 1, the one that a store opens with. */
async function readRemoved(path: string, table: Table): Promise<void> {
  const handle = await open(path, 'r')
  const { size } = await handle.stat()
  await handle.close()
  const [, rows] = await readArrays(path, [1, size / 4 - 3])
  const { bySubject, byObject, starts } = table
  let index = 0
  for (const row of rows!) {
    while (starts[index + 1]! <= row) index++
    const graph = bySubject.graphs?.[row] ?? 0
    const [low, high] = [starts[index]!, starts[index + 1]!]
    stampRow(bySubject, row, 1)
    stampRow(byObject, findRow(byObject, low, high, bySubject.second[row]!, bySubject.first[row]!, graph), 1)
  }
}

/** Writes the dictionary's terms `first` to `last`: UTF-8 behind lengths of 32 bits, a CRC-32 at the end. */
export async function writeTerms(path: string, dictionary: TermDictionary, first: number, last: number): Promise<void> {
  const file = await open(path, 'w')
  try {
    let buffer = Buffer.allocUnsafeSlow(CHUNK)
    let used = 0
    let sum = 0
    const flush = async (): Promise<void> => {
      const chunk = buffer.subarray(0, used)
      sum = crc32(chunk, sum)
      await file.writeFile(chunk)
      used = 0
    }
    for (let id = first; id <= last; id++) {
      const bytes = dictionary.bytes(id)
      if (used + bytes.length + 4 > buffer.length) await flush()
      if (bytes.length + 4 > buffer.length) buffer = Buffer.allocUnsafeSlow(bytes.length + 4)
      used = buffer.writeUInt32LE(bytes.length, used)
      buffer.set(bytes, used)
      used += bytes.length
    }
    await flush()
    const tail = Buffer.alloc(4)
    tail.writeUInt32LE(sum, 0)
    await file.writeFile(tail)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Appends a file of terms to the dictionary. */
export async function readTerms(folder: string, part: DictionaryFile, dictionary: TermDictionary): Promise<void> {
  const path = join(folder, part.file)
  if (dictionary.size !== part.firstTerm - 1) throw damaged(path, `it starts at term ${part.firstTerm}`)
  const file = await open(path, 'r')
  try {
    const end = (await file.stat()).size - 4
    let buffer = Buffer.allocUnsafeSlow(CHUNK)
    let sum = 0
    let kept = 0
    let position = 0
    while (position < end) {
      const { bytesRead } = await file.read(buffer, kept, Math.min(buffer.length - kept, end - position), position)
      if (bytesRead === 0) break
      sum = crc32(buffer.subarray(kept, kept + bytesRead), sum)
      position += bytesRead
      const filled = kept + bytesRead
      const used = appendTerms(buffer, filled, dictionary)
      if (used === 0 && filled === buffer.length) {
        const larger = Buffer.allocUnsafeSlow(buffer.length * 2)
        buffer.copy(larger)
        buffer = larger
      } else buffer.copy(buffer, 0, used, filled)
      kept = filled - used
    }
    const tail = Buffer.alloc(4)
    await file.read(tail, 0, 4, end)
    if (kept !== 0 || tail.readUInt32LE(0) !== sum || dictionary.size !== part.firstTerm + part.terms - 1)
      throw damaged(path, 'a checksum does not agree')
  } finally {
    await file.close()
  }
}

/** Appends the whole terms at the start of a buffer; the bytes they take. */
function appendTerms(buffer: Buffer, filled: number, dictionary: TermDictionary): number {
  let at = 0
  while (at + 4 <= filled) {
    const end = at + 4 + buffer.readUInt32LE(at)
    if (end > filled) break
    dictionary.append(buffer, at + 4, end)
    at = end
  }
  return at
}
