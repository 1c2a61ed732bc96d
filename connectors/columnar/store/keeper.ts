import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { IdChange } from './commit.ts'
import type { TermDictionary } from './dictionary.ts'
import {
  type DictionaryFile,
  type Manifest,
  removeOrphans,
  syncFolder,
  type TableFile,
  writeManifest,
  writeRemoved,
  writeTable,
  writeTerms,
} from './files.ts'
import { openLog } from './log.ts'
import { encodeRecord } from './record.ts'
import type { Table } from './table.ts'

/** What keeps a store beyond its memory: a folder, or nothing. */
export interface Keeper {
  /** The folder, for messages. */
  readonly name: string
  readonly logBytes: number
  /** Makes changes durable, with the terms that the dictionary gained since the last. */
  append(dictionary: TermDictionary, changes: readonly IdChange[]): Promise<void>
  /** Starts a new log: what comes before is about to be written as segments. The last term logged before it. */
  rotate(): Promise<number>
  /**
   * Writes tables that have no file yet, the terms up to `lastTerm`, and the rows of the others that had been removed
   * by `version`.
   */
  prepare(dictionary: TermDictionary, tables: readonly Table[], lastTerm: number, version: number): Promise<Prepared>
  /** Makes prepared files the store's, and drops the logs they replace. */
  settle(prepared: Prepared): Promise<void>
  close(): Promise<void>
}

export interface Prepared {
  readonly tables: readonly TableFile[]
  readonly dictionary: readonly DictionaryFile[]
}

export function memoryKeeper(): Keeper {
  return {
    name: 'in memory',
    logBytes: 0,
    append: async () => {},
    rotate: async () => 0,
    prepare: async () => ({ tables: [], dictionary: [] }),
    settle: async () => {},
    close: async () => {},
  }
}

/** Beyond this many files of terms, they become one. */
const DICTIONARY_FILES = 32

/** The keeper of a folder that was just recovered. */
export async function openKeeper(
  folder: string,
  recovered: Manifest,
  opened: TermDictionary,
  logLength: number,
  release: () => Promise<void>,
): Promise<Keeper> {
  let manifest = recovered
  let generation = manifest.generation
  let loggedTerms = opened.size
  let log = await openLog(join(folder, manifest.logs.at(-1)!), logLength)

  async function writeDictionary(dictionary: TermDictionary, lastTerm: number): Promise<readonly DictionaryFile[]> {
    const kept = manifest.dictionary.length < DICTIONARY_FILES ? manifest.dictionary : []
    const last = kept.at(-1)
    const firstTerm = last === undefined ? 1 : last.firstTerm + last.terms
    if (lastTerm < firstTerm) return kept
    const file = `dictionary-${generation}`
    await writeTerms(join(folder, file), dictionary, firstTerm, lastTerm)
    return [...kept, { file, firstTerm, terms: lastTerm - firstTerm + 1 }]
  }

  async function describeTable(table: Table, index: number, version: number): Promise<TableFile> {
    const file = table.file ?? `table-${generation}-${index}`
    if (table.file === undefined) await writeTable(join(folder, file), table)
    table.file = file
    const { rows, named } = table
    if (table.bySubject.removedRows === 0) return { file, rows, named }
    const removed = `removed-${generation}-${index}`
    await writeRemoved(join(folder, removed), table, version)
    return { file, rows, named, removed }
  }

  return {
    name: folder,
    get logBytes() {
      return log.bytes
    },
    async append(dictionary, changes) {
      const lastTerm = dictionary.size
      await log.append(encodeRecord(dictionary, loggedTerms + 1, lastTerm, changes))
      loggedTerms = lastTerm
    },
    async rotate() {
      generation++
      const name = `log-${generation}`
      const next = await openLog(join(folder, name), 0)
      try {
        await writeManifest(folder, { ...manifest, generation, logs: [...manifest.logs, name] })
      } catch (error) {
        await next.close()
        throw error
      }
      manifest = { ...manifest, generation, logs: [...manifest.logs, name] }
      await log.close()
      log = next
      return loggedTerms
    },
    async prepare(dictionary, tables, lastTerm, version) {
      const files: TableFile[] = []
      for (const [index, table] of tables.entries()) files.push(await describeTable(table, index, version))
      const parts = await writeDictionary(dictionary, lastTerm)
      await syncFolder(folder)
      return { tables: files, dictionary: parts }
    },
    async settle(prepared) {
      const next: Manifest = { format: 1, generation, ...prepared, logs: manifest.logs.slice(-1) }
      await writeManifest(folder, next)
      for (const old of manifest.logs.slice(0, -1)) await unlink(join(folder, old)).catch(() => undefined)
      manifest = next
      await removeOrphans(folder, manifest)
    },
    async close() {
      await log.close()
      await release()
    },
  }
}
