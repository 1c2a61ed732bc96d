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
}

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
  return {
    name,
    documents,
    byId: (text) => byId.get(text),
    byField(path, values) {
      const index = indexes.get(path) ?? indexOf(documents, path)
      indexes.set(path, index)
      const found = values.map((value) => index.get(valueKey(value)) ?? [])
      return found.length === 1 ? found[0]! : [...new Set(found.flat())]
    },
    byBounds(path, bounds, relation) {
      const tree = trees.get(path) ?? boundsIndex(documents, path.split('.'))
      trees.set(path, tree)
      return tree(bounds, relation)
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
