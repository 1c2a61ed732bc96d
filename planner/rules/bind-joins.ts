import type { BindJoin, Plan, VariableName } from '../algebra.ts'
import { certainlyShared } from '../constructors.ts'
import { estimate } from '../cost.ts'
import { isDivisible } from '../services.ts'
import { certainlyBound } from '../variables.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * OPTIONAL and EXISTS ask their right side for the left side's keys only, where that reads fewer rows than all of it:
 * else a server need not wait for the keys.
 * The keys are variables that both sides certainly bind.
 */
export const bindJoins: Rule = {
  name: 'bind-joins',
  optional: true,
  apply: (plan, context) =>
    rewriteUp(plan, (node) => {
      const bound = withKeys(node, context)
      return bound.kind === 'bindJoin' && isAlongside(bound, context) ? { ...bound, alongside: true } : bound
    }),
}

function withKeys(node: Plan, context: RuleContext): Plan {
  if (node.kind === 'leftJoin') {
    const keys = keysFor(node.left, node.right, context)
    if (keys.length === 0) return node
    const { left, right, condition } = node
    return { kind: 'bindJoin', left, right, keys, form: 'left', ...(condition === undefined ? {} : { condition }) }
  }
  if (node.kind === 'bindJoin' && node.keys.length === 0) {
    const keys = keysFor(node.left, node.right, context)
    return keys.length === 0 ? node : { ...node, keys }
  }
  return node
}

/** Rows that are read whole over a connection, at the same time as the left side, where its keys would be as many. */
const FEW = 100

/** The share of its rows that a join must leave, for another to be asked before it is known which. */
const MOST_STAY = 0.5

/** Whether the right side may be asked at once with the left's: another store, for the keys of rows that mostly stay. */
function isAlongside({ left, right, keys, alongside }: BindJoin, { catalog }: RuleContext): boolean {
  if (alongside === true || keys.length === 0 || left.kind !== 'bindJoin' || left.keys.length === 0) return false
  const [one, other] = [left.right, right].map(remoteOf)
  if (one === undefined || other === undefined || one === other) return false
  const given = certainlyBound(left.left)
  if (!keys.every((key) => given.has(key))) return false
  return estimate(left, catalog).rows >= MOST_STAY * estimate(left.left, catalog).rows
}

/** The store of a fragment that is asked over a connection. */
const remoteOf = (plan: Plan): string | undefined =>
  plan.kind === 'fragment' && plan.native.language !== 'algebra' ? plan.source : undefined

function keysFor(left: Plan, right: Plan, { catalog }: RuleContext): readonly string[] {
  const keys = keysBetween(left, right)
  if (keys.length === 0 || !canBind(right)) return []
  const [given, read] = [estimate(left, catalog).rows, estimate(right, catalog).rows]
  const isCheapWhole = remoteOf(right) !== undefined && read <= given && read <= FEW
  return given <= read * 10 && !isCheapWhole ? keys : []
}

/**
 * The variables whose values a left side can hand over. A SILENT service binds them, or fails with a solution that binds
 * none, which is compatible with every key.
 */
export const keysBetween = (left: Plan, right: Plan): readonly VariableName[] =>
  certainlyShared(left, right.kind === 'service' ? { ...right, silent: false } : right)

/** Whether keys handed to a plan reach stores that use them. */
export function canBind(plan: Plan): boolean {
  switch (plan.kind) {
    case 'fragment':
      return plan.native.language !== 'scan'
    case 'pattern':
    case 'path':
      return true
    case 'service':
      return plan.endpoint.termType === 'NamedNode' && isDivisible(plan)
    case 'union':
      return plan.inputs.every(canBind)
    case 'join':
      return plan.inputs.some(canBind)
    case 'bindJoin':
    case 'leftJoin':
    case 'minus':
      return canBind(plan.left)
    case 'filter':
    case 'extend':
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'resolve':
      return canBind(plan.input)
    default:
      return false
  }
}
