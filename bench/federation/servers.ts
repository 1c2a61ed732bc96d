import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { writeHdf5 } from '../../examples/seismic/hdf5.ts'
import { writeSegy } from '../../examples/seismic/segy-writer.ts'
import type { SyntheticSurvey } from '../../examples/seismic/synthetic-survey.ts'
import { linesOf, type Scale, seismicLocator, surveyOf, tilesOf, trainingSets, wellOf } from './dataset.ts'

/** Where the servers are, by environment variable. */
export interface Addresses {
  readonly POSTGRES_URL: string
  readonly MONGODB_URL: string
  readonly S3_ENDPOINT: string
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
}

const VARIABLES = [
  'POSTGRES_URL',
  'MONGODB_URL',
  'S3_ENDPOINT',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
] as const satisfies readonly (keyof Addresses)[]

/** @throws Error naming the variables that are not set */
export function addressesOf(environment: Readonly<Record<string, string | undefined>> = process.env): Addresses {
  const missing = VARIABLES.filter((name) => (environment[name] ?? '') === '')
  if (missing.length > 0) throw new Error(`The federation suite needs servers: set ${missing.join(', ')}`)
  return Object.fromEntries(VARIABLES.map((name) => [name, environment[name]!])) as Record<keyof Addresses, string>
}

/** A schema, a database and a bucket that hold the records of one size. */
export interface Loaded extends AsyncDisposable {
  readonly name: string
}

const BLOCK = 5_000

export const s3Client = (addresses: Addresses): S3Client =>
  new S3Client({
    endpoint: addresses.S3_ENDPOINT,
    region: process.env['S3_REGION'] ?? 'us-east-1',
    credentials: {
      accessKeyId: addresses.AWS_ACCESS_KEY_ID,
      secretAccessKey: addresses.AWS_SECRET_ACCESS_KEY,
    },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })

/** Fills the servers; `folder` takes the objects on their way. Disposing removes it all. */
export async function loadServers(addresses: Addresses, scale: Scale, folder: string): Promise<Loaded> {
  const name = `polyprov-bench-${randomUUID().slice(0, 8)}`
  await Promise.all([
    loadWells(addresses.POSTGRES_URL, name, scale),
    loadSurveys(addresses.MONGODB_URL, name, scale),
    loadLake(s3Client(addresses), name, scale, folder),
  ])
  return {
    name,
    async [Symbol.asyncDispose]() {
      await Promise.all([
        dropWells(addresses.POSTGRES_URL, name),
        dropSurveys(addresses.MONGODB_URL, name),
        dropLake(s3Client(addresses), name),
      ])
    },
  }
}

async function withPostgres(url: string, run: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}

const loadWells = (url: string, schema: string, scale: Scale): Promise<void> =>
  withPostgres(url, async (client) => {
    await client.query(`CREATE SCHEMA "${schema}"; SET search_path = "${schema}"`)
    await client.query(`CREATE TABLE well (id int PRIMARY KEY, name text NOT NULL, operator text NOT NULL, depth int NOT NULL,
      spud date NOT NULL, status text NOT NULL, survey int NOT NULL, remarks text NOT NULL)`)
    for (let start = 0; start < scale.records; start += BLOCK) {
      const wells = Array.from({ length: Math.min(BLOCK, scale.records - start) }, (_, i) => wellOf(start + i, scale))
      await client.query('INSERT INTO well SELECT * FROM json_populate_recordset(NULL::well, $1)', [
        JSON.stringify(wells),
      ])
    }
    await client.query('CREATE INDEX ON well (survey); CREATE INDEX ON well (depth)')
    await client.query('ANALYZE well')
  })

const dropWells = (url: string, schema: string): Promise<void> =>
  withPostgres(url, async (client) => void (await client.query(`DROP SCHEMA "${schema}" CASCADE`)))

async function loadSurveys(url: string, database: string, { records }: Scale): Promise<void> {
  const client = new MongoClient(url)
  const surveys = client.db(database).collection<{ readonly _id: string }>('surveys')
  await surveys.createIndex({ year: 1 })
  await surveys.createIndex({ position: '2dsphere' })
  for (let start = 0; start < records; start += BLOCK)
    await surveys.insertMany(Array.from({ length: Math.min(BLOCK, records - start) }, (_, i) => surveyOf(start + i)))
  await client.close()
}

async function dropSurveys(url: string, database: string): Promise<void> {
  const client = new MongoClient(url)
  await client.db(database).dropDatabase()
  await client.close()
}

async function loadLake(client: S3Client, bucket: string, scale: Scale, folder: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const put = async (key: string, path: string): Promise<void> => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(path) }))
    await rm(path)
  }
  for (let k = 0; k < scale.objects; k++) {
    const path = join(folder, seismicLocator(k))
    await writeSegy(path, seismicOf(k), k, undefined)
    await put(seismicLocator(k), path)
  }
  for (const [index, { locator }] of trainingSets(scale).entries()) {
    const path = join(folder, locator)
    const shape = tilesOf(index)
    const data = new Float32Array(shape[0] * shape[1] * shape[2]).fill(index)
    await writeHdf5(path, { '/tiles': { data, shape } }, { axis: 'inline' })
    await put(locator, path)
  }
  client.destroy()
}

const seismicOf = (k: number): SyntheticSurvey => ({
  ...{ name: `survey-${k}`, title: `Survey ${k}`, basin: '', field: '', ...linesOf(k) },
  ...{ firstInline: 100, firstCrossline: 300, sampleInterval: 4_000, binSize: 25 },
  origin: { zone: 31, south: false, easting: 600_000 + 100 * k, northing: 6_000_000, azimuth: 0 },
  ...{ format: 5, text: 'ASCII', noise: 0.1, faults: [] },
})

async function dropLake(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    if (Contents.length === 0) break
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: Key! }))
  }
  await client.send(new DeleteBucketCommand({ Bucket: bucket }))
  client.destroy()
}
