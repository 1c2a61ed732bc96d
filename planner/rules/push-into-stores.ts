import type { Expression, Fragment, Plan } from '../algebra.ts'
import { conjunction, conjuncts, filter } from '../constructors.ts'
import type { Source } from '../source.ts'
import { children, mapChildren } from '../traverse.ts'
import { variablesOfExpression } from '../variables.ts'
import { groupInputs } from './group-exclusively.ts'
import { hasExists } from './merge-filters.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * An operator whose inputs are all fragments of one store goes into the store, where the store takes it: OPTIONAL,
 * UNION, aggregates, DISTINCT, ORDER BY and LIMIT alike, so that whole subtrees travel; those of one store that meet in a
 * join become one. Filters are asked for conjunct by conjunct; what a store keeps only inexactly is filtered again here,
 * and no LIMIT passes it.
 */
export const pushIntoStores: Rule = {
  name: 'push-into-stores',
  optional: true,
  apply: (plan, context) => rewriteUp(plan, (node) => pushNode(node, context) ?? node),
}

function pushNode(node: Plan, context: RuleContext): Plan | undefined {
  if (node.kind === 'fragment' || node.kind === 'resolve') return undefined
  if (node.kind === 'join') return groupInputs(node, context)
  const inputs = children(node)
  const [first] = inputs
  if (first === undefined) return undefined
  if (first.kind !== 'fragment') return sink(node, context)
  if (!inputs.every((input) => input.kind === 'fragment' && input.source === first.source)) return undefined
  const source = context.catalog.sources.find(({ id }) => id === first.source)
  if (source?.push === undefined) return undefined
  if (node.kind === 'filter') return pushFilter(first, node.condition, source)
  return fragmentWith(
    source,
    mapChildren(node, (input) => (input.kind === 'fragment' ? input.plan : input)),
  )
}

/**
 * ORDER BY and LIMIT beneath the expressions and projections that a store does not take: these keep rows and their
 * order, so that the store gives the first rows all the same.
 */
function sink(node: Plan, context: RuleContext): Plan | undefined {
  if (node.kind !== 'slice' && node.kind !== 'order') return undefined
  const { input } = node
  if (input.kind !== 'extend' && input.kind !== 'project') return undefined
  if (node.kind === 'order' && input.kind === 'extend') {
    const names = node.by.flatMap(({ expression }) => variablesOfExpression(expression))
    if (names.includes(input.variable)) return undefined
  }
  const lower: Plan = { ...node, input: input.input }
  const pushed = pushNode(lower, context)
  return pushed === undefined ? undefined : { ...input, input: pushed }
}

/** Whether rows come in an order that was asked for. */
const isOrdered = (plan: Plan): boolean =>
  plan.kind === 'order' ||
  ((plan.kind === 'slice' || plan.kind === 'project' || plan.kind === 'distinct' || plan.kind === 'extend') &&
    isOrdered(plan.input))

function fragmentWith(source: Source, plan: Plan): Fragment | undefined {
  const pushed = source.push!(plan)
  if (pushed === undefined || pushed.residual !== undefined) return undefined
  if (plan.kind === 'slice' && pushed.limited !== true) return undefined
  if (isOrdered(plan) && pushed.ordered !== true) return undefined
  return { kind: 'fragment', source: source.id, plan, native: pushed.native }
}

function pushFilter(fragment: Fragment, condition: Expression, source: Source): Plan | undefined {
  let inside: Fragment = fragment
  const outside: Expression[] = []
  for (const conjunct of conjuncts(condition)) {
    const accepted = hasExists(conjunct) ? 'no' : (source.accepts?.(conjunct) ?? 'no')
    const pushed = accepted === 'no' ? undefined : fragmentWith(source, filter(inside.plan, conjunct))
    if (pushed === undefined || accepted === 'inexact') outside.push(conjunct)
    if (pushed !== undefined) inside = pushed
  }
  if (inside === fragment) return undefined
  return outside.length === 0 ? inside : filter(inside, conjunction(outside))
}
