import type { Bounds } from '../../planner/functions/geometry-literals.ts'
import { valueKey, valuesAt } from '../../planner/views/record.ts'
import { type BoundsIndex, type BoundsRelation, boundsIndex } from './geometry.ts'
import { isObject, malformed, type ParsedFile, type StoredDocument } from './parse.ts'

/** The documents of one collection in memory, with indexes by `_id` and, made when first asked for, by other fields. */
export interface Collection {
  readonly name: string
  readonly documents: readonly StoredDocument[]
  /** The document whose `_id` reads so. */
  byId(text: string): StoredDocument | undefined
  /** Documents that hold one of the values at the path (of names with dots between), in no order, each once. */
  byField(path: string, values: readonly unknown[]): readonly StoredDocument[]
  /** Documents with a geometry at the path whose bounds meet these, or are within them. */
  byBounds(path: string, bounds: Bounds, relation: BoundsRelation): readonly StoredDocument[]
  /** How many documents {@link byField} would find, or of `_id`; `undefined` where that would need a new index. */
  countOf(path: string, values: readonly unknown[]): number | undefined
  /** How many documents {@link byBounds} would find; `undefined` where that would need a new index of many geometries. */
  countByBounds(path: string, bounds: Bounds, relation: BoundsRelation): number | undefined
}

/** An index of so many documents is made in no time, even while a query is planned. */
const FEW_DOCUMENTS = 5_000

/**
 * A collection of parsed values; those without an `_id` get their position.
 * @throws PolyprovError `malformed-object` where a value is no object, or an `_id` is neither string nor number, or occurs twice
 */
export function collection(name: string, files: readonly ParsedFile[]): Collection {
  const byId = new Map<string, StoredDocument>()
  for (const { origin, values, lineOf } of files) {
    for (const [index, value] of values.entries()) {
      const fail = (reason: string): never => {
        throw malformed(origin, lineOf(index), reason)
      }
      const document = identified(value, byId.size, fail)
      const id = `${document._id}`
      if (byId.has(id)) fail(`the _id '${id}' occurs twice in the collection '${name}'`)
      byId.set(id, document)
    }
  }
  const documents = [...byId.values()]
  const indexes = new Map<string, ReadonlyMap<string, readonly StoredDocument[]>>()
  const trees = new Map<string, BoundsIndex>()
  const byField = (path: string, values: readonly unknown[]): readonly StoredDocument[] => {
    const index = indexes.get(path) ?? indexOf(documents, path)
    indexes.set(path, index)
    const found = values.map((value) => index.get(valueKey(value)) ?? [])
    return found.length === 1 ? found[0]! : [...new Set(found.flat())]
  }
  const byBounds = (path: string, bounds: Bounds, relation: BoundsRelation): readonly StoredDocument[] => {
    const tree = trees.get(path) ?? boundsIndex(documents, path.split('.'))
    trees.set(path, tree)
    return tree(bounds, relation)
  }
  return {
    name,
    documents,
    byId: (text) => byId.get(text),
    byField,
    byBounds,
    countOf(path, values) {
      if (path === '_id') return values.filter((value) => byId.get(`${value}`)?._id === value).length
      return indexes.has(path) ? byField(path, values).length : undefined
    },
    countByBounds(path, bounds, relation) {
      const isCheap = trees.has(path) || documents.length <= FEW_DOCUMENTS
      return isCheap ? byBounds(path, bounds, relation).length : undefined
    },
  }
}

function identified(value: unknown, position: number, fail: (reason: string) => never): StoredDocument {
  if (!isObject(value)) return fail('a document has to be a JSON object')
  const given = value['_id']
  if (given === undefined) return { _id: position, ...value }
  const id = isObject(given) && typeof given['$oid'] === 'string' ? given['$oid'] : given
  if (typeof id !== 'string' && typeof id !== 'number' && typeof id !== 'bigint') {
    return fail('the _id of a document has to be a string or a number')
  }
  return id === given ? (value as StoredDocument) : { ...value, _id: id }
}

function indexOf(documents: readonly StoredDocument[], path: string): ReadonlyMap<string, readonly StoredDocument[]> {
  const field = path.split('.')
  const index = new Map<string, StoredDocument[]>()
  for (const document of documents) {
    const values = valuesAt({ root: document, element: document, index: 0 }, field)
    for (const key of new Set(values.map(valueKey))) {
      const held = index.get(key)
      if (held === undefined) index.set(key, [document])
      else held.push(document)
    }
  }
  return index
}
