import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from 'mongodb'
import { createClient, importPackage, loadPackage } from '../../../connectors/mongodb/client.ts'
import { mongodbConfig } from '../../../connectors/mongodb/config.ts'
import { failureOf } from '../../../connectors/mongodb/failures.ts'
import { STORES } from '../../../examples/seismic/settings.ts'
import type { Servers } from './environment.ts'
import { digestOf, type LoadContext, type Loaded, MARK, markOf, notOurs } from './place.ts'

const SURVEYS = 'surveys'
/** The collection that says whose the database is. */
const OWNER = 'polyprov_demo'
const BLOCK = 100

interface SurveyDocument {
  readonly _id: string
  readonly [field: string]: unknown
}

interface Owner {
  readonly _id: string
  readonly mark: string
}

/**
 * Loads the documents of the surveys into a collection, in a database of their own.
 * @throws `conflict` where the database is somebody else's; `store-failed`, without the address
 */
export async function loadSurveys({ url }: Servers['mongodb'], context: LoadContext): Promise<Loaded> {
  const { names, signal } = context
  signal.throwIfAborted()
  const config = mongodbConfig({ id: STORES.surveys, type: 'mongodb', url, database: names.database })
  const client = createClient(await loadPackage(STORES.surveys, importPackage), config)
  // Closes the connections, whatever they are waiting for.
  const stop = () => void client.close(true).catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await load(client.db(names.database), context)
  } catch (error) {
    throw failureOf(error, config, signal)
  } finally {
    signal.removeEventListener('abort', stop)
    await client.close().catch(() => undefined)
  }
}

async function load(db: Db, { directory, names, signal, progress }: LoadContext): Promise<Loaded> {
  const documents = await readDocuments(join(directory, 'documents', SURVEYS), signal)
  const what = `${documents.length} documents in the collection ${names.database}.${SURVEYS}`
  const mark = await markOfDatabase(db, names.database)
  const expected = markOf(digestOf(documents.map((document) => JSON.stringify(document))))
  const surveys = db.collection<SurveyDocument>(SURVEYS)
  if (mark === expected && (await surveys.countDocuments()) === documents.length) return { what, isKept: true }
  const owner = db.collection<Owner>(OWNER)
  const write = (text: string) => owner.replaceOne({ _id: 'mark' }, { mark: text }, { upsert: true })
  await write(markOf('loading'))
  if (mark === undefined) await db.createCollection(SURVEYS)
  for (let at = 0; at < documents.length; at += BLOCK) {
    signal.throwIfAborted()
    const block = documents.slice(at, at + BLOCK)
    await surveys.bulkWrite(
      block.map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } })),
    )
    progress(STORES.surveys, at + block.length, documents.length)
  }
  await surveys.deleteMany({ _id: { $nin: documents.map(({ _id }) => _id) } })
  await surveys.createIndex({ geometry: '2dsphere' })
  await write(expected)
  return { what, isKept: false }
}

async function readDocuments(folder: string, signal: AbortSignal): Promise<readonly SurveyDocument[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  const documents: SurveyDocument[] = []
  for (const name of names) {
    signal.throwIfAborted()
    documents.push(JSON.parse(await readFile(join(folder, name), 'utf8')) as SurveyDocument)
  }
  return documents
}

/** The mark of the database; `undefined` where it is new. @throws `conflict` where anything in it is not ours */
async function markOfDatabase(db: Db, database: string): Promise<string | undefined> {
  const collections = (await db.listCollections({}, { nameOnly: true }).toArray())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.'))
  if (collections.length === 0) return undefined
  const place = `The database ${database} of the MongoDB server`
  const other = collections.find((name) => name !== OWNER && name !== SURVEYS)
  if (other !== undefined) throw notOurs(place, `the collection '${other}'`)
  const found = collections.includes(OWNER) ? await db.collection<Owner>(OWNER).findOne({ _id: 'mark' }) : null
  if (found?.mark.startsWith(MARK) !== true) throw notOurs(place, `the collection '${collections[0]}'`)
  return collections.includes(SURVEYS) ? found.mark : undefined
}
