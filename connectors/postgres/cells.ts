import type { Term } from '../../planner/term.ts'
import { isAbsoluteIri } from '../../planner/views/encoding.ts'
import { fieldsOf, inverse, type TermContext } from '../../planner/views/term-map.ts'
import type { Cell } from '../../planner/views/unfold.ts'
import type { FieldPath, RecordSource, TermMap } from '../../planner/views/view.ts'
import type { Column, Relation } from './catalogue.ts'
import { arrayLiteral } from './database.ts'
import { type Field, fieldOf, isIndex } from './fields.ts'
import { isInjective } from './injective.ts'
import { allOf, anyOf, type Sql, sql, text } from './sql.ts'
import { equatesTerms, guard, parameter, quoted, unconverted } from './types.ts'

/** One table of a statement, and the records that its rows are. */
export interface Scan {
  readonly source: RecordSource
  readonly relation: Relation
}

/** The tables of a statement by the number in their names, and what its terms belong to. */
export interface Scope {
  readonly scans: ReadonlyMap<number, Scan>
  readonly context: TermContext
  readonly version: number
  readonly isUnicode: boolean
}

/** A condition in SQL; `isExact`: rows that satisfy it need no second look. */
export interface Predicate {
  readonly sql: Sql
  readonly isExact: boolean
}

/** Values that columns must have together. */
export type Values = readonly { readonly column: Column; readonly text: string }[]

/** A column of the scan's table, as SQL names it. */
export const columnOf = (scan: number, column: Column): string => `t${scan}.${quoted(column.name)}`

export function fieldIn({ scans }: Scope, scan: number, path: FieldPath): Field | undefined {
  const { relation, source } = scans.get(scan)!
  return fieldOf(relation, source, path)
}

/** Whether equal terms of a cell come from equal values in each of its columns. */
export function isInjectiveIn({ scans }: Scope, { scan, map }: Cell): boolean {
  const { relation, source } = scans.get(scan)!
  return isInjective(map, relation, source)
}

/** The columns that a cell reads. */
export const fieldsIn = (scope: Scope, { scan, map }: Cell): readonly Field[] =>
  fieldsOf(map).flatMap((path) => fieldIn(scope, scan, path) ?? [])

/** A literal map's own column, its values natural: what SQL can compare by. */
export function naturalColumn(scope: Scope, { scan, map }: Cell): Column | undefined {
  if (map.kind !== 'field' || map.termType !== 'literal' || map.language !== undefined) return undefined
  const field = fieldIn(scope, scan, map.field)
  return field?.isScalar === true ? field.column : undefined
}

/** Whether every row that passes the guards gives exactly one term. */
export function isTotal(scope: Scope, { scan, map }: Cell): boolean {
  if (map.kind === 'constant') return true
  if (scope.scans.get(scan)!.source.iterator !== undefined) return false
  if (!fieldsOf(map).every((path) => fieldIn(scope, scan, path)?.isScalar === true)) return false
  if (map.termType !== 'iri') return true
  // Values of a template are encoded; those of a field are IRIs, or no terms.
  return map.kind === 'template' && isAbsoluteIri(map.text.join('x'))
}

/** What rows must satisfy to give a term at all. */
export function guards(scope: Scope, cell: Cell): readonly Sql[] {
  return fieldsIn(scope, cell).flatMap(({ column, isScalar }): Sql[] => {
    const name = columnOf(cell.scan, column)
    const extra = isScalar ? guard(column.type, name, scope.version) : undefined
    if (extra !== undefined) return [[extra]]
    return column.nullable ? [sql`${name} IS NOT NULL`] : []
  })
}

/**
 * The values that columns must have for the cell to give the term, in every way that they can: none where it cannot;
 * `'unknown'` where every row has to be looked at.
 */
export function valuesFor(scope: Scope, { scan, map }: Cell, term: Term): readonly Values[] | 'unknown' {
  const found = inverse(map, term, scope.context)
  if (found === 'no match') return []
  if (found === 'unknown') return 'unknown'
  const alternatives: Values[] = []
  for (const conditions of found) {
    let partial: Values[] = [[]]
    for (const { field: path, values } of conditions) {
      const texts = [...new Set(values.filter((value) => typeof value === 'string'))]
      const options = columnValues(scope, scan, map, path, texts)
      if (options === 'unknown') return 'unknown'
      partial = partial.flatMap((values) => options.map((option) => [...values, option]))
    }
    alternatives.push(...partial)
  }
  return alternatives
}

function columnValues(scope: Scope, scan: number, map: TermMap, path: FieldPath, texts: readonly string[]) {
  const field = isIndex(path) ? undefined : fieldIn(scope, scan, path)
  if (field?.isScalar !== true) return 'unknown'
  const { column } = field
  const { type } = column
  if (type.kind === 'geometry' || type.kind === 'geography' || type.kind === 'computed') return 'unknown'
  const datatype = map.kind === 'field' && map.termType === 'literal' ? map.datatype : undefined
  const found: Values[number][] = []
  for (const each of texts) {
    const lexical = unconverted(type, each, datatype)
    if (lexical === undefined) return 'unknown'
    for (const form of lexical) {
      const value = parameter(type, form)
      if (value !== undefined) found.push({ column, text: value })
    }
  }
  return found
}

