import { alignBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Plan } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import { asTheyCome } from '../as-they-come.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { asksElsewhere, runTogether } from '../together.ts'

/** Inputs that are read at the same time. */
const MOST_AT_ONCE = 8

/**
 * Rows of all inputs, each padded to the union's variables: first of those made here, in turn, then of those that stores
 * elsewhere answer as they come. The latter are all asked before the first is waited for.
 */
export async function* union(
  plan: Plan & { readonly kind: 'union' },
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const variables = variablesOf(plan)
  const here = plan.inputs.filter((input) => !asksElsewhere(input))
  const elsewhere = plan.inputs.filter(asksElsewhere)
  const together = runTogether(context)
  try {
    const waiting = elsewhere.map((input) => () => together.ahead(execute(input, together.context, bindings)))
    const running = waiting.splice(0, MOST_AT_ONCE).map((start) => start())
    for (const input of here) {
      for await (const batch of execute(input, together.context, bindings)) yield alignBatch(batch, variables)
    }
    for await (const batch of asTheyCome(running, waiting)) yield alignBatch(batch, variables)
  } catch (error) {
    throw together.causeOf(error)
  } finally {
    together.end()
  }
}
