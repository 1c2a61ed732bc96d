import { alignBatch, BATCH_ROWS, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Aggregate, VariableName } from '../../../planner/algebra.ts'
import { compile, type Evaluator } from '../../../planner/evaluate.ts'
import { type Accumulator, createAccumulator } from '../../../planner/functions/aggregates.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { createKeyTable } from './key-table.ts'

/** GROUP BY and its aggregates (SPARQL 1.1, section 11); without keys one group, even of no rows. */
export async function* group(
  input: AsyncIterable<Batch>,
  inputVariables: readonly VariableName[],
  keys: readonly VariableName[],
  aggregates: readonly Aggregate[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const groups = createKeyTable(keys, context.memory)
  const accumulators: Accumulator[][] = []
  const columns = aggregates.map((aggregate) => aggregateInput(aggregate, inputVariables, context))
  const start = () => {
    context.memory.reserve(GROUP_BYTES * (1 + aggregates.length))
    accumulators.push(aggregates.map((aggregate) => createAccumulator(aggregate)))
  }
  if (keys.length === 0) start()

  for await (const batch of input) {
    const keyColumns = alignBatch(batch, keys).columns
    for (let row = 0; row < batch.length; row++) {
      const number = keys.length === 0 ? 0 : groups.number(keyColumns, row)
      if (number === accumulators.length) start()
      const own = accumulators[number]!
      for (let i = 0; i < columns.length; i++) columns[i]!(own[i]!, batch, row)
      if ((row & 1023) === 1023) await breathe(context.signal)
    }
    await breathe(context.signal)
  }
  yield* results(accumulators, groups.table, keys, aggregates, context)
  groups.release()
}

const GROUP_BYTES = 120

/** How a row feeds an aggregate: a variable is read by its column, anything else is evaluated. */
function aggregateInput(
  aggregate: Aggregate,
  inputVariables: readonly VariableName[],
  context: QueryContext,
): (accumulator: Accumulator, batch: Batch, row: number) => void {
  const { expression } = aggregate
  const { dictionary } = context
  if (expression === undefined) {
    if (!aggregate.distinct) return (accumulator) => accumulator.add(undefined)
    return countDistinctRows(inputVariables)
  }
  if (expression.kind === 'variable') {
    const { name } = expression
    return (accumulator, batch, row) => {
      const id = batch.columns[batch.variables.indexOf(name)]?.[row] ?? 0
      accumulator.add(id === 0 ? undefined : dictionary.decode(id))
    }
  }
  const evaluate: Evaluator = compile(expression)
  const cursor = rowCursor(dictionary)
  return (accumulator, batch, row) => {
    cursor.move(batch, row)
    accumulator.add(evaluate(cursor, context.evaluation))
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

async function* results(
  accumulators: readonly (readonly Accumulator[])[],
  keyTable: { column(index: number): Uint32Array },
  keys: readonly VariableName[],
  aggregates: readonly Aggregate[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const builder = batchBuilder([...keys, ...aggregates.map(({ variable }) => variable)])
  for (let number = 0; number < accumulators.length; number++) {
    const terms = accumulators[number]!.map((accumulator) => accumulator.result())
    builder.add([
      ...keys.map((_, i) => keyTable.column(i)[number]!),
      ...terms.map((term) => (term === undefined ? 0 : context.dictionary.encode(term))),
    ])
    if (builder.length >= BATCH_ROWS) {
      yield builder.build()
      await breathe(context.signal)
    }
  }
  if (builder.length > 0) yield builder.build()
}
