import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conformanceChecks } from '../../connectors/conformance.ts'
import { postgresConfig } from '../../connectors/postgres/config.ts'
import { openPostgres } from '../../connectors/postgres/index.ts'
import { serverDatabase } from '../../connectors/postgres/server.ts'
import { open } from '../../src/open.ts'
import { BASE } from '../unit/postgres/harness.ts'
import { PEOPLE_QUADS, PEOPLE_REFERENCES, PEOPLE_SQL, PEOPLE_VIEWS } from '../unit/postgres/people.ts'
import { serverOf, startRelay } from './servers.ts'

const server = serverOf('PostgreSQL server', 'POSTGRES_URL')
const url = server?.POSTGRES_URL ?? 'postgresql://nobody@127.0.0.1:1/none'
const schema = `polyprov_${randomUUID().replaceAll('-', '')}`

const VIEWS = `prefixes:
  x: http://x/
  geo: http://www.opengis.net/ont/geosparql#
mappings:
  number:
    s: http://x/n/$(n)
    po:
      - [x:n, $(n)]
      - [x:text, $(text)]
  place:
    s: http://x/place/$(id)
    po:
      - [geo:asWKT, $(shape)]
  slow:
    s: http://x/slow/$(id)
    po:
      - [x:slept, $(slept)]
`

