import { Query } from 'mingo/query'
import type { Collection } from './collection.ts'
import type { Filter } from './compile.ts'
import { OPERATORS } from './operators.ts'
import type { StoredDocument } from './parse.ts'

/** Collections smaller than this are looked through rather than indexed. */
const WORTH_AN_INDEX = 64

/** The documents that satisfy a filter: by an index where it names values of a field. */
export function find(collection: Collection, filter: Filter): readonly StoredDocument[] {
  const [candidates, rest] = narrowed(collection, filter)
  if (Object.keys(rest).length === 0) return candidates
  const query = new Query<Record<string, unknown>>(rest, { context: OPERATORS })
  return candidates.filter((document) => query.test(document))
}

/** Candidates by the first condition that an index answers, and the conditions that are left. */
function narrowed(collection: Collection, filter: Filter): readonly [readonly StoredDocument[], Filter] {
  for (const [path, condition] of Object.entries(filter)) {
    const values = valuesOf(path, condition)
    if (values === undefined) continue
    const { [path]: _, ...rest } = filter
    if (path === '_id') return [byIds(collection, values), rest]
    if (collection.documents.length >= WORTH_AN_INDEX) return [collection.byField(path, values), rest]
  }
  return [collection.documents, filter]
}

/** The values that a condition asks a field to have, or `undefined` where it asks something else. */
function valuesOf(path: string, condition: unknown): readonly unknown[] | undefined {
  if (path.startsWith('$') || /(^|\.)\d+(\.|$)/.test(path)) return undefined
  if (typeof condition !== 'object') return [condition]
  const members = Object.entries(condition ?? {})
  const [[operator, values] = []] = members
  return members.length === 1 && operator === '$in' && Array.isArray(values) ? values : undefined
}

function byIds(collection: Collection, values: readonly unknown[]): readonly StoredDocument[] {
  const found = values.flatMap((value) => {
    const document = collection.byId(`${value}`)
    return document !== undefined && document._id === value ? [document] : []
  })
  return [...new Set(found)]
}
