import type { Expression, Plan } from '../algebra.ts'
import { conjunction, conjuncts, extend, filter, join, leftJoin, union } from '../constructors.ts'
import { certainlyBound, isDeterministic, variablesOf, variablesOfExpression } from '../variables.ts'
import { hasExists } from './merge-filters.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/**
 * Filters move down to the smallest part that binds all their variables: inputs of a join, branches of a union, the
 * left side of OPTIONAL and MINUS. RAND() and its like never move (they would be asked another number of times).
 */
export const pushFilters: Rule = {
  name: 'push-filters',
  optional: true,
  apply: (plan) => rewriteUp(plan, (node) => (node.kind === 'filter' ? push(node) : node)),
}

function push(node: Plan & { kind: 'filter' }): Plan {
  let input = node.input
  const staying: Expression[] = []
  for (const condition of conjuncts(node.condition)) {
    const moved = isDeterministic(condition) && !hasExists(condition) ? into(input, condition) : undefined
    if (moved === undefined) staying.push(condition)
    else input = moved
  }
  if (input === node.input) return node
  return staying.length === 0 ? input : filter(input, conjunction(staying))
}

/** The plan with the condition inside, or `undefined` where it has to stay above. */
function into(plan: Plan, condition: Expression): Plan | undefined {
  const names = variablesOfExpression(condition)
  switch (plan.kind) {
    case 'join': {
      const index = plan.inputs.findIndex((input, i) => owns(input, names, plan.inputs.toSpliced(i, 1)))
      const target = plan.inputs[index]
      if (target === undefined || (target.kind === 'resolve' && target.input.kind === 'unit')) return undefined
      return join(plan.inputs.with(index, into(target, condition) ?? filter(target, condition)))
    }
    case 'union':
      return union(plan.inputs.map((input) => into(input, condition) ?? filter(input, condition)))
    case 'leftJoin':
      if (!owns(plan.left, names, [plan.right])) return undefined
      return leftJoin(into(plan.left, condition) ?? filter(plan.left, condition), plan.right, plan.condition)
    case 'minus':
      return { ...plan, left: into(plan.left, condition) ?? filter(plan.left, condition) }
    case 'extend':
      if (names.includes(plan.variable)) return undefined
      return extend(into(plan.input, condition) ?? filter(plan.input, condition), plan.variable, plan.expression)
    case 'distinct':
    case 'reduced':
    case 'order':
      return { ...plan, input: into(plan.input, condition) ?? filter(plan.input, condition) }
    case 'project':
      if (!names.every((name) => plan.variables.includes(name) || !variablesOf(plan.input).includes(name)))
        return undefined
      return { ...plan, input: into(plan.input, condition) ?? filter(plan.input, condition) }
    case 'filter': {
      const inner = into(plan.input, condition)
      return inner === undefined ? undefined : filter(inner, plan.condition)
    }
    default:
      return undefined
  }
}

/** Whether a part alone decides the values of the names: nothing else could bind what it leaves unbound. */
function owns(part: Plan, names: readonly string[], others: readonly Plan[]): boolean {
  if (names.length === 0 || !names.some((name) => variablesOf(part).includes(name))) return false
  const certain = certainlyBound(part)
  return names.every((name) => certain.has(name) || !others.some((other) => variablesOf(other).includes(name)))
}
