import { alignBatch, columnOf, pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, VariableName } from '../../../planner/algebra.ts'
import { walkExpression } from '../../../planner/traverse.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { joinVariables } from '../row.ts'
import type { Table } from '../table.ts'
import { materialiseExists } from './exists.ts'
import { filter } from './filter.ts'
import { type JoinForm, joinWithTable } from './join.ts'

/** Joins a stream with a table, whatever the condition. */
export function joinRows(
  left: AsyncIterable<Batch>,
  leftVariables: readonly VariableName[],
  right: Table,
  form: JoinForm,
  condition: Expression | undefined,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<Batch> {
  return condition !== undefined && hasExists(condition)
    ? leftJoinIf(left, leftVariables, right, condition, context, execute)
    : joinWithTable(left, leftVariables, right, form, condition, context)
}

const hasExists = (condition: Expression): boolean =>
  [...walkExpression(condition)].some(({ kind }) => kind === 'exists')

/** Number of a row within its batch, from 1. */
const ROW = '.row'

/**
 * OPTIONAL whose condition holds an EXISTS (SPARQL 1.1, section 18.5: LeftJoin): the joined rows are filtered as rows of
 * their own, since EXISTS asks plans, and left rows of which none is left go on alone.
 */
async function* leftJoinIf(
  left: AsyncIterable<Batch>,
  leftVariables: readonly VariableName[],
  right: Table,
  condition: Expression,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<Batch> {
  const variables = joinVariables(leftVariables, right.variables)
  for await (const each of left) {
    const batch = alignBatch(each, leftVariables)
    const numbers = Uint32Array.from({ length: batch.length }, (_, row) => row + 1)
    const numbered = { variables: [...leftVariables, ROW], columns: [...batch.columns, numbers], length: batch.length }
    const joined = joinWithTable(only(numbered), numbered.variables, right, 'inner', undefined, context)
    const tested = materialiseExists(joined, [condition], context, execute)
    const matched = new Uint8Array(batch.length + 1)
    for await (const kept of filter(tested.input, tested.expressions[0]!, context)) {
      const rows = columnOf(kept, ROW)!
      for (let row = 0; row < kept.length; row++) matched[rows[row]!] = 1
      yield alignBatch(kept, variables)
    }
    const alone = Array.from(numbers, (number) => number - 1).filter((row) => matched[row + 1] === 0)
    if (alone.length > 0) yield alignBatch(pickRows(batch, alone), variables)
  }
}

async function* only(batch: Batch): AsyncGenerator<Batch> {
  yield batch
}
