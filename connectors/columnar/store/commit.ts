import { PolyprovError } from '../../../planner/errors.ts'
import { type Quad, type Term, termKey } from '../../../planner/term.ts'
import type { TermDictionary } from './dictionary.ts'
import { type IdList, idList } from './ids.ts'
import { mergeTables } from './merge.ts'
import { sortedRows } from './sort.ts'
import { type Columns, findRow, isRemoved, predicateIndex, stampRow, type Table, tableOf } from './table.ts'

/** The tables of the store as the next commit finds them. */
export interface Tables {
  readonly defaults: readonly Table[]
  readonly named: readonly Table[]
  readonly quads: number
}

/** Quads by their ids, one after the other: subject, predicate, object, graph. */
export interface IdQuads {
  readonly ids: Uint32Array
  readonly length: number
}

/** A change by ids: removals come before additions. */
export interface IdChange {
  readonly remove: IdQuads
  readonly add: IdQuads
}

/** Delta tables up to this many rows are merged by the commit itself. */
const MERGE_ROWS = 1 << 18

/** Encodes quads, and pauses now and then. */
export function* encodeQuads(quads: Iterable<Quad>, dictionary: TermDictionary): Generator<void, IdQuads> {
  const ids: IdList = idList(64)
  const predicates = new Map<string, number>()
  let lastSubject: Term | undefined
  let lastSubjectId = 0
  let count = 0
  for (const { subject, predicate, object, graph } of quads) {
    if (lastSubject === undefined || !sameTerm(subject, lastSubject)) {
      lastSubjectId = dictionary.add(keyOf(subject, 'subject'))
      lastSubject = subject
    }
    let predicateId = predicates.get(predicate.value)
    if (predicateId === undefined || predicate.termType !== 'NamedNode') {
      if (predicate.termType !== 'NamedNode') throw badTerm(predicate, 'predicate')
      predicateId = dictionary.add(termKey(predicate))
      if (predicates.size < 1000) predicates.set(predicate.value, predicateId)
    }
    const objectId = dictionary.add(keyOf(object, 'object'))
    const graphId = graph.termType === 'DefaultGraph' ? 0 : dictionary.add(keyOf(graph, 'graph'))
    ids.push(lastSubjectId)
    ids.push(predicateId)
    ids.push(objectId)
    ids.push(graphId)
    if ((++count & 0x3fff) === 0) yield
  }
  return { ids: ids.view(), length: count }
}

/** The quads whose terms the dictionary has, by ids; pauses now and then. */
export function* findQuads(quads: Iterable<Quad>, dictionary: TermDictionary): Generator<void, IdQuads> {
  const ids = idList(16)
  let count = 0
  for (const { subject, predicate, object, graph } of quads) {
    if ((++count & 0x3fff) === 0) yield
    const terms = graph.termType === 'DefaultGraph' ? [subject, predicate, object] : [subject, predicate, object, graph]
    const found = terms.map((term) => dictionary.find(termKey(term)))
    if (found.includes(0)) continue
    for (let position = 0; position < 4; position++) ids.push(found[position] ?? 0)
  }
  return { ids: ids.view(), length: ids.length / 4 }
}

const sameTerm = (left: Term, right: Term): boolean =>
  left === right || (left.termType === right.termType && left.value === right.value)

function keyOf(term: Quad['subject'] | Quad['object'], position: 'subject' | 'object' | 'graph'): string {
  const { termType } = term
  const fits = termType === 'NamedNode' || termType === 'BlankNode' || (termType === 'Literal' && position === 'object')
  if (!fits) throw badTerm(term, position)
  return termKey(term)
}

const badTerm = (term: { readonly termType: string; readonly value: string }, position: string): PolyprovError =>
  new PolyprovError('parameter', `A triple store cannot keep the ${term.termType} "${term.value}" as a ${position}`)

/** A change applied, not yet acknowledged. */
export interface Applied {
  readonly tables: Tables
  readonly added: number
  readonly removed: number
  /** Takes the stamps back, where the change cannot be made durable. */
  undo(): void
}

/** Quads between two pauses of a change. */
const PACE = 1 << 12
/** Quads that are sorted and added at once. */
const ADD_ROWS = 1 << 15

/**
 * Applies a change to the tables, as `version`, and pauses now and then. `fresh`: ids above it were made by this very
 * change, so quads with one of them are new without a look.
 */
export function* applyChange(
  tables: Tables,
  change: IdChange,
  version: number,
  fresh: number,
): Generator<void, Applied> {
  const stamps = stampLog()
  try {
    let removed = 0
    for (let from = 0; from < change.remove.length; from += PACE) {
      if (from > 0) yield
      removed += removeQuads(tables, part(change.remove, from, PACE), version, stamps)
    }
    let next: Tables = { ...tables, quads: tables.quads - removed }
    const kept = next.quads
    for (let from = 0; from < change.add.length; from += ADD_ROWS) {
      if (from > 0) yield
      // What the first part added may come again.
      next = yield* addQuads(
        next,
        part(change.add, from, ADD_ROWS),
        version,
        from === 0 ? fresh : Number.POSITIVE_INFINITY,
      )
    }
    return { tables: next, added: next.quads - kept, removed, undo: stamps.undo }
  } catch (error) {
    stamps.undo()
    throw error
  }
}

