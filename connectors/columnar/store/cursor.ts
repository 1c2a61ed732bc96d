import { endOfRun, lowerBound } from './sort.ts'
import {
  countRemoved,
  isRemoved,
  lowerBoundOf,
  type Order,
  predicateIndex,
  rowsByFirst,
  rowsByGraph,
  type Table,
  tableOf,
} from './table.ts'

/** As a graph: every named graph. The default graph is 0, a named graph its id. */
export const NAMED_GRAPHS = 0xffff_ffff
/** As a graph: the default graph and every named one. */
export const ALL_GRAPHS = 0xffff_fffe

/** Room for rows that a cursor reads. */
export interface QuadBlock {
  readonly subjects: Uint32Array
  readonly predicates: Uint32Array
  readonly objects: Uint32Array
  readonly graphs: Uint32Array
}

export const quadBlock = (rows: number): QuadBlock => ({
  subjects: new Uint32Array(rows),
  predicates: new Uint32Array(rows),
  objects: new Uint32Array(rows),
  graphs: new Uint32Array(rows),
})

/** Reads the quads of one pattern at a time, block by block; opened again for the next pattern. */
export interface Cursor {
  /** Turns to a pattern: 0 stands for any term; for the graph see {@link NAMED_GRAPHS}. */
  open(subject: number, predicate: number, object: number, graph: number): void
  /**
   * Reads on, from the block's first row, at most `limit` rows that it examines; the rows read. After a block without
   * rows ask {@link ended}: a filter may have left none.
   */
  read(into: QuadBlock, limit: number): number
  readonly ended: boolean
}

/** Beyond this many predicates, a pattern without one has an index of its own instead of a look at each predicate. */
const MANY_PREDICATES = 16
/** Ranges up to this length are filtered by graph rather than looked up in an index. */
const SHORT_RANGE = 32

/** A run of rows of one table that holds the rows of a pattern. */
interface Range {
  table: Table
  order: Order
  /** Rows that `start` and `end` count, where they are not the order's own. */
  rows: Uint32Array | undefined
  start: number
  end: number
  /** Id that `second` must have, 0 for any. */
  second: number
  /** Graph that rows must have, 0 for any. */
  graph: number
  /** 0: each row's own. */
  predicate: number
}

const isWild = (graph: number): boolean => graph === 0 || graph >= ALL_GRAPHS

/** The rows of the predicate at `index` of the table's directory. `hint` is a row near which they may start. */
function locate(range: Range, index: number, subject: number, object: number, graph: number, hint: number): void {
  const { table } = range
  const bySubject = subject !== 0 || object === 0
  const order = bySubject ? table.bySubject : table.byObject
  const first = bySubject ? subject : object
  range.order = order
  range.rows = undefined
  range.second = 0
  range.graph = 0
  range.predicate = table.predicates[index]!
  range.start = table.starts[index]!
  range.end = table.starts[index + 1]!
  if (first !== 0) {
    narrow(range, order.first, first, hint)
    if (bySubject && object !== 0 && range.start < range.end) narrow(range, order.second, object, -1)
  }
  if (!isWild(graph)) restrictGraph(range, graph)
}

/** The rows of every predicate that have a subject or an object, through the index made for that. */
function locateNode(range: Range, subject: number, object: number, graph: number): void {
  const { table } = range
  const order = subject !== 0 ? table.bySubject : table.byObject
  const first = subject !== 0 ? subject : object
  const rows = rowsByFirst(order)
  range.order = order
  range.rows = rows
  range.start = lowerBoundOf(rows, order.first, first)
  range.end = lowerBoundOf(rows, order.first, first + 1)
  range.second = subject !== 0 ? object : 0
  range.graph = isWild(graph) ? 0 : graph
  range.predicate = 0
}

