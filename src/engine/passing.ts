import type { Connector } from '../../connectors/connector.ts'
import type { Fragment, Plan } from '../../planner/algebra.ts'

/**
 * The fragment whose rows are the answer, where they leave one by one: no operator keeps rows, or compares ids of
 * different batches. `undefined` where the plan is more than that, or the fragment's store does not heed it.
 */
export function passingFragment(plan: Plan, connectors: ReadonlyMap<string, Connector>): Fragment | undefined {
  switch (plan.kind) {
    case 'project':
    case 'slice':
      return passingFragment(plan.input, connectors)
    case 'fragment':
      return connectors.get(plan.source)?.passes?.(plan.native) === true ? plan : undefined
    default:
      return undefined
  }
}
