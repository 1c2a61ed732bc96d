import { isWritable } from '../../../connectors/sparql/write-term.ts'
import type { Expression, Plan } from '../../../planner/algebra.ts'
import { call, empty, values } from '../../../planner/constructors.ts'
import { mapChildren, mapExpression, mapExpressions } from '../../../planner/traverse.ts'
import { variablesOf } from '../../../planner/variables.ts'

/**
 * A pattern as an endpoint can be told it. Terms that no text can name got there with a solution, in the place of
 * variables: blank nodes, which are none of the endpoint's. No triple has them, and no other term equals them.
 */
export function sendable(plan: Plan): Plan {
  switch (plan.kind) {
    case 'pattern':
    case 'path': {
      const terms = [plan.subject, plan.object, ...(plan.kind === 'pattern' ? [plan.predicate] : [])]
      const known = terms.every((term) => term.termType === 'Variable' || isWritable(term))
      return known ? plan : empty(variablesOf(plan))
    }
    case 'values': {
      const rows = plan.rows.filter((row) => row.every((term) => term === undefined || isWritable(term)))
      return rows.length === plan.rows.length ? plan : values(plan.variables, rows)
    }
    case 'service':
      return { ...plan, pattern: sendable(plan.pattern) }
    case 'eachGraph':
      return { ...plan, input: sendable(plan.input) }
    default:
      return mapExpressions(mapChildren(plan, sendable), (expression) => mapExpression(expression, sendableTerm))
  }
}

function sendableTerm(expression: Expression): Expression {
  if (expression.kind === 'exists') return { ...expression, plan: sendable(expression.plan) }
  return expression.kind === 'term' && !isWritable(expression.term) ? call('BNODE') : expression
}
