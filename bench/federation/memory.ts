import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { open } from '../../src/open.ts'
import { BASE } from './dataset.ts'

export interface StreamQuestion {
  readonly url: string
  readonly schema: string
  readonly folder: string
}

export interface Streamed {
  readonly rows: number
  readonly milliseconds: number
  /** Most megabytes that were resident. */
  readonly megabytes: number
}

const VIEWS = `prefixes: { x: "https://example.org/samples#" }
mappings:
  sample:
    s: x:sample/$(id)
    po:
      - [x:trace, $(trace)]
      - [x:amplitude, $(amplitude)]
`
const QUERY = 'PREFIX x: <https://example.org/samples#> SELECT ?s ?t ?a { ?s x:trace ?t ; x:amplitude ?a }'

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

/** Reads every row of the table through a query, and lets it go. */
export async function streamRows({ url, schema, folder }: StreamQuestion): Promise<Streamed> {
  const views = join(folder, 'samples.yarrrml.yaml')
  await writeFile(views, VIEWS)
  const polystore = await open(
    { base: BASE, stores: [{ id: 'samples', type: 'postgres', url, schema, views, timeout: 600_000 }] },
    { limits: { timeout: 600_000 } },
  )
  const started = performance.now()
  let rows = 0
  const execution = await polystore.execute(QUERY)
  if (execution.kind !== 'bindings') throw new Error('no rows')
  for await (const block of execution.blocks) rows += block.length
  const milliseconds = performance.now() - started
  await polystore.close()
  return { rows, milliseconds, megabytes: process.resourceUsage().maxRSS / 1024 }
}
