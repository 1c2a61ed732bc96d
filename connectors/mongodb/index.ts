import type { Expression, NativeQuery, Plan } from '../../planner/algebra.ts'
import type { SourceDescription } from '../../planner/source.ts'
import { type Connector, type ConnectorContext, objectIri, type StoreDefinition, storeIri } from '../connector.ts'
import { compile, type DocumentsQuery } from '../documents/compile.ts'
import { estimateOf } from '../documents/estimate.ts'
import { noCollection } from '../documents/execute.ts'
import { structured } from '../documents/geometry.ts'
import { resolveReferences } from '../documents/resolve.ts'
import { NO_STATISTICS, type Statistics } from '../documents/statistics.ts'
import { termCondition } from '../documents/term-tests.ts'
import { readMappings } from '../mapping/read.ts'
import { answer, commandsOf, estimated } from './answer.ts'
import { createClient, importPackage, loadPackage } from './client.ts'
import { compileQuery, type MongodbQuery } from './compile.ts'
import { mongodbConfig } from './config.ts'
import { collectionsOf, describeDatabase } from './describe.ts'
import { ask } from './find.ts'
import { type CollectionKnowledge, NO_KNOWLEDGE } from './knowledge.ts'
import { type Database, execute } from './read.ts'
import { referencedDocuments } from './resolve.ts'
import type { ShareByBounds } from './shares.ts'
import { scalarsOfText } from './values.ts'

/**
 * Collections of a MongoDB database whose documents mapping files give triples,
 * `{ id, type: 'mongodb', url, database, views }`: fragments become `find` commands, and data references (`collection/_id`)
 * one `find` by `_id` a collection.
 */
export default async function mongodb(
  definition: StoreDefinition,
  context: ConnectorContext,
  load = importPackage,
): Promise<Connector> {
  const config = mongodbConfig(definition)
  const { id } = config
  const objectPrefix = (collection: string) => objectIri(context.base, id, `${collection}/`)
  const views = await readMappings(config.views, context.folder, { objectPrefix })
  const driver = await loadPackage(id, load)
  const client = createClient(driver, config)
  const options = { scope: id, structured, scalars: scalarsOfText, key: () => [['_id']] }
  const accepts = (conjunct: Expression) => termCondition(conjunct) !== undefined
  let known: ReadonlyMap<string, CollectionKnowledge> = new Map()
  let statistics: Statistics = NO_STATISTICS
  let shareByBounds: ShareByBounds = () => undefined
  let description: SourceDescription = { views, predicates: [], classes: [], namedGraphs: false }
  const database: Database = {
    config,
    options,
    bson: driver,
    db: client.db(config.database),
    knowledge: (collection) => known.get(collection) ?? NO_KNOWLEDGE,
  }
  const whole = { ...options, limit: Number.POSITIVE_INFINITY }
  const compiled = (leaf: Plan): DocumentsQuery | undefined => compile(leaf, views, whole, accepts)
  const pushed = (fragment: Plan): MongodbQuery | undefined => compileQuery(fragment, views, accepts, database)

  // A client whose first connection failed on the way of a command never connects again by itself.
  const connect = (signal: AbortSignal) => ask(() => client.connect(), config, signal)

  return {
    id,
    iri: storeIri(context.base, id),
    type: config.type,
    get description() {
      return description
    },
    accepts: (conjunct) => (accepts(conjunct) ? 'exact' : 'no'),
    push(fragment) {
      const query = pushed(fragment)
      return query === undefined ? undefined : { native: nativeQuery(query), ordered: true, limited: true }
    },
    async describe(signal) {
      await connect(signal)
      const described = await describeDatabase(database, views, objectPrefix, signal)
      known = described.known
      statistics = described.statistics
      shareByBounds = described.shareByBounds
      description = described.description
      return description
    },
    estimate(fragment) {
      const query = pushed(fragment)
      if (query === undefined) return { rows: description.triples ?? 0 }
      return estimated(
        query,
        estimateOf(query.documents, { statistics, shareByBounds, context: options, loaded: () => undefined }),
      )
    },
    async *scan(request) {
      const query = compiled(request.pattern)
      if (query !== undefined) yield* execute(query, database, request)
    },
    execute: (native, request) => answer(native.query as MongodbQuery, compiled, database, request),
    resolution: () => ({
      language: 'mongodb',
      text: [...new Set(views.map(({ collection }) => collection))]
        .map((collection) => JSON.stringify({ find: collection, filter: { _id: { $in: ['…'] } } }))
        .join(' '),
    }),
    async *resolve(request) {
      const documents = await referencedDocuments(request, views, database, objectPrefix)
      yield* resolveReferences(request, views, documents, options, { base: context.base, store: id })
    },
    async check(signal) {
      await connect(signal)
      await ask((within) => database.db.command({ ping: 1 }, { signal: within }), config, signal)
      const present = await collectionsOf(database, signal)
      for (const { collection } of views) {
        if (!present.has(collection)) throw noCollection(id, collection, present.keys())
      }
    },
    access: { batch: config.keys, concurrency: config.connections },
    async [Symbol.asyncDispose]() {
      await client.close()
    },
  }

  function nativeQuery(query: MongodbQuery): NativeQuery {
    return {
      language: 'mongodb',
      get text() {
        return commandsOf(query, database).join('\n')
      },
      query,
    }
  }
}
