import type { VariableName } from '../../planner/algebra.ts'
import { recordsOf, type ViewRecord, valueKey, valuesAt } from '../../planner/views/record.ts'
import { type TermContext, termsOf } from '../../planner/views/term-map.ts'
import type { Cell, RecordQuery } from '../../planner/views/unfold.ts'
import type { FieldPath } from '../../planner/views/view.ts'
import type { Dictionary } from '../connector.ts'

/** How records become rows of ids. */
export interface DecodeOptions {
  readonly context: TermContext
  readonly dictionary: Dictionary
  /** Whether a variable may have this value: conditions and keys. Absent: any. */
  readonly admits?: (variable: VariableName, id: number) => boolean
  readonly signal: AbortSignal
}

/** The records of one scan, in blocks: those of its collection that its filter lets through, or more. */
export type FindRecords = (scan: number) => AsyncIterable<readonly unknown[]>

/**
 * What a scan contributes to a solution: a slot for each position, and for each join of fields. The ids of positions
 * are the dictionary's, those of joins are numbers of their own.
 */
interface SlotCell {
  readonly slot: number
  readonly values: (record: ViewRecord) => readonly number[]
}

/** A row over all slots; 0 where no scan so far has filled the slot. */
type Row = readonly number[]

/** Rows that a join holds in memory at most, for each scan but the first. */
const COMBINATIONS_BETWEEN_CHECKS = 4096

/**
 * The solutions of a record query: rows with one id for each position, in the order of `query.positions`. The terms
 * are computed and compared here, so that a filter which lets too many records through does no harm. Rows may repeat.
 */
export async function* solutions(query: RecordQuery, find: FindRecords, options: DecodeOptions): AsyncGenerator<Row> {
  const width = query.positions.length
  if (query.scans.length === 0) {
    yield constantRow(query, options)
    return
  }
  const cells = slotCells(query, options)
  const order = scanOrder(cells)
  let rows: AsyncIterable<Row> = scanRows(query, order[0]!, cells, find, options)
  const filled = new Set(cells[order[0]!]!.map(({ slot }) => slot))
  for (const scan of order.slice(1)) {
    const slots = [...new Set(cells[scan]!.map(({ slot }) => slot))]
    rows = joined(
      rows,
      scanRows(query, scan, cells, find, options),
      slots.filter((slot) => filled.has(slot)),
      slots,
    )
    for (const slot of slots) filled.add(slot)
  }
  const constants = constantRow(query, options)
  for await (const row of rows) yield row.slice(0, width).map((id, slot) => id || constants[slot]!)
}

const constantRow = (query: RecordQuery, { dictionary }: DecodeOptions): number[] =>
  query.positions.map(({ term }) => (term === undefined ? 0 : dictionary.encode(term)))

/** The cells of each scan, by slot. */
function slotCells(query: RecordQuery, options: DecodeOptions): readonly (readonly SlotCell[])[] {
  const cells: SlotCell[][] = query.scans.map(() => [])
  for (const [slot, position] of query.positions.entries()) {
    const wanted = position.term === undefined ? undefined : options.dictionary.encode(position.term)
    const { variable } = position
    const admits = (id: number): boolean =>
      (wanted === undefined || wanted === id) && (variable === undefined || (options.admits?.(variable, id) ?? true))
    for (const cell of position.cells) cells[cell.scan]!.push({ slot, values: termIds(cell, admits, options) })
  }
  for (const [index, { left, right }] of query.joins.entries()) {
    const slot = query.positions.length + index
    const numbers = new Map<string, number>()
    for (const { scan, field } of [left, right]) cells[scan]!.push({ slot, values: fieldNumbers(field, numbers) })
  }
  return cells
}

const termIds =
  ({ map }: Cell, admits: (id: number) => boolean, { context, dictionary }: DecodeOptions) =>
  (record: ViewRecord): readonly number[] =>
    termsOf(map, record, context)
      .map((term) => dictionary.encode(term))
      .filter(admits)

const fieldNumbers =
  (field: FieldPath, numbers: Map<string, number>) =>
  (record: ViewRecord): readonly number[] => {
    const found = new Set<number>()
    for (const value of valuesAt(record, field)) {
      const key = valueKey(value)
      const number = numbers.get(key) ?? numbers.size + 1
      numbers.set(key, number)
      found.add(number)
    }
    return [...found]
  }

/** Scans so that each shares a slot with those before it, where that can be. */
function scanOrder(cells: readonly (readonly SlotCell[])[]): readonly number[] {
  const order: number[] = [0]
  const filled = new Set(cells[0]!.map(({ slot }) => slot))
  while (order.length < cells.length) {
    const open = cells.map((_, scan) => scan).filter((scan) => !order.includes(scan))
    const next = open.find((scan) => cells[scan]!.some(({ slot }) => filled.has(slot))) ?? open[0]!
    order.push(next)
    for (const { slot } of cells[next]!) filled.add(slot)
  }
  return order
}

/** Every choice of terms for every record of a scan. */
async function* scanRows(
  query: RecordQuery,
  scan: number,
  cells: readonly (readonly SlotCell[])[],
  find: FindRecords,
  { signal }: DecodeOptions,
): AsyncGenerator<Row> {
  const width = query.positions.length + query.joins.length
  const { iterator } = query.scans[scan]!
  for await (const block of find(scan)) {
    signal.throwIfAborted()
    for (const root of block) {
      for (const record of recordsOf(root, iterator)) yield* choices(record, cells[scan]!, width, signal)
    }
  }
}

/** The product of the cells' values, two cells of one slot agreeing. */
function* choices(record: ViewRecord, cells: readonly SlotCell[], width: number, signal: AbortSignal): Generator<Row> {
  const values: (readonly number[])[] = []
  for (const cell of cells) {
    const found = cell.values(record)
    if (found.length === 0) return
    values.push(found)
  }
  let count = 0
  const row = new Array<number>(width).fill(0)
  function* choose(index: number): Generator<Row> {
    if (index === cells.length) {
      if (++count % COMBINATIONS_BETWEEN_CHECKS === 0) signal.throwIfAborted()
      yield row.slice()
      return
    }
    const { slot } = cells[index]!
    const before = row[slot]!
    for (const value of values[index]!) {
      if (before !== 0 && before !== value) continue
      row[slot] = value
      yield* choose(index + 1)
    }
    row[slot] = before
  }
  yield* choose(0)
}

/** A hash join: the right rows are held by their values in the shared slots. */
async function* joined(
  left: AsyncIterable<Row>,
  right: AsyncIterable<Row>,
  shared: readonly number[],
  slots: readonly number[],
): AsyncGenerator<Row> {
  const keyOf = (row: Row): string => shared.map((slot) => row[slot]).join(' ')
  const held = new Map<string, Row[]>()
  for await (const row of right) {
    const key = keyOf(row)
    const rows = held.get(key)
    if (rows === undefined) held.set(key, [row])
    else rows.push(row)
  }
  if (held.size === 0) return
  for await (const row of left) {
    for (const other of held.get(keyOf(row)) ?? []) {
      const both = row.slice()
      for (const slot of slots) both[slot] = other[slot]!
      yield both
    }
  }
}
