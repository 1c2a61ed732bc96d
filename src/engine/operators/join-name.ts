import { alignBatch, columnOf, pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'

/** Rows joined with one value of one variable: those that bind it otherwise are left out. */
export function joinName(batch: Batch, name: VariableName, id: number, variables: readonly VariableName[]): Batch {
  const own = columnOf(batch, name)
  const rows: number[] = []
  for (let row = 0; row < batch.length; row++)
    if (own === undefined || own[row] === 0 || own[row] === id) rows.push(row)
  const kept = alignBatch(rows.length === batch.length ? batch : pickRows(batch, rows), variables)
  const column = new Uint32Array(kept.length).fill(id)
  return { ...kept, columns: kept.columns.with(variables.indexOf(name), column) }
}
