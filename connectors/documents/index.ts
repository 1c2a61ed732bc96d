import { resolve as resolvePath } from 'node:path'
import type { Expression, NativeQuery, Pattern } from '../../planner/algebra.ts'
import type { SourceDescription } from '../../planner/source.ts'
import { BATCH_ROWS } from '../batch.ts'
import {
  type Connector,
  type ConnectorContext,
  type Dictionary,
  objectIri,
  type Request,
  type StoreDefinition,
  storeIri,
} from '../connector.ts'
import { readMappings } from '../mapping/read.ts'
import { compile, type DocumentsQuery, filterOf, nativeText } from './compile.ts'
import { documentsConfig } from './config.ts'
import { descriptionOf } from './describe.ts'
import { estimateOf } from './estimate.ts'
import { execute, noCollection, pushedConditions, referencedIn, type Stored } from './execute.ts'
import { folder, type LoadedCollection } from './folder.ts'
import { structured } from './geometry.ts'
import { resolveReferences } from './resolve.ts'
import { type SharedWork, sharedWork } from './shared-work.ts'
import { countFields, NO_STATISTICS } from './statistics.ts'
import { termCondition } from './term-tests.ts'

/** A folder of JSON, NDJSON and GeoJSON files: each file, or each subfolder of single documents, is a collection. */
export default async function documents(definition: StoreDefinition, context: ConnectorContext): Promise<Connector> {
  const config = documentsConfig(definition)
  const { id } = config
  const objectPrefix = (collection: string) => objectIri(context.base, id, `${collection}/`)
  const views = await readMappings(config.views, context.folder, { objectPrefix })
  const files = folder(resolvePath(context.folder, config.path), { store: id, maxBytes: config.maxBytes })
  const options = { scope: id, structured, key: () => [['_id']] }
  const accepts = (conjunct: Expression) => termCondition(conjunct) !== undefined
  let statistics = NO_STATISTICS
  let description: SourceDescription = { views, predicates: [], classes: [], namedGraphs: false }

  const snapshots = new WeakMap<Dictionary, SharedWork<ReadonlyMap<string, LoadedCollection>>>()
  /** The folder as one query sees it: looked at once. */
  const snapshot = (request: Request): Promise<ReadonlyMap<string, LoadedCollection>> => {
    const known = snapshots.get(request.dictionary) ?? sharedWork(files.read)
    snapshots.set(request.dictionary, known)
    return known.wait(request.signal)
  }
  const stored = (request: Request): Stored => ({
    context: options,
    has: async (name) => (await snapshot(request)).has(name),
    async collection(name) {
      const collections = await snapshot(request)
      const found = collections.get(name)
      if (found === undefined) throw noCollection(id, name, collections.keys())
      if (!found.content.isBegun()) request.meter.bytes(found.bytes)
      return found.content.wait(request.signal)
    },
  })
  const compiled = (pattern: Pattern): DocumentsQuery | undefined =>
    compile(pattern, views, { ...options, limit: Number.POSITIVE_INFINITY }, accepts)

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
      const collections = await files.read(signal)
      const documentsOf = async (name: string) => (await collections.get(name)?.content.wait(signal))?.documents ?? []
      statistics = await countFields(views, documentsOf, signal)
      description = descriptionOf(views, statistics, objectPrefix)
      return description
    },
    estimate(fragment) {
      const query = compile(fragment, views, options, accepts)
      if (query === undefined) return { rows: description.triples ?? 0 }
      return estimateOf(query, { statistics, context: options, loaded: files.loaded })
    },
    async *scan(request) {
      const query = compiled(request.pattern)
      if (query !== undefined) yield* execute(query, stored(request), request)
    },
    async *execute(native, request) {
      yield* execute(native.query as DocumentsQuery, stored(request), request)
    },
    resolution: () => ({
      language: 'mongodb',
      text: [...new Set(views.map(({ collection }) => collection))]
        .map((collection) => JSON.stringify({ find: collection, filter: { _id: { $in: ['…'] } } }))
        .join(' '),
    }),
    resolve(request) {
      const documents = referencedIn(stored(request))
      return resolveReferences(request, views, documents, options, { base: context.base, store: id })
    },
    async check(signal) {
      const collections = await files.read(signal)
      for (const { collection } of views) {
        if (!collections.has(collection)) throw noCollection(id, collection, collections.keys())
      }
    },
    access: { batch: BATCH_ROWS * 4 },
  }

  function nativeQuery(query: DocumentsQuery): NativeQuery {
    const finds = query.members.flatMap((member) =>
      member.scans.flatMap(({ collection }, scan) => {
        const filter = filterOf(member, scan, options, { conditions: pushedConditions(query) })
        return filter === undefined ? [] : [{ find: collection, filter }]
      }),
    )
    return { language: 'mongodb', text: finds.map(nativeText).join('\n'), query }
  }
}
