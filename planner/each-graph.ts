import type { Plan } from './algebra.ts'
import type { NamedNode } from './term.ts'
import { mapChildren, mapExpression, mapExpressions } from './traverse.ts'

/** What a plan says of its default graph, said of a named one; what names a graph itself stays. */
export function inGraph(plan: Plan, graph: NamedNode): Plan {
  if (plan.kind === 'pattern' || plan.kind === 'path') {
    return plan.graph.termType === 'DefaultGraph' ? { ...plan, graph } : plan
  }
  const inner = mapChildren(plan, (child) => inGraph(child, graph))
  return mapExpressions(inner, (expression) =>
    mapExpression(expression, (part) => (part.kind === 'exists' ? { ...part, plan: inGraph(part.plan, graph) } : part)),
  )
}
