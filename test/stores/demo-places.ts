import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteBucketCommand, DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { serversOf } from '../../src/cli/demo-servers/environment.ts'
import { namesOf } from '../../src/cli/demo-servers/place.ts'
import { updateOf } from '../../src/cli/demo-servers/sparql-update.ts'
import { serverOf } from './servers.ts'

const found = serverOf(
  'servers for the example',
  'POSTGRES_URL',
  'MONGODB_URL',
  'S3_ENDPOINT',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'SPARQL_ENDPOINT',
  'VIRTUOSO_ISQL',
)
const region = process.env['S3_REGION'] ?? 'us-east-1'

/** The variables that name the servers; `undefined` where the tests are to be skipped. */
export const environment = found === undefined ? undefined : { ...found, S3_REGION: region }

const signal: AbortSignal = new AbortController().signal

/** Clients of the servers, a folder, and names that nobody else has; all of it is removed after the file's tests. */
export function useServers() {
  const names: string[] = []
  const servers = environment === undefined ? undefined! : serversOf(environment)
  const s3 = new S3Client({
    endpoint: environment?.S3_ENDPOINT ?? '',
    region,
    credentials: { ...(servers?.s3.credentials ?? { accessKeyId: '', secretAccessKey: '' }) },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const mongo = new MongoClient(environment?.MONGODB_URL ?? 'mongodb://127.0.0.1:1')
  const postgres = new pg.Client({ connectionString: environment?.POSTGRES_URL })
  const update = environment === undefined ? undefined! : updateOf(servers.sparql)
  let folder = ''

  async function keysOf(bucket: string): Promise<readonly string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key }) => Key!).sort()
  }

  async function removeAll(name: string): Promise<void> {
    const { database, schema, bucket, graph } = namesOf(name)
    await postgres.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await mongo.db(database).dropDatabase()
    for (const each of [graph, `${graph}:mark`]) await update(`CLEAR SILENT GRAPH <${each}>`, signal)
    for (const Key of await keysOf(bucket).catch(() => []))
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    await s3.send(new DeleteBucketCommand({ Bucket: bucket })).catch(() => undefined)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-demo-'))
    await postgres.connect()
  })
  afterAll(async () => {
    for (const name of names) await removeAll(name)
    await postgres.end()
    await mongo.close()
    s3.destroy()
    await rm(folder, { recursive: true, force: true })
  })

  return {
    servers,
    s3,
    mongo,
    postgres,
    update,
    signal,
    keysOf,
    folder: () => folder,
    newName: (): string => {
      const name = `test-${randomUUID().slice(0, 8)}`
      names.push(name)
      return name
    },
  }
}
