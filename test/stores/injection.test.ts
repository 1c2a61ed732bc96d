import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { MongoClient } from 'mongodb'
import { Writer } from 'n3'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import { asking, scanned } from '../../connectors/conformance/request.ts'
import { everything } from '../../connectors/conformance/scan-checks.ts'
import mongodb from '../../connectors/mongodb/index.ts'
import s3 from '../../connectors/objects/s3/index.ts'
import postgres from '../../connectors/postgres/index.ts'
import sparql from '../../connectors/sparql/index.ts'
import { type Quad, quad } from '../../planner/term.ts'
import { readsNoConstantAsAnythingElse } from '../injection/checks.ts'
import { expectOwnNamesOnly, expectOwnObjectsOnly, OBJECTS, survey } from '../injection/locators.ts'
import { NASTY, UNSTORABLE } from '../injection/nasty.ts'
import { BASE, noteQuads, notesOf, notesViews, tableOf } from '../injection/notes.ts'
import { serverOf } from './servers.ts'

const unique = randomUUID().slice(0, 8)
const notes = notesOf(NASTY)

/** A folder with the views. */
async function folderOf(views: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-injection-'))
  await writeFile(join(folder, 'views.yaml'), views)
  return folder
}

const postgresServer = serverOf('PostgreSQL server', 'POSTGRES_URL')
describe.skipIf(postgresServer === undefined)('PostgreSQL reads as nothing but themselves', () => {
  const [url, schema] = [postgresServer?.POSTGRES_URL ?? '', `injection_${unique}`]
  readsNoConstantAsAnythingElse(async () => {
    const folder = await folderOf(notesViews('key'))
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${tableOf(notes)}`)
    const definition = { id: 'store', type: 'postgres', url, schema, views: './views.yaml' }
    const connector = await postgres(definition, { base: BASE, folder, batch: batchBuilder })
    return {
      connector,
      quads: noteQuads(notes, 'store'),
      content: async () => {
        const tables = `SELECT count(*) FROM information_schema.tables WHERE table_schema = '${schema}'`
        return (await client.query(`SELECT (${tables}), n::text FROM note n ORDER BY number`)).rows
      },
      async close() {
        await connector[Symbol.asyncDispose]?.()
        await client.query(`DROP SCHEMA ${schema} CASCADE`)
        await client.end()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})

const mongodbServer = serverOf('MongoDB server', 'MONGODB_URL')
describe.skipIf(mongodbServer === undefined)('MongoDB reads as nothing but themselves', () => {
  const [url, database] = [mongodbServer?.MONGODB_URL ?? '', `injection_${unique}`]
  readsNoConstantAsAnythingElse(async () => {
    const folder = await folderOf(notesViews('_id'))
    const client = await MongoClient.connect(url)
    const held = notesOf([...NASTY, ...UNSTORABLE.filter((text) => text === '\ufffd' || text.includes('\0'))])
    const collection = client.db(database).collection<{ _id: string }>('note')
    await collection.insertMany(held.map((each) => ({ ...each })))
    const definition = { id: 'store', type: 'mongodb', url, database, views: './views.yaml' }
    const connector = await mongodb(definition, { base: BASE, folder, batch: batchBuilder })
    return {
      connector,
      quads: noteQuads(held, 'store'),
      content: async () => [
        (await client.db(database).collections()).map(({ collectionName }) => collectionName),
        await collection.find().toArray(),
      ],
      async close() {
        await connector[Symbol.asyncDispose]?.()
        await client.db(database).dropDatabase()
        await client.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})

const sparqlServer = serverOf('SPARQL server', 'SPARQL_ENDPOINT', 'VIRTUOSO_ISQL')
describe.skipIf(sparqlServer === undefined)('Virtuoso reads as nothing but themselves', () => {
  const graph = `urn:test:injection:${unique}`
  const run = promisify(execFile)
  const isql = (statement: string) => run('isql-vt', [sparqlServer!.VIRTUOSO_ISQL, 'dba', 'dba', `exec=${statement}`])
  readsNoConstantAsAnythingElse(async () => {
    // isql itself reads some of the texts as more than that, so that these come as escapes.
    const escaped = (text: string) =>
      text.replace(/[^ -~]|['?$;#\\]/g, (character) =>
        character === '\\' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    const isShort = ({ object, graph: of }: Quad) => object.value.length < 1_000 && of.termType === 'DefaultGraph'
    const quads = noteQuads(notes, 'store').filter(isShort)
    // What it does not take as it is, its own parser's limits, stays out.
    for (let at = 0; at < quads.length; at += 3) {
      const part = new Writer({ format: 'N-Triples' }).quadsToString(
        quads.slice(at, at + 3).map((each) => ({ ...each }) as never),
      )
      const lines = part.trim().split('\n').map(escaped).join(' ')
      await isql(`DB.DBA.TTLP('${lines.replaceAll('\\', '\\\\')}', '', '${graph}');`).catch(() => {})
    }
    const endpoint = sparqlServer!.SPARQL_ENDPOINT
    const connector = sparql({ id: 'store', type: 'sparql', endpoint, graph }, { base: BASE })
    await connector.describe(new AbortController().signal)
    const held = async () =>
      (await scanned(connector, everything, asking())).map(({ s, p, o }) =>
        quad(s as Quad['subject'], p as Quad['predicate'], o!),
      )
    const found = await held()
    console.log(`virtuoso holds ${found.length} of ${quads.length} triples`)
    return {
      connector,
      quads: found,
      content: async () => (await held()).map((each) => JSON.stringify(each)).sort(),
      async close() {
        await connector[Symbol.asyncDispose]?.()
        await isql(`SPARQL CLEAR GRAPH <${graph}>;`)
      },
    }
  })
})

const s3Server = serverOf('S3 server', 'S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')
describe.skipIf(s3Server === undefined)('a bucket of S3 is never left', () => {
  const [bucket, other] = [`injection-${unique}`, `injection-${unique}-other`]
  const [endpoint, region] = [s3Server?.S3_ENDPOINT ?? '', process.env['S3_REGION'] ?? 'us-east-1']
  const credentials = {
    accessKeyId: s3Server?.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: s3Server?.AWS_SECRET_ACCESS_KEY ?? '',
  }
  const client = new S3Client({
    endpoint,
    region,
    credentials: { ...credentials },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const put = async (Bucket: string, Key: string, inlines: number) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: await survey(inlines) }))
  const open = () =>
    s3(
      { id: 'bucket', type: 's3', bucket, prefix: 'data/', endpoint, region, credentials: { ...credentials } },
      { base: BASE },
    )
  beforeAll(async () => {
    for (const Bucket of [bucket, other]) await client.send(new CreateBucketCommand({ Bucket }))
    await put(bucket, 'secret.sgy', 7)
    await put(other, 'secret.sgy', 7)
    for (const name of OBJECTS) await put(bucket, `data/${name}`, 3)
  })
  afterAll(async () => {
    for (const Bucket of [bucket, other]) {
      const keys = Bucket === other ? ['secret.sgy'] : ['secret.sgy', ...OBJECTS.map((name) => `data/${name}`)]
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }))
      await client.send(new DeleteBucketCommand({ Bucket }))
    }
    client.destroy()
  })

  it('by a locator of the provenance', async () => expectOwnObjectsOnly(await open()))
  it('by the name of an object', async () => expectOwnNamesOnly(await open()))
})
