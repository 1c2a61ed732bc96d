import { BATCH_ROWS, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch, BatchBuilder } from '../../../connectors/connector.ts'
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
  const keepsPartners = form === 'inner' || form === 'left'
  const variables = keepsPartners ? joinVariables(leftVariables, right.variables) : leftVariables
  const satisfies = condition === undefined ? undefined : conditionOn(condition, leftVariables, right, context)
  const builder = batchBuilder(variables)
  const partners: number[] = []
  const findPartners = (batch: Batch, leftRow: number) => {
    partners.length = 0
    index.matches(batch, leftRow, (rightRow) => {
      if (form === 'minus' && !index.overlaps(batch, leftRow, rightRow)) return true
      if (satisfies !== undefined && !satisfies(batch, leftRow, rightRow)) return true
      partners.push(rightRow)
      return keepsPartners
    })
  }
  for await (const batch of left) {
    const emit = emitterInto(builder, variables, batch, right)
    for (let leftRow = 0; leftRow < batch.length; leftRow++) {
      findPartners(batch, leftRow)
      for (const rightRow of rowsToEmit(form, partners)) {
        emit(leftRow, rightRow)
        if (builder.length < BATCH_ROWS) continue
        yield builder.build()
        await breathe(context.signal)
      }
      if ((leftRow & 63) === 63) await breathe(context.signal)
    }
    if (builder.length > 0) yield builder.build()
  }
}

/** Stands for the row of the other side where a row of the left goes on alone. */
const ALONE: readonly number[] = [-1]
const NONE: readonly number[] = []

function rowsToEmit(form: JoinForm, partners: readonly number[]): readonly number[] {
  switch (form) {
    case 'inner':
      return partners
    case 'left':
      return partners.length === 0 ? ALONE : partners
    case 'semi':
      return partners.length === 0 ? NONE : ALONE
    case 'anti':
    case 'minus':
      return partners.length === 0 ? ALONE : NONE
  }
}

/** Writes joined rows: the left's value where it has one, else the right's. */
function emitterInto(
  builder: BatchBuilder,
  variables: readonly VariableName[],
  batch: Batch,
  right: Table,
): (leftRow: number, rightRow: number) => void {
  const leftColumns = variables.map((name) => batch.columns[batch.variables.indexOf(name)])
  const rightColumns = variables.map((name) => right.variables.indexOf(name))
  const row: number[] = new Array(variables.length).fill(0)
  return (leftRow, rightRow) => {
    for (let i = 0; i < variables.length; i++) {
      const own = leftColumns[i]?.[leftRow] ?? 0
      const other = rightColumns[i]!
      row[i] = own !== 0 || rightRow < 0 || other < 0 ? own : right.column(other)[rightRow]!
    }
    builder.add(row)
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
