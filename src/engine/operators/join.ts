import { BATCH_ROWS, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, VariableName } from '../../../planner/algebra.ts'
import { compile, effectiveBooleanValue } from '../../../planner/evaluate.ts'
import { breathe, type QueryContext } from '../context.ts'
import { joinVariables, rowCursor } from '../row.ts'
import type { Table } from '../table.ts'
import { indexForJoin } from './join-index.ts'

/** What becomes of the rows of the left side. */
export type JoinForm = 'inner' | 'left' | 'semi' | 'anti' | 'minus'

/** Joins a stream with a table. With a condition a partner counts only where the joined row satisfies it. */
export async function* joinWithTable(
  left: AsyncIterable<Batch>,
  leftVariables: readonly VariableName[],
  right: Table,
  form: JoinForm,
  condition: Expression | undefined,
  context: QueryContext,
): AsyncGenerator<Batch> {
  const index = indexForJoin(right, leftVariables)
  const variables = form === 'inner' || form === 'left' ? joinVariables(leftVariables, right.variables) : leftVariables
  const rightColumns = variables.map((name) => right.variables.indexOf(name))
  const builder = batchBuilder(variables)
  const satisfies = condition === undefined ? undefined : conditionOn(condition, leftVariables, right, context)
  const row: number[] = new Array(variables.length).fill(0)
  const keepsPartners = form === 'inner' || form === 'left'

  for await (const batch of left) {
    const leftColumns = variables.map((name) => batch.variables.indexOf(name))
    const emit = (leftRow: number, rightRow: number) => {
      for (let i = 0; i < variables.length; i++) {
        const own = leftColumns[i]! < 0 ? 0 : batch.columns[leftColumns[i]!]![leftRow]!
        row[i] = own !== 0 || rightRow < 0 || rightColumns[i]! < 0 ? own : right.column(rightColumns[i]!)[rightRow]!
      }
      builder.add(row)
    }
    for (let leftRow = 0; leftRow < batch.length; leftRow++) {
      let matched = false
      const pending: number[] = []
      index.matches(batch, leftRow, (rightRow) => {
        if (form === 'minus' && !index.overlaps(batch, leftRow, rightRow)) return true
        if (satisfies !== undefined && !satisfies(batch, leftRow, rightRow)) return true
        matched = true
        if (keepsPartners) pending.push(rightRow)
        return keepsPartners
      })
      if (keepsPartners) {
        for (const rightRow of pending) {
          emit(leftRow, rightRow)
          if (builder.length >= BATCH_ROWS) {
            yield builder.build()
            await breathe(context.signal)
          }
        }
      }
      if (form === 'left' ? !matched : form === 'semi' ? matched : form !== 'inner' && !matched) emit(leftRow, -1)
      if (builder.length >= BATCH_ROWS) yield builder.build()
      if ((leftRow & 63) === 63) await breathe(context.signal)
    }
    if (builder.length > 0) yield builder.build()
  }
}

/** The condition of a left join over the row that left and right would make. */
function conditionOn(
  condition: Expression,
  leftVariables: readonly VariableName[],
  right: Table,
  context: QueryContext,
): (batch: Batch, leftRow: number, rightRow: number) => boolean {
  const evaluate = compile(condition)
  const leftCursor = rowCursor(context.dictionary)
  let rightRow = 0
  const joined = {
    get(name: VariableName) {
      const own = leftVariables.includes(name) ? leftCursor.get(name) : undefined
      if (own !== undefined) return own
      const column = right.variables.indexOf(name)
      const id = column < 0 ? 0 : right.column(column)[rightRow]!
      return id === 0 ? undefined : context.dictionary.decode(id)
    },
  }
  return (batch, leftRow, otherRow) => {
    leftCursor.move(batch, leftRow)
    rightRow = otherRow
    return effectiveBooleanValue(evaluate(joined, context.evaluation)) === true
  }
}
