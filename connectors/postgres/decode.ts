import type { VariableName } from '../../planner/algebra.ts'
import type { Term } from '../../planner/term.ts'
import { iri, literal } from '../../planner/term.ts'
import { recordsOf, type ViewRecord } from '../../planner/views/record.ts'
import { fieldsOf, fieldTerm, templateOver, termsOf } from '../../planner/views/term-map.ts'
import type { Cell } from '../../planner/views/unfold.ts'
import type { RecordSource, TermMap } from '../../planner/views/view.ts'
import type { Dictionary } from '../connector.ts'
import { parseJson } from '../documents/json.ts'
import type { Column } from './catalogue.ts'
import { columnOf, fieldIn, fieldsIn, type Scope } from './cells.ts'
import type { Row } from './database.ts'
import type { Member, Slot } from './member.ts'
import { type Sql, sql } from './sql.ts'
import { converted, lexicalForm, naturalDatatype, reading } from './types.ts'

/** What a SELECT lists, each column once. */
export interface SelectList {
  readonly items: readonly Sql[]
  /** The place of a column in the rows, which is listed if it was not. */
  place(scan: number, column: Column): number
  /** The place of what is NULL where something else is. */
  mark(marker: Sql): number
}

export function selectList(): SelectList {
  const items: Sql[] = []
  const places = new Map<string, number>()
  const put = (expression: Sql): number => {
    const key = JSON.stringify(expression)
    const known = places.get(key) ?? items.push(expression) - 1
    places.set(key, known)
    return known
  }
  return {
    items,
    mark: (marker) => put(sql`CASE WHEN (${marker}) IS NOT NULL THEN '1' END`),
    place(scan, column) {
      const collation = column.isDeterministic ? '' : ' COLLATE "C"'
      return put([`${reading(column.type, columnOf(scan, column))}${collation}`])
    },
  }
}

/** Ids of terms: nearly always one, for which no array is made. */
export type Ids = number | readonly number[]

/** The ids of a slot's terms in a row. */
type Reader = (row: Row, records: Records) => Ids

/** Terms of one cell that are remembered by the texts they came from. */
const REMEMBERED = 50_000
const NONE: readonly number[] = []
const NO_TERM = 0

const listOf = (ids: Ids): readonly number[] => (typeof ids === 'number' ? [ids] : ids)

/** Reads the slots of a member from its rows: a solution is one id for each, in their order. */
export function rowReader(
  member: Member,
  slots: readonly Slot[],
  list: SelectList,
  dictionary: Dictionary,
  numbered?: NumberReader,
): (row: Row) => Iterable<readonly number[]> {
  const readers = slots.map((slot) =>
    numbered !== undefined && slot.variable === numbered.variable
      ? numberReader(numbered, list)
      : slotReader(member.scope, slot, list, dictionary),
  )
  const iterated = [...member.scope.scans].flatMap(([scan, { source }]) =>
    source.iterator === undefined
      ? []
      : [{ scan, source, root: rootReader(scan, list, columnsOf(member.scope, scan, slots)) }],
  )
  if (iterated.length === 0) return (row) => combined(readers, row, NO_RECORDS)
  return function* (row) {
    for (const records of elements(iterated, row, NO_RECORDS)) yield* combined(readers, row, records)
  }
}

/** Reads numbers instead of ids: those that a text of a column stands for. */
export interface NumberReader {
  readonly variable: VariableName
  readonly scan: number
  readonly column: Column
  numbersOf(text: string): Ids
}

function numberReader({ scan, column, numbersOf }: NumberReader, list: SelectList): Reader {
  const place = list.place(scan, column)
  return (row) => {
    const text = row[place]
    return text == null ? NONE : numbersOf(text)
  }
}

/** The elements that are looked at together, by their scans. */
type Records = ReadonlyMap<number, ViewRecord>

const NO_RECORDS: Records = new Map()

