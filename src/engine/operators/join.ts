import { BATCH_ROWS, columnOf } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, VariableName } from '../../../planner/algebra.ts'
import { compile, effectiveBooleanValue } from '../../../planner/evaluate.ts'
import { breathe, type QueryContext } from '../context.ts'
import { joinVariables, rowCursor } from '../row.ts'
import type { Table } from '../table.ts'
import { indexForJoin } from './join-index.ts'
import { keyPairing } from './key-pairing.ts'
import { pairing } from './pairing.ts'

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
  const byRow = pairing(index, form, satisfies)
  const byKey = keyPairing(index, form)
  context.memory.reserve(index.bytes)
  try {
    for await (const batch of left) {
      index.bind(batch)
      const pairs = satisfies === undefined && index.exact() !== undefined ? byKey : byRow
      pairs.begin(batch)
      while (!pairs.isDone()) {
        pairs.advance()
        if (pairs.count() === BATCH_ROWS || pairs.isDone()) {
          if (pairs.count() > 0) yield joined(variables, batch, pairs.left, right, pairs.right, pairs.count())
          pairs.taken()
        }
        await breathe(context.signal)
      }
    }
  } finally {
    context.memory.release(index.bytes)
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
  const isWhole = isEachOnce(leftRows, count, batch.length)
  const columns = variables.map((name) => {
    const own = columnOf(batch, name)
    const position = right.variables.indexOf(name)
    if (own !== undefined && position < 0 && isWhole) return own
    const column = new Uint32Array(count)
    if (own !== undefined) for (let i = 0; i < count; i++) column[i] = own[leftRows[i]!]!
    if (position < 0) return column
    const other = right.column(position)
    for (let i = 0; i < count; i++) if (column[i] === 0 && rightRows[i]! >= 0) column[i] = other[rightRows[i]!]!
    return column
  })
  return { variables, columns, length: count }
}

/** Whether all rows of a batch go on once, so that their columns can be handed on as they are. */
function isEachOnce(rows: Uint32Array, count: number, length: number): boolean {
  if (count !== length) return false
  for (let i = 0; i < count; i++) if (rows[i] !== i) return false
  return true
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
