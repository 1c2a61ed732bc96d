import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PolyprovError } from '../../../planner/errors.ts'
import { applyChange, type Tables } from './commit.ts'
import { createDictionary, type TermDictionary } from './dictionary.ts'
import { hasStoreFiles, type Manifest, readManifest, readTable, readTerms, syncFolder, writeManifest } from './files.ts'
import { openLog, readLog } from './log.ts'
import { atOnce } from './pace.ts'
import { decodeRecord } from './record.ts'
import type { Table } from './table.ts'

/** What a folder holds, brought into memory. */
export interface Recovered {
  readonly manifest: Manifest
  readonly dictionary: TermDictionary
  readonly tables: Tables
  /** The sound length of the last log. */
  readonly logLength: number
}

/** The version that a store opens with. */
export const FIRST_VERSION = 1

/** Reads a folder's segments, and replays its logs. A folder without a manifest becomes a store, unless `readOnly`. */
export async function recover(folder: string, readOnly: boolean): Promise<Recovered> {
  const manifest = (await readManifest(folder)) ?? (await createStore(folder, readOnly))
  const dictionary = createDictionary()
  for (const part of manifest.dictionary) await readTerms(folder, part, dictionary)
  const persisted: Table[] = []
  for (const file of manifest.tables) persisted.push(await readTable(folder, file))
  let tables: Tables = {
    defaults: persisted.filter(({ named }) => !named),
    named: persisted.filter(({ named }) => named),
    quads: persisted.reduce((sum, table) => sum + table.rows - table.bySubject.removedRows, 0),
  }
  let logLength = 0
  for (const log of manifest.logs) {
    const path = join(folder, log)
    logLength = await readLog(path, (payload) => {
      const record = decodeRecord(payload)
      if (record.firstTerm !== dictionary.size + 1)
        throw new PolyprovError(
          'store-failed',
          `The log ${path} does not follow on the dictionary: restore the store`,
          {
            locator: path,
          },
        )
      for (const term of record.terms) dictionary.append(term, 0, term.length)
      for (const change of record.changes)
        tables = atOnce(applyChange(tables, change, FIRST_VERSION, Number.POSITIVE_INFINITY)).tables
    })
  }
  return { manifest, dictionary, tables, logLength }
}

async function createStore(folder: string, readOnly: boolean): Promise<Manifest> {
  if (await hasStoreFiles(folder))
    throw new PolyprovError('store-failed', `The triple store ${folder} has lost its manifest.json: restore it`, {
      locator: folder,
    })
  const manifest: Manifest = { format: 1, generation: 1, dictionary: [], tables: [], logs: ['log-1'] }
  if (readOnly)
    throw new PolyprovError('store-failed', `There is no triple store in ${folder}: open it for writing first`, {
      locator: folder,
    })
  await (await openLog(join(folder, 'log-1'), 0)).close()
  await writeManifest(folder, manifest)
  return manifest
}

/** Makes the folder, and its place in its parent durable. */
export async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true })
  if (made !== undefined) await syncFolder(join(made, '..'))
}
