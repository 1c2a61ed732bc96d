import { alignBatch, BATCH_ROWS, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Aggregate, VariableName } from '../../../planner/algebra.ts'
import { breathe, type QueryContext } from '../context.ts'
import { createAggregate, type GroupedAggregate } from './aggregate.ts'
import { createKeyTable } from './key-table.ts'

const GROUP_BYTES = 120

/** Rows that are taken without a pause. */
const STRETCH = 1_024

/** GROUP BY and its aggregates (SPARQL 1.1, section 11); without keys one group, even of no rows. */
export async function* group(
  input: AsyncIterable<Batch>,
  inputVariables: readonly VariableName[],
  keys: readonly VariableName[],
  aggregates: readonly Aggregate[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const groups = createKeyTable(keys, context.memory)
  const grouped = aggregates.map((aggregate) => createAggregate(aggregate, inputVariables, context))
  let known = keys.length === 0 ? 1 : 0
  let numbers = new Uint32Array(BATCH_ROWS)

  for await (const batch of input) {
    const keyColumns = alignBatch(batch, keys).columns
    if (numbers.length < batch.length) numbers = new Uint32Array(batch.length)
    for (let start = 0; start < batch.length; start += STRETCH) {
      const end = Math.min(batch.length, start + STRETCH)
      if (keys.length > 0) {
        groups.numberAll(keyColumns, start, end, numbers)
        if (groups.table.length > known) {
          context.memory.reserve(GROUP_BYTES * (1 + aggregates.length) * (groups.table.length - known))
          known = groups.table.length
        }
      }
      for (const each of grouped) each.add(batch, numbers, start, end, known)
      await breathe(context.signal)
    }
  }
  yield* results(known, grouped, groups.table, keys, aggregates, context)
  groups.release()
}

async function* results(
  count: number,
  grouped: readonly GroupedAggregate[],
  keyTable: { column(index: number): Uint32Array },
  keys: readonly VariableName[],
  aggregates: readonly Aggregate[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const builder = batchBuilder([...keys, ...aggregates.map(({ variable }) => variable)])
  for (let number = 0; number < count; number++) {
    const terms = grouped.map((each) => each.result(number))
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
