import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import type { Table } from '../table.ts'
import { codeOf, homeSlot, SLOT_WORDS } from './slots.ts'

/**
 * The one place that knows when solutions are compatible (SPARQL 1.1, section 18.3): equal wherever both are bound.
 * Shared variables that no row of the table leaves unbound are hashed; the others are compared row by row.
 */
export interface JoinIndex {
  readonly table: Table
  /** The batch whose rows are asked about from now on. */
  bind(batch: Batch): void
  /** The first row of the table that may be compatible with row `index` of the batch; -1 where there is none. */
  first(index: number): number
  /** The next one after `row`. */
  next(index: number, row: number): number
  /** Whether a row that `first` or `next` gave is compatible. */
  isCompatible(index: number, row: number): boolean
  /** Whether the solutions bind a variable in common (what MINUS asks besides compatibility). */
  overlaps(index: number, row: number): boolean
}

interface SharedColumn {
  readonly name: VariableName
  readonly column: Uint32Array
}

export function indexForJoin(table: Table, leftVariables: readonly VariableName[]): JoinIndex {
  const shared: SharedColumn[] = []
  table.variables.forEach((name, i) => {
    if (leftVariables.includes(name)) shared.push({ name, column: table.column(i) })
  })
  const hashed = shared.filter(({ column }) => !hasUnbound(column, table.length))
  const loose = shared.filter((each) => !hashed.includes(each))
  const hashedRight = hashed.map(({ column }) => column)
  const looseRight = loose.map(({ column }) => column)
  const chains = hashed.length === 0 ? undefined : chainRows(hashedRight, table.length)
  // Rows of one chain have one code, which is the key itself where there is one column.
  const isDecided = hashed.length === 1 && loose.length === 0
  let hashedLeft: readonly Uint32Array[] = []
  let looseLeft: readonly Uint32Array[] = []

  const isHashed = (index: number): boolean => chains !== undefined && allBound(hashedLeft, index)
  return {
    table,
    bind(batch) {
      const columnsOf = (columns: readonly SharedColumn[]) =>
        columns.map(({ name }) => batch.columns[batch.variables.indexOf(name)]!)
      hashedLeft = columnsOf(hashed)
      looseLeft = columnsOf(loose)
    },
    first(index) {
      if (isHashed(index)) return chains!.first(codeOf(hashedLeft, index))
      return table.length === 0 ? -1 : 0
    },
    next(index, row) {
      if (isHashed(index)) return chains!.next(row)
      return row + 1 < table.length ? row + 1 : -1
    },
    isCompatible: (index, row) =>
      (isDecided && hashedLeft[0]![index] !== 0) ||
      (compatible(hashedLeft, index, hashedRight, row) && compatible(looseLeft, index, looseRight, row)),
    overlaps: (index, row) =>
      bothBind(hashedLeft, index, hashedRight, row) || bothBind(looseLeft, index, looseRight, row),
  }
}

type Columns = readonly Uint32Array[]

function allBound(columns: Columns, row: number): boolean {
  for (let i = 0; i < columns.length; i++) if (columns[i]![row] === 0) return false
  return true
}

function compatible(left: Columns, leftRow: number, right: Columns, rightRow: number): boolean {
  for (let i = 0; i < left.length; i++) {
    const own = left[i]![leftRow]!
    const other = right[i]![rightRow]!
    if (own !== 0 && other !== 0 && own !== other) return false
  }
  return true
}

function bothBind(left: Columns, leftRow: number, right: Columns, rightRow: number): boolean {
  for (let i = 0; i < left.length; i++) if (left[i]![leftRow] !== 0 && right[i]![rightRow] !== 0) return true
  return false
}

function hasUnbound(column: Uint32Array, length: number): boolean {
  for (let row = 0; row < length; row++) if (column[row] === 0) return true
  return false
}

/** Rows of equal code as linked lists in two arrays, each in the order of the table: no object a row. */
function chainRows(keys: Columns, length: number) {
  let buckets = 16
  while (buckets < length * 2) buckets *= 2
  const last = buckets * SLOT_WORDS - 1
  // The code of a key beside the first row of its chain, from 1.
  const slots = new Uint32Array(buckets * SLOT_WORDS)
  const nexts = new Int32Array(length)
  const slotOf = (code: number): number => {
    let slot = homeSlot(code, last)
    while (slots[slot + 1] !== 0 && slots[slot] !== code) slot = (slot + SLOT_WORDS) & last
    return slot
  }
  for (let row = length - 1; row >= 0; row--) {
    const code = codeOf(keys, row)
    const slot = slotOf(code)
    nexts[row] = slots[slot + 1]! - 1
    slots[slot] = code
    slots[slot + 1] = row + 1
  }
  return {
    first: (code: number): number => slots[slotOf(code) + 1]! - 1,
    next: (row: number): number => nexts[row]!,
  }
}
