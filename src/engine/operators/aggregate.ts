import { alignBatch, columnOf } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Aggregate, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { type Accumulator, createAccumulator } from '../../../planner/functions/aggregates.ts'
import { integerTerm } from '../../../planner/functions/numeric-values.ts'
import type { Term } from '../../../planner/term.ts'
import type { QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { growing } from './growing.ts'
import { sumOf } from './sum.ts'

/** One aggregate over all groups at once. */
export interface GroupedAggregate {
  /** Takes rows `start` to `end` (excluded) of a batch; `groups[row]` is the row's group, one of the first `count`. */
  add(batch: Batch, groups: Uint32Array, start: number, end: number, count: number): void
  /** The aggregate of a group; one that took no row has its value of no rows. */
  result(group: number): Term | undefined
}

/** Counts and sums of a column stay numbers; everything else goes through an accumulator of terms for each group. */
export function createAggregate(
  aggregate: Aggregate,
  inputVariables: readonly VariableName[],
  context: QueryContext,
): GroupedAggregate {
  const { expression, distinct } = aggregate
  const column = expression?.kind === 'variable' ? expression.name : undefined
  if (!distinct && aggregate.function === 'count' && (expression === undefined || column !== undefined)) {
    return countOf(column)
  }
  if (!distinct && aggregate.function === 'sum' && column !== undefined) {
    return sumOf(column, aggregate, context.dictionary)
  }
  return accumulated(aggregate, inputVariables, context)
}

function countOf(name: VariableName | undefined): GroupedAggregate {
  const totals = growing()
  return {
    add(batch, groups, start, end, count) {
      const counts = totals.upTo(count)
      if (name === undefined) {
        for (let row = start; row < end; row++) counts[groups[row]!]!++
        return
      }
      const column = columnOf(batch, name)
      if (column === undefined) return
      for (let row = start; row < end; row++) if (column[row] !== 0) counts[groups[row]!]!++
    },
    result: (group) => integerTerm(totals.get(group)),
  }
}

function accumulated(
  aggregate: Aggregate,
  inputVariables: readonly VariableName[],
  context: QueryContext,
): GroupedAggregate {
  const accumulators: Accumulator[] = []
  const feed = feeder(aggregate, inputVariables, context)
  const of = (group: number): Accumulator => {
    while (accumulators.length <= group) accumulators.push(createAccumulator(aggregate))
    return accumulators[group]!
  }
  return {
    add(batch, groups, start, end) {
      for (let row = start; row < end; row++) feed(of(groups[row]!), batch, row)
    },
    result: (group) => of(group).result(),
  }
}

/** How a row feeds an accumulator: a variable is read by its column, anything else is evaluated. */
function feeder(
  { expression }: Aggregate,
  inputVariables: readonly VariableName[],
  { dictionary, evaluation }: QueryContext,
): (accumulator: Accumulator, batch: Batch, row: number) => void {
  if (expression === undefined) return countDistinctRows(inputVariables)
  if (expression.kind === 'variable') {
    const { name } = expression
    return (accumulator, batch, row) => {
      const id = columnOf(batch, name)?.[row] ?? 0
      accumulator.add(id === 0 ? undefined : dictionary.decode(id))
    }
  }
  const evaluate = compile(expression)
  const cursor = rowCursor(dictionary)
  return (accumulator, batch, row) => {
    cursor.move(batch, row)
    accumulator.add(evaluate(cursor, evaluation))
  }
}

/** COUNT(DISTINCT *) counts whole solutions, which no accumulator of terms can tell apart. */
function countDistinctRows(
  variables: readonly VariableName[],
): (accumulator: Accumulator, batch: Batch, row: number) => void {
  const seen = new WeakMap<Accumulator, Set<string>>()
  return (accumulator, batch, row) => {
    const known = seen.get(accumulator) ?? new Set()
    seen.set(accumulator, known)
    const key = rowKey(alignBatch(batch, variables), row)
    if (!known.has(key)) accumulator.add(undefined)
    known.add(key)
  }
}

const rowKey = (batch: Batch, row: number): string => batch.columns.map((column) => column[row]).join(' ')
