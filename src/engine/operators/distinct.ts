import { alignBatch, BATCH_ROWS, pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import { breathe, type QueryContext } from '../context.ts'
import { createKeyTable } from './key-table.ts'

/** Each solution once, in order of arrival. */
export async function* distinct(
  input: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const seen = createKeyTable(variables, context.memory)
  let known = 0
  let numbers = new Uint32Array(BATCH_ROWS)
  try {
    for await (const each of input) {
      const batch = alignBatch(each, variables)
      const fresh = new Uint32Array(batch.length)
      let count = 0
      if (numbers.length < batch.length) numbers = new Uint32Array(batch.length)
      seen.numberAll(batch.columns, 0, batch.length, numbers)
      for (let row = 0; row < batch.length; row++) {
        if (numbers[row]! < known) continue
        known++
        fresh[count++] = row
      }
      if (count === batch.length) yield batch
      else if (count > 0) yield pickRows(batch, fresh, count)
      await breathe(context.signal)
    }
  } finally {
    seen.release()
  }
}
