import type { Expression, NativeQuery, Pattern } from '../../planner/algebra.ts'
import type { SourceDescription } from '../../planner/source.ts'
import { type Connector, type ConnectorContext, objectIri, type StoreDefinition, storeIri } from '../connector.ts'
import { compile, type DocumentsQuery } from '../documents/compile.ts'
import { conditionOf } from '../documents/conditions.ts'
import { estimateOf } from '../documents/estimate.ts'
import { noCollection } from '../documents/execute.ts'
import { structured } from '../documents/geometry.ts'
import { resolveReferences } from '../documents/resolve.ts'
import { NO_STATISTICS, type Statistics } from '../documents/statistics.ts'
import { readMappings } from '../mapping/read.ts'
import { createClient, importPackage, loadPackage } from './client.ts'
import { mongodbConfig } from './config.ts'
import { collectionsOf, describeDatabase } from './describe.ts'
import { extendedJson } from './filter.ts'
import { ask } from './find.ts'
import { projectionOf } from './projection.ts'
import { conditionsFor, type Database, execute, scanFilter } from './read.ts'
import { referencedDocuments } from './resolve.ts'
import type { CollectionSchema } from './schema.ts'
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
  const accepts = (conjunct: Expression) => conditionOf(conjunct) !== undefined
  let schemas: ReadonlyMap<string, CollectionSchema> = new Map()
  let statistics: Statistics = NO_STATISTICS
  let description: SourceDescription = { views, predicates: [], classes: [], namedGraphs: false }
  const database: Database = {
    config,
    options,
    bson: driver,
    db: client.db(config.database),
    get schemas() {
      return schemas
    },
  }
  const whole = { ...options, limit: Number.POSITIVE_INFINITY }
  const compiled = (pattern: Pattern): DocumentsQuery | undefined => compile(pattern, views, whole, accepts)

  return {
    id,
    iri: storeIri(context.base, id),
    type: config.type,
    get description() {
      return description
    },
    accepts: (conjunct) => (accepts(conjunct) ? 'exact' : 'no'),
    push(fragment) {
      const query = compile(fragment, views, options, accepts)
      return query === undefined ? undefined : { native: nativeQuery(query), limited: true }
    },
    async describe(signal) {
      const known = await describeDatabase(database, views, objectPrefix, signal)
      schemas = known.schemas
      statistics = known.statistics
      description = known.description
      return description
    },
    estimate(fragment) {
      const query = compile(fragment, views, options, accepts)
      if (query === undefined) return { rows: description.triples ?? 0 }
      return estimateOf(query, { statistics, context: options, loaded: () => undefined })
    },
    async *scan(request) {
      const query = compiled(request.pattern)
      if (query !== undefined) yield* execute(query, database, request)
    },
    async *execute(native, request) {
      yield* execute(native.query as DocumentsQuery, database, request)
    },
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

  function nativeQuery(query: DocumentsQuery): NativeQuery {
    return {
      language: 'mongodb',
      get text() {
        return findsOf(query).join('\n')
      },
      query,
    }
  }

  function findsOf(query: DocumentsQuery): readonly string[] {
    return query.members.flatMap((member) =>
      member.scans.flatMap(({ collection }, scan) => {
        const filter = scanFilter(member, scan, { conditions: conditionsFor(query, member, database) }, database)
        if (filter === undefined) return []
        const projection = projectionOf(member, scan)
        return [extendedJson({ find: collection, filter, ...(projection === undefined ? {} : { projection }) }, driver)]
      }),
    )
  }
}
