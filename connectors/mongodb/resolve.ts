import type { Pattern } from '../../planner/algebra.ts'
import { lexicalForm, valuesOfText } from '../../planner/views/natural.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import { propertiesOf, type RecordQuery } from '../../planner/views/unfold.ts'
import type { FieldPath, PredicateObjectMap, View } from '../../planner/views/view.ts'
import type { ResolveRequest } from '../connector.ts'
import { mongoPath } from '../documents/compile.ts'
import { answerOf } from '../documents/execute.ts'
import type { ReferencedDocuments } from '../documents/resolve.ts'
import { OBJECT } from '../object-patterns.ts'
import { bsonFilter } from './filter.ts'
import { find } from './find.ts'
import { type Projection, projection } from './projection.ts'
import { type Database, readRecords } from './read.ts'
import { scalarsOfText } from './values.ts'

/** The documents of references, by collection and the text of their `_id`: an integer and a string may have one. */
type Fetched = ReadonlyMap<string, ReadonlyMap<string, readonly unknown[]>>

/**
 * The documents of references, fetched by one `find` a collection, with the fields that any group of the patterns may
 * read, so that the groups ask for nothing more of them.
 */
export async function referencedDocuments(
  request: ResolveRequest,
  views: readonly View[],
  database: Database,
  objectPrefix: (collection: string) => string,
): Promise<ReferencedDocuments> {
  const patterns = [...request.patterns, ...(request.optional ?? []).flat()]
  const fetched = new Map<string, ReadonlyMap<string, readonly unknown[]>>()
  for (const [collection, ids] of idsByCollection(request.locators)) {
    const own = views.filter((view) => view.collection === collection)
    if (own.length > 0)
      fetched.set(collection, await fetchOf(collection, ids, fieldsRead(own, views, patterns), database, request))
  }
  return {
    holds(locator) {
      const { collection, id } = parts(locator)
      return fetched.get(collection)?.has(id) === true
    },
    execute: (query, asked) =>
      answerOf(
        query,
        database.options,
        (member, scan, restrictions) =>
          fetchedRecords(member, scan, fetched, objectPrefix) ??
          readRecords(query, member, scan, restrictions, database, asked),
        asked,
      ),
  }
}

const parts = (locator: string): { readonly collection: string; readonly id: string } => {
  const at = locator.indexOf('/')
  return { collection: locator.slice(0, Math.max(0, at)), id: locator.slice(at + 1) }
}

function idsByCollection(locators: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const ids = new Map<string, Set<string>>()
  for (const { collection, id } of locators.map(parts)) {
    const own = ids.get(collection) ?? new Set<string>()
    ids.set(collection, own.add(id))
  }
  return ids
}

/** The documents of a scan whose records are the references themselves; `undefined` of every other. */
function fetchedRecords(
  member: RecordQuery,
  scan: number,
  fetched: Fetched,
  objectPrefix: (collection: string) => string,
): AsyncIterable<readonly unknown[]> | undefined {
  const source = member.scans[scan]!
  const documents = fetched.get(source.collection)
  const prefix = objectPrefix(source.collection)
  const isObject = member.positions.some(
    ({ variable, cells }) =>
      variable === OBJECT &&
      cells.some(({ map, scan: of }) => {
        if (of !== scan || map.kind !== 'template' || map.fields.length !== 1) return false
        return map.text[0] === prefix && map.text[1] === '' && mongoPath(map.fields[0]!, source) === '_id'
      }),
  )
  return isObject && documents !== undefined ? inOneBlock(documents) : undefined
}

async function* inOneBlock(documents: ReadonlyMap<string, readonly unknown[]>): AsyncGenerator<readonly unknown[]> {
  yield [...documents.values()].flat()
}

async function fetchOf(
  collection: string,
  ids: ReadonlySet<string>,
  fields: Projection,
  database: Database,
  request: ResolveRequest,
): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const { config, bson, db } = database
  const found = new Map<string, unknown[]>()
  const all = [...ids]
  for (let start = 0; start < all.length; start += config.keys) {
    const values = all.slice(start, start + config.keys).flatMap(valuesOfId)
    const filter = bsonFilter({ _id: { $in: values } }, database.knowledge(collection).schema, bson)
    if (filter === undefined) continue
    for await (const documents of find(
      db.collection(collection),
      { filter, projection: fields },
      request,
      config,
      bson,
    )) {
      for (const document of documents) {
        const id = lexicalForm((document as { readonly _id?: unknown })._id)
        if (id === undefined || !ids.has(id)) continue
        found.set(id, [...(found.get(id) ?? []), document])
      }
    }
  }
  return found
}

/** What an `_id` may be that shows this text. */
const valuesOfId = (text: string): readonly unknown[] =>
  [...valuesOfText(text), ...scalarsOfText(text)].filter((value) => lexicalForm(value) === text)

/** The fields that patterns may read of a collection's records: those of properties that they may be about. */
function fieldsRead(own: readonly View[], views: readonly View[], patterns: readonly Pattern[]): Projection {
  const read = own.map((source) => {
    const fields: FieldPath[] = [['$', '_id'], ...fieldsOf(source.subject)]
    for (const property of propertiesOf(source))
      if (mayMatch(property, patterns)) fields.push(...fieldsOfProperty(property))
    for (const { properties } of views) {
      for (const { object } of properties) {
        if (object.kind === 'join' && object.view === source.name) fields.push(...object.on.map(({ parent }) => parent))
      }
    }
    return { source, fields }
  })
  return projection(read)
}

const mayMatch = ({ predicate }: PredicateObjectMap, patterns: readonly Pattern[]): boolean =>
  patterns.some(
    ({ predicate: asked }) =>
      asked.termType === 'Variable' || predicate.kind !== 'constant' || predicate.term.value === asked.value,
  )

const fieldsOfProperty = ({ predicate, object, graph }: PredicateObjectMap): readonly FieldPath[] => [
  ...fieldsOf(predicate),
  ...(object.kind === 'join' ? object.on.map(({ child }) => child) : fieldsOf(object)),
  ...(graph === undefined ? [] : fieldsOf(graph)),
]
