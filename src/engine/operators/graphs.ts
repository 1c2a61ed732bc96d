import type { Batch } from '../../../connectors/connector.ts'
import type { Plan } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'

/** Patterns reach the executor inside fragments only: source selection has given each its stores. */
export function graphs(plan: Plan): AsyncGenerator<Batch> {
  throw new PolyprovError('internal', `A ${plan.kind} without a store reached the executor`)
}
