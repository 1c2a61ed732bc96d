import type { Plan } from '../algebra.ts'
import { mapChildren } from '../traverse.ts'

/** Rewrites a plan from the leaves up. Fragments belong to their stores and are not entered. */
export function rewriteUp(plan: Plan, change: (plan: Plan) => Plan): Plan {
  if (plan.kind === 'fragment') return change(plan)
  return change(mapChildren(plan, (child) => rewriteUp(child, change)))
}
