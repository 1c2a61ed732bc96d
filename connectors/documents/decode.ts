import type { VariableName } from '../../planner/algebra.ts'
import { recordsOf, type ViewRecord, valueKey, valuesAt } from '../../planner/views/record.ts'
import { type FieldCondition, type TermContext, termsOf } from '../../planner/views/term-map.ts'
import type { Cell, RecordQuery } from '../../planner/views/unfold.ts'
import type { FieldPath } from '../../planner/views/view.ts'
import type { Dictionary } from '../connector.ts'

/** How records become rows of ids. */
export interface DecodeOptions {
  readonly context: TermContext
  readonly dictionary: Dictionary
  /** Whether a variable may have this value: conditions and keys. Absent: any. */
  readonly admits?: (variable: VariableName, id: number) => boolean
  /** Variables with few values: scans that give them come first. Absent: none. */
  readonly keyed?: ReadonlySet<VariableName>
  readonly signal: AbortSignal
}

/** What the scans before have shown of a scan's records: few enough values to ask for. */
export interface Known {
  readonly ids: ReadonlyMap<VariableName, readonly number[]>
  readonly fields: readonly FieldCondition[]
}

/** The records of one scan, in blocks: those of its collection that its filter lets through, or more. */
export type FindRecords = (scan: number, known?: Known) => AsyncIterable<readonly unknown[]>

/**
 * What a scan contributes to a solution: a slot for each position, and for each join of fields. The ids of positions
 * are the dictionary's, those of joins are numbers of their own.
 */
interface SlotCell {
  readonly slot: number
  readonly values: (record: ViewRecord) => readonly number[]
  /** Of a join of fields: the field, and the value that a number stands for. */
  readonly field?: FieldPath
  readonly valueAt?: (number: number) => unknown
}

/** A row over all slots; 0 where no scan so far has filled the slot. */
type Row = readonly number[]

/** So many rows are worth waiting for, to ask the next scan for their values only. */
const FEW_ROWS = 1000

/** Rows of one step: a step may be cancelled after each. */
const BLOCK_ROWS = 1024

/**
 * The solutions of a record query, in blocks: rows with one id for each position, in the order of `query.positions`.
 * The terms are computed and compared here, so that a filter which lets too many records through does no harm. Rows
 * may repeat.
 */
export async function* solutions(
  query: RecordQuery,
  find: FindRecords,
  options: DecodeOptions,
): AsyncGenerator<readonly Row[]> {
  const constants = constantRow(query, options)
  if (query.scans.length === 0) {
    yield [constants]
    return
  }
  const cells = slotCells(query, options)
  const order = scanOrder(cells, firstScan(query, options))
  let blocks = scanRows(query, order[0]!, cells, find(order[0]!), options)
  const filled = new Set(cells[order[0]!]!.map(({ slot }) => slot))
  for (const scan of order.slice(1)) {
    const slots = [...new Set(cells[scan]!.map(({ slot }) => slot))]
    const shared = slots.filter((slot) => filled.has(slot))
    const left = blocks
    blocks = joinedScan(left, { query, scan, cells, shared, slots }, find, options)
    for (const slot of slots) filled.add(slot)
  }
  for await (const rows of blocks) yield rows.map((row) => constants.map((id, slot) => row[slot] || id))
}

/** The scan whose positions are most often given. */
function firstScan(query: RecordQuery, { keyed }: DecodeOptions): number {
  const given = query.scans.map(() => 0)
  for (const { variable, term, cells } of query.positions) {
    const isGiven = term !== undefined || (variable !== undefined && keyed?.has(variable) === true)
    if (isGiven) for (const { scan } of cells) given[scan]!++
  }
  return given.indexOf(Math.max(...given))
}

interface JoinedScan {
  readonly query: RecordQuery
  readonly scan: number
  readonly cells: readonly (readonly SlotCell[])[]
  readonly shared: readonly number[]
  readonly slots: readonly number[]
}

/** Joins one more scan, which is asked for the values of the rows so far where these are few. */
async function* joinedScan(
  left: AsyncGenerator<readonly Row[]>,
  { query, scan, cells, shared, slots }: JoinedScan,
  find: FindRecords,
  options: DecodeOptions,
): AsyncGenerator<readonly Row[]> {
  const rows: Row[] = []
  let isAll = false
  while (rows.length <= FEW_ROWS && !isAll) {
    const { value, done } = await left.next()
    isAll = done === true
    if (value !== undefined) rows.push(...(value as readonly Row[]))
  }
  if (rows.length === 0) return
  const known = isAll ? knownOf(query, cells[scan]!, shared, rows) : undefined
  const right = scanRows(query, scan, cells, find(scan, known), options)
  yield* joined(following(rows, left), right, shared, slots, options.signal)
}

async function* following(rows: readonly Row[], rest: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  yield rows
  yield* rest
}

