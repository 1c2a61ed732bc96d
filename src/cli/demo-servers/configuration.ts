import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { STORES, VIEW_FILES } from '../../../examples/seismic/settings.ts'
import type { Servers } from './environment.ts'
import type { Names } from './place.ts'
import { type FileStore, prefixOf } from './s3.ts'
import type { GraphAccess } from './sparql.ts'

interface StoreEntry {
  readonly id: string
  readonly type: string
  readonly [option: string]: unknown
}

/** The configuration of the example in its folder, as it is written. */
export interface ExampleConfiguration {
  readonly stores: readonly StoreEntry[]
  readonly [key: string]: unknown
}

export const readExample = async (directory: string): Promise<ExampleConfiguration> =>
  parse(await readFile(join(directory, 'polyprov.yaml'), 'utf8')) as ExampleConfiguration

/** The example's stores of files, with their folders. */
export const fileStoresOf = ({ stores }: ExampleConfiguration, directory: string): readonly FileStore[] =>
  stores.filter(({ type }) => type === 'files').map(({ id, path }) => ({ id, path: resolve(directory, String(path)) }))

const HEADER = ` The example in servers, written by polyprov demo --stores real. Addresses and credentials come from the environment.
`

// What a file may hold of the environment: names.
const variable = (name: string): string => `\${${name}}`

/** Writes the configuration of the example in servers: the same stores by id, the provenance as it is. */
export async function writeRealConfiguration(
  file: string,
  example: ExampleConfiguration,
  { s3 }: Servers,
  names: Names,
  { user, password }: GraphAccess,
): Promise<void> {
  const servers: Readonly<Record<string, object>> = {
    [STORES.annotations]: {
      type: 'sparql',
      endpoint: variable('SPARQL_ENDPOINT'),
      graph: names.graph,
      ...(user === undefined ? {} : { user: variable('SPARQL_USER') }),
      ...(password === undefined ? {} : { password: variable('SPARQL_PASSWORD') }),
    },
    [STORES.surveys]: {
      type: 'mongodb',
      url: variable('MONGODB_URL'),
      database: names.database,
      views: `./${VIEW_FILES.surveys}`,
    },
    [STORES.wells]: {
      type: 'postgres',
      url: variable('POSTGRES_URL'),
      schema: names.schema,
      views: `./${VIEW_FILES.wells}`,
    },
  }
  const credentials = {
    accessKeyId: variable('AWS_ACCESS_KEY_ID'),
    secretAccessKey: variable('AWS_SECRET_ACCESS_KEY'),
    ...(s3.credentials.sessionToken === undefined ? {} : { sessionToken: variable('AWS_SESSION_TOKEN') }),
  }
  const objects = (id: string): object => ({
    type: 's3',
    bucket: names.bucket,
    prefix: prefixOf(id),
    endpoint: variable('S3_ENDPOINT'),
    region: s3.region,
    credentials,
  })
  const stores = example.stores.map((store) => {
    if (store.type === 'files') return { id: store.id, ...objects(store.id) }
    const server = servers[store.id]
    return server === undefined ? store : { id: store.id, ...server }
  })
  const text = stringify({ ...example, stores }, { aliasDuplicateObjects: false })
  await writeFile(file, `#${HEADER}${text}`)
}
