import { PolyprovError } from '../../planner/errors.ts'
import { determines, fieldsOf } from '../../planner/views/term-map.ts'
import { propertiesOf } from '../../planner/views/unfold.ts'
import {
  type FieldPath,
  INDEX,
  type PredicateObjectMap,
  type RecordSource,
  ROOT,
  type TermMap,
  type View,
  type ViewJoin,
} from '../../planner/views/view.ts'
import type { Catalogue, Column, Relation, Table } from './catalogue.ts'
import { naturalDatatype } from './types.ts'

/** The field that stands for a table's key until the table is known. */
export const KEY: FieldPath = ['@key']

/** Where a field of a record is: a column, or something within one. */
export interface Field {
  readonly column: Column
  /** The value is the column's own, and no array or object. */
  readonly isScalar: boolean
}

/** The column behind a field; `undefined` for an element's position, and where there is none. */
export function fieldOf(table: Relation, source: RecordSource, path: FieldPath): Field | undefined {
  const isRooted = path[0] === ROOT
  if (!isRooted && source.iterator !== undefined) {
    const column = table.columns.get(source.iterator[0] ?? '')
    return column === undefined || isIndex(path) ? undefined : { column, isScalar: false }
  }
  const [name = '', ...within] = isRooted ? path.slice(1) : path
  const column = table.columns.get(name)
  if (column === undefined) return undefined
  const isStructure = column.type.kind === 'structure'
  return isStructure || within.length === 0 ? { column, isScalar: !isStructure } : undefined
}

export const isIndex = (path: FieldPath): boolean => path.length === 1 && path[0] === INDEX

/**
 * The views as they are over these tables: keys by the columns they are, and each literal of a column with its datatype.
 * @throws PolyprovError `configuration` for tables, columns and keys that are not there
 */
export function typedViews(views: readonly View[], catalogue: Catalogue, store: string): readonly View[] {
  return views.map((view) => typedView(view, views, catalogue, store))
}

function typedView(view: View, views: readonly View[], catalogue: Catalogue, store: string): View {
  const wrong = (reason: string): PolyprovError =>
    new PolyprovError('configuration', `Store '${store}', view '${view.name}': ${reason}`, { store })
  const tableOf = (collection: string): Table => {
    const table = catalogue.tables.get(collection)
    if (table === undefined) throw wrong(`there is no table '${collection}' that can be read`)
    return table
  }
  const table = tableOf(view.collection)
  const checked = (owner: Table, source: RecordSource, path: FieldPath): FieldPath => {
    if (isIndex(path) || fieldOf(owner, source, path) !== undefined) return path
    const names = [...owner.columns.keys()].join(', ')
    throw wrong(`'${path.filter((name) => name !== ROOT).join('.')}' is no column of ${owner.sql}; it has ${names}`)
  }
  const column = (owner: Table, source: RecordSource, path: FieldPath): void => {
    if (fieldOf(owner, source, checked(owner, source, path))?.isScalar === true) return
    throw wrong(`its join by '${path.join('.')}' needs a column of scalars`)
  }
  const typed = (map: TermMap): TermMap => {
    if (map.kind === 'constant') return map
    const known = withKey(map, table, wrong)
    for (const path of fieldsOf(known)) checked(table, view, path)
    if (known.kind !== 'field' || known.termType !== 'literal') return known
    const field = fieldOf(table, view, known.field)
    if (known.datatype !== undefined || known.language !== undefined || field?.isScalar !== true) return known
    const datatype = naturalDatatype(field.column.type)
    return datatype === undefined ? known : { ...known, datatype }
  }
  const object = (map: TermMap | ViewJoin): TermMap | ViewJoin => {
    if (map.kind !== 'join') return typed(map)
    const parent = views.find(({ name }) => name === map.view)
    for (const { child, parent: other } of map.on) {
      column(table, view, child)
      if (parent !== undefined) column(tableOf(parent.collection), parent, other)
    }
    return map
  }
  const iterated = view.iterator === undefined ? undefined : table.columns.get(view.iterator[0] ?? '')
  if (view.iterator !== undefined && iterated?.type.kind !== 'structure') {
    throw wrong(`its iterator has to begin with a column of JSON or an array`)
  }
  return {
    ...view,
    subject: typed(view.subject),
    properties: view.properties.map((property: PredicateObjectMap) => ({
      predicate: typed(property.predicate),
      object: object(property.object),
      ...(property.graph === undefined ? {} : { graph: typed(property.graph) }),
    })),
  }
}

const isKey = (path: FieldPath): boolean => path.length === 2 && path[0] === ROOT && path[1] === KEY[0]

/** The map with the columns of the table's key in the place of the key, `/` between them. */
function withKey(map: Exclude<TermMap, { kind: 'constant' }>, table: Table, wrong: (reason: string) => Error) {
  if (!fieldsOf(map).some(isKey)) return map
  const key = table.keys[0]
  if (key === undefined) {
    throw wrong(`the table '${table.collection}' has no key: name its columns in 'keys' of the store`)
  }
  const columns = key.map((name): FieldPath => [ROOT, name])
  if (map.kind === 'field') return { ...map, field: columns[0]! }
  const between = map.encoding === 'component' ? encodeURIComponent('/') : '/'
  const text: string[] = [map.text[0]!]
  const fields: FieldPath[] = []
  for (const [index, path] of map.fields.entries()) {
    const own = isKey(path) ? columns : [path]
    fields.push(...own)
    text.push(...own.slice(1).map(() => between), map.text[index + 1]!)
  }
  return { ...map, text, fields }
}

/** The key of a table that the subjects of the views over it are made of, else its first. */
export function keyFor(table: Table, views: readonly View[]): readonly FieldPath[] | undefined {
  const paths = table.keys.map((key) => key.map((name): FieldPath => [name]))
  const maps = views
    .filter(({ collection }) => collection === table.collection)
    .flatMap((view) => [
      view.subject,
      ...propertiesOf(view).flatMap(({ object }) => (object.kind === 'join' ? [] : [object])),
    ])
  const used = paths.find((key) => maps.some((map) => isMadeOf(map, key)))
  return used ?? paths[0]
}

const isMadeOf = (map: TermMap, key: readonly FieldPath[]): boolean =>
  determines(map, key) ||
  determines(
    map,
    key.map((path) => [ROOT, ...path]),
  )
