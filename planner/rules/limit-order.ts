import type { Plan } from '../algebra.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/** ORDER BY beneath a LIMIT is told how many of its rows are read: rows beyond them need no order. */
export const limitOrder: Rule = {
  name: 'limit-order',
  optional: true,
  apply: (plan) =>
    rewriteUp(plan, (node) => {
      if (node.kind !== 'slice' || node.limit === undefined) return node
      const input = limited(node.input, node.offset + node.limit)
      return input === node.input ? node : { ...node, input }
    }),
}

/** Projections and expressions keep the rows and their order. */
function limited(plan: Plan, first: number): Plan {
  if (plan.kind === 'order') return plan.first === undefined ? { ...plan, first } : plan
  if (plan.kind !== 'project' && plan.kind !== 'extend') return plan
  const input = limited(plan.input, first)
  return input === plan.input ? plan : { ...plan, input }
}