const part = ({ ids, length }: IdQuads, from: number, rows: number): IdQuads => {
  const end = Math.min(length, from + rows)
  return { ids: ids.subarray(from * 4, end * 4), length: end - from }
}

/** Rows that were stamped as removed, table by table. */
interface StampLog {
  note(table: Table, row: number, other: number): void
  undo(): void
}

function stampLog(): StampLog {
  const rows = new Map<Table, IdList>()
  return {
    note(table, row, other) {
      let list = rows.get(table)
      if (list === undefined) {
        list = idList()
        rows.set(table, list)
      }
      list.push(row)
      list.push(other)
    },
    undo() {
      for (const [table, list] of rows)
        for (let index = 0; index < list.length; index += 2) {
          stampRow(table.bySubject, list.at(index), 0)
          stampRow(table.byObject, list.at(index + 1), 0)
        }
    },
  }
}

function removeQuads(tables: Tables, { ids, length }: IdQuads, version: number, stamps: StampLog): number {
  let removed = 0
  for (let at = 0; at < length * 4; at += 4) {
    const graph = ids[at + 3]!
    for (const table of graph === 0 ? tables.defaults : tables.named) {
      if (!removeFrom(table, ids[at]!, ids[at + 1]!, ids[at + 2]!, graph, version, stamps)) continue
      removed++
      break
    }
  }
  return removed
}

/** Stamps a quad of a table as removed, in both orders; false where the table does not hold it. */
export function removeFrom(
  table: Table,
  subject: number,
  predicate: number,
  object: number,
  graph: number,
  version: number,
  stamps?: StampLog,
): boolean {
  const index = predicateIndex(table, predicate)
  if (index < 0) return false
  const low = table.starts[index]!
  const high = table.starts[index + 1]!
  const row = findRow(table.bySubject, low, high, subject, object, graph)
  if (row < 0 || isRemoved(table.bySubject, row, version)) return false
  const other = findRow(table.byObject, low, high, object, subject, graph)
  stampRow(table.bySubject, row, version)
  stampRow(table.byObject, other, version)
  stamps?.note(table, row, other)
  return true
}

function* addQuads(tables: Tables, quads: IdQuads, version: number, fresh: number): Generator<void, Tables> {
  if (quads.length === 0) return tables
  const columns = columnsOf(quads)
  const { subjects, predicates, objects, graphs } = columns
  const sorted = sortedRows([predicates, subjects, objects, graphs], quads.length)
  const rows: { defaults: number[]; named: number[] } = { defaults: [], named: [] }
  let previous = -1
  for (const row of sorted) {
    if (previous >= 0 && sameRow(columns, row, previous)) continue
    previous = row
    const graph = graphs[row]!
    const isNew =
      subjects[row]! > fresh ||
      objects[row]! > fresh ||
      graph > fresh ||
      !holds(graph === 0 ? tables.defaults : tables.named, columns, row, version)
    if (isNew) rows[graph === 0 ? 'defaults' : 'named'].push(row)
  }
  return {
    defaults: yield* withRows(tables.defaults, columns, rows.defaults, false, version),
    named: yield* withRows(tables.named, columns, rows.named, true, version),
    quads: tables.quads + rows.defaults.length + rows.named.length,
  }
}

function columnsOf(quads: IdQuads): Columns {
  const column = (position: number): Uint32Array => {
    const result = new Uint32Array(quads.length)
    for (let row = 0; row < quads.length; row++) result[row] = quads.ids[row * 4 + position]!
    return result
  }
  return { subjects: column(0), predicates: column(1), objects: column(2), graphs: column(3) }
}

const sameRow = ({ subjects, predicates, objects, graphs }: Columns, row: number, other: number): boolean =>
  objects[row] === objects[other] &&
  subjects[row] === subjects[other] &&
  predicates[row] === predicates[other] &&
  graphs[row] === graphs[other]

function holds(tables: readonly Table[], columns: Columns, row: number, version: number): boolean {
  for (const table of tables) {
    const index = predicateIndex(table, columns.predicates[row]!)
    if (index < 0) continue
    const low = table.starts[index]!
    const high = table.starts[index + 1]!
    const found = findRow(
      table.bySubject,
      low,
      high,
      columns.subjects[row]!,
      columns.objects[row]!,
      columns.graphs[row]!,
    )
    if (found >= 0 && !isRemoved(table.bySubject, found, version)) return true
  }
  return false
}

function* withRows(
  tables: readonly Table[],
  columns: Columns,
  rows: readonly number[],
  named: boolean,
  version: number,
): Generator<void, readonly Table[]> {
  if (rows.length === 0) return tables
  return yield* tiered([...tables, tableOf(columns, Uint32Array.from(rows), named)], version)
}

/** Merges the last tables while they are of like size, so that there are few: their number grows with the logarithm. */
function* tiered(tables: Table[], version: number): Generator<void, readonly Table[]> {
  for (;;) {
    const last = tables.at(-1)
    const previous = tables.at(-2)
    if (last === undefined || previous === undefined || previous.settled) return tables
    if (previous.rows >= last.rows * 4 || previous.rows + last.rows > MERGE_ROWS) return tables
    const merged = yield* mergeTables(previous, last, version)
    tables.splice(-2, 2, ...(merged.rows === 0 ? [] : [merged]))
  }
}
