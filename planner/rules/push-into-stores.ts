import type { Expression, Fragment, Plan } from '../algebra.ts'
import { conjunction, conjuncts, filter } from '../constructors.ts'
import type { Source } from '../source.ts'
import { children, mapChildren } from '../traverse.ts'
import { hasExists } from './merge-filters.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * An operator whose inputs are all fragments of one store goes into the store, where the store takes it: OPTIONAL,
 * UNION, aggregates, DISTINCT, ORDER BY and LIMIT alike, so that whole subtrees travel. Filters are asked for conjunct
 * by conjunct; what a store keeps only inexactly is filtered again here, and no LIMIT passes it.
 */
export const pushIntoStores: Rule = {
  name: 'push-into-stores',
  optional: true,
  apply: (plan, context) => rewriteUp(plan, (node) => pushNode(node, context) ?? node),
}

function pushNode(node: Plan, context: RuleContext): Plan | undefined {
  if (node.kind === 'fragment' || node.kind === 'resolve' || node.kind === 'join') return undefined
  const inputs = children(node)
  const [first] = inputs
  if (first?.kind !== 'fragment') return undefined
  if (!inputs.every((input) => input.kind === 'fragment' && input.source === first.source)) return undefined
  const source = context.catalog.sources.find(({ id }) => id === first.source)
  if (source?.push === undefined) return undefined
  if (node.kind === 'filter') return pushFilter(first, node.condition, source)
  return fragmentWith(
    source,
    mapChildren(node, (input) => (input.kind === 'fragment' ? input.plan : input)),
    node,
  )
}

function fragmentWith(source: Source, plan: Plan, node: Plan): Fragment | undefined {
  const pushed = source.push!(plan)
  if (pushed === undefined || pushed.residual !== undefined) return undefined
  if (node.kind === 'slice' && pushed.limited !== true) return undefined
  if (node.kind === 'order' && pushed.ordered !== true) return undefined
  return { kind: 'fragment', source: source.id, plan, native: pushed.native }
}

function pushFilter(fragment: Fragment, condition: Expression, source: Source): Plan | undefined {
  let inside: Fragment = fragment
  const outside: Expression[] = []
  for (const conjunct of conjuncts(condition)) {
    const accepted = hasExists(conjunct) ? 'no' : (source.accepts?.(conjunct) ?? 'no')
    const pushed = accepted === 'no' ? undefined : fragmentWith(source, filter(inside.plan, conjunct), fragment)
    if (pushed === undefined || accepted === 'inexact') outside.push(conjunct)
    if (pushed !== undefined) inside = pushed
  }
  if (inside === fragment) return undefined
  return outside.length === 0 ? inside : filter(inside, conjunction(outside))
}
