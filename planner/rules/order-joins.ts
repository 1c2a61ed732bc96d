import type { Expression, Plan, Resolve, VariableName } from '../algebra.ts'
import { conjuncts, filter } from '../constructors.ts'
import { estimate, joinEstimate } from '../cost.ts'
import type { Estimate } from '../source.ts'
import { isVariable } from '../term.ts'
import { mapChildren } from '../traverse.ts'
import { certainlyBound, variablesOf } from '../variables.ts'
import { canBind, keysBetween } from './bind-joins.ts'
import { inverseOf } from './inverse-references.ts'
import { isPending } from './place-references.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * Join order by cost: from every start the cheapest step that shares a variable, and so on; of these ways the cheapest.
 * Each step is a bind join (keys handed over) or a hash join, whichever reads fewer rows. References are resolved when
 * their keys are bound, or, where the domain side is the selective one, are the start themselves (inverse resolution).
 */
export const orderJoins: Rule = {
  name: 'order-joins',
  optional: true,
  apply: (plan, context) => visit(plan, NOTHING, context),
}

/** What stands around a join. */
interface Surroundings {
  /** The conditions directly above it: those on a reference's domain side make that side selective. */
  readonly filters: readonly Expression[]
  /** What a left side can hand over, for OPTIONAL and EXISTS: its rows, with the variables that it certainly binds. */
  readonly keys?: Estimate & { readonly distinct: Readonly<Record<VariableName, number>> }
}

const NOTHING: Surroundings = { filters: [] }

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
      const { keys } = around
      const left = visit(plan.left, keys === undefined ? NOTHING : { ...NOTHING, keys }, context)
      const right = visit(plan.right, { ...NOTHING, keys: keysOf(left, context) }, context)
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right }
    }
    default: {
      const visited = mapChildren(plan, (child) => visit(child, NOTHING, context))
      return visited.kind === 'join' ? order(visited.inputs, around, context) : visited
    }
  }
}

function keysOf(left: Plan, { catalog }: RuleContext): NonNullable<Surroundings['keys']> {
  const { rows, distinct = {} } = estimate(left, catalog)
  const names = [...certainlyBound(left)]
  return { rows, distinct: Object.fromEntries(names.map((name) => [name, distinct[name] ?? Math.max(1, rows)])) }
}

/** Steps that are weighed at most: long joins are tried from their cheapest starts only. */
const MOST_STEPS = 2_000
/** Reading a header costs some ranged reads: as much as so many rows. */
const HEADER_COST = 20
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
  const all = inputs
    .flatMap((input) => starts(input, around, context))
    .sort((one, other) => one.cost - other.cost)
    .slice(0, Math.max(1, Math.floor(MOST_STEPS / inputs.length ** 2)))
  // Of ways that cost the same the one that starts with the fewest rows: these flow while others are held in memory.
  return cheapest(all.map((start) => wayFrom(start, inputs, context)))?.plan ?? { kind: 'join', inputs }
}

/** The whole join, from a start on: its cost is that of all its steps. */
function wayFrom(start: Step, inputs: readonly Plan[], context: RuleContext): Pick<Step, 'plan' | 'cost'> {
  let current = start
  let { cost } = start
  const rest = new Set(inputs)
  rest.delete(start.taken)
  while (rest.size > 0) {
    const steps = [...rest].flatMap((input) => stepTo(current, input, context))
    // Pending references alone are left and their keys are nowhere: nothing to order.
    const next = cheapest(steps)
    if (next === undefined)
      return { plan: { kind: 'join', inputs: [current.plan, ...rest] }, cost: cost + CARTESIAN_PENALTY }
    rest.delete(next.taken)
    cost += next.cost
    current = next
  }
  return { plan: current.plan, cost }
}

function cheapest<Costly extends { readonly cost: number }>(all: readonly Costly[]): Costly | undefined {
  let best: Costly | undefined
  for (const each of all) if (best === undefined || each.cost < best.cost) best = each
  return best
}

/** Where keys are handed over from outside, a join starts where it can take them. */
function starts(input: Plan, { filters, keys }: Surroundings, context: RuleContext): readonly Step[] {
  const pending = isPending(input)
  const plan = pending ? inverseOf(input, filters, context) : input
  if (plan === undefined) return []
  const own = estimate(plan, context.catalog)
  if (pending || keys === undefined) return [{ plan, estimate: own, cost: own.rows, taken: input }]
  if (!variablesOf(plan).some((name) => keys.distinct[name] !== undefined))
    return [{ plan, estimate: own, cost: own.rows + CARTESIAN_PENALTY, taken: input }]
  const met = canBind(plan) ? joinEstimate(keys, own) : own
  return [{ plan, estimate: met, cost: Math.min(own.rows, keys.rows * KEY_COST + met.rows), taken: input }]
}

function stepTo(current: Step, input: Plan, context: RuleContext): readonly Step[] {
  if (isPending(input)) {
    const bound = certainlyBound(current.plan)
    const isBound = (isVariable(input.store) ? [input.store.value] : []).every((name) => bound.has(name))
    if (!isBound || !bound.has(input.locator)) return []
    const plan = { ...input, input: current.plan }
    const met = estimate(plan, context.catalog)
    const { rows } = current.estimate
    const cost = rows * costOfReference(input, context)
    return [{ plan, estimate: { ...met, rows }, cost, taken: input }]
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
  return [{ plan, estimate: joined, cost: Math.min(bindCost, hashCost) + joined.rows + penalty, taken: input }]
}

/** A store that takes keys by blocks meets a reference as it meets a key; another looks at one object after the other. */
function costOfReference({ sources }: Resolve, { catalog }: RuleContext): number {
  const inBlocks = catalog.sources.every(({ id, access }) => !sources.includes(id) || access?.batch !== undefined)
  return inBlocks ? KEY_COST : HEADER_COST
}
