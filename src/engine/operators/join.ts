import { BATCH_ROWS, columnOf } from '../../../connectors/batch.ts'
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
  const keepsPartners = form === 'inner' || form === 'left'
  const variables = keepsPartners ? joinVariables(leftVariables, right.variables) : leftVariables
  const satisfies = condition === undefined ? undefined : conditionOn(condition, leftVariables, right, context)
  const partners: number[] = []
  let current: Batch
  let currentRow = 0
  const visit = (rightRow: number): boolean => {
    if (form === 'minus' && !index.overlaps(current, currentRow, rightRow)) return true
    if (satisfies !== undefined && !satisfies(current, currentRow, rightRow)) return true
    partners.push(rightRow)
    return keepsPartners
  }
  const leftRows = new Uint32Array(BATCH_ROWS)
  const rightRows = new Int32Array(BATCH_ROWS)
  for await (const batch of left) {
    current = batch
    let count = 0
    for (let leftRow = 0; leftRow < batch.length; leftRow++) {
      partners.length = 0
      currentRow = leftRow
      index.matches(batch, leftRow, visit)
      for (const rightRow of rowsToEmit(form, partners)) {
        leftRows[count] = leftRow
        rightRows[count++] = rightRow
        if (count < BATCH_ROWS) continue
        yield joined(variables, batch, leftRows, right, rightRows, count)
        count = 0
        await breathe(context.signal)
      }
      if ((leftRow & 63) === 63) await breathe(context.signal)
    }
    if (count > 0) yield joined(variables, batch, leftRows, right, rightRows, count)
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

/** Joined rows, column by column: the left's value where it has one, else the right's; right row -1 is none. */
function joined(
  variables: readonly VariableName[],
  batch: Batch,
  leftRows: Uint32Array,
  right: Table,
  rightRows: Int32Array,
  count: number,
): Batch {
  const columns = variables.map((name) => {
    const column = new Uint32Array(count)
    const own = columnOf(batch, name)
    if (own !== undefined) for (let i = 0; i < count; i++) column[i] = own[leftRows[i]!]!
    const position = right.variables.indexOf(name)
    if (position < 0) return column
    const other = right.column(position)
    for (let i = 0; i < count; i++) if (column[i] === 0 && rightRows[i]! >= 0) column[i] = other[rightRows[i]!]!
    return column
  })
  return { variables, columns, length: count }
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
