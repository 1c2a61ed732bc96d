import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Connector, StoreDefinition } from '../../../connectors/connector.ts'
import { postgresConfig } from '../../../connectors/postgres/config.ts'
import type { Database } from '../../../connectors/postgres/database.ts'
import { sharedDatabase } from '../../../connectors/postgres/embedded.ts'
import { openPostgres } from '../../../connectors/postgres/index.ts'

export const BASE = 'https://example.org/'

/** An embedded database in memory, for all tests of a file. */
export const memoryDatabase = (): Promise<PGlite> => PGlite.create()

/** Statements run as their owner: the connector's session only reads. */
export async function load(database: PGlite, sql: string): Promise<void> {
  await database.exec('SET default_transaction_read_only = off')
  await database.exec(sql)
}

export interface Store extends AsyncDisposable {
  readonly connector: Connector
  readonly folder: string
}

/** A store over tables of a database, with its mapping as a file. */
export async function store(
  database: PGlite,
  mapping: string,
  options: Partial<StoreDefinition> = {},
  over: (database: Database) => Database = (same) => same,
): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-postgres-'))
  await writeFile(join(folder, 'views.yaml'), mapping)
  const definition = { id: 'postgres', type: 'postgres', path: './data', views: './views.yaml', ...options }
  const config = postgresConfig(definition)
  const shared = over(sharedDatabase(database, { store: config.id, timeout: config.timeout }))
  const connector = await openPostgres(config, { base: BASE, folder }, shared)
  await connector.describe(new AbortController().signal)
  return { connector, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}
