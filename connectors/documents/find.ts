import { Query } from 'mingo/query'
import type { Collection } from './collection.ts'
import type { Filter } from './compile.ts'
import { geometryOf } from './geometry.ts'
import { OPERATORS, toExtendedJson } from './operators.ts'
import { isObject, type StoredDocument } from './parse.ts'

/** Collections smaller than this are looked through rather than indexed. */
const WORTH_AN_INDEX = 64

/** The documents that satisfy a filter: by an index where it names values of a field. */
export function find(collection: Collection, filter: Filter): readonly StoredDocument[] {
  const [found, rest] = narrowed(collection, filter)
  if (Object.keys(rest).length === 0) return found
  const query = new Query<Record<string, unknown>>(toExtendedJson(rest) as Filter, { context: OPERATORS })
  return found.filter((document) => query.test(document))
}

/** Candidates by the first condition that an index answers, and the conditions that are left. */
function narrowed(collection: Collection, filter: Filter): readonly [readonly StoredDocument[], Filter] {
  for (const [path, condition] of Object.entries(filter)) {
    const found = candidates(collection, path, condition)
    if (found === undefined) continue
    const { [path]: _, ...rest } = filter
    return [found, rest]
  }
  return [collection.documents, filter]
}

/** What an index holds for a condition; of a geometry the bounds decide here, and the term itself later. */
function candidates(collection: Collection, path: string, condition: unknown): readonly StoredDocument[] | undefined {
  if (path.startsWith('$') || /(^|\.)\d+(\.|$)/.test(path)) return undefined
  for (const [operator, relation] of [['$geoIntersects', 'meet'] as const, ['$geoWithin', 'within'] as const]) {
    const bounds = geometryOf(asked(condition, operator)?.['$geometry'])?.bounds
    if (bounds !== undefined) return collection.byBounds(path, bounds, relation)
  }
  const values = valuesOf(condition)
  if (values === undefined) return undefined
  if (path === '_id') return byIds(collection, values)
  return collection.documents.length < WORTH_AN_INDEX ? undefined : collection.byField(path, values)
}

/** The argument of a condition's only operator. */
function asked(condition: unknown, operator: string): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(condition) || Object.keys(condition).length !== 1) return undefined
  const argument = condition[operator]
  return isObject(argument) ? argument : undefined
}

/** The values that a condition asks a field to have, or `undefined` where it asks something else. */
function valuesOf(condition: unknown): readonly unknown[] | undefined {
  if (typeof condition !== 'object') return [condition]
  const [[operator, values] = [], more] = Object.entries(condition ?? {})
  return more === undefined && operator === '$in' && Array.isArray(values) ? values : undefined
}

function byIds(collection: Collection, values: readonly unknown[]): readonly StoredDocument[] {
  const found = values.flatMap((value) => {
    const document = collection.byId(`${value}`)
    return document !== undefined && document._id === value ? [document] : []
  })
  return [...new Set(found)]
}
