import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writer } from 'n3'
import { describe } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import { openColumnar } from '../../connectors/columnar/index.ts'
import documents from '../../connectors/documents/index.ts'
import memory from '../../connectors/memory/index.ts'
import { openRdf } from '../../connectors/rdf/index.ts'
import sparql from '../../connectors/sparql/index.ts'
import type { Quad } from '../../planner/term.ts'
import { temporaryFolder } from '../conformance/subjects.ts'
import { load, memoryDatabase, store as overTables } from '../unit/postgres/harness.ts'
import { serveQuads } from '../unit/sparql/serving.ts'
import { type Opened, readsNoConstantAsAnythingElse } from './checks.ts'
import { NASTY, UNSTORABLE } from './nasty.ts'
import { BASE, noteQuads, notesOf, notesViews, tableOf } from './notes.ts'

const notes = notesOf(NASTY)
const everyNote = notesOf([...NASTY, ...UNSTORABLE.filter((text) => text === '\ufffd' || text.includes('\0'))])

async function inFolder(open: (folder: string) => Promise<Omit<Opened, 'close' | 'content'>>): Promise<Opened> {
  const folder = await temporaryFolder()
  const opened = await open(folder)
  return {
    ...opened,
    async content() {
      const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
      return Promise.all(names.map(async ({ parentPath, name }) => [name, `${await readFile(join(parentPath, name))}`]))
    },
    async close() {
      await opened.connector[Symbol.asyncDispose]?.()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const written = (quads: readonly Quad[]) =>
  new Writer({ format: 'N-Quads' }).quadsToString(quads.map((each) => ({ ...each }) as never))

const STORES: Readonly<Record<string, () => Promise<Opened>>> = {
  async memory() {
    const quads = noteQuads(everyNote, 'store')
    const connector = memory({ id: 'store', type: 'memory', quads: [...quads] }, { base: BASE })
    return { connector, quads, content: async () => quads.length, close: async () => {} }
  },
  columnar: () =>
    inFolder(async (folder) => {
      const connector = await openColumnar({ id: 'store', type: 'columnar', path: './store' }, { base: BASE, folder })
      const quads = noteQuads(everyNote, 'store')
      await connector.write({ add: quads })
      return { connector, quads }
    }),
  rdf: () =>
    inFolder(async (folder) => {
      const quads = noteQuads(notes, 'store')
      await writeFile(join(folder, 'notes.nq'), written(quads))
      return { connector: await openRdf({ id: 'store', type: 'rdf', files: '*.nq' }, { base: BASE, folder }), quads }
    }),
  documents: () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'data'))
      await writeFile(join(folder, 'data', 'note.ndjson'), everyNote.map((each) => JSON.stringify(each)).join('\n'))
      await writeFile(join(folder, 'views.yaml'), notesViews('_id'))
      const definition = { id: 'store', type: 'documents', path: './data', views: './views.yaml' }
      const connector = await documents(definition, { base: BASE, folder, batch: batchBuilder })
      return { connector, quads: noteQuads(everyNote, 'store') }
    }),
  async 'embedded postgres'() {
    const database = await memoryDatabase()
    await load(database, tableOf(notes))
    const { connector, ...opened } = await overTables(database, notesViews('key'), { id: 'store' })
    return {
      connector,
      quads: noteQuads(notes, 'store'),
      content: async () =>
        (await database.query('SELECT (SELECT count(*) FROM pg_class), n::text FROM note n ORDER BY number')).rows,
      async close() {
        await opened[Symbol.asyncDispose]()
        await database.close()
      },
    }
  },
  async 'sparql by terms'() {
    const quads = noteQuads(notes, 'store')
    const served = await serveQuads(quads)
    const connector = sparql({ id: 'store', type: 'sparql', endpoint: served.endpoint }, { base: BASE })
    return { connector, quads, content: async () => quads.length, close: async () => served[Symbol.asyncDispose]() }
  },
}

describe.each(Object.entries(STORES))('%s reads as nothing but themselves', (_, open) => {
  readsNoConstantAsAnythingElse(open)
})
