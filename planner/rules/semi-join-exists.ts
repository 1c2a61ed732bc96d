import type { Expression, Plan, VariableName } from '../algebra.ts'
import { conjunction, conjuncts, filter } from '../constructors.ts'
import { canBeEmpty } from '../paths.ts'
import { isDivisible } from '../services.ts'
import { isVariable } from '../term.ts'
import { children, expressionsOf } from '../traverse.ts'
import { certainlyBound, mentionedVariables, variablesOf } from '../variables.ts'
import { hasExists } from './merge-filters.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/**
 * FILTER [NOT] EXISTS as a semi or anti join. The standard substitutes the row into the pattern (SPARQL 1.1, section
 * 18.6); that is a join where the pattern certainly binds every variable it shares with the row, and is made only of
 * operators that commute with restricting those.
 */
export const semiJoinExists: Rule = {
  name: 'semi-join-exists',
  optional: true,
  apply: (plan) => rewriteUp(plan, (node) => (node.kind === 'filter' ? rewrite(node) : node)),
}

function rewrite(node: Plan & { kind: 'filter' }): Plan {
  let input = node.input
  const staying: Expression[] = []
  for (const condition of conjuncts(node.condition)) {
    const test = asExists(condition)
    if (test === undefined || !commutes(test.plan, input)) staying.push(condition)
    else
      input = {
        kind: 'bindJoin',
        left: input,
        right: rewriteInner(test.plan),
        keys: [],
        form: test.negated ? 'anti' : 'semi',
      }
  }
  if (input === node.input) return node
  return staying.length === 0 ? input : filter(input, conjunction(staying))
}

const rewriteInner = (plan: Plan): Plan => rewriteUp(plan, (node) => (node.kind === 'filter' ? rewrite(node) : node))

function asExists(condition: Expression): { readonly plan: Plan; readonly negated: boolean } | undefined {
  if (condition.kind === 'exists') return condition
  if (condition.kind !== 'call' || condition.operator !== '!') return undefined
  const inner = condition.arguments[0]!
  return inner.kind === 'exists' ? { plan: inner.plan, negated: !inner.negated } : undefined
}

function commutes(pattern: Plan, outer: Plan): boolean {
  const certain = certainlyBound(pattern)
  const rows = new Set(variablesOf(outer))
  for (const name of mentionedVariables(pattern)) if (rows.has(name) && !certain.has(name)) return false
  return isPlain(pattern, rows)
}

function isPlain(plan: Plan, outer: ReadonlySet<VariableName>): boolean {
  switch (plan.kind) {
    case 'unit':
    case 'pattern':
    case 'values':
      return true
    case 'path':
      // With a term in the place of its end a path of length zero leads to it, a node of the graph or not.
      return (
        !canBeEmpty(plan.path) || ![plan.subject, plan.object].some((end) => isVariable(end) && outer.has(end.value))
      )
    case 'join':
    case 'union':
    case 'filter':
    case 'extend':
    case 'leftJoin':
      return !expressionsOf(plan).some(hasExists) && children(plan).every((child) => isPlain(child, outer))
    case 'service':
      return plan.endpoint.termType === 'NamedNode' && isDivisible(plan) && isPlain(plan.pattern, outer)
    default:
      return false
  }
}
