import { Decimal } from '../../planner/views/natural.ts'
import type { Filter } from '../documents/compile.ts'
import type { CollectionSchema, FieldTypes } from './schema.ts'
import { type BsonClasses, isTagged, writeValue } from './values.ts'

/**
 * A filter over values as views read them, as one over BSON: each value in the types that its field may have, so that
 * an index can be used. `undefined`: no document can satisfy it.
 */
export function bsonFilter(filter: Filter, schema: CollectionSchema, bson: BsonClasses): Filter | undefined {
  const parts: [string, unknown][] = []
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' || name === '$or') {
      const filters = (condition as readonly Filter[]).map((each) => bsonFilter(each, schema, bson))
      const possible = filters.filter((each) => each !== undefined)
      if (name === '$and' ? possible.length < filters.length : possible.length === 0) return undefined
      parts.push([name, possible])
      continue
    }
    const written = bsonCondition(condition, schema.types(name.split('.')), bson)
    if (written === undefined) return undefined
    parts.push([name, written])
  }
  return Object.fromEntries(parts)
}

function bsonCondition(condition: unknown, types: FieldTypes, bson: BsonClasses): unknown {
  const values = valuesOf(condition)
  if (values === undefined) return condition
  const forms = unique(values, types).flatMap((value) => writeValue(value, types, bson))
  if (forms.length === 0) return undefined
  return forms.length === 1 ? forms[0] : { $in: forms }
}

/** The values that a condition asks for; `undefined` where it is of other operators, or in BSON already. */
function valuesOf(condition: unknown): readonly unknown[] | undefined {
  if (typeof condition !== 'object' || condition === null) return [condition]
  if (condition instanceof Date || condition instanceof Decimal || condition instanceof Uint8Array) return [condition]
  if (isTagged(condition)) return undefined
  const { $in: values } = condition as { readonly $in?: unknown }
  return Array.isArray(values) && Object.keys(condition).length === 1 ? values : undefined
}

/** Where the type of a field is unknown, an integer that is asked for as a number need not be as a decimal. */
function unique(values: readonly unknown[], types: FieldTypes): readonly unknown[] {
  if (types !== undefined) return values
  const numbers = new Set(values.flatMap((value) => (typeof value === 'number' ? [`${value}`] : [])))
  return values.filter((value) => !(value instanceof Decimal && numbers.has(value.text)))
}

/** A command for people: MongoDB's Extended JSON, relaxed, but for integers that would lose digits. */
export const extendedJson = (value: unknown, { BSON }: Pick<BsonClasses, 'BSON'>): string =>
  JSON.stringify(JSON.parse(BSON.EJSON.stringify(value, { relaxed: false }), relaxed))

function relaxed(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return value
  const { $numberInt, $numberLong, $numberDouble, $date } = value as Readonly<Record<string, unknown>>
  if ($date !== undefined) return { $date: new Date($date as number).toISOString() }
  const number = Number($numberInt ?? $numberLong ?? $numberDouble ?? Number.NaN)
  const isExact = $numberLong === undefined ? Number.isFinite(number) : Number.isSafeInteger(number)
  return isExact ? number : value
}
