import type { Expression, Plan, VariableName } from '../algebra.ts'
import { conjuncts, filter } from '../constructors.ts'
import { estimate, joinEstimate } from '../cost.ts'
import type { Estimate } from '../source.ts'
import { mapChildren } from '../traverse.ts'
import { certainlyBound, variablesOf } from '../variables.ts'
import { canBind, keysBetween } from './bind-joins.ts'
import { inverseOf } from './inverse-references.ts'
import { isPending } from './place-references.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * Join order by cost, greedily: start at the input with the fewest rows, then take the cheapest that shares a variable.
 * Each step is a bind join (keys handed over) or a hash join, whichever reads fewer rows. References are resolved when
 * their keys are bound, or, where the domain side is the selective one, are the start themselves (inverse resolution).
 */
export const orderJoins: Rule = {
  name: 'order-joins',
  optional: true,
  apply: (plan, context) => visit(plan, { filters: [], bound: new Set() }, context),
}

/** What stands around a join. */
interface Surroundings {
  /** The conditions directly above it: those on a reference's domain side make that side selective. */
  readonly filters: readonly Expression[]
  /** Variables whose values a left side can hand over: those of OPTIONAL and EXISTS. */
  readonly bound: ReadonlySet<VariableName>
}

const NOTHING: Surroundings = { filters: [], bound: new Set() }

function visit(plan: Plan, around: Surroundings, context: RuleContext): Plan {
  switch (plan.kind) {
    case 'fragment':
      return plan
    case 'filter': {
      const filters = [...around.filters, ...conjuncts(plan.condition)]
      const input = visit(plan.input, { ...around, filters }, context)
      return input === plan.input ? plan : filter(input, plan.condition)
    }
    case 'leftJoin':
    case 'bindJoin': {
      const left = visit(plan.left, { ...NOTHING, bound: around.bound }, context)
      const right = visit(plan.right, { ...NOTHING, bound: certainlyBound(left) }, context)
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right }
    }
    default: {
      const visited = mapChildren(plan, (child) => visit(child, NOTHING, context))
      return visited.kind === 'join' ? order(visited.inputs, around, context) : visited
    }
  }
}

/** Reading a header costs some ranged reads: as much as so many rows. */
const RESOLVE_COST = 20
/** What shares no variable with the rest comes last. */
const CARTESIAN_PENALTY = 1e12
/** A key handed over costs more than a row read in a scan. */
const KEY_COST = 3

interface Step {
  readonly plan: Plan
  readonly estimate: Estimate
  readonly cost: number
  readonly taken: Plan
}

function order(inputs: readonly Plan[], around: Surroundings, context: RuleContext): Plan {
  let current = cheapest(inputs.flatMap((input) => starts(input, around, context)))
  if (current === undefined) return { kind: 'join', inputs }
  const rest = new Set(inputs)
  rest.delete(current.taken)
  while (rest.size > 0) {
    const before: Step = current
    const steps: Step[] = []
    for (const input of rest) {
      const step = stepTo(before, input, context)
      if (step !== undefined) steps.push(step)
    }
    // Pending references alone are left and their keys are nowhere: nothing to order.
    const next = cheapest(steps)
    if (next === undefined) return { kind: 'join', inputs: [before.plan, ...rest] }
    rest.delete(next.taken)
    current = next
  }
  return current.plan
}

function cheapest(steps: readonly Step[]): Step | undefined {
  let best: Step | undefined
  for (const step of steps) if (best === undefined || step.cost < best.cost) best = step
  return best
}

/** Where keys are handed over from outside, a join starts where it can take them. */
function starts(input: Plan, { filters, bound }: Surroundings, context: RuleContext): readonly Step[] {
  if (!isPending(input)) {
    const own = estimate(input, context.catalog)
    const takesKeys = bound.size === 0 || variablesOf(input).some((name) => bound.has(name))
    return [{ plan: input, estimate: own, cost: own.rows + (takesKeys ? 0 : CARTESIAN_PENALTY), taken: input }]
  }
  const inverse = inverseOf(input, filters, context)
  if (inverse === undefined) return []
  const own = estimate(inverse, context.catalog)
  return [{ plan: inverse, estimate: own, cost: own.rows, taken: input }]
}

function stepTo(current: Step, input: Plan, context: RuleContext): Step | undefined {
  if (isPending(input)) {
    const bound = certainlyBound(current.plan)
    if (!bound.has(input.store) || !bound.has(input.locator)) return undefined
    const { rows } = current.estimate
    return {
      plan: { ...input, input: current.plan },
      estimate: current.estimate,
      cost: rows * RESOLVE_COST,
      taken: input,
    }
  }
  const right = estimate(input, context.catalog)
  const joined = joinEstimate(current.estimate, right)
  const keys = keysBetween(current.plan, input)
  const connected = variablesOf(current.plan).some((name) => variablesOf(input).includes(name))
  const bindCost =
    keys.length > 0 && canBind(input) ? current.estimate.rows * KEY_COST + joined.rows : Number.POSITIVE_INFINITY
  const hashCost = right.rows
  const plan: Plan =
    bindCost < hashCost
      ? { kind: 'bindJoin', left: current.plan, right: input, keys, form: 'inner' }
      : { kind: 'join', inputs: [current.plan, input] }
  const penalty = connected ? 0 : CARTESIAN_PENALTY
  return { plan, estimate: joined, cost: Math.min(bindCost, hashCost) + joined.rows + penalty, taken: input }
}
