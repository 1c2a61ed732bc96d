import type { PathPattern, Pattern, Plan, VariableName } from './algebra.ts'
import { RDF } from './namespaces.ts'
import { statisticsOf } from './select.ts'
import type { Catalog, Estimate, Source } from './source.ts'
import { isVariable } from './term.ts'
import { variablesOf } from './variables.ts'

const UNKNOWN_ROWS = 1_000
/** Of an endpoint nothing is known, and much is feared: it is asked for keys rather than for all that it has. */
const REMOTE_ROWS = 100_000
const FILTER_SELECTIVITY = 0.25
const PATH_FANOUT = 10

const known = new WeakMap<Catalog, WeakMap<Plan, Estimate>>()

/**
 * Rows a plan is expected to give: from the stores' own counts where they have them, else by rules of thumb. Estimates
 * are kept as long as the catalog object, which is made anew for every query.
 */
export function estimate(plan: Plan, catalog: Catalog): Estimate {
  let ofCatalog = known.get(catalog)
  if (ofCatalog === undefined) {
    ofCatalog = new WeakMap()
    known.set(catalog, ofCatalog)
  }
  const before = ofCatalog.get(plan)
  if (before !== undefined) return before
  const found = estimateNode(plan, catalog)
  ofCatalog.set(plan, found)
  return found
}

function estimateNode(plan: Plan, catalog: Catalog): Estimate {
  switch (plan.kind) {
    case 'unit':
      return { rows: 1 }
    case 'empty':
      return { rows: 0 }
    case 'values':
      return { rows: plan.rows.length, distinct: everyVariable(plan, plan.rows.length) }
    case 'fragment':
      return estimateFragment(
        plan.plan,
        catalog.sources.find(({ id }) => id === plan.source),
        catalog,
      )
    case 'pattern':
    case 'path':
    case 'graphs':
      return { rows: UNKNOWN_ROWS }
    case 'join':
      return plan.inputs.map((input) => estimate(input, catalog)).reduce(joinEstimate)
    case 'bindJoin':
      return estimateBindJoin(plan, catalog)
    case 'leftJoin': {
      const left = estimate(plan.left, catalog)
      const joined = joinEstimate(left, estimate(plan.right, catalog))
      return { ...joined, rows: Math.max(left.rows, joined.rows) }
    }
    case 'union':
      return unionEstimate(plan.inputs.map((input) => estimate(input, catalog)))
    case 'minus':
      return estimate(plan.left, catalog)
    case 'filter': {
      const { rows, ...rest } = estimate(plan.input, catalog)
      return { ...rest, rows: rows * FILTER_SELECTIVITY }
    }
    case 'group': {
      const { rows } = estimate(plan.input, catalog)
      return { rows: plan.keys.length === 0 ? 1 : Math.max(1, rows / 10) }
    }
    case 'slice': {
      const { rows } = estimate(plan.input, catalog)
      return { rows: Math.min(plan.limit ?? rows, rows) }
    }
    case 'extend': {
      const { rows, distinct } = estimate(plan.input, catalog)
      const values = plan.expression.kind === 'term' ? 1 : Math.max(1, rows)
      return { rows, distinct: { ...distinct, [plan.variable]: values } }
    }
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'order':
      return estimate(plan.input, catalog)
    case 'resolve': {
      const { rows, distinct } = estimate(plan.input, catalog)
      const met = [...plan.patterns, ...plan.optional.flat()].flatMap(variablesOf)
      const values = Object.fromEntries(met.map((name) => [name, Math.max(1, rows)]))
      return { rows, distinct: { ...values, ...distinct } }
    }
    case 'shared':
      return estimate(plan.body, catalog)
    case 'service':
      return { rows: REMOTE_ROWS, distinct: everyVariable(plan, REMOTE_ROWS) }
    case 'branch':
    case 'eachGraph':
      return { rows: UNKNOWN_ROWS }
  }
}

function estimateBindJoin(plan: Plan & { kind: 'bindJoin' }, catalog: Catalog): Estimate {
  const left = estimate(plan.left, catalog)
  if (plan.form === 'semi' || plan.form === 'anti') return left
  const joined = joinEstimate(left, estimate(plan.right, catalog))
  return plan.form === 'left' ? { ...joined, rows: Math.max(left.rows, joined.rows) } : joined
}

