import { idSet } from './ids.ts'
import { endOfRun, lowerBound, sortedRows } from './sort.ts'

/** Rows by their ids, unsorted. */
export interface Columns {
  readonly subjects: Uint32Array
  readonly predicates: Uint32Array
  readonly objects: Uint32Array
  readonly graphs: Uint32Array
}

/**
 * The rows of a table in one order, predicate first: `first` and `second` are subject and object, or object and
 * subject; rows that agree in both are in the order of `graphs`.
 */
export interface Order {
  readonly first: Uint32Array
  readonly second: Uint32Array
  /** Absent in tables of the default graph. */
  readonly graphs: Uint32Array | undefined
  /** Version that removed a row, or 0: in pages of {@link PAGE} rows, made where a row is removed. */
  readonly removed: (Uint32Array | undefined)[]
  removedRows: number
  /** Rows sorted by `first`, and by `graphs`: made where a pattern needs them. */
  byFirst: Uint32Array | undefined
  byGraph: Uint32Array | undefined
}

/**
 * A sorted set of quads. Its columns never change; a row that is removed later is stamped with the version that
 * removed it, so that older snapshots still see it.
 */
export interface Table {
  readonly rows: number
  readonly named: boolean
  /** The predicates in ascending order; the rows of predicate `i` are `starts[i]` to `starts[i + 1]`, in both orders. */
  readonly predicates: Uint32Array
  readonly starts: Uint32Array
  readonly distinctSubjects: Uint32Array
  readonly distinctObjects: Uint32Array
  readonly bySubject: Order
  readonly byObject: Order
  /** The segment that holds it on disk. */
  file: string | undefined
  /** Belongs to the background: commits do not merge it. */
  settled: boolean
}

export const PAGE = 4096

export const order = (first: Uint32Array, second: Uint32Array, graphs: Uint32Array | undefined): Order => ({
  first,
  second,
  graphs,
  removed: [],
  removedRows: 0,
  byFirst: undefined,
  byGraph: undefined,
})

/** A table of distinct rows: those of `columns` that `rows` lists, in any order. */
export function tableOf(columns: Columns, rows: Uint32Array, named: boolean): Table {
  const length = rows.length
  const at = (column: Uint32Array, by: Uint32Array): Uint32Array => {
    const result = new Uint32Array(by.length)
    for (let row = 0; row < by.length; row++) result[row] = column[by[row]!]!
    return result
  }
  const subjects = at(columns.subjects, rows)
  const predicates = at(columns.predicates, rows)
  const objects = at(columns.objects, rows)
  const graphs = named ? at(columns.graphs, rows) : undefined
  const last = graphs === undefined ? [] : [graphs]
  const bySubject = sortedRows([predicates, subjects, objects, ...last], length)
  const byObject = sortedRows([predicates, objects, subjects, ...last], length)
  const directory = directoryOf(at(predicates, bySubject))
  return finishTable(
    directory.predicates,
    directory.starts,
    order(at(subjects, bySubject), at(objects, bySubject), graphs && at(graphs, bySubject)),
    order(at(objects, byObject), at(subjects, byObject), graphs && at(graphs, byObject)),
  )
}

function directoryOf(sorted: Uint32Array): { predicates: Uint32Array; starts: Uint32Array } {
  const predicates: number[] = []
  const starts: number[] = []
  for (let row = 0; row < sorted.length; row = endOfRun(sorted, row, sorted.length, sorted[row]!)) {
    predicates.push(sorted[row]!)
    starts.push(row)
  }
  starts.push(sorted.length)
  return { predicates: Uint32Array.from(predicates), starts: Uint32Array.from(starts) }
}

/** A table over sorted columns; counts the distinct subjects and objects of each predicate. */
export function finishTable(
  predicates: Uint32Array,
  starts: Uint32Array,
  bySubject: Order,
  byObject: Order,
  distinct?: { readonly subjects: Uint32Array; readonly objects: Uint32Array },
): Table {
  return {
    rows: bySubject.first.length,
    named: bySubject.graphs !== undefined,
    predicates,
    starts,
    distinctSubjects: distinct?.subjects ?? distinctPerPredicate(bySubject.first, starts),
    distinctObjects: distinct?.objects ?? distinctPerPredicate(byObject.first, starts),
    bySubject,
    byObject,
    file: undefined,
    settled: false,
  }
}

