import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import type { Table } from '../table.ts'

/**
 * The one place that knows when solutions are compatible (SPARQL 1.1, section 18.3): equal wherever both are bound.
 * Shared variables that no row of the table leaves unbound are hashed; the others are compared row by row.
 */
export interface JoinIndex {
  readonly table: Table
  /** Calls `visit` with each row of the table that is compatible with row `index` of `batch`, until it returns false. */
  matches(batch: Batch, index: number, visit: (row: number) => boolean): void
  /** Whether the solutions bind a variable in common (what MINUS asks besides compatibility). */
  overlaps(batch: Batch, index: number, row: number): boolean
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
  const chains = hashed.length === 0 ? undefined : chainRows(hashed, table.length)
  const hashedRight = hashed.map(({ column }) => column)
  const looseRight = loose.map(({ column }) => column)
  let bound: Batch | undefined
  let hashedLeft: readonly Uint32Array[] = []
  let looseLeft: readonly Uint32Array[] = []
  const bind = (batch: Batch): void => {
    if (batch === bound) return
    const columnsOf = (columns: readonly SharedColumn[]) =>
      columns.map(({ name }) => batch.columns[batch.variables.indexOf(name)]!)
    bound = batch
    hashedLeft = columnsOf(hashed)
    looseLeft = columnsOf(loose)
  }
  return {
    table,
    matches(batch, index, visit) {
      bind(batch)
      if (chains === undefined || !allBound(hashedLeft, index)) {
        for (let row = 0; row < table.length; row++) {
          if (
            compatible(hashedLeft, index, hashedRight, row) &&
            compatible(looseLeft, index, looseRight, row) &&
            !visit(row)
          )
            return
        }
        return
      }
      let hash = 0
      for (let i = 0; i < hashedLeft.length; i++) hash = mix(hash, hashedLeft[i]![index]!)
      for (let row = chains.first(hash); row >= 0; row = chains.next(row)) {
        if (!equal(hashedLeft, index, hashedRight, row)) continue
        if (compatible(looseLeft, index, looseRight, row) && !visit(row)) return
      }
    },
    overlaps(batch, index, row) {
      bind(batch)
      return bothBind(hashedLeft, index, hashedRight, row) || bothBind(looseLeft, index, looseRight, row)
    },
  }
}

type Columns = readonly Uint32Array[]

function allBound(columns: Columns, row: number): boolean {
  for (let i = 0; i < columns.length; i++) if (columns[i]![row] === 0) return false
  return true
}

function equal(left: Columns, leftRow: number, right: Columns, rightRow: number): boolean {
  for (let i = 0; i < left.length; i++) if (left[i]![leftRow] !== right[i]![rightRow]) return false
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

export const mix = (hash: number, id: number): number => {
  const mixed = Math.imul(hash ^ id, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

/** Rows of equal hash as linked lists in two arrays: no object a row. */
function chainRows(keys: readonly SharedColumn[], length: number) {
  let buckets = 16
  while (buckets < length * 2) buckets *= 2
  const heads = new Int32Array(buckets).fill(-1)
  const nexts = new Int32Array(length)
  for (let row = length - 1; row >= 0; row--) {
    let hash = 0
    for (const { column } of keys) hash = mix(hash, column[row]!)
    const bucket = hash & (buckets - 1)
    nexts[row] = heads[bucket]!
    heads[bucket] = row
  }
  return {
    first: (hash: number): number => heads[hash & (buckets - 1)]!,
    next: (row: number): number => nexts[row]!,
  }
}