/** A column as it is compared with parameters: types that may refuse a text are compared as texts. */
export const comparable = (scan: number, { type }: Column, name: string): string =>
  type.kind === 'other' ? `t${scan}.${quoted(name)}::text` : `t${scan}.${quoted(name)}`

/** The type that a column's parameters are cast to. */
export const parameterType = ({ type }: Column): string =>
  type.kind === 'other' || type.kind === 'text' ? 'text' : type.sql

/** The rows of which the cell gives one of the terms; `undefined`: that cannot be asked; `'none'`: there are none. */
export function among(scope: Scope, cell: Cell, terms: readonly Term[]): Predicate | 'none' | undefined {
  const alternatives: Values[] = []
  for (const term of terms) {
    const values = valuesFor(scope, cell, term)
    if (values === 'unknown') return undefined
    alternatives.push(...values)
  }
  const [first] = alternatives
  if (first === undefined) return 'none'
  if (first.length === 0) return { sql: sql`TRUE`, isExact: true }
  const isExact = first.every(({ column }) => equatesTerms(column.type, column.isDeterministic))
  if (first.length > 1) {
    const options = alternatives.map((values) => allOf(values.map((value) => equals(cell.scan, value))))
    return { sql: anyOf(options), isExact }
  }
  if (alternatives.length === 1) return { sql: equals(cell.scan, first[0]!), isExact }
  const { column } = first[0]!
  const list = arrayLiteral([...new Set(alternatives.map(([value]) => value!.text))])
  return {
    sql: sql`${comparable(cell.scan, column, column.name)} = ANY(${text(list)}::text[]${castOf(column, '[]')})`,
    isExact,
  }
}

/** A cast from text to a column's type, where one is needed. */
export const castOf = (column: Column, suffix = ''): string =>
  parameterType(column) === 'text' ? '' : `::${parameterType(column)}${suffix}`

const equals = (scan: number, { column, text: value }: Values[number]): Sql =>
  sql`${comparable(scan, column, column.name)} = ${text(value)}${castOf(column)}`

/** Kinds whose values are told by their text, so that columns of two of them can be compared by it. */
const TEXTUAL = new Set(['text', 'integer', 'boolean', 'uuid', 'other', 'char'])

/** Two columns hold the same value; `undefined` where SQL cannot say. */
export function equalColumns(one: { scan: number; column: Column }, other: { scan: number; column: Column }) {
  const [left, right] = [one, other].map(({ scan, column }) => columnOf(scan, column)) as [string, string]
  const [a, b] = [one.column, other.column]
  const isSame = a.type.kind === b.type.kind
  if (isSame && a.type.kind !== 'other' && a.type.kind !== 'structure' && a.type.kind !== 'computed') {
    if (a.type.kind === 'geometry' || a.type.kind === 'geography') return undefined
    const collation = a.collation === b.collation ? '' : ' COLLATE "C"'
    const isExact = equatesTerms(a.type, a.isDeterministic || collation !== '')
    return { sql: sql`${left}${collation} = ${right}${collation}`, isExact }
  }
  if (!TEXTUAL.has(a.type.kind) || !TEXTUAL.has(b.type.kind)) return undefined
  const asText = (column: Column, name: string): string =>
    column.type.kind === 'char' ? `concat(${name})` : `${name}::text`
  return { sql: sql`${asText(a, left)} COLLATE "C" = ${asText(b, right)} COLLATE "C"`, isExact: true }
}

/** Two cells give the same term, as far as their columns can tell; `undefined` where they cannot. */
export function agreement(scope: Scope, one: Cell, other: Cell): Predicate | undefined {
  const [a, b] = [one.map, other.map]
  if (a.kind === 'constant' || b.kind === 'constant' || !isSameForm(a, b)) return undefined
  const pairs = fieldsOf(a).map((path, index) => [
    fieldIn(scope, one.scan, path),
    fieldIn(scope, other.scan, fieldsOf(b)[index]!),
  ])
  for (const [left, right] of pairs) if (left?.isScalar !== true || right?.isScalar !== true) return undefined
  if (![one, other].every((cell) => isInjectiveIn(scope, cell))) return undefined
  const equalities = pairs.map(([left, right]) =>
    equalColumns({ scan: one.scan, column: left!.column }, { scan: other.scan, column: right!.column }),
  )
  if (equalities.some((equality) => equality === undefined)) return undefined
  return {
    sql: allOf(equalities.map((equality) => equality!.sql)),
    isExact: equalities.every((equality) => equality!.isExact),
  }
}

export type Map = Exclude<TermMap, { kind: 'constant' }>

export function isSameForm(one: Map, other: Map): boolean {
  if (one.termType !== other.termType || one.datatype !== other.datatype) return false
  if (one.language?.toLowerCase() !== other.language?.toLowerCase()) return false
  if (one.kind === 'field') return other.kind === 'field' && one.base === other.base
  if (other.kind === 'field' || (one.encoding ?? 'iri') !== (other.encoding ?? 'iri')) return false
  return one.text.length === other.text.length && one.text.every((part, index) => part === other.text[index])
}
