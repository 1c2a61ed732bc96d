import { BATCH_ROWS, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Values } from '../../../planner/algebra.ts'
import type { QueryContext } from '../context.ts'

export async function* values(plan: Values, context: QueryContext): AsyncGenerator<Batch> {
  const builder = batchBuilder(plan.variables)
  for (const row of plan.rows) {
    builder.add(row.map((term) => (term === undefined ? 0 : context.dictionary.encode(term))))
    if (builder.length >= BATCH_ROWS) yield builder.build()
  }
  if (builder.length > 0) yield builder.build()
}