function knownOf(
  query: RecordQuery,
  cells: readonly SlotCell[],
  shared: readonly number[],
  rows: readonly Row[],
): Known {
  const ids = new Map<VariableName, readonly number[]>()
  const fields: FieldCondition[] = []
  for (const slot of shared) {
    const values = [...new Set(rows.map((row) => row[slot]!))]
    const variable = query.positions[slot]?.variable
    if (variable !== undefined) ids.set(variable, values)
    for (const { slot: other, field, valueAt } of cells) {
      if (other === slot && field !== undefined)
        fields.push({ field, values: values.map((number) => valueAt!(number)) })
    }
  }
  return { ids, fields }
}

const constantRow = (query: RecordQuery, { dictionary }: DecodeOptions): number[] =>
  query.positions.map(({ term }) => (term === undefined ? 0 : dictionary.encode(term)))

/** The cells of each scan, by slot. */
function slotCells(query: RecordQuery, options: DecodeOptions): readonly (readonly SlotCell[])[] {
  const cells: SlotCell[][] = query.scans.map(() => [])
  for (const [slot, position] of query.positions.entries()) {
    if (position.isUnread) continue
    const wanted = position.term === undefined ? undefined : options.dictionary.encode(position.term)
    const { variable } = position
    const admits = (id: number): boolean =>
      (wanted === undefined || wanted === id) && (variable === undefined || (options.admits?.(variable, id) ?? true))
    for (const cell of position.cells) cells[cell.scan]!.push({ slot, values: termIds(cell, admits, options) })
  }
  for (const [index, { left, right }] of query.joins.entries()) {
    const slot = query.positions.length + index
    const numbers = new Map<string, number>()
    const held: unknown[] = []
    const valueAt = (number: number): unknown => held[number - 1]
    for (const { scan, field } of [left, right]) {
      cells[scan]!.push({ slot, field, valueAt, values: fieldNumbers(field, numbers, held) })
    }
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
  (field: FieldPath, numbers: Map<string, number>, held: unknown[]) =>
  (record: ViewRecord): readonly number[] => {
    const found = new Set<number>()
    for (const value of valuesAt(record, field)) {
      const key = valueKey(value)
      const number = numbers.get(key) ?? held.push(value)
      numbers.set(key, number)
      found.add(number)
    }
    return [...found]
  }

/** Scans so that each shares a slot with those before it, where that can be. */
function scanOrder(cells: readonly (readonly SlotCell[])[], first: number): readonly number[] {
  const order: number[] = [first]
  const filled = new Set(cells[first]!.map(({ slot }) => slot))
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
  records: AsyncIterable<readonly unknown[]>,
  { signal }: DecodeOptions,
): AsyncGenerator<readonly Row[]> {
  const width = query.positions.length + query.joins.length
  const { iterator } = query.scans[scan]!
  let rows: Row[] = []
  for await (const block of records) {
    for (const root of block) {
      for (const record of recordsOf(root, iterator)) {
        for (const row of choices(record, cells[scan]!, width)) {
          rows.push(row)
          if (rows.length < BLOCK_ROWS) continue
          signal.throwIfAborted()
          yield rows
          rows = []
        }
      }
    }
    // Whoever wants few rows must not wait for more records.
    if (rows.length === 0) continue
    yield rows
    rows = []
  }
}

/** The product of the cells' values, two cells of one slot agreeing. */
function choices(record: ViewRecord, cells: readonly SlotCell[], width: number): Iterable<Row> {
  const values: (readonly number[])[] = []
  let isSingle = true
  for (const cell of cells) {
    const found = cell.values(record)
    if (found.length === 0) return []
    isSingle &&= found.length === 1
    values.push(found)
  }
  if (!isSingle) return product(cells, values, new Array<number>(width).fill(0), 0)
  const row = new Array<number>(width).fill(0)
  for (const [index, { slot }] of cells.entries()) {
    const value = values[index]![0]!
    if (row[slot] !== 0 && row[slot] !== value) return []
    row[slot] = value
  }
  return [row]
}

function* product(
  cells: readonly SlotCell[],
  values: readonly (readonly number[])[],
  row: Row,
  index: number,
): Generator<Row> {
  if (index === cells.length) {
    yield row
    return
  }
  const { slot } = cells[index]!
  for (const value of values[index]!) {
    if (row[slot] !== 0 && row[slot] !== value) continue
    yield* product(cells, values, row.with(slot, value), index + 1)
  }
}

/** A hash join: the right rows are held by their values in the shared slots. */
async function* joined(
  left: AsyncIterable<readonly Row[]>,
  right: AsyncIterable<readonly Row[]>,
  shared: readonly number[],
  slots: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const keyOf = (row: Row): string => shared.map((slot) => row[slot]).join(' ')
  const held = new Map<string, Row[]>()
  for await (const block of right) {
    for (const row of block) {
      const key = keyOf(row)
      const rows = held.get(key)
      if (rows === undefined) held.set(key, [row])
      else rows.push(row)
    }
  }
  if (held.size === 0) return
  let rows: Row[] = []
  for await (const block of left) {
    for (const row of block) {
      for (const other of held.get(keyOf(row)) ?? []) {
        rows.push(row.map((id, slot) => (slots.includes(slot) ? other[slot]! : id)))
        if (rows.length < BLOCK_ROWS) continue
        signal.throwIfAborted()
        yield rows
        rows = []
      }
    }
  }
  yield rows
}
