import type { Plan } from './algebra.ts'
import { isDefaultGraph } from './constructors.ts'
import type { NamedNode } from './term.ts'
import { mapChildren, mapExpression, mapExpressions } from './traverse.ts'

/** The plan with a named graph in place of the default graph (WITH; SPARQL 1.1 Update, section 3.1.3). */
export function withDefaultGraph(plan: Plan, graph: NamedNode): Plan {
  // An endpoint has graphs of its own.
  if (plan.kind === 'service') return plan
  if (plan.kind === 'pattern' || plan.kind === 'path') return isDefaultGraph(plan.graph) ? { ...plan, graph } : plan
  const inner = mapChildren(plan, (child) => withDefaultGraph(child, graph))
  return mapExpressions(inner, (expression) =>
    mapExpression(expression, (part) =>
      part.kind === 'exists' ? { ...part, plan: withDefaultGraph(part.plan, graph) } : part,
    ),
  )
}