function narrow(range: Range, column: Uint32Array, value: number, hint: number): void {
  let low = range.start
  let high = range.end
  // Keys mostly come in ascending order: a few doubling steps from the last one spare the binary search.
  if (hint >= low && hint < high && column[hint]! < value) {
    low = hint + 1
    for (let step = 1; step <= 64; step *= 2) {
      const probe = hint + step
      if (probe >= high) break
      if (column[probe]! >= value) {
        high = probe + 1
        break
      }
      low = probe + 1
    }
  }
  const start = lowerBound(column, low, high, value)
  range.end = start < range.end && column[start] === value ? endOfRun(column, start, range.end, value) : start
  range.start = start
}

function restrictGraph(range: Range, graph: number): void {
  if (range.end - range.start <= SHORT_RANGE) {
    range.graph = graph
    return
  }
  const rows = rowsByGraph(range.order)
  const column = range.order.graphs!
  const low = lowerBoundOf(rows, column, graph)
  const high = lowerBoundOf(rows, column, graph + 1)
  range.rows = rows
  range.start = lowerBound(rows, low, high, range.start)
  range.end = lowerBound(rows, low, high, range.end)
}

/** The tables a snapshot reads for a graph. */
export interface TableLists {
  readonly version: number
  readonly defaults: readonly Table[]
  readonly named: readonly Table[]
}

function tablesFor(lists: TableLists, graph: number): readonly Table[] {
  if (graph === 0) return lists.defaults
  return graph === ALL_GRAPHS ? [...lists.defaults, ...lists.named] : lists.named
}

const NO_TABLE = tableOf(quadBlock(0), new Uint32Array(0), false)

const emptyRange = (): Range => ({
  table: NO_TABLE,
  order: NO_TABLE.bySubject,
  rows: undefined,
  start: 0,
  end: 0,
  second: 0,
  graph: 0,
  predicate: 0,
})

/** Calls `visit` for each run of rows that holds rows of a pattern. */
function forRanges(
  lists: TableLists,
  subject: number,
  predicate: number,
  object: number,
  graph: number,
  visit: (range: Range) => void,
): void {
  const range = emptyRange()
  for (const table of tablesFor(lists, graph)) {
    range.table = table
    const index = predicate === 0 ? 0 : predicateIndex(table, predicate)
    if (index < 0) continue
    if (predicate === 0 && (subject !== 0 || object !== 0) && table.predicates.length > MANY_PREDICATES) {
      locateNode(range, subject, object, graph)
      visit(range)
      continue
    }
    const end = predicate === 0 ? table.predicates.length : index + 1
    for (let each = index; each < end; each++) {
      locate(range, each, subject, object, graph, -1)
      visit(range)
    }
  }
}

/** How many quads a pattern has: exactly, by binary search but for rows of a short run. */
export function countRows(
  lists: TableLists,
  subject: number,
  predicate: number,
  object: number,
  graph: number,
): number {
  let count = 0
  forRanges(lists, subject, predicate, object, graph, (range) => {
    const { order, rows, start, end } = range
    if (range.second === 0 && range.graph === 0) {
      if (rows === undefined) count += end - start - countRemoved(order, start, end, lists.version)
      else count += order.removedRows === 0 ? end - start : countKept(range, lists.version)
    } else count += countKept(range, lists.version)
  })
  return count
}

function countKept(range: Range, version: number): number {
  let count = 0
  for (let at = range.start; at < range.end; at++) if (keeps(range, rowAt(range, at), version)) count++
  return count
}

const rowAt = (range: Range, at: number): number => (range.rows === undefined ? at : range.rows[at]!)

function keeps(range: Range, row: number, version: number): boolean {
  const { order } = range
  return (
    (range.second === 0 || order.second[row] === range.second) &&
    (range.graph === 0 || order.graphs![row] === range.graph) &&
    (order.removedRows === 0 || !isRemoved(order, row, version))
  )
}