function distinctPerPredicate(first: Uint32Array, starts: Uint32Array): Uint32Array {
  const counts = new Uint32Array(starts.length - 1)
  for (let index = 0; index < counts.length; index++) {
    let count = 0
    let previous = 0
    for (let row = starts[index]!; row < starts[index + 1]!; row++) {
      if (first[row] !== previous) count++
      previous = first[row]!
    }
    counts[index] = count
  }
  return counts
}

/** The index of a predicate in the table's directory, or -1. */
export function predicateIndex(table: Table, predicate: number): number {
  const { predicates } = table
  const index = lowerBound(predicates, 0, predicates.length, predicate)
  return predicates[index] === predicate ? index : -1
}

/** The row of a quad in one of its table's orders, or -1; removed rows are found too. */
export function findRow(order: Order, low: number, high: number, first: number, second: number, graph: number): number {
  const from = lowerBound(order.first, low, high, first)
  if (from === high || order.first[from] !== first) return -1
  const to = endOfRun(order.first, from, high, first)
  const row = lowerBound(order.second, from, to, second)
  if (row === to || order.second[row] !== second) return -1
  if (order.graphs === undefined) return row
  const end = endOfRun(order.second, row, to, second)
  const found = lowerBound(order.graphs, row, end, graph)
  return found < end && order.graphs[found] === graph ? found : -1
}

/** Whether a row had been removed by `version`. */
export function isRemoved(order: Order, row: number, version: number): boolean {
  const page = order.removed[row >>> 12]
  if (page === undefined) return false
  const stamp = page[row & (PAGE - 1)]!
  return stamp !== 0 && stamp <= version
}

/** Stamps a row as removed by `version`; 0 takes a stamp back. */
export function stampRow(order: Order, row: number, version: number): void {
  let page = order.removed[row >>> 12]
  if (page === undefined) {
    page = new Uint32Array(PAGE)
    order.removed[row >>> 12] = page
  }
  if ((page[row & (PAGE - 1)] === 0) !== (version === 0)) order.removedRows += version === 0 ? -1 : 1
  page[row & (PAGE - 1)] = version
}

/** The rows of `[low, high)` that had been removed by `version`. */
export function countRemoved(order: Order, low: number, high: number, version: number): number {
  if (order.removedRows === 0) return 0
  let count = 0
  let row = low
  while (row < high) {
    const end = Math.min(high, (row | (PAGE - 1)) + 1)
    if (order.removed[row >>> 12] !== undefined)
      for (let each = row; each < end; each++) if (isRemoved(order, each, version)) count++
    row = end
  }
  return count
}

/** Rows in the order of `first`, those of one value ascending. */
export function rowsByFirst(order: Order): Uint32Array {
  order.byFirst ??= sortedRows([order.first], order.first.length)
  return order.byFirst
}

/** Rows in the order of `graphs`, those of one graph ascending. */
export function rowsByGraph(order: Order): Uint32Array {
  order.byGraph ??= sortedRows([order.graphs!], order.first.length)
  return order.byGraph
}

/** The first position in a list of rows, sorted by `column`, whose value is not below `value`. */
export function lowerBoundOf(rows: Uint32Array, column: Uint32Array, value: number): number {
  let from = 0
  let to = rows.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (column[rows[middle]!]! < value) from = middle + 1
    else to = middle
  }
  return from
}

/** The graphs that a table of named graphs has rows in. */
export function graphsOf(table: Table): Uint32Array {
  const seen = idSet()
  const found: number[] = []
  let previous = 0
  for (const graph of table.bySubject.graphs ?? [])
    if (graph !== previous) {
      previous = graph
      if (seen.add(graph)) found.push(graph)
    }
  return Uint32Array.from(found).sort()
}
