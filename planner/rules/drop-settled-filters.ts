import type { Expression, Plan } from '../algebra.ts'
import { conjunction, conjuncts, filter } from '../constructors.ts'
import { certainlyBound, isDeterministic, variablesOfExpression } from '../variables.ts'
import { hasExists } from './merge-filters.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * A condition that every row satisfies already is dropped: inverse resolution hands filters to stores and leaves them
 * where they were. What only they read is then not fetched.
 */
export const dropSettledFilters: Rule = {
  name: 'drop-settled-filters',
  optional: true,
  apply: (plan, context) => rewriteUp(plan, (node) => (node.kind === 'filter' ? withoutSettled(node, context) : node)),
}

function withoutSettled(node: Plan & { kind: 'filter' }, context: RuleContext): Plan {
  const conditions = conjuncts(node.condition)
  const open = conditions.filter((condition) => !canSettle(condition) || !settles(node.input, condition, context))
  if (open.length === conditions.length) return node
  return open.length === 0 ? node.input : filter(node.input, conjunction(open))
}

const canSettle = (condition: Expression): boolean => isDeterministic(condition) && !hasExists(condition)

/** Whether something below keeps exactly the rows that satisfy the condition, and its variables have their values there. */
function settles(plan: Plan, condition: Expression, context: RuleContext): boolean {
  const below = (input: Plan): boolean => settles(input, condition, context)
  switch (plan.kind) {
    case 'filter':
      return (conjuncts(plan.condition).includes(condition) && isDecidedBy(plan.input, condition)) || below(plan.input)
    case 'fragment': {
      const source = context.catalog.sources.find(({ id }) => id === plan.source)
      return source?.accepts?.(condition) === 'exact' && below(plan.plan)
    }
    case 'join':
      return plan.inputs.some(below)
    case 'union':
      return plan.inputs.every(below)
    case 'bindJoin':
      return below(plan.left) || (plan.form === 'inner' && below(plan.right))
    case 'leftJoin':
    case 'minus':
      return below(plan.left)
    case 'project':
      return variablesOfExpression(condition).every((name) => plan.variables.includes(name)) && below(plan.input)
    case 'extend':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
    case 'resolve':
      return below(plan.input)
    default:
      return false
  }
}

/** What is unbound here could be bound, and the condition decided otherwise, above. */
const isDecidedBy = (input: Plan, condition: Expression): boolean =>
  variablesOfExpression(condition).every((name) => certainlyBound(input).has(name))