/** A cursor over the tables of a snapshot. */
export function openCursor(lists: TableLists): Cursor {
  const range = emptyRange()
  const hints: number[] = []
  let subject = 0
  let predicate = 0
  let object = 0
  let graph = 0
  let tables: readonly Table[] = []
  let tableIndex = 0
  let nextPredicate = 0
  let endPredicate = 0
  let at = 0

  /** Turns to the next run with rows; false where there is none. */
  function advance(): boolean {
    for (;;) {
      while (nextPredicate < endPredicate) if (openPredicate(nextPredicate++)) return true
      tableIndex++
      const table = tables[tableIndex]
      if (table === undefined) return false
      if (openTable(table)) return true
    }
  }

  function openPredicate(index: number): boolean {
    if (predicate === 0) locate(range, index, subject, object, graph, -1)
    else {
      locate(range, index, subject, object, graph, hints[tableIndex] ?? -1)
      hints[tableIndex] = range.rows === undefined ? range.start : -1
    }
    at = range.start
    return at < range.end
  }

  /** Sets which predicates of a table to visit, or opens its rows of a subject or object at once. */
  function openTable(table: Table): boolean {
    range.table = table
    nextPredicate = 0
    endPredicate = 0
    if (predicate !== 0) {
      const index = predicateIndex(table, predicate)
      if (index < 0) return false
      nextPredicate = index
      endPredicate = index + 1
      return false
    }
    if ((subject === 0 && object === 0) || table.predicates.length <= MANY_PREDICATES) {
      endPredicate = table.predicates.length
      return false
    }
    locateNode(range, subject, object, graph)
    at = range.start
    return at < range.end
  }

  function readPlain(into: QuadBlock, filled: number, rows: number): void {
    const { order } = range
    const forward = order === range.table.bySubject
    const first = forward ? into.subjects : into.objects
    const second = forward ? into.objects : into.subjects
    const from = at
    if (rows < 32)
      for (let index = 0; index < rows; index++) {
        first[filled + index] = order.first[from + index]!
        second[filled + index] = order.second[from + index]!
      }
    else {
      first.set(order.first.subarray(from, from + rows), filled)
      second.set(order.second.subarray(from, from + rows), filled)
    }
    into.predicates.fill(range.predicate, filled, filled + rows)
    if (order.graphs === undefined) into.graphs.fill(0, filled, filled + rows)
    else into.graphs.set(order.graphs.subarray(from, from + rows), filled)
  }

  function readFiltered(into: QuadBlock, start: number, rows: number): number {
    const { order, table } = range
    const forward = order === table.bySubject
    const first = forward ? into.subjects : into.objects
    const second = forward ? into.objects : into.subjects
    let filled = start
    for (let index = at; index < at + rows; index++) {
      const row = rowAt(range, index)
      if (!keeps(range, row, lists.version)) continue
      first[filled] = order.first[row]!
      second[filled] = order.second[row]!
      into.predicates[filled] = range.predicate || predicateAt(table, row)
      into.graphs[filled] = order.graphs === undefined ? 0 : order.graphs[row]!
      filled++
    }
    return filled
  }

  return {
    open(nextSubject, wantedPredicate, nextObject, wantedGraph) {
      if (wantedGraph !== graph || wantedPredicate !== predicate || tables.length === 0) {
        tables = tablesFor(lists, wantedGraph)
        hints.length = 0
      }
      subject = nextSubject
      predicate = wantedPredicate
      object = nextObject
      graph = wantedGraph
      tableIndex = -1
      nextPredicate = 0
      endPredicate = 0
      at = 0
      range.end = 0
    },
    read(into, limit) {
      let filled = 0
      let budget = limit
      while (budget > 0) {
        if (at >= range.end && !advance()) break
        const rows = Math.min(range.end - at, budget)
        if (range.rows === undefined && range.second === 0 && range.graph === 0 && range.order.removedRows === 0) {
          readPlain(into, filled, rows)
          filled += rows
        } else filled = readFiltered(into, filled, rows)
        at += rows
        budget -= rows
      }
      return filled
    },
    get ended() {
      return at >= range.end && tableIndex >= tables.length
    },
  }
}

function predicateAt(table: Table, row: number): number {
  return table.predicates[lowerBound(table.starts, 0, table.starts.length, row + 1) - 1]!
}