describe.skipIf(server === undefined)('a PostgreSQL server', () => {
  let folder: string
  const admin = new pg.Client({ connectionString: url })
  const definition = (more: object = {}) => ({
    id: 'postgres',
    type: 'postgres',
    url,
    schema,
    views: join(folder, 'views.yaml'),
    ...more,
  })
  const polystoreOf = (more: object = {}) => open({ base: BASE, stores: [definition(more)] }, { force: true })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-postgres-'))
    await writeFile(join(folder, 'people.yaml'), PEOPLE_VIEWS)
    await writeFile(join(folder, 'views.yaml'), VIEWS)
    await admin.connect()
    await admin.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}, public`)
    await admin.query(PEOPLE_SQL)
    await admin.query(`
      CREATE TABLE number AS SELECT n, 'text ' || n AS text FROM generate_series(1, 50000) AS n;
      ALTER TABLE number ADD PRIMARY KEY (n);
      ANALYZE number;
      CREATE FUNCTION ${schema}.nap(id int) RETURNS text VOLATILE LANGUAGE sql AS 'SELECT pg_sleep(30)::text';
      CREATE VIEW slow AS SELECT id, ${schema}.nap(id) AS slept FROM generate_series(1, 3) AS id;
      CREATE TABLE place (id int PRIMARY KEY, shape geometry(Geometry, 4326));
      INSERT INTO place SELECT n, ST_SetSRID(ST_MakePoint(n % 100, n / 100), 4326) FROM generate_series(0, 4999) AS n;
      CREATE INDEX ON place USING gist (shape);
      ANALYZE place;`)
  })
  afterAll(async () => {
    await admin.query(`DROP SCHEMA ${schema} CASCADE`)
    await admin.end()
    await rm(folder, { recursive: true, force: true })
  })

  describe('conforms', () => {
    const used: { inUse(): number }[] = []
    const connect = async (more: object = {}) => {
      const config = postgresConfig(definition({ views: join(folder, 'people.yaml'), ...more }))
      const { id, timeout, connections } = config
      const database = serverDatabase({ store: id, url: config.url!, timeout, connections })
      used.push(database)
      return openPostgres(config, { base: BASE, folder }, database)
    }
    const checks = conformanceChecks({
      quads: PEOPLE_QUADS,
      references: PEOPLE_REFERENCES,
      open: () => connect(),
      // A server that takes connections and says nothing.
      async stalled() {
        const { createServer } = await import('node:net')
        const sockets = new Set<import('node:net').Socket>()
        const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})))
        await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
        const { port } = silent.address() as { port: number }
        const connector = await connect({ url: `postgresql://x@127.0.0.1:${port}/x` })
        const dispose = connector[Symbol.asyncDispose]?.bind(connector)
        return Object.assign(connector, {
          async [Symbol.asyncDispose]() {
            for (const socket of sockets) socket.destroy()
            silent.close()
            await dispose?.()
          },
        })
      },
      openCursors: () => used.reduce((sum, database) => sum + database.inUse(), 0),
    })
    for (const { name, run } of checks) it(name, run)
  })

  it('is read block by block, and stopped where enough is read', async () => {
    await using polystore = await polystoreOf()
    const all = polystore.query('PREFIX x: <http://x/> SELECT ?s ?n ?t { ?s x:n ?n ; x:text ?t }')
    expect(await all.toArray()).toHaveLength(50_000)
    expect(all.stats()?.stores['postgres']).toMatchObject({ requests: 1, rows: 50_000 })
    const some = polystore.query('PREFIX x: <http://x/> SELECT ?s { ?s x:n ?n } LIMIT 3')
    expect(await some.toArray()).toHaveLength(3)
    expect(some.stats()?.stores['postgres']).toMatchObject({ requests: 1, rows: 3 })
  })

  it('counts, sums and sorts in the database', async () => {
    await using polystore = await polystoreOf()
    const rows = polystore.query(
      'PREFIX x: <http://x/> SELECT (COUNT(*) AS ?c) (SUM(?n) AS ?sum) (AVG(?n) AS ?avg) (MAX(?n) AS ?max) { ?s x:n ?n FILTER(?n > 49990) }',
    )
    expect(await rows.toArray()).toEqual([{ c: 10, sum: 499_955, avg: 49995.5, max: 50_000 }])
    expect(rows.stats()?.stores['postgres']).toMatchObject({ requests: 1, rows: 1 })
    const sorted = polystore.query('PREFIX x: <http://x/> SELECT ?n { ?s x:n ?n } ORDER BY DESC(?n) LIMIT 2')
    expect(await sorted.toArray()).toEqual([{ n: 50_000 }, { n: 49_999 }])
    expect(sorted.stats()?.stores['postgres']).toMatchObject({ requests: 1, rows: 2 })
  })

  it('finds geometries by its index, and looks at them again', async () => {
    await using polystore = await polystoreOf()
    const rows =
      polystore.query(`PREFIX geo: <http://www.opengis.net/ont/geosparql#> PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
      SELECT ?p { ?p geo:asWKT ?w FILTER(geof:sfIntersects(?w, "POLYGON((0 0, 2 0, 0 2, 0 0))"^^geo:wktLiteral)) }`)
    expect((await rows.toArray()).map(({ p }) => p).sort()).toEqual(
      [0, 1, 100, 101, 2, 200].map((id) => `http://x/place/${id}`),
    )
  })

  it('does more at once than it has connections, with answers that wait for one another', async () => {
    await using polystore = await polystoreOf({ connections: 1 })
    const text = (n: number) => `PREFIX x: <http://x/> SELECT ?n ?t { ?s x:n ?n ; x:text ?t FILTER(?n != ${n}) }`
    const iterators = [1, 2, 3].map((n) => polystore.query(text(n))[Symbol.asyncIterator]())
    const counts = [0, 0, 0]
    const open = new Set([0, 1, 2])
    while (open.size > 0) {
      for (const index of [...open]) {
        const { done } = await iterators[index]!.next()
        if (done === true) open.delete(index)
        else counts[index]!++
      }
    }
    expect(counts).toEqual([49_999, 49_999, 49_999])
  })

  const activity = async (): Promise<number> => {
    const { rows } = await admin.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'polyprov' AND state = 'active' AND query LIKE '%${schema}%slow%'`,
    )
    return (rows[0] as { n: number }).n
  }
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let round = 0; round < 200 && !(await holds()); round++)
      await new Promise((resolve) => setTimeout(resolve, 25))
    expect(await holds()).toBe(true)
  }

  it('stops at once in the database when the query is cancelled', async () => {
    await using polystore = await polystoreOf()
    const controller = new AbortController()
    const rows = polystore.query('PREFIX x: <http://x/> SELECT ?s { ?s x:slept ?t }', { signal: controller.signal })
    const answer = rows.toArray()
    answer.catch(() => {})
    await until(async () => (await activity()) === 1)
    controller.abort()
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' })
    await until(async () => (await activity()) === 0)
  })

  it('gives up at its own time limit, and at the query’s', async () => {
    await using polystore = await polystoreOf({ timeout: 300 })
    const text = 'PREFIX x: <http://x/> SELECT ?s { ?s x:slept ?t }'
    await expect(polystore.query(text).toArray()).rejects.toMatchObject({
      code: 'store-timeout',
      details: { store: 'postgres' },
    })
    await using patient = await polystoreOf()
    await expect(patient.query(text, { timeout: 300 }).toArray()).rejects.toMatchObject({ code: 'timeout' })
    await until(async () => (await activity()) === 0)
  })

  it('is connected to again after its connections are ended', async () => {
    await using polystore = await polystoreOf()
    const text = 'PREFIX x: <http://x/> SELECT ?s { ?s x:n 7 }'
    expect(await polystore.query(text).toArray()).toHaveLength(1)
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'polyprov' AND pid <> pg_backend_pid()`,
    )
    expect(await polystore.query(text).toArray()).toHaveLength(1)
  })

  it('that is silent is a named timeout, that is gone a named failure, without its address', async () => {
    await using relay = await startRelay(url)
    const relayed = Object.assign(new URL(url), { host: new URL(relay.url).host }).href
    await using polystore = await polystoreOf({ url: relayed, timeout: 300 })
    const text = 'PREFIX x: <http://x/> SELECT ?s { ?s x:n 7 }'
    expect(await polystore.query(text).toArray()).toHaveLength(1)
    relay.freeze()
    await expect(polystore.query(text).toArray()).rejects.toMatchObject({ code: 'store-timeout' })
    await relay.kill()
    const gone = polystore.query(text).toArray()
    await expect(gone).rejects.toMatchObject({ code: 'store-failed', details: { store: 'postgres' } })
    await expect(gone).rejects.not.toThrow(/127\.0\.0\.1/)
  })

  it('that refuses is told without its URL', async () => {
    const secret = 'postgresql://someone:a-secret@127.0.0.1:1/nowhere'
    // A store that cannot be reached keeps nobody from opening the others.
    await using polystore = await open({ base: BASE, stores: [definition({ url: secret })] })
    const [store] = polystore.stores.list()
    const checking = polystore.stores.check(store!.id)
    await expect(checking).rejects.toMatchObject({ code: 'store-failed' })
    await expect(checking).rejects.not.toThrow(/a-secret|127\.0\.0\.1|someone/)
    expect(JSON.stringify(store)).not.toMatch(/a-secret|someone/)
  })
})
