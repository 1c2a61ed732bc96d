import { z } from 'zod'
import type { StoreDefinition } from '../connector.ts'
import { parseOptions } from '../parse-options.ts'
import { viewsOption } from '../views-option.ts'
import { type BsonType, isBsonType } from './schema.ts'

const bsonType = z.custom<BsonType>((value) => isBsonType(value), 'must be a BSON type')

/** A JSON Schema as MongoDB has them: an object that describes objects. */
const jsonSchema = z.looseObject({ properties: z.record(z.string(), z.unknown()) })

const schema = z.strictObject({
  id: z.string().min(1),
  type: z.literal('mongodb'),
  role: z.undefined().optional(),
  /** The connection string; it may hold user name and password. */
  url: z.string().regex(/^mongodb(\+srv)?:\/\/./, 'must be a connection string, mongodb:// or mongodb+srv://'),
  database: z.string().regex(/^[^/\\. "$*<>:|?\0]{1,63}$/, 'must be the name of a database'),
  views: viewsOption,
  /** By collection: the BSON types of fields by their paths, or a JSON Schema. */
  fields: z
    .record(z.string(), z.union([jsonSchema, z.record(z.string(), z.union([bsonType, z.array(bsonType).min(1)]))]))
    .default({}),
  /** Milliseconds that a request may take, and that the server may work on one query. */
  timeout: z.int().min(1).max(3_600_000).default(60_000),
  /** Most connections at once. */
  connections: z.int().min(1).max(256).default(10),
  /** Most values of one `$in`. */
  keys: z.int().min(1).max(100_000).default(10_000),
})

/** Collections of a MongoDB database, and the mapping files that give their documents triples. */
export type MongodbConfig = z.output<typeof schema>

/** @throws PolyprovError `configuration`, naming the store and each wrong member, never the connection string */
export const mongodbConfig = (definition: StoreDefinition): MongodbConfig => parseOptions(schema, definition)
