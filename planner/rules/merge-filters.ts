import type { Expression, Plan } from '../algebra.ts'
import { conjunction, conjuncts, filter, join } from '../constructors.ts'
import { walkExpression } from '../traverse.ts'
import { certainlyBound, variablesOf, variablesOfExpression } from '../variables.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/**
 * join(filter(a, c), b) → filter(join(a, b), c): the filters of a group above its one join, where later rules look for
 * them. A condition stays where the other inputs could bind a variable that its own input leaves unbound.
 */
export const mergeFilters: Rule = {
  name: 'merge-filters',
  optional: true,
  apply: (plan) => rewriteUp(plan, (node) => (node.kind === 'join' ? liftFilters(node.inputs, node) : node)),
}

function liftFilters(inputs: readonly Plan[], unchanged: Plan): Plan {
  const lifted: Expression[] = []
  const lowered = inputs.map((input) => {
    if (input.kind !== 'filter') return input
    const others = inputs.filter((other) => other !== input)
    const parts = conjuncts(input.condition)
    const up = parts.filter((condition) => canLeave(condition, input.input, others))
    if (up.length === 0) return input
    lifted.push(...up)
    const stays = parts.filter((condition) => !up.includes(condition))
    return stays.length === 0 ? input.input : filter(input.input, conjunction(stays))
  })
  return lifted.length === 0 ? unchanged : filter(join(lowered), conjunction(lifted))
}

function canLeave(condition: Expression, input: Plan, others: readonly Plan[]): boolean {
  if (hasExists(condition)) return false
  const certain = certainlyBound(input)
  return variablesOfExpression(condition).every(
    (name) => certain.has(name) || !others.some((other) => variablesOf(other).includes(name)),
  )
}

/** Whether an EXISTS stands anywhere in an expression. */
export function hasExists(expression: Expression): boolean {
  for (const part of walkExpression(expression)) if (part.kind === 'exists') return true
  return false
}
