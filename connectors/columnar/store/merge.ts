import { countRemoved, finishTable, isRemoved, type Order, order, type Table } from './table.ts'

/** Rows between two pauses of a merge. */
const SLICE = 1 << 16

/** The table of both tables' rows, without those that had been removed by `version`; pauses now and then. */
export function* mergeTables(left: Table, right: Table, version: number): Generator<void, Table> {
  const predicates = mergedPredicates(left, right)
  const starts = new Uint32Array(predicates.length + 1)
  const rows =
    left.rows -
    countRemoved(left.bySubject, 0, left.rows, version) +
    right.rows -
    countRemoved(right.bySubject, 0, right.rows, version)
  const bySubject = emptyOrder(rows, left.named)
  const byObject = emptyOrder(rows, left.named)
  yield* mergeOrder(left, right, 'bySubject', predicates, starts, bySubject, version)
  yield* mergeOrder(left, right, 'byObject', predicates, starts, byObject, version)
  return withoutEmpty(predicates, starts, bySubject, byObject)
}

const emptyOrder = (rows: number, named: boolean): Order =>
  order(new Uint32Array(rows), new Uint32Array(rows), named ? new Uint32Array(rows) : undefined)

function mergedPredicates(left: Table, right: Table): Uint32Array {
  return Uint32Array.from(new Set([...left.predicates, ...right.predicates])).sort()
}

/** Predicates whose rows are all gone leave the directory. */
function withoutEmpty(predicates: Uint32Array, starts: Uint32Array, bySubject: Order, byObject: Order): Table {
  const kept = predicates.filter((_, index) => starts[index] !== starts[index + 1])
  const keptStarts = starts.filter((start, index) => index === predicates.length || start !== starts[index + 1])
  return finishTable(kept, keptStarts, bySubject, byObject)
}

/** The rows of one predicate in one table. */
interface Run {
  readonly order: Order
  row: number
  readonly end: number
}

function runOf(table: Table, order: Order, index: number, predicate: number): Run {
  const holds = table.predicates[index] === predicate
  return { order, row: holds ? table.starts[index]! : 0, end: holds ? table.starts[index + 1]! : 0 }
}

function* mergeOrder(
  left: Table,
  right: Table,
  which: 'bySubject' | 'byObject',
  predicates: Uint32Array,
  starts: Uint32Array,
  out: Order,
  version: number,
): Generator<void, void> {
  let at = 0
  let leftIndex = 0
  let rightIndex = 0
  let pause = SLICE
  for (let index = 0; index < predicates.length; index++) {
    starts[index] = at
    const predicate = predicates[index]!
    const a = runOf(left, left[which], leftIndex, predicate)
    const b = runOf(right, right[which], rightIndex, predicate)
    if (a.end > 0) leftIndex++
    if (b.end > 0) rightIndex++
    while (a.row < a.end || b.row < b.end) {
      at = mergeRuns(a, b, out, at, pause, version)
      if (at < pause) continue
      pause = at + SLICE
      yield
    }
  }
  starts[predicates.length] = at
}

/** Merges two runs until both have ended, or `out` is filled up to `pause`; the next free row of `out`. */
function mergeRuns(a: Run, b: Run, out: Order, start: number, pause: number, version: number): number {
  let at = start
  while (at < pause && a.row < a.end && b.row < b.end)
    at = isBefore(a.order, a.row, b.order, b.row)
      ? copyRow(a.order, a.row++, out, at, version)
      : copyRow(b.order, b.row++, out, at, version)
  if (b.row === b.end) while (at < pause && a.row < a.end) at = copyRow(a.order, a.row++, out, at, version)
  if (a.row === a.end) while (at < pause && b.row < b.end) at = copyRow(b.order, b.row++, out, at, version)
  return at
}

function isBefore(a: Order, row: number, b: Order, other: number): boolean {
  if (a.first[row] !== b.first[other]) return a.first[row]! < b.first[other]!
  if (a.second[row] !== b.second[other]) return a.second[row]! < b.second[other]!
  return a.graphs !== undefined && a.graphs[row]! < b.graphs![other]!
}

function copyRow(from: Order, row: number, out: Order, at: number, version: number): number {
  if (from.removedRows > 0 && isRemoved(from, row, version)) return at
  out.first[at] = from.first[row]!
  out.second[at] = from.second[row]!
  if (out.graphs !== undefined) out.graphs[at] = from.graphs![row]!
  return at + 1
}
