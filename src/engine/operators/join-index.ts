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

  const positionsOf = positionsByVariables(shared)
  return {
    table,
    matches(batch, index, visit) {
      const positions = positionsOf(batch)
      const columns = batch.columns
      const keyed = chains !== undefined && hashed.every(({ name }) => columns[positions.get(name)!]![index] !== 0)
      if (!keyed) {
        for (let row = 0; row < table.length; row++) {
          if (shared.every((each) => agrees(each, columns[positions.get(each.name)!]![index]!, row)) && !visit(row))
            return
        }
        return
      }
      let hash = 0
      for (const { name } of hashed) hash = mix(hash, columns[positions.get(name)!]![index]!)
      for (let row = chains.first(hash); row >= 0; row = chains.next(row)) {
        if (!hashed.every(({ name, column }) => column[row] === columns[positions.get(name)!]![index])) continue
        if (loose.every((each) => agrees(each, columns[positions.get(each.name)!]![index]!, row)) && !visit(row)) return
      }
    },
    overlaps(batch, index, row) {
      const positions = positionsOf(batch)
      return shared.some(({ name, column }) => column[row] !== 0 && batch.columns[positions.get(name)!]![index] !== 0)
    },
  }
}

const agrees = (shared: SharedColumn, id: number, row: number): boolean => {
  const other = shared.column[row]!
  return id === 0 || other === 0 || id === other
}

function hasUnbound(column: Uint32Array, length: number): boolean {
  for (let row = 0; row < length; row++) if (column[row] === 0) return true
  return false
}

/** Where the shared variables stand in a batch; looked up once for batches of one shape. */
function positionsByVariables(shared: readonly SharedColumn[]): (batch: Batch) => ReadonlyMap<VariableName, number> {
  let variables: readonly VariableName[] | undefined
  let positions = new Map<VariableName, number>()
  return (batch) => {
    if (batch.variables !== variables) {
      variables = batch.variables
      positions = new Map(shared.map(({ name }) => [name, batch.variables.indexOf(name)]))
    }
    return positions
  }
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