/** Rows of an equi-join under independence: the product over the larger number of distinct keys. */
export function joinEstimate(a: Estimate, b: Estimate): Estimate {
  const shared = Object.keys(a.distinct ?? {}).filter((name) => b.distinct?.[name] !== undefined)
  let rows = a.rows * b.rows
  for (const name of shared) rows /= Math.max(1, a.distinct![name]!, b.distinct![name]!)
  const distinct: Record<VariableName, number> = {}
  for (const [name, count] of [...Object.entries(a.distinct ?? {}), ...Object.entries(b.distinct ?? {})]) {
    distinct[name] = Math.max(1, Math.min(count, distinct[name] ?? count, rows))
  }
  return { rows, distinct }
}

/** Rows one after the other; values of a variable may be the same in all of them, or others in each. */
function unionEstimate(inputs: readonly Estimate[]): Estimate {
  const rows = inputs.reduce((sum, input) => sum + input.rows, 0)
  const distinct: Record<VariableName, number> = {}
  for (const input of inputs)
    for (const [name, count] of Object.entries(input.distinct ?? {})) distinct[name] = (distinct[name] ?? 0) + count
  return { rows, distinct }
}

function estimateFragment(plan: Plan, source: Source | undefined, catalog: Catalog): Estimate {
  const own = source?.estimate?.(plan)
  if (own !== undefined) return own.distinct === undefined ? { ...own, distinct: everyVariable(plan, own.rows) } : own
  if (source === undefined) return { rows: UNKNOWN_ROWS }
  if (plan.kind === 'pattern') return estimatePattern(plan, source)
  if (plan.kind === 'path') return estimatePath(plan, source)
  if (plan.kind === 'join')
    return plan.inputs.map((input) => estimateFragment(input, source, catalog)).reduce(joinEstimate)
  if (plan.kind === 'filter') {
    const input = estimateFragment(plan.input, source, catalog)
    return { ...input, rows: input.rows * FILTER_SELECTIVITY }
  }
  return estimate(plan, catalog)
}

const everyVariable = (plan: Plan, rows: number): Record<VariableName, number> =>
  Object.fromEntries(variablesOf(plan).map((name) => [name, Math.max(1, rows)]))

function estimatePattern(pattern: Pattern, source: Source): Estimate {
  const { predicates, classes, triples } = source.description
  const isType = pattern.predicate.value === `${RDF}type` && !isVariable(pattern.object)
  const own = isVariable(pattern.predicate)
    ? undefined
    : isType && classes !== undefined
      ? statisticsOf(classes, pattern.object.value)
      : predicates === undefined
        ? undefined
        : statisticsOf(predicates, pattern.predicate.value)
  const count = own?.count ?? (isVariable(pattern.predicate) ? triples : undefined) ?? UNKNOWN_ROWS
  const subjects = own?.distinctSubjects ?? count
  const objects = own?.distinctObjects ?? Math.max(1, count / 2)
  let rows = count
  if (!isVariable(pattern.subject)) rows /= Math.max(1, subjects)
  if (!isVariable(pattern.object) && !isType) rows /= Math.max(1, objects)
  const distinct: Record<VariableName, number> = {}
  if (isVariable(pattern.subject)) distinct[pattern.subject.value] = Math.max(1, Math.min(rows, subjects))
  if (isVariable(pattern.object)) distinct[pattern.object.value] = Math.max(1, Math.min(rows, objects))
  return { rows, distinct }
}

function estimatePath(path: PathPattern, source: Source): Estimate {
  const nodes = source.description.triples ?? UNKNOWN_ROWS
  const free = [path.subject, path.object].filter(isVariable)
  const rows = free.length === 2 ? nodes * PATH_FANOUT : free.length === 1 ? PATH_FANOUT : 1
  const distinct: Record<VariableName, number> = {}
  for (const end of free) distinct[end.value] = Math.max(1, free.length === 2 ? nodes / PATH_FANOUT : rows)
  return { rows, distinct }
}
