import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { StoreDefinition } from '../connectors/connector.ts'
import { PolyprovError } from '../planner/errors.ts'
import { parseConfiguration } from './configuration/parse.ts'
import {
  type ConfigurationFile,
  configurationSchema,
  type LimitsConfiguration,
  type ServerConfiguration,
} from './configuration/schema.ts'
import { resolveSecrets } from './configuration/secrets.ts'

/** What opens a polystore. Paths and secrets of stores are as written: relative to `folder`, unresolved. */
export interface Configuration {
  readonly base: string
  /** Folder that relative paths start from. */
  readonly folder: string
  /** The file it came from. */
  readonly file?: string
  readonly stores: readonly StoreDefinition[]
  /** Folder of stored queries, absolute. */
  readonly queries?: string
  /** As far as they are said; the others have their defaults. */
  readonly limits: WithoutUndefined<LimitsConfiguration>
  readonly server: ServerConfiguration
}

type WithoutUndefined<Value> = { readonly [Key in keyof Value]?: Exclude<Value[Key], undefined> }

const withoutUndefined = <Value extends object>(value: Value): WithoutUndefined<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as WithoutUndefined<Value>

/** Folder of the embedded default, where there is no configuration. */
const DEFAULT_DATA_FOLDER = './polyprov-data'

function build(parsed: ConfigurationFile, folder: string, file?: string): Configuration {
  return {
    base: parsed.base,
    folder,
    ...(file === undefined ? {} : { file }),
    stores: parsed.stores.map(({ role, ...store }) => (role === undefined ? store : { ...store, role })),
    ...(parsed.queries === undefined ? {} : { queries: resolve(folder, parsed.queries) }),
    limits: withoutUndefined(parsed.limits),
    server: parsed.server,
  }
}

/**
 * Reads `polyprov.yaml`.
 * @throws `configuration` with file, line and column where it is wrong or cannot be read
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PolyprovError('configuration', `${file}: the configuration cannot be read`, { cause })
  })
  const path = resolve(file)
  return build(parseConfiguration(text, file), dirname(path), path)
}

/** A configuration given as an object, by the rules of the file; relative paths start from `folder`. */
export function configurationFrom(value: unknown, folder: string = process.cwd()): Configuration {
  const parsed = configurationSchema.safeParse(value)
  if (parsed.success) return build(parsed.data, folder)
  const issue = parsed.error.issues[0]!
  throw new PolyprovError('configuration', `${issue.path.join('.')}: ${issue.message}`)
}

/** The embedded default: one store, for the provenance, in `./polyprov-data`. */
export const defaultConfiguration = (folder: string = process.cwd()): Configuration =>
  configurationFrom(
    { stores: [{ id: 'provenance', type: 'columnar', path: DEFAULT_DATA_FOLDER, role: 'provenance' }] },
    folder,
  )

/** The store's definition with its secrets in place: for its connector's eyes only. */
export async function resolveStore(
  definition: StoreDefinition,
  folder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<StoreDefinition> {
  return (await resolveSecrets(definition, { folder, environment }, `stores.${definition.id}`)) as StoreDefinition
}

/** The server's token, read when the server starts. */
export async function resolveToken(
  { server, folder }: Configuration,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
  if (server.token === undefined) return undefined
  const token = await resolveSecrets(server.token, { folder, environment }, 'server.token')
  if (typeof token === 'string' && token !== '') return token
  throw new PolyprovError('configuration', 'server.token: the token is empty')
}
