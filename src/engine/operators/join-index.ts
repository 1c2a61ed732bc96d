import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import type { Table } from '../table.ts'
import { chainRows, type RowChains } from './row-chains.ts'

/**
 * The one place that knows when solutions are compatible (SPARQL 1.1, section 18.3): equal wherever both are bound.
 * Shared variables that no row of the table leaves unbound are hashed; the others are compared row by row.
 */
export interface JoinIndex {
  readonly table: Table
  /** Bytes that it holds besides the table. */
  readonly bytes: number
  /** What decides about the batch without a look at its rows, where one key does that none of them leaves unbound. */
  exact(): ExactIndex | undefined
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

/** A batch's keys, and the rows that are compatible with each: those of its chain, and no others. */
export interface ExactIndex {
  readonly keys: readonly Uint32Array[]
  readonly chains: RowChains
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
  let batchLength = 0

  const isHashed = (index: number): boolean => chains !== undefined && allBound(hashedLeft, index)
  return {
    table,
    bytes: chains?.bytes ?? 0,
    exact: () =>
      isDecided && !hasUnbound(hashedLeft[0]!, batchLength) ? { keys: hashedLeft, chains: chains! } : undefined,
    bind(batch) {
      batchLength = batch.length
      const columnsOf = (columns: readonly SharedColumn[]) =>
        columns.map(({ name }) => batch.columns[batch.variables.indexOf(name)]!)
      hashedLeft = columnsOf(hashed)
      looseLeft = columnsOf(loose)
    },
    first(index) {
      if (isHashed(index)) return chains!.first(hashedLeft, index)
      return table.length === 0 ? -1 : 0
    },
    next(index, row) {
      if (isHashed(index)) return chains!.nexts?.[row] ?? -1
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
