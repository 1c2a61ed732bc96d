import type { Plan, Resolve } from '../algebra.ts'
import { join } from '../constructors.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/** References that no join order has placed are resolved last, over all that their join gives otherwise. */
export const placeReferences: Rule = {
  name: 'place-references',
  optional: false,
  apply: (plan) => rewriteUp(plan, (node) => (node.kind === 'join' ? place(node.inputs, node) : node)),
}

/** Whether a plan waits for its place in a join. */
export const isPending = (plan: Plan): plan is Resolve => plan.kind === 'resolve' && plan.input.kind === 'unit'

function place(inputs: readonly Plan[], unchanged: Plan): Plan {
  const pending = inputs.filter(isPending)
  if (pending.length === 0) return unchanged
  const rest = join(inputs.filter((input) => !isPending(input)))
  return pending.reduce((input: Plan, reference) => ({ ...reference, input }), rest)
}
