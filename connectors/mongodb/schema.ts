/** Types of BSON that a term can be made of, by MongoDB's names (`$type`), and those that hold others. */
const TYPES = [
  ...['string', 'objectId', 'bool', 'int', 'long', 'double', 'decimal', 'date', 'binData', 'object', 'array', 'null'],
] as const

export type BsonType =
  | 'string'
  | 'objectId'
  | 'bool'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'date'
  | 'binData'
  | 'object'
  | 'array'
  | 'null'

export const isBsonType = (value: unknown): value is BsonType => (TYPES as readonly unknown[]).includes(value)

/** Types that a field may have; `undefined`: any. */
export type FieldTypes = ReadonlySet<BsonType> | undefined

/** What is told of the fields of a collection. */
export interface CollectionSchema {
  /** Types of the values at a path of names, arrays standing for their elements. */
  types(path: readonly string[]): FieldTypes
  /**
   * Whether every geometry at the path is a GeoJSON point (`some`), and every value there a well-formed one whose numbers
   * are JavaScript's as well (`exact`).
   */
  points(path: readonly string[]): 'none' | 'some' | 'exact'
  /** Whether there is no array at the path, nor on the way. */
  isScalar(path: readonly string[]): boolean
}

export const NO_SCHEMA: CollectionSchema = {
  types: () => undefined,
  points: () => 'none',
  isScalar: () => false,
}

type Schema = Readonly<Record<string, unknown>>

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Types of fields by their dotted paths. */
export function schemaOfFields(fields: Readonly<Record<string, BsonType | readonly BsonType[]>>): CollectionSchema {
  const types = new Map(Object.entries(fields).map(([path, type]) => [path, new Set([type].flat())]))
  return { types: (path) => types.get(path.join('.')), points: () => 'none', isScalar: () => false }
}

/** A JSON Schema as `$jsonSchema` takes it; what is said by alternatives or conditions is not looked into. */
export function schemaOfJson(schema: Schema): CollectionSchema {
  return {
    types: (path) => typesOf(schemaAt(schema, path)),
    points(path) {
      const kind = schemaAt(schema, [...path, 'type'])?.['enum']
      if (!Array.isArray(kind) || kind.length !== 1 || kind[0] !== 'Point') return 'none'
      return holdsNumbers(schema, path) ? 'exact' : 'some'
    },
    isScalar: (path) => isScalar(schema, path),
  }
}

function isScalar(schema: Schema, path: readonly string[]): boolean {
  const ways = path.map((_, index) => schemaAt(schema, path.slice(0, index + 1)))
  return ways.every((way) => way !== undefined && ownTypes(way)?.has('array') === false)
}

/** Whether a point must have its type and its coordinates, and these are `int` or `double` alone. */
function holdsNumbers(schema: Schema, path: readonly string[]): boolean {
  const required: unknown = schemaAt(schema, path)?.['required']
  const coordinates = schemaAt(schema, [...path, 'coordinates'])
  if (!Array.isArray(required) || !['type', 'coordinates'].every((name) => required.includes(name))) return false
  if (coordinates === undefined || !isScalar(schema, path) || !isOnly(coordinates, ['array'])) return false
  const { items } = coordinates
  return isSchema(items) && isOnly(items, ['int', 'double'])
}

function isOnly(schema: Schema, types: readonly BsonType[]): boolean {
  const own = ownTypes(schema)
  return own !== undefined && [...own].every((type) => types.includes(type))
}

/** Of two, the first that knows a field. */
export const either = (one: CollectionSchema, other: CollectionSchema): CollectionSchema => ({
  types: (path) => one.types(path) ?? other.types(path),
  points: (path) => (one.points(path) === 'none' ? other : one).points(path),
  isScalar: (path) => one.isScalar(path) || other.isScalar(path),
})

function schemaAt(schema: Schema, path: readonly string[]): Schema | undefined {
  let current: unknown = schema
  for (const name of path) {
    const own: unknown = elements(current)
    const properties = isSchema(own) ? own['properties'] : undefined
    if (!isSchema(properties) || !Object.hasOwn(properties, name)) return undefined
    current = properties[name]
  }
  return isSchema(current) ? current : undefined
}

/** The schema of what is reached through an array; an object that may be an array as well is known of neither. */
function elements(schema: unknown): unknown {
  if (!isSchema(schema)) return undefined
  const own = ownTypes(schema)
  if (own?.size !== 1) return undefined
  return own.has('array') ? elements(schema['items']) : own.has('object') ? schema : undefined
}

const ALTERNATIVES = ['anyOf', 'oneOf', 'allOf', 'not']

function typesOf(schema: Schema | undefined): FieldTypes {
  const own = schema === undefined ? undefined : ownTypes(schema)
  if (own === undefined || schema === undefined) return undefined
  if (!own.has('array')) return own
  const items = schema['items']
  const inner = isSchema(items) ? ownTypes(items) : undefined
  if (inner === undefined) return undefined
  return new Set([...[...own].filter((type) => type !== 'array'), ...inner])
}

const JSON_TYPES: Readonly<Record<string, readonly BsonType[]>> = {
  string: ['string'],
  boolean: ['bool'],
  number: ['int', 'long', 'double', 'decimal'],
  object: ['object'],
  array: ['array'],
  null: ['null'],
}

function ownTypes(schema: Schema): FieldTypes {
  if (ALTERNATIVES.some((keyword) => Object.hasOwn(schema, keyword))) return undefined
  const { bsonType, type } = schema
  const names: readonly unknown[] = [bsonType ?? type].flat()
  const found = names.map((name) => {
    if (isBsonType(name) && bsonType !== undefined) return [name]
    return typeof name === 'string' && Object.hasOwn(JSON_TYPES, name) ? JSON_TYPES[name]! : undefined
  })
  return found.includes(undefined) ? undefined : new Set(found.flatMap((types) => types ?? []))
}
