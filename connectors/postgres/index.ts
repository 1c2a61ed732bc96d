import { resolve as resolvePath } from 'node:path'
import type { Pattern, Plan } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { SourceDescription } from '../../planner/source.ts'
import { literal, type Term } from '../../planner/term.ts'
import type { View } from '../../planner/views/view.ts'
import { BATCH_ROWS } from '../batch.ts'
import {
  type Connector,
  type ConnectorContext,
  type Dictionary,
  objectIri,
  type StoreDefinition,
  storeIri,
} from '../connector.ts'
import { structured } from '../documents/geometry.ts'
import { readMappings } from '../mapping/read.ts'
import { type Catalogue, type Collection, readCatalogue } from './catalogue.ts'
import { compile, isCondition, type PostgresQuery } from './compile.ts'
import { type PostgresConfig, postgresConfig } from './config.ts'
import type { Database } from './database.ts'
import { countRows, descriptionOf } from './describe.ts'
import { embeddedDatabase } from './embedded.ts'
import { estimateOf } from './estimate.ts'
import { execute, isPassing, statementsOf } from './execute.ts'
import { KEY, keyFor, typedViews } from './fields.ts'
import { tellsRowsApart } from './injective.ts'
import type { MemberOptions } from './member.ts'
import { resolveReferences } from './resolve.ts'
import { serverDatabase } from './server.ts'

/** Keys of one block of a bind join: they travel as one array a column. */
const MOST_KEYS = BATCH_ROWS * 4

/**
 * A PostgreSQL database, on a server or embedded, whose mapping files give its rows their triples:
 * `{ id, type: 'postgres', url | path, views, schema?, keys?, timeout?, connections? }`.
 */
export default function postgres(definition: StoreDefinition, context: ConnectorContext): Promise<Connector> {
  const config = postgresConfig(definition)
  const { id, timeout, connections, url, path } = config
  const database =
    url === undefined
      ? embeddedDatabase(folderOf(path!, context.folder), { store: id, timeout })
      : serverDatabase({ store: id, url, timeout, connections })
  return openPostgres(config, context, database)
}

/** Addresses of other places than the file system (`memory://`) stay as they are. */
const folderOf = (path: string, folder: string): string =>
  /^[a-z]+:\/\//.test(path) ? path : resolvePath(folder, path)

/** The connector over a database, which it closes in the end. */
export async function openPostgres(
  config: PostgresConfig,
  context: Pick<ConnectorContext, 'base' | 'folder'>,
  database: Database,
): Promise<Connector> {
  const { id } = config
  const objectPrefix = (table: string) => objectIri(context.base, id, `${table}/`)
  const written = await readMappings(config.views, context.folder, { objectPrefix, key: KEY })
  const collections = [...new Set(written.map(({ collection }) => collection))].map((name): Collection => {
    const own = written.filter(({ collection }) => collection === name)
    return { name, isQuery: own.some(({ isQuery }) => isQuery === true), views: own.map((view) => view.name) }
  })
  let catalogue: Catalogue = { version: 0, isUnicode: false, tables: new Map() }
  let views: readonly View[] = []
  let description: SourceDescription = { views: written, predicates: [], classes: [], namedGraphs: false }
  const options: MemberOptions = {
    scope: id,
    structured,
    get catalogue() {
      return catalogue
    },
    key: (collection) => keyFor(catalogue.tables.get(collection)!, views),
    tellsApart: (map, source) => tellsRowsApart(map, catalogue.tables.get(source.collection)!, source),
  }
  const look = (signal: AbortSignal) => readCatalogue(database, collections, config, signal)
  const whole = (plan: Plan): PostgresQuery | undefined =>
    compile(plan, views, { ...options, limit: Number.POSITIVE_INFINITY }, true)

  return {
    id,
    iri: storeIri(context.base, id),
    type: config.type,
    get description() {
      return description
    },
    access: { batch: MOST_KEYS, concurrency: config.connections },
    accepts: (conjunct) => (isCondition(conjunct) ? 'exact' : 'no'),
    push(fragment) {
      const query = compile(fragment, views, options)
      if (query === undefined) return undefined
      const native = {
        language: 'sql',
        get text() {
          return textOf(query)
        },
        query,
      }
      return { native, ordered: query.isOrdered, limited: true }
    },
    estimate(fragment) {
      const query = compile(fragment, views, options)
      if (query !== undefined) return estimateOf(query)
      return { rows: description.triples ?? [...catalogue.tables.values()].reduce((sum, { rows }) => sum + rows, 0) }
    },
    async describe(signal) {
      catalogue = await look(signal)
      views = typedViews(written, catalogue, id)
      const counts = await countRows(views, catalogue, database, signal)
      description = descriptionOf(views, catalogue, counts, objectPrefix)
      return description
    },
    async *scan(request) {
      const query = whole(request.pattern)
      if (query !== undefined) yield* execute(query, database, request)
    },
    execute: (native, request) => execute(native.query as PostgresQuery, database, request),
    passes: (native) => isPassing(native.query as PostgresQuery),
    resolve: (request) =>
      resolveReferences(request, {
        store: id,
        base: context.base,
        database,
        tables: catalogue.tables,
        compile: (patterns: readonly Pattern[]) => whole({ kind: 'join', inputs: patterns }),
      }),
    resolution: (patterns) => {
      const query = whole({ kind: 'join', inputs: patterns })
      return { language: 'sql', text: query === undefined ? '' : textOf(query) }
    },
    async check(signal) {
      const { tables } = await look(signal)
      const lost = collections.find(({ name }) => !tables.has(name))
      if (lost === undefined) return
      throw new PolyprovError('store-failed', `Store '${id}' has no table '${lost.name}' that can be read`, {
        store: id,
      })
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** The statements of a query for people, parameters beneath. */
function textOf(query: PostgresQuery): string {
  return statementsOf(query, NO_TERMS)
    .map(({ text, values }) =>
      values.length === 0
        ? text
        : `${text}\n-- ${values.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`).join(', ')}`,
    )
    .join(';\n')
}

/** A dictionary for texts that nobody runs. */
const NO_TERMS: Dictionary = {
  encode: () => 1,
  find: () => 0,
  decode: (): Term => literal(''),
}
