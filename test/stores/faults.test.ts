import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { concurrently } from '../../connectors/objects/concurrently.ts'
import { PL } from '../../planner/namespaces.ts'
import { open, type PolyprovError, type Polystore } from '../../src/index.ts'
import { connectionsTo, type Kind, type OwnServer, type OwnServers, startOwn, storesScript } from './own-servers.ts'

const script = storesScript()
const BASE = 'urn:test:'
/** Milliseconds that a store may take, and how many connections to it. */
const TIMEOUT = 3_000
const CONNECTIONS = 4
const ROWS = 6_000
const OBJECTS = 300
const CREDENTIALS = { accessKeyId: 'test:tester', secretAccessKey: 'testing' }

const run = promisify(execFile)

const VIEWS = `prefixes: { x: "http://x/" }
mappings:
  thing: { sources: [[thing]], s: http://x/thing/$(n), po: [[x:n, $(n)], [x:text, $(text)]] }
`
const things = Array.from({ length: ROWS }, (_, n) => ({ n, text: `text ${n} ${'x'.repeat(1_000)}` }))

/** A kind of store, what it holds, and a query for some of it and for all. */
interface Subject {
  readonly kind: Kind
  definition(server: OwnServer): Readonly<Record<string, unknown>>
  load(server: OwnServer): Promise<void>
  /** Whether it has to be loaded again once it was killed. */
  readonly forgets?: boolean
  readonly few: string
  readonly many: string
  readonly count: number
}

const few = 'SELECT ?t { <http://x/thing/7> <http://x/text> ?t }'
const many = 'SELECT ?s ?t { ?s <http://x/text> ?t }'
const listed = (limit: string) =>
  `SELECT ?path ?size { GRAPH <${BASE}store/subject> { ?object <${PL}value> ?path ; <${PL}sizeBytes> ?size } } ${limit}`

const subjects: readonly Subject[] = [
  {
    kind: 'postgres',
    definition: ({ port }) => ({
      url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
      views: './views.yaml',
      connections: CONNECTIONS,
    }),
    async load({ port }) {
      const client = new pg.Client(`postgresql://postgres@127.0.0.1:${port}/postgres`)
      await client.connect()
      await client.query(`CREATE TABLE thing AS
        SELECT n, 'text ' || n || ' ' || repeat('x', 1000) AS text FROM generate_series(0, ${ROWS - 1}) AS n;
        ALTER TABLE thing ADD PRIMARY KEY (n); ANALYZE thing`)
      await client.end()
    },
    few,
    many,
    count: ROWS,
  },
  {
    kind: 'mongodb',
    definition: ({ port }) => ({
      url: `mongodb://127.0.0.1:${port}`,
      database: 'faults',
      views: './views.yaml',
      connections: CONNECTIONS,
    }),
    async load({ port }) {
      const client = new MongoClient(`mongodb://127.0.0.1:${port}`)
      await client.db('faults').collection('thing').insertMany(things)
      await client.close()
    },
    // The stand-in keeps its documents in memory.
    forgets: true,
    few,
    many,
    count: ROWS,
  },
  {
    kind: 'sparql',
    definition: ({ port }) => ({ endpoint: `http://127.0.0.1:${port}/sparql`, graph: 'urn:faults', retries: 1 }),
    async load({ port }) {
      const file = join(servers!.folder, 'things.nt')
      await writeFile(file, things.map(({ n, text }) => `<http://x/thing/${n}> <http://x/text> "${text}" .\n`).join(''))
      const statements = `DB.DBA.TTLP(file_to_string('${file}'), '', 'urn:faults'); checkpoint;`
      await run('isql-vt', [`127.0.0.1:${port + 1}`, 'dba', 'dba', `exec=${statements}`])
    },
    few,
    many,
    count: ROWS,
  },
  {
    kind: 's3',
    definition: ({ port }) => ({
      bucket: 'faults',
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      // Credentials that are written out are refused.
      credentials: { accessKeyId: '$' + '{FAULTS_KEY}', secretAccessKey: '$' + '{FAULTS_SECRET}' },
      concurrency: CONNECTIONS,
      retries: 1,
    }),
    async load({ port }) {
      const client = new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: CREDENTIALS,
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
      })
      await client.send(new CreateBucketCommand({ Bucket: 'faults' }))
      const keys = Array.from({ length: OBJECTS }, (_, n) => `object-${n}.txt`)
      const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: 'faults', Key, Body: Key }))
      for await (const _ of concurrently(keys, 8, new AbortController().signal, put));
      client.destroy()
    },
    few: listed('LIMIT 1'),
    many: listed(''),
    count: OBJECTS,
  },
]

