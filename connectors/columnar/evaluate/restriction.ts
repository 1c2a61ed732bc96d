import type { VariableName } from '../../../planner/algebra.ts'
import { pickRows } from '../../batch.ts'
import type { Batch } from '../../connector.ts'
import { sortedRows } from '../store/sort.ts'

/**
 * What bindings say of some variables: their distinct rows. A column with an unbound cell restricts nothing in that
 * row, and is left out whole: two rows that overlap would give a solution twice. `undefined`: no restriction.
 */
export function restriction(bindings: Batch | undefined, variables: readonly VariableName[]): Batch | undefined {
  if (bindings === undefined) return undefined
  const { length } = bindings
  const kept = bindings.variables.flatMap((name, index) =>
    variables.includes(name) && isBound(bindings.columns[index]!, length) ? [index] : [],
  )
  if (kept.length === 0 && length > 0) return undefined
  const columns = kept.map((index) => bindings.columns[index]!)
  const sorted = sortedRows(columns, length)
  const distinct = sorted.filter(
    (row, at) => at === 0 || columns.some((column) => column[row] !== column[sorted[at - 1]!]),
  )
  return pickRows({ variables: kept.map((index) => bindings.variables[index]!), columns, length }, distinct)
}

function isBound(column: Uint32Array, length: number): boolean {
  for (let row = 0; row < length; row++) if (column[row] === 0) return false
  return true
}
