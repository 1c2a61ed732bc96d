import type { Fragment, Plan, Service, VariableName } from '../algebra.ts'
import { project } from '../constructors.ts'
import { isVariable } from '../term.ts'
import { expressionsOf, mapChildren } from '../traverse.ts'
import { variablesOf, variablesOfExpression, variablesOfPattern } from '../variables.ts'
import type { Rule, RuleContext } from './rule.ts'

/** Projections move down into the stores: a fragment gives only the columns that something above it reads. */
export const pruneColumns: Rule = {
  name: 'prune-columns',
  optional: true,
  apply: (plan, context) => prune(plan, new Set(variablesOf(plan)), context),
}

type Names = ReadonlySet<VariableName>

function prune(plan: Plan, needed: Names, context: RuleContext): Plan {
  if (plan.kind === 'fragment') return pruneFragment(plan, needed, context)
  if (plan.kind === 'service') return pruneService(plan, needed)
  const below = neededBelow(plan, needed)
  if (below === undefined) return plan
  return mapChildren(plan, (child) => prune(child, below, context))
}

const union = (names: Names, more: Iterable<VariableName>): Names => new Set([...names, ...more])

/** What the inputs must give; `undefined`: nothing is known to be left out. */
function neededBelow(plan: Plan, needed: Names): Names | undefined {
  const expressions = expressionsOf(plan).flatMap(variablesOfExpression)
  switch (plan.kind) {
    case 'project':
      return new Set(plan.variables)
    case 'group':
      if (plan.aggregates.some(({ expression }) => expression === undefined)) return new Set(variablesOf(plan.input))
      return new Set([...plan.keys, ...expressions])
    case 'filter':
    case 'extend':
    case 'order':
    case 'slice':
      return union(needed, expressions)
    case 'join':
    case 'leftJoin':
    case 'bindJoin':
      return union(union(needed, expressions), joinVariables(plan))
    case 'resolve': {
      return union(needed, [
        ...[plan.store, plan.reference].flatMap((term) => (isVariable(term) ? [term.value] : [])),
        plan.locator,
        ...[...plan.patterns, ...plan.optional.flat()].flatMap(variablesOfPattern),
      ])
    }
    case 'union':
      return needed
    case 'distinct':
    case 'reduced':
      return new Set(variablesOf(plan.input))
    default:
      return undefined
  }
}

/** Variables that more than one input has: what the join compares. */
function joinVariables(plan: Plan & { kind: 'join' | 'leftJoin' | 'bindJoin' }): readonly VariableName[] {
  const inputs = plan.kind === 'join' ? plan.inputs : [plan.left, plan.right]
  const names = inputs.flatMap(variablesOf)
  return names.filter((name, i) => names.indexOf(name) !== i)
}

/** An endpoint is asked for the columns that are read, and for its own variable's where it has one. */
function pruneService(service: Service, needed: Names): Service {
  const names = variablesOf(service.pattern)
  const kept = names.filter((name) => needed.has(name) || name === service.endpoint.value)
  return kept.length === names.length ? service : { ...service, pattern: project(service.pattern, kept) }
}

function pruneFragment(fragment: Fragment, needed: Names, { catalog }: RuleContext): Plan {
  const names = variablesOf(fragment)
  const kept = names.filter((name) => needed.has(name))
  if (kept.length === names.length || fragment.native.language === 'scan') return fragment
  const source = catalog.sources.find(({ id }) => id === fragment.source)
  const plan = project(fragment.plan, kept)
  const pushed = source?.push?.(plan)
  if (pushed === undefined || pushed.residual !== undefined) return fragment
  return { ...fragment, plan, native: pushed.native }
}