let folder: string
let servers: OwnServers | undefined

describe.skipIf(script === undefined)('a server', () => {
  beforeAll(async () => {
    vi.stubEnv('FAULTS_KEY', CREDENTIALS.accessKeyId)
    vi.stubEnv('FAULTS_SECRET', CREDENTIALS.secretAccessKey)
    folder = await mkdtemp(join(tmpdir(), 'polyprov-faults-data-'))
    await writeFile(join(folder, 'views.yaml'), VIEWS)
    servers = await startOwn(
      script!,
      subjects.map(({ kind }) => kind),
    )
    await Promise.all(subjects.map((subject) => subject.load(servers!.server(subject.kind))))
  }, 180_000)
  afterAll(async () => {
    await servers?.end()
    await rm(folder, { recursive: true, force: true })
  })

  describe.each(subjects)('of $kind', ({ kind, definition, load, forgets, few, many, count }) => {
    let server: OwnServer
    let polystore: Polystore

    const polystoreOf = async (more: object = {}) => {
      const file = join(folder, `${kind}.json`)
      const subject = { id: 'subject', type: kind, timeout: TIMEOUT, ...definition(server), ...more }
      const other = { id: 'other', type: 'documents', path: '.', views: './other.yaml' }
      await writeFile(join(folder, 'other.ndjson'), '{"_id":1,"m":1}\n')
      await writeFile(join(folder, 'other.yaml'), OTHER)
      await writeFile(
        file,
        JSON.stringify({ base: BASE, stores: [subject, other], limits: { breaker: { pause: 300 } } }),
      )
      return open(file)
    }
    const rowsOf = async (text: string) => (await polystore.query(text).toArray()).length
    /** What it failed with; `undefined` where there was an answer. */
    const failureOf = (promise: Promise<unknown>): Promise<PolyprovError | undefined> =>
      promise.then(
        () => undefined,
        (error: PolyprovError) => error,
      )
    const expectOthers = async () =>
      expect(await polystore.query('SELECT ?m { ?s <http://x/m> ?m }').toArray()).toEqual([{ m: 1 }])
    /** Reads the first block of a long answer, then what comes after something happened. */
    const interrupted = async (happens: () => Promise<void> | void) => {
      const execution = await polystore.execute(many)
      if (execution.kind !== 'bindings') throw new Error('no rows')
      let rows = 0
      for await (const block of execution.blocks) {
        if (rows === 0) await happens()
        rows += block.length
      }
      return rows
    }

    beforeAll(async () => {
      server = servers!.server(kind)
      polystore = await polystoreOf()
    })
    afterAll(async () => {
      await polystore.close()
      // Keep-alive connections of `fetch` belong to the process, not to the polystore.
      for (let round = 0; round < 50 && connectionsTo(server.port) > 0; round++) await pause(100)
      if (kind !== 'sparql') expect(connectionsTo(server.port)).toBe(0)
    })

    it('answers', async () => {
      expect(await rowsOf(few)).toBe(1)
      expect(await rowsOf(many)).toBe(count)
    })

    it('that is frozen is named within its time, alone and with the others, and answers when it goes on', async () => {
      server.freeze()
      try {
        const error = await failureOf(polystore.query(few).toArray())
        expect(error).toMatchObject({ code: 'store-timeout', status: 504, details: { store: 'subject' } })
        await expectOthers()
        const execution = await polystore.execute(few, { partial: true, timeout: TIMEOUT / 2 })
        if (execution.kind === 'bindings') for await (const block of execution.blocks) expect(block).toEqual([])
        expect(execution.warnings()).toHaveLength(1)
        expect(execution.warnings()[0]).toContain('subject')
      } finally {
        server.thaw()
      }
      expect(await rowsOf(few)).toBe(1)
      expect(await rowsOf(many)).toBe(count)
      expect(polystore.stores.list()[0]?.health).toMatchObject({ status: 'up', breaker: 'closed' })
    })

    it('that is frozen in the middle of an answer is named, and the rest comes when it goes on in time', async () => {
      const error = await failureOf(interrupted(() => server.freeze())).finally(() => server.thaw())
      // What was on its way already may have been all.
      if (error !== undefined) expect(error).toMatchObject({ code: 'store-timeout', details: { store: 'subject' } })
      const resumed = interrupted(() => {
        server.freeze()
        setTimeout(() => server.thaw(), TIMEOUT / 4)
      })
      expect(await resumed).toBe(count)
    })

    it('that is killed in the middle of an answer is named, refused at once, and used again when it is back', async () => {
      const error = await failureOf(interrupted(() => server.kill()))
      if (error !== undefined) {
        expect(error.code).toMatch(/^store-(failed|timeout)$/)
        expect(error.details.store).toBe('subject')
      }
      expect(await failureOf(polystore.query(few).toArray())).toMatchObject({
        code: expect.stringMatching(/^store-(failed|timeout)$/),
        details: { store: 'subject' },
      })
      await expectOthers()
      await expect(polystore.stores.check('subject')).rejects.toMatchObject({ details: { store: 'subject' } })
      const opened = await polystoreOf()
      try {
        expect(opened.stores.list().map(({ health }) => health?.status)).toEqual(['down', 'up'])
        await server.start()
        if (forgets === true) await load(server)
        expect(await opened.query(few).toArray()).toHaveLength(1)
      } finally {
        await opened.close()
      }
      await polystore.stores.check('subject')
      expect(await rowsOf(few)).toBe(1)
      expect(await rowsOf(many)).toBe(count)
    })

    it('has no more connections than it may, and none at work once queries are cancelled', async () => {
      const controller = new AbortController()
      const queries = Array.from({ length: 8 }, () =>
        polystore
          .query(many, { signal: controller.signal })
          .toArray()
          .catch(() => undefined),
      )
      await pause(50)
      expect(connectionsTo(server.port)).toBeLessThanOrEqual(CONNECTIONS + EXTRA[kind])
      controller.abort()
      await Promise.all(queries)
      expect(polystore.running.list()).toEqual([])
      expect(await rowsOf(few)).toBe(1)
      if (kind === 'postgres') await expect.poll(() => busyConnections(server.port), { timeout: 5_000 }).toBe(0)
      await expect
        .poll(() => connectionsTo(server.port), { timeout: 5_000 })
        .toBeLessThanOrEqual(CONNECTIONS + EXTRA[kind])
    })
  })
})

const OTHER = `prefixes: { x: "http://x/" }
mappings:
  other: { sources: [[other]], s: http://x/other/$(_id), po: [[x:m, $(m)]] }
`

/** Beside those for queries: a driver's own look at its server; messengers that cancel statements. */
const EXTRA: Readonly<Record<Kind, number>> = { postgres: CONNECTIONS, mongodb: 2, sparql: CONNECTIONS, s3: 0 }

async function busyConnections(port: number): Promise<number> {
  const client = new pg.Client(`postgresql://postgres@127.0.0.1:${port}/postgres`)
  await client.connect()
  const { rows } = await client.query<{ count: string }>(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'polyprov' AND state <> 'idle'",
  )
  await client.end()
  return Number(rows[0]?.count)
}
