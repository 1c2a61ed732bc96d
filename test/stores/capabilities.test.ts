import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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
import { type ConformanceSubject, capabilityChecks } from '../../connectors/conformance.ts'
import type { Connector } from '../../connectors/connector.ts'
import mongodb from '../../connectors/mongodb/index.ts'
import s3 from '../../connectors/objects/s3/index.ts'
import postgres from '../../connectors/postgres/index.ts'
import sparql from '../../connectors/sparql/index.ts'
import { PL } from '../../planner/namespaces.ts'
import { type Quad, quad } from '../../planner/term.ts'
import { engine, tally } from '../conformance/capabilities.ts'
import { BASE, QUADS } from '../conformance/data.ts'
import {
  objectSubject,
  PEOPLE,
  PEOPLE_VIEWS,
  peopleQuads,
  peopleReferences,
  temporaryFolder,
} from '../conformance/subjects.ts'
import { BASE as TABLE_BASE } from '../unit/postgres/harness.ts'
import { PEOPLE_QUADS, PEOPLE_REFERENCES, PEOPLE_SQL, PEOPLE_VIEWS as TABLE_VIEWS } from '../unit/postgres/people.ts'
import { serverOf } from './servers.ts'

const unique = randomUUID().slice(0, 8)
const run = promisify(execFile)

/** Every subset of what a connector can do, on a real server; see `connectors/conformance/capabilities.ts`. */
function checkEverySubset(name: string, subject: ConformanceSubject): void {
  const counted = tally(name)
  beforeAll(counted.start)
  afterAll(counted.print)
  for (const check of capabilityChecks(subject, engine, counted)) it(check.name, check.run, 300_000)
}

const postgresServer = serverOf('PostgreSQL server', 'POSTGRES_URL')
describe.skipIf(postgresServer === undefined)('PostgreSQL', () => {
  const url = postgresServer?.POSTGRES_URL ?? ''
  const schema = `capabilities_${unique}`
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-capabilities-'))
    await writeFile(join(folder, 'views.yaml'), TABLE_VIEWS)
    await withClient(url, (client) =>
      client.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${PEOPLE_SQL}`),
    )
  })
  afterAll(async () => {
    await withClient(url, (client) => client.query(`DROP SCHEMA ${schema} CASCADE`))
    await rm(folder, { recursive: true, force: true })
  })
  checkEverySubset('postgres', {
    quads: PEOPLE_QUADS,
    references: PEOPLE_REFERENCES,
    open: async () =>
      postgres(
        { id: 'postgres', type: 'postgres', url, schema, views: './views.yaml' },
        { base: TABLE_BASE, folder, batch: batchBuilder },
      ),
  })
})

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const mongodbServer = serverOf('MongoDB server', 'MONGODB_URL')
describe.skipIf(mongodbServer === undefined)('MongoDB', () => {
  const url = mongodbServer?.MONGODB_URL ?? 'mongodb://127.0.0.1:1'
  const database = `capabilities_${unique}`
  const client = new MongoClient(url)
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-capabilities-'))
    await writeFile(join(folder, 'views.yaml'), PEOPLE_VIEWS)
    await client
      .db(database)
      .collection<{ _id: string }>('people')
      .insertMany(PEOPLE.map((each) => ({ ...each })))
  })
  afterAll(async () => {
    await client.db(database).dropDatabase()
    await client.close()
    await rm(folder, { recursive: true, force: true })
  })
  // The same documents as those of the files that the embedded store reads, with the same answers.
  checkEverySubset('mongodb', {
    quads: peopleQuads('documents'),
    references: peopleReferences('documents'),
    open: async () =>
      mongodb(
        { id: 'documents', type: 'mongodb', url, database, views: './views.yaml' },
        { base: BASE, folder, batch: batchBuilder },
      ),
  })
})

const sparqlServer = serverOf('SPARQL server', 'SPARQL_ENDPOINT', 'VIRTUOSO_ISQL')
describe.skipIf(sparqlServer === undefined)('Virtuoso', () => {
  const graph = `urn:test:${unique}`
  const isql = (statement: string) => run('isql-vt', [sparqlServer!.VIRTUOSO_ISQL, 'dba', 'dba', `exec=${statement}`])
  // What it keeps as it is given: it has one integer `1`, whatever its lexical form and type, and no booleans.
  const isKept = ({ object }: Quad) => object.termType !== 'Literal' || !/^0\d|^1\.5$|^true$/.test(object.value)
  const quads = QUADS.filter((each) => each.graph.termType === 'DefaultGraph' && isKept(each))
  beforeAll(async () => {
    const text = new Writer({ format: 'N-Triples' }).quadsToString(quads.map((each) => ({ ...each }) as never))
    await isql(`DB.DBA.TTLP('${text.replaceAll("'", "''")}', '', '${graph}');`)
  })
  afterAll(async () => {
    await isql(`SPARQL CLEAR GRAPH <${graph}>;`)
  })
  checkEverySubset('sparql', {
    quads,
    open: async () =>
      sparql({ id: 'virtuoso', type: 'sparql', endpoint: sparqlServer?.SPARQL_ENDPOINT, graph }, { base: BASE }),
  })
})

const s3Server = serverOf('S3 server', 'S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')
const folder = await temporaryFolder()
const objects = await objectSubject(folder)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(s3Server === undefined)('S3', () => {
  const bucket = `capabilities-${unique}`
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
  const open = async (): Promise<Connector> =>
    s3({ id: 'files', type: 's3', bucket, endpoint, region, credentials }, { base: BASE })
  const keys: string[] = []
  const quads: Quad[] = []

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      keys.push(path.slice(folder.length + 1))
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: keys.at(-1)!, Body: await readFile(path) }))
    }
    // ETags and times are the bucket's own; all else is what the files say.
    const connector = await open()
    const listed = (await scanned(connector, everything, asking())).map(({ s, p, o }) =>
      quad(s as Quad['subject'], p as Quad['predicate'], o!),
    )
    await connector[Symbol.asyncDispose]?.()
    const isOwn = ({ predicate }: Quad) => [`${PL}etag`, `${PL}modified`].includes(predicate.value)
    quads.push(...objects.quads.filter((each) => !isOwn(each)), ...listed.filter(isOwn))
  })
  afterAll(async () => {
    for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    client.destroy()
  })
  checkEverySubset('s3', { ...objects, quads, open })
})
