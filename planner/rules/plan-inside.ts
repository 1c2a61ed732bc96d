import type { Fragment, Plan } from '../algebra.ts'
import { join } from '../constructors.ts'
import { isLeaf } from '../leaf.ts'
import { mapChildren } from '../traverse.ts'
import { variablesOf } from '../variables.ts'
import { bindJoins } from './bind-joins.ts'
import { limitOrder } from './limit-order.ts'
import { mergeFilters } from './merge-filters.ts'
import { orderJoins } from './order-joins.ts'
import { pushFilters } from './push-filters.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'
import { semiJoinExists } from './semi-join-exists.ts'

/**
 * Fragments of stores in this process are run by the engine's own operators over the store's joins of patterns: their
 * inner plans are optimised by the same rules, each join of patterns standing as a fragment of its own meanwhile.
 */
export const planInside: Rule = {
  name: 'plan-inside',
  optional: true,
  apply: (plan, context) =>
    rewriteUp(plan, (node) =>
      node.kind === 'fragment' && node.native.language === 'algebra' ? improve(node, context) : node,
    ),
}

const RULES: readonly Rule[] = [mergeFilters, semiJoinExists, pushFilters, limitOrder]
const RULES_ON_LEAVES: readonly Rule[] = [orderJoins, bindJoins]

function improve(fragment: Fragment, context: RuleContext): Fragment {
  if (isLeaf(fragment.plan)) return fragment
  const logical = RULES.reduce((plan, rule) => rule.apply(plan, context), fragment.plan)
  const wrapped = wrapLeaves(logical, fragment)
  const plan = unwrapLeaves(RULES_ON_LEAVES.reduce((before, rule) => rule.apply(before, context), wrapped))
  return { ...fragment, plan, native: { ...fragment.native, query: plan } }
}

function wrapLeaves(plan: Plan, owner: Fragment): Plan {
  if (isLeaf(plan)) return { ...owner, plan }
  if (plan.kind !== 'join') return mapChildren(plan, (child) => wrapLeaves(child, owner))
  const leaves = plan.inputs.filter(isLeaf)
  const others = plan.inputs.filter((input) => !isLeaf(input)).map((input) => wrapLeaves(input, owner))
  return join([...others, ...connected(leaves).map((part): Plan => ({ ...owner, plan: join(part) }))])
}

/** The leaves in groups that share variables. */
function connected(leaves: readonly Plan[]): readonly (readonly Plan[])[] {
  const groups: Plan[][] = []
  for (const leaf of leaves) {
    const touching = groups.filter((group) => group.some((other) => sharesVariable(other, leaf)))
    for (const group of touching) groups.splice(groups.indexOf(group), 1)
    groups.push([...touching.flat(), leaf])
  }
  return groups
}

const sharesVariable = (a: Plan, b: Plan): boolean => variablesOf(a).some((name) => variablesOf(b).includes(name))

const unwrapLeaves = (plan: Plan): Plan => (plan.kind === 'fragment' ? plan.plan : mapChildren(plan, unwrapLeaves))
