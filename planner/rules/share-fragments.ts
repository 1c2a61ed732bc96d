import type { BindJoin, Fragment, Plan, VariableName } from '../algebra.ts'
import { distinct, extend, join, project, termExpression, union } from '../constructors.ts'
import { estimate } from '../cost.ts'
import { XSD } from '../namespaces.ts'
import type { Source } from '../source.ts'
import { iri, literal } from '../term.ts'
import { mapChildren } from '../traverse.ts'
import { certainlyBound, variablesOf } from '../variables.ts'
import type { Rule, RuleContext } from './rule.ts'

/** More rows than this are not held back for the sake of a round trip. */
const MOST_ROWS = 10_000

/**
 * One visit to a store instead of several: where bind joins along the left side of a plan ask the store of its first
 * fragment again, with keys of that fragment or with none, all are answered by one fragment: a union of the first part
 * (branch 0) and, for each of the others, their part restricted to the first one's keys.
 */
export const shareFragments: Rule = {
  name: 'share-fragments',
  optional: true,
  apply: (plan, context) => share(plan, context),
}

function share(plan: Plan, context: RuleContext): Plan {
  const base = baseOf(plan)
  if (base === undefined)
    return mapChildren(plan, (child) => (child.kind === 'fragment' ? child : share(child, context)))
  const source = context.catalog.sources.find(({ id }) => id === base.source)
  const joins = spine(plan).filter((node) => asksAgain(node, base))
  if (joins.length === 0 || source?.push === undefined || estimate(base, context.catalog).rows > MOST_ROWS) {
    return shareRightSides(plan, context)
  }
  return shareVisits(plan, base, joins, source, context) ?? shareRightSides(plan, context)
}

/** Nothing to share here; perhaps beneath. */
const shareRightSides = (plan: Plan, context: RuleContext): Plan =>
  mapChildren(plan, (child) =>
    child.kind === 'fragment' ? child : isSpine(plan, child) ? shareRightSides(child, context) : share(child, context),
  )

const isSpine = (plan: Plan, child: Plan): boolean => leftmost(plan) === child

/** The input that a plan's rows come from first. */
function leftmost(plan: Plan): Plan | undefined {
  switch (plan.kind) {
    case 'bindJoin':
    case 'leftJoin':
    case 'minus':
      return plan.left
    case 'join':
      return plan.inputs[0]
    case 'resolve':
    case 'filter':
    case 'extend':
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
    case 'group':
      return plan.input
    default:
      return undefined
  }
}

function spine(plan: Plan): readonly Plan[] {
  const nodes: Plan[] = []
  for (let node: Plan | undefined = plan; node !== undefined; node = leftmost(node)) nodes.push(node)
  return nodes
}

const baseOf = (plan: Plan): Fragment | undefined => {
  const last = spine(plan).at(-1)!
  return last.kind === 'fragment' && last !== plan ? last : undefined
}

/** The fragment of a right side that the keys are handed to. */
const driverOf = (plan: Plan): Fragment | undefined => {
  const last = spine(plan).at(-1)!
  return last.kind === 'fragment' ? last : undefined
}

function asksAgain(node: Plan, base: Fragment): node is BindJoin {
  if (node.kind !== 'bindJoin') return false
  const driver = driverOf(node.right)
  if (driver?.source !== base.source) return false
  const known = certainlyBound(base)
  return node.keys.every((key) => known.has(key) && variablesOf(driver).includes(key))
}

function shareVisits(
  plan: Plan,
  base: Fragment,
  joins: readonly Plan[],
  source: Source,
  context: RuleContext,
): Plan | undefined {
  const tag = context.fresh('branch')
  const name = context.fresh('shared')
  const drivers = joins.map((node) => driverOf((node as BindJoin).right)!)
  const parts = [
    base.plan,
    ...drivers.map((driver, i) => join([distinct(project(base.plan, (joins[i] as BindJoin).keys)), driver.plan])),
  ]
  const tagged = union(parts.map((part, number) => extend(part, tag, numberExpression(number))))
  const pushed = source.push!(tagged)
  if (pushed === undefined || pushed.residual !== undefined) return undefined
  const branches = [base, ...drivers].map((fragment, number): Plan => {
    return { kind: 'branch', name, number, variables: variablesOf(fragment), bound: [...certainlyBound(fragment)] }
  })
  const body = replace(plan, (node) => {
    if (node === base) return branches[0]!
    const number = joins.indexOf(node)
    return number < 0 ? undefined : withBranch(node as BindJoin, drivers[number]!, branches[number + 1]!)
  })
  return {
    kind: 'shared',
    name,
    tag,
    fragment: { kind: 'fragment', source: source.id, plan: tagged, native: pushed.native },
    body,
  }
}

const numberExpression = (value: number) => termExpression(literal(String(value), iri(`${XSD}integer`)))

/** The bind join over what was fetched already: no keys to hand over any more. */
const withBranch = (node: BindJoin, driver: Fragment, branch: Plan): Plan => ({
  ...node,
  keys: [] as readonly VariableName[],
  right: replace(node.right, (inner) => (inner === driver ? branch : undefined)),
})

/** The plan with nodes of its left side replaced, the deepest first. */
function replace(plan: Plan, change: (node: Plan) => Plan | undefined): Plan {
  const child = leftmost(plan)
  const changed = change(plan) ?? plan
  if (child === undefined) return changed
  const inner = replace(child, change)
  return inner === child ? changed : mapChildren(changed, (each) => (each === child ? inner : each))
}
