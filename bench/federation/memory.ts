import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { BASE } from './dataset.ts'

/** Where the rows are: in a table, or behind an endpoint. */
export type RowPlace =
  | { readonly kind: 'table'; readonly url: string; readonly schema: string; readonly folder: string }
  | { readonly kind: 'endpoint'; readonly endpoint: string }

export interface Streamed {
  readonly what: string
  readonly rows: number
  readonly milliseconds: number
  /** Most megabytes that were resident. */
  readonly megabytes: number
  /** What was resident before the query. */
  readonly before: number
}

const TIMEOUT = 600_000
const STATUS = '/proc/self/status'
export const SAMPLES = 'https://example.org/samples#'
const VIEWS = `prefixes: { x: "${SAMPLES}" }
mappings:
  sample:
    s: x:sample/$(id)
    po:
      - [x:trace, $(trace)]
      - [x:amplitude, $(amplitude)]
`
export const ROW_QUERY = `PREFIX x: <${SAMPLES}> SELECT ?s ?t ?a { ?s x:trace ?t ; x:amplitude ?a }`

/** A table of so many rows in a schema of its own. */
export async function loadSamples(url: string, schema: string, rows: number): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`CREATE SCHEMA "${schema}"`)
  await client.query(`CREATE UNLOGGED TABLE "${schema}".sample AS
    SELECT n AS id, n / 1000 AS trace, sqrt(n::float8) AS amplitude FROM generate_series(1, ${rows}) AS n`)
  await client.query(
    `ALTER TABLE "${schema}".sample ADD PRIMARY KEY (id), ALTER trace SET NOT NULL, ALTER amplitude SET NOT NULL`,
  )
  await client.query(`ANALYZE "${schema}".sample`)
  return {
    async [Symbol.asyncDispose]() {
      await client.query(`DROP SCHEMA "${schema}" CASCADE`)
      await client.end()
    },
  }
}

async function openRows(place: RowPlace): Promise<Polystore> {
  const limits = { timeout: TIMEOUT }
  if (place.kind === 'endpoint') {
    const store = { id: 'samples', type: 'sparql', endpoint: place.endpoint, timeout: TIMEOUT }
    return open({ base: BASE, stores: [store] }, { limits })
  }
  const { url, schema, folder } = place
  const views = join(folder, 'samples.yarrrml.yaml')
  await writeFile(views, VIEWS)
  const store = { id: 'samples', type: 'postgres', url, schema, views, timeout: TIMEOUT }
  return open({ base: BASE, stores: [store] }, { limits })
}

/** Reads every row through a query, and lets it go: how many there were. */
export async function readRows(place: RowPlace): Promise<number> {
  await using polystore = await openRows(place)
  const execution = await polystore.execute(ROW_QUERY)
  if (execution.kind !== 'bindings') throw new Error('no rows')
  let rows = 0
  for await (const block of execution.blocks) rows += block.length
  return rows
}

/** An endpoint of its own over the rows, for as long as the process lives: its address. */
export async function serveRows(place: RowPlace): Promise<string> {
  const { createServer } = await import('../../src/server/index.ts')
  const polystore = await openRows(place)
  const server = createServer(polystore, { timeout: TIMEOUT, maximumTimeout: TIMEOUT })
  return `${(await server.listen(0)).replace(/\/$/, '')}/sparql`
}

/** Megabytes of this process that are resident, and most of them that ever were. */
export const memoryInUse = () => ({
  now: process.memoryUsage.rss() / 2 ** 20,
  most: mostResident() / 1024,
})

/** Kilobytes. Linux counts to a process's usage what its parent held when it was started, but not to its status. */
function mostResident(): number {
  const status = existsSync(STATUS) ? readFileSync(STATUS, 'utf8') : ''
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return peak === undefined ? process.resourceUsage().maxRSS : Number(peak)
}
