import { readFile } from 'node:fs/promises'
import type { Client } from 'pg'
import { storeError } from '../../../connectors/postgres/errors.ts'
import { STORES } from '../../../examples/seismic/settings.ts'
import { WELLS, wellsPath } from '../../../examples/seismic/wells.ts'
import type { Servers } from './environment.ts'
import { demoPackage, digestOf, type LoadContext, type Loaded, MARK, markOf, notOurs } from './place.ts'

const CONNECT_MILLISECONDS = 10_000
const STATEMENT_MILLISECONDS = 60_000

/**
 * Loads the registry of wells into a table, in a schema of its own, all or nothing.
 * @throws `conflict` where the schema is somebody else's; `store-failed`, without the address
 */
export async function loadWells({ url }: Servers['postgres'], context: LoadContext): Promise<Loaded> {
  const { default: pg } = await demoPackage('pg', () => import('pg'))
  const { signal } = context
  signal.throwIfAborted()
  const client = new pg.Client({
    connectionString: url,
    application_name: MARK,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: STATEMENT_MILLISECONDS,
  })
  client.on('error', () => undefined)
  // Closes the connection, whatever it is waiting for.
  const stop = () => void client.end().catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await client.connect()
    return await load(client, context)
  } catch (error) {
    signal.throwIfAborted()
    throw storeError(STORES.wells, error, STATEMENT_MILLISECONDS)
  } finally {
    signal.removeEventListener('abort', stop)
    await client.end().catch(() => undefined)
  }
}

async function load(client: Client, { directory, names: { schema }, progress }: LoadContext): Promise<Loaded> {
  const text = await readFile(wellsPath(directory), 'utf8')
  const wells = text.split('\n').filter((line) => line !== '')
  const what = `${wells.length} rows in the table ${schema}.${WELLS}`
  progress(STORES.wells, 0, wells.length)
  await client.query('BEGIN')
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [schema])
  const mark = await markOfSchema(client, schema)
  const type = await pointType(client)
  const expected = markOf(digestOf([type, text]))
  if (mark === expected && (await countRows(client, schema)) === wells.length) {
    await client.query('ROLLBACK')
    return { what, isKept: true }
  }
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await client.query(`DROP TABLE IF EXISTS ${schema}.${WELLS}`)
  await client.query(`CREATE TABLE ${schema}.${WELLS} (
    id text PRIMARY KEY, name text NOT NULL, survey text NOT NULL, status text NOT NULL,
    spudded date NOT NULL, depth numeric NOT NULL, wellhead ${type} NOT NULL)`)
  await client.query(
    `INSERT INTO ${schema}.${WELLS}
     SELECT _id, name, survey, status, spudded, depth, ${type === 'text' ? 'wellhead' : `('SRID=4326;' || wellhead)::${type}`}
     FROM jsonb_to_recordset($1::jsonb)
     AS well (_id text, name text, survey text, status text, spudded date, depth numeric, wellhead text)`,
    [`[${wells.join(',')}]`],
  )
  await client.query(`CREATE INDEX ON ${schema}.${WELLS} (survey)`)
  // The mark is hexadecimal digits behind a constant: a comment takes no parameters.
  await client.query(`COMMENT ON SCHEMA ${schema} IS '${expected}'`)
  await client.query(`ANALYZE ${schema}.${WELLS}`)
  await client.query('COMMIT')
  progress(STORES.wells, wells.length, wells.length)
  return { what, isKept: false }
}

/** The mark of the schema; `undefined` where there is none. @throws `conflict` where anything in it is not ours */
async function markOfSchema(client: Client, schema: string): Promise<string | undefined> {
  const { rows } = await client.query<{ mark: string | null; other: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS mark,
       (SELECT min(relname::text) FROM pg_class
        WHERE relnamespace = pg_namespace.oid AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND relname <> $2) AS other
     FROM pg_namespace WHERE nspname = $1`,
    [schema, WELLS],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const isMarked = found.mark?.startsWith(MARK) === true
  const place = `The schema ${schema} of the PostgreSQL database`
  if (found.other !== null) throw notOurs(place, `'${found.other}'`)
  if (!isMarked && (await countRows(client, schema)) >= 0) throw notOurs(place, `'${WELLS}'`)
  return isMarked ? found.mark! : undefined
}

/** A geometry where PostGIS is there, so that it can be asked for by place; else its text. */
async function pointType(client: Client): Promise<string> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
     WHERE extname = 'postgis'`,
  )
  return rows[0] === undefined ? 'text' : `${rows[0].schema}.geometry(Point, 4326)`
}

async function countRows(client: Client, schema: string): Promise<number> {
  const { rows } = await client.query<{ present: boolean }>('SELECT to_regclass($1) IS NOT NULL AS present', [
    `${schema}.${WELLS}`,
  ])
  if (rows[0]?.present !== true) return -1
  const counted = await client.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${schema}.${WELLS}`)
  return counted.rows[0]?.rows ?? -1
}
