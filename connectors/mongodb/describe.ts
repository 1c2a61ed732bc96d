import type { Db, Document } from 'mongodb'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import type { View } from '../../planner/views/view.ts'
import { descriptionOf } from '../documents/describe.ts'
import type { StoredDocument } from '../documents/parse.ts'
import { countFields, type FieldStatistics, type Statistics } from '../documents/statistics.ts'
import type { MongodbConfig } from './config.ts'
import { ask } from './find.ts'
import { type CollectionKnowledge, hintsOf } from './knowledge.ts'
import { type CollectionSchema, either, NO_SCHEMA, schemaOfFields, schemaOfJson } from './schema.ts'
import { type ShareByBounds, sharesByBounds } from './shares.ts'
import { type BsonClasses, readDocument } from './values.ts'

/** Documents of a collection that are looked at for its statistics. */
const SAMPLE = 1_000

/** What a database tells of itself. */
export interface DatabaseKnowledge {
  readonly collections: readonly string[]
  /** What is known of each of them. */
  readonly known: ReadonlyMap<string, CollectionKnowledge>
  readonly statistics: Statistics
  readonly shareByBounds: ShareByBounds
  readonly description: SourceDescription
}

interface Place {
  readonly db: Db
  readonly config: MongodbConfig
  readonly bson: BsonClasses
}

/**
 * What the views answer, by the collections that are there: their validators tell the types of fields, and samples of
 * them, scaled to `estimatedDocumentCount`, the statistics that estimates are made of. No counts of triples are told,
 * since these are none.
 */
export async function describeDatabase(
  place: Place,
  views: readonly View[],
  objectPrefix: (collection: string) => string,
  signal: AbortSignal,
): Promise<DatabaseKnowledge> {
  const { config } = place
  const names = [...new Set(views.map(({ collection }) => collection))]
  const infos = await collectionsOf(place, signal)
  const schemas = schemasOf(names, infos, config)
  const samples = new Map<string, Sample>()
  for (const name of names) if (infos.has(name)) samples.set(name, await sampleOf(place, name, signal))
  const counted = await countFields(views, async (name) => samples.get(name)?.documents ?? [], signal)
  const statistics = scaled(counted, samples)
  const { predicates, classes, triples, referencePredicates, ...rest } = descriptionOf(views, statistics, objectPrefix)
  const description = {
    ...rest,
    ...(predicates === undefined ? {} : { predicates: namesOf(predicates) }),
    ...(classes === undefined ? {} : { classes: namesOf(classes) }),
    ...(triples === undefined ? {} : { triples: Math.round(triples) }),
    referencePredicates: namesOf(referencePredicates ?? []),
  }
  const shareByBounds = sharesByBounds(views, (name) => samples.get(name)?.documents ?? [])
  const known = new Map(
    names.map((name) => {
      const hints = hintsOf(samples.get(name)?.documents ?? [])
      return [name, { ...hints, schema: schemas.get(name) ?? NO_SCHEMA, collation: infos.get(name)?.['collation'] }]
    }),
  )
  return { collections: [...infos.keys()], known, statistics, shareByBounds, description }
}

const namesOf = (terms: readonly TermStatistics[]): readonly TermStatistics[] => terms.map(({ iri }) => ({ iri }))

/** The collections by name, with their options where these may be seen. */
export async function collectionsOf(
  { db, config }: Pick<Place, 'db' | 'config'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Document>> {
  const infos = await ask((within) => db.listCollections({}, { signal: within }).toArray(), config, signal)
  return new Map(infos.map((info) => [info.name, 'options' in info ? (info.options ?? {}) : {}]))
}

/** What is configured of the fields counts before what a validator says of them. */
function schemasOf(
  names: readonly string[],
  infos: ReadonlyMap<string, Document>,
  { fields }: MongodbConfig,
): ReadonlyMap<string, CollectionSchema> {
  return new Map(
    names.flatMap((name) => {
      const told = [configured(fields[name]), validated(infos.get(name))].filter((each) => each !== undefined)
      return told.length === 0 ? [] : [[name, told.reduce(either)] as const]
    }),
  )
}

function configured(fields: MongodbConfig['fields'][string] | undefined): CollectionSchema | undefined {
  if (fields === undefined) return undefined
  const { properties } = fields
  const isJson = typeof properties === 'object' && !Array.isArray(properties)
  return isJson
    ? schemaOfJson({ bsonType: 'object', ...fields })
    : schemaOfFields(fields as Parameters<typeof schemaOfFields>[0])
}

/** Only a validator that refuses every document that it does not allow tells a type. */
function validated(options: Document | undefined): CollectionSchema | undefined {
  const schema: unknown = options?.['validator']?.['$jsonSchema']
  const isStrict = (options?.['validationLevel'] ?? 'strict') === 'strict'
  const isError = (options?.['validationAction'] ?? 'error') === 'error'
  return isStrict && isError && typeof schema === 'object' && schema !== null
    ? schemaOfJson({ bsonType: 'object', ...schema })
    : undefined
}

interface Sample {
  readonly documents: readonly StoredDocument[]
  readonly count: number
}

async function sampleOf({ db, config, bson }: Place, name: string, signal: AbortSignal): Promise<Sample> {
  const collection = db.collection(name)
  const options = { maxTimeMS: config.timeout }
  const count = await ask(() => collection.estimatedDocumentCount(options), config, signal)
  const first = (stage: Document) =>
    ask((within) => collection.aggregate([stage], { ...options, raw: true, signal: within }).toArray(), config, signal)
  const head = () => first({ $limit: SAMPLE })
  // Not every server that speaks MongoDB's protocol can sample.
  const raw = count > SAMPLE ? await first({ $sample: { size: SAMPLE } }).catch(head) : await head()
  const documents = raw.map((bytes) => readDocument(bytes as Uint8Array, bson) as StoredDocument)
  return { documents, count: Math.max(count, documents.length) }
}

/** What was counted in samples, for whole collections. */
function scaled(counted: Statistics, samples: ReadonlyMap<string, Sample>): Statistics {
  return {
    source(source) {
      const { records, field } = counted.source(source)
      const { documents, count } = samples.get(source.collection) ?? { documents: [], count: 0 }
      const factor = documents.length === 0 ? 1 : count / documents.length
      return { records: records * factor, field: (path) => scaledField(field(path), factor) }
    },
  }
}

/** Values that are mostly different in a sample are so in the collection; few values are all there are. */
function scaledField({ records, values, distinct }: FieldStatistics, factor: number): FieldStatistics {
  const isVarious = distinct > values / 2
  return {
    records: records * factor,
    values: values * factor,
    distinct: Math.round(isVarious ? distinct * factor : distinct),
  }
}
