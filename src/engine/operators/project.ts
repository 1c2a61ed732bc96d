import { alignBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'

export async function* project(input: AsyncIterable<Batch>, variables: readonly VariableName[]): AsyncGenerator<Batch> {
  for await (const batch of input) yield alignBatch(batch, variables)
}