/** Every choice of an element for each scan that has an iterator. */
function* elements(
  [first, ...rest]: readonly { scan: number; source: RecordSource; root: (row: Row) => unknown }[],
  row: Row,
  chosen: Records,
): Generator<Records> {
  if (first === undefined) {
    yield chosen
    return
  }
  for (const record of recordsOf(first.root(row), first.source.iterator)) {
    yield* elements(rest, row, new Map([...chosen, [first.scan, record]]))
  }
}

/** The solutions of a row: one, nearly always, so that nothing is made for each row but that. */
function combined(readers: readonly Reader[], row: Row, records: Records): Iterable<readonly number[]> {
  const solution: number[] = []
  for (let index = 0; index < readers.length; index++) {
    const ids = readers[index]!(row, records)
    if (typeof ids !== 'number') return ids.length === 0 ? NO_SOLUTIONS : allCombined(readers, row, records)
    solution.push(ids)
  }
  return [solution]
}

const NO_SOLUTIONS: readonly (readonly number[])[] = []

function allCombined(readers: readonly Reader[], row: Row, records: Records): Iterable<readonly number[]> {
  const values = readers.map((read) => listOf(read(row, records)))
  return values.some((ids) => ids.length === 0) ? NO_SOLUTIONS : product(values, [])
}

function* product(values: readonly (readonly number[])[], chosen: readonly number[]): Generator<readonly number[]> {
  const next = values[chosen.length]
  if (next === undefined) {
    yield chosen
    return
  }
  for (const id of next) yield* product(values, [...chosen, id])
}

const UNBOUND = 0

function slotReader(scope: Scope, slot: Slot, list: SelectList, dictionary: Dictionary): Reader {
  const read = boundReader(scope, slot, list, dictionary)
  if (slot.optional === undefined) return read
  const [field] = slot.term === undefined && slot.optional.isOwn ? fieldsIn(scope, slot.cells[0]!) : []
  const place = field === undefined ? list.mark(slot.optional.marker) : list.place(slot.cells[0]!.scan, field.column)
  return (row, records) => (row[place] == null ? UNBOUND : read(row, records))
}

function boundReader(scope: Scope, { term, cells, isChecked }: Slot, list: SelectList, dictionary: Dictionary): Reader {
  const constant = term === undefined ? undefined : dictionary.encode(term)
  if (constant !== undefined && isChecked) return () => constant
  const [first, ...others] = (isChecked ? cells.slice(0, 1) : cells).map((cell) =>
    cellReader(scope, cell, list, dictionary),
  )
  if (first === undefined) return () => constant ?? NONE
  const start = constant === undefined ? first : both(() => constant, first)
  return others.reduce(both, start)
}

const both =
  (one: Reader, other: Reader): Reader =>
  (row, records) => {
    const [left, right] = [one(row, records), other(row, records)]
    if (typeof left === 'number' && typeof right === 'number') return left === right ? left : NONE
    return listOf(left).filter((id) => listOf(right).includes(id))
  }

function cellReader(scope: Scope, cell: Cell, list: SelectList, dictionary: Dictionary): Reader {
  const { scan, map } = cell
  const encode = (terms: readonly Term[]): readonly number[] => terms.map((term) => dictionary.encode(term))
  if (map.kind === 'constant') {
    const id = dictionary.encode(map.term)
    return () => id
  }
  if (scope.scans.get(scan)!.source.iterator !== undefined) {
    return (_row, records) => encode(termsOf(map, records.get(scan)!, scope.context))
  }
  const fields = fieldsOf(map).map((path) => fieldIn(scope, scan, path)!)
  const places = fields.map(({ column }) => list.place(scan, column))
  if (fields.every(({ isScalar }) => isScalar)) {
    return remembering(
      places,
      termReader(
        cell,
        fields.map(({ column }) => column),
      ),
      scope,
      dictionary,
    )
  }
  const root = rootReader(scan, list, [...new Set(fields.map(({ column }) => column))])
  return (row) => {
    const value = root(row)
    return encode(termsOf(map, { root: value, element: value, index: 0 }, scope.context))
  }
}

