import type { Batch, Dictionary } from '../../connectors/connector.ts'
import type { VariableName } from '../../planner/algebra.ts'
import type { Row } from '../../planner/evaluate.ts'

/** A cursor over the rows of batches, as expressions see them. */
export interface RowCursor extends Row {
  move(batch: Batch, index: number): void
}

export function rowCursor(dictionary: Dictionary): RowCursor {
  let batch: Batch | undefined
  let index = 0
  return {
    move(to, row) {
      batch = to
      index = row
    },
    get(name) {
      const position = batch!.variables.indexOf(name)
      if (position < 0) return undefined
      const id = batch!.columns[position]![index]!
      return id === 0 ? undefined : dictionary.decode(id)
    },
  }
}

/** Variables of the one side followed by those that only the other has. */
export const joinVariables = (
  left: readonly VariableName[],
  right: readonly VariableName[],
): readonly VariableName[] => [...left, ...right.filter((name) => !left.includes(name))]
