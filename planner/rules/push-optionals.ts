import type { Plan } from '../algebra.ts'
import { join, leftJoin } from '../constructors.ts'
import { certainlyBound, variablesOf, variablesOfExpression } from '../variables.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/**
 * leftJoin(join(a, b), c) → join(a, leftJoin(b, c)) where b and c are fragments of one store, so that the store can keep
 * the OPTIONAL itself. Sound where b certainly binds every variable that c or the condition shares with the others.
 */
export const pushOptionals: Rule = {
  name: 'push-optionals',
  optional: true,
  apply: (plan) => rewriteUp(plan, (node) => (node.kind === 'leftJoin' ? push(node) : node)),
}

function push(node: Plan & { kind: 'leftJoin' }): Plan {
  const { left, right, condition } = node
  if (left.kind !== 'join') return node
  const source = sourceOf(right)
  const index = left.inputs.findIndex(
    (input) => source !== undefined && sourceOf(input) === source && owns(node, input),
  )
  const owner = left.inputs[index]
  if (owner === undefined) return node
  return join(left.inputs.with(index, leftJoin(owner, right, condition)))
}

/** The store of a fragment, or of an OPTIONAL of fragments that went down before. */
function sourceOf(plan: Plan): string | undefined {
  if (plan.kind === 'fragment') return plan.source
  if (plan.kind !== 'leftJoin') return undefined
  const source = sourceOf(plan.left)
  return source === sourceOf(plan.right) ? source : undefined
}

function owns({ left, right, condition }: Plan & { kind: 'leftJoin' }, input: Plan): boolean {
  const others = new Set((left as Plan & { kind: 'join' }).inputs.filter((each) => each !== input).flatMap(variablesOf))
  const asked = [...variablesOf(right), ...(condition === undefined ? [] : variablesOfExpression(condition))]
  const certain = certainlyBound(input)
  return asked.every((name) => certain.has(name) || !others.has(name))
}