/** Texts give the same ids again and again: a term is made once for each. */
function remembering(
  places: readonly number[],
  read: (texts: readonly string[], scope: Scope) => Term | undefined,
  scope: Scope,
  dictionary: Dictionary,
): Reader {
  const known = new Map<string, number>()
  const [only] = places
  const idOf = (key: string, texts: readonly string[]): number => {
    const term = read(texts, scope)
    const id = term === undefined ? NO_TERM : dictionary.encode(term)
    if (known.size >= REMEMBERED) known.clear()
    known.set(key, id)
    return id
  }
  if (only !== undefined && places.length === 1) {
    return (row) => {
      const text = row[only] ?? null
      return text === null ? NONE : (known.get(text) ?? idOf(text, [text])) || NONE
    }
  }
  return (row) => {
    const texts = places.map((place) => row[place] ?? null)
    if (!isComplete(texts)) return NONE
    // A NUL is in no text of PostgreSQL.
    const key = texts.join('\0')
    return (known.get(key) ?? idOf(key, texts)) || NONE
  }
}

const isComplete = (texts: readonly (string | null)[]): texts is readonly string[] => !texts.includes(null)

/** The term that a map gives for the texts of its columns. */
function termReader({ map }: Cell, columns: readonly Column[]) {
  const [{ term = undefined } = {}] = columns
  if (term !== undefined) return (texts: readonly string[]): Term | undefined => term(texts[0]!)
  const natural = naturalReader(map, columns)
  if (natural !== undefined) return natural
  return (texts: readonly string[], scope: Scope): Term | undefined => {
    const lexical: string[] = []
    for (const [index, column] of columns.entries()) {
      const form = lexicalForm(column.type, texts[index]!)
      if (form === undefined) return undefined
      lexical.push(form)
    }
    if (map.kind === 'constant') return map.term
    if (map.kind === 'template') return templateOver(map, lexical, scope.context)
    if (map.termType !== 'literal') return fieldTerm(map, lexical[0], scope.context)
    return literal(lexical[0]!, map.language)
  }
}

/** Literals with a datatype, of one column: the most there are. */
function naturalReader(map: TermMap, [column]: readonly Column[]) {
  if (map.kind !== 'field' || map.termType !== 'literal' || map.language !== undefined) return undefined
  const { type } = column!
  const datatype = map.datatype ?? naturalDatatype(type)!
  const name = iri(datatype)
  return ([text]: readonly string[]): Term | undefined => {
    const lexical = lexicalForm(type, text!)
    return lexical === undefined ? undefined : literal(converted(type, lexical, datatype), name)
  }
}

/** Reads columns of a row as a record: structures as such, everything else as its lexical form. */
function rootReader(scan: number, list: SelectList, columns: Iterable<Column>): (row: Row) => unknown {
  const places = [...columns].map((column) => [column, list.place(scan, column)] as const)
  return (row) => {
    const record: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const [column, place] of places) {
      const text = row[place]
      if (text == null) continue
      record[column.name] = column.type.kind === 'structure' ? parseJson(text) : lexicalForm(column.type, text)
    }
    return record
  }
}

/** The columns that the cells of a scan with an iterator read. */
function columnsOf(scope: Scope, scan: number, slots: readonly Slot[]): Iterable<Column> {
  const { source, relation } = scope.scans.get(scan)!
  const own = relation.columns.get(source.iterator?.[0] ?? '')
  const cells = slots.flatMap((slot) => slot.cells).filter((cell) => cell.scan === scan)
  const read = cells.flatMap(({ map }) => fieldsOf(map).flatMap((path) => fieldIn(scope, scan, path)?.column ?? []))
  return new Set(own === undefined ? read : [own, ...read])
}
