import { alignBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'

/** Rows of all inputs, each padded to the union's variables; inputs in turn, so that the order is deterministic. */
export async function* union(
  inputs: readonly (() => AsyncIterable<Batch>)[],
  variables: readonly VariableName[],
): AsyncGenerator<Batch> {
  for (const input of inputs) {
    for await (const batch of input()) yield alignBatch(batch, variables)
  }
}
