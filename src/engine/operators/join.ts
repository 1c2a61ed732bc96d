import { BATCH_ROWS, columnOf } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, VariableName } from '../../../planner/algebra.ts'
import { compile, effectiveBooleanValue } from '../../../planner/evaluate.ts'
import { breathe, type QueryContext } from '../context.ts'
import { joinVariables, rowCursor } from '../row.ts'
import type { Table } from '../table.ts'
import { indexForJoin, type JoinIndex } from './join-index.ts'

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
  const pairs = pairing(index, form, satisfies)
  for await (const batch of left) {
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
}

/** Stands for the row of the other side where a row of the left goes on alone. */
const ALONE = -1

/** Rows that are looked at without a pause; with a condition, which may take long, fewer. */
const STEPS = 8_192
const CONDITION_STEPS = 256

/** Finds which rows go on together, a stretch at a time. */
interface Pairing {
  begin(batch: Batch): void
  /** Goes on until the pairs fill a batch, the left rows are done, or a pause is due. */
  advance(): void
  isDone(): boolean
  /** Pairs found since they were last taken. */
  count(): number
  taken(): void
  readonly left: Uint32Array
  readonly right: Int32Array
}

function pairing(
  index: JoinIndex,
  form: JoinForm,
  satisfies: ((batch: Batch, leftRow: number, rightRow: number) => boolean) | undefined,
): Pairing {
  const left = new Uint32Array(BATCH_ROWS)
  const right = new Int32Array(BATCH_ROWS)
  const keepsPartners = form === 'inner' || form === 'left'
  const aloneIfMatched = form === 'semi'
  const aloneIfUnmatched = form === 'left' || form === 'anti' || form === 'minus'
  const isPlain = satisfies === undefined && form !== 'minus'
  const mostSteps = satisfies === undefined ? STEPS : CONDITION_STEPS
  let current: Batch
  let count = 0
  let row = 0
  /** The partner to look at next; -1 where there is none left. */
  let partner = FRESH
  let matched = false
  let steps = 0

  const counts = (rightRow: number): boolean =>
    index.isCompatible(row, rightRow) &&
    (isPlain ||
      ((form !== 'minus' || index.overlaps(row, rightRow)) &&
        (satisfies === undefined || satisfies(current, row, rightRow))))
  const add = (rightRow: number) => {
    left[count] = row
    right[count++] = rightRow
  }
  // Every row that is looked at is a step: one that meets millions of others lets those who wait be heard.
  const goesOn = (): boolean => count < BATCH_ROWS && steps < mostSteps
  /** Looks at the row's partners, for as long as it may go on. */
  const meet = () => {
    steps++
    if (partner === FRESH) partner = index.first(row)
    for (; partner >= 0 && goesOn(); partner = index.next(row, partner)) {
      steps++
      if (!counts(partner)) continue
      matched = true
      if (keepsPartners) add(partner)
      else {
        partner = -1
        return
      }
    }
  }
  return {
    left,
    right,
    begin(batch) {
      current = batch
      index.bind(batch)
      row = 0
      partner = FRESH
      matched = false
    },
    advance() {
      steps = 0
      while (row < current.length && goesOn()) {
        meet()
        if (partner >= 0 || count === BATCH_ROWS) continue
        if (matched ? aloneIfMatched : aloneIfUnmatched) add(ALONE)
        row++
        partner = FRESH
        matched = false
      }
    },
    isDone: () => row >= current.length,
    count: () => count,
    taken() {
      count = 0
    },
  }
}

/** Stands for a row of the left that is yet to be looked up. */
const FRESH = -2

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
