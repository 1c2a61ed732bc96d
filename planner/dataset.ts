import type { Expression, PathPattern, Pattern, Plan, Query } from './algebra.ts'
import { call, distinct, empty, filter, termExpression, union, variableExpression } from './constructors.ts'
import { canBeEmpty } from './paths.ts'
import { iri, type NamedNode } from './term.ts'
import { mapChildren, mapExpression, mapExpressions } from './traverse.ts'
import { variablesOf } from './variables.ts'

interface Dataset {
  readonly default: readonly NamedNode[]
  readonly named: readonly NamedNode[]
}

/**
 * FROM and FROM NAMED (SPARQL 1.1, section 13.2), or the protocol's graphs in their place: the default graph becomes
 * the merge of the graphs named, and GRAPH sees only those that are named so.
 */
export function useDataset(
  query: Query,
  protocol: { readonly defaultGraphs?: readonly string[]; readonly namedGraphs?: readonly string[] },
): Query {
  const dataset = datasetOf(query, protocol)
  return dataset === undefined ? query : { ...query, plan: restrict(query.plan, dataset) }
}

function datasetOf(
  query: Query,
  {
    defaultGraphs = [],
    namedGraphs = [],
  }: { readonly defaultGraphs?: readonly string[]; readonly namedGraphs?: readonly string[] },
): Dataset | undefined {
  if (defaultGraphs.length === 0 && namedGraphs.length === 0) return query.dataset
  return { default: defaultGraphs.map(iri), named: namedGraphs.map(iri) }
}

/** `within`: the default graph is a named one, because the plan is evaluated for each graph. */
function restrict(plan: Plan, dataset: Dataset, within = false): Plan {
  if (plan.kind === 'pattern' || plan.kind === 'path') {
    return within && plan.graph.termType === 'DefaultGraph' ? plan : restrictLeaf(plan, dataset)
  }
  if (plan.kind === 'graphs') return restrictNames(plan, dataset)
  if (plan.kind === 'eachGraph') {
    const input = restrict(plan.input, dataset, true)
    return filter({ ...plan, input }, isOneOf(plan.graph.value, dataset.named))
  }
  const inner = mapChildren(plan, (child) => restrict(child, dataset, within))
  return mapExpressions(inner, (expression) =>
    mapExpression(expression, (part) =>
      part.kind === 'exists' ? { ...part, plan: restrict(part.plan, dataset, within) } : part,
    ),
  )
}

function restrictLeaf(leaf: Pattern | PathPattern, dataset: Dataset): Plan {
  const { graph } = leaf
  if (graph.termType === 'Variable') return filter(leaf, isOneOf(graph.value, dataset.named))
  if (graph.termType === 'NamedNode') {
    return dataset.named.some(({ value }) => value === graph.value) ? leaf : empty(variablesOf(leaf))
  }
  if (dataset.default.length === 0) return empty(variablesOf(leaf))
  if (leaf.kind === 'path' && (dataset.default.length > 1 || endsAnywhere(leaf))) {
    return { ...leaf, merged: dataset.default }
  }
  const parts = union(dataset.default.map((name): Plan => ({ ...leaf, graph: name })))
  return dataset.default.length === 1 ? parts : distinct(parts)
}

/**
 * Whether a path leads from a constant to itself: in the default graph also where that is the graph of a name that has
 * no triples, while `GRAPH` of such a name has no solutions.
 */
const endsAnywhere = ({ subject, path, object }: PathPattern): boolean =>
  canBeEmpty(path) && (subject.termType !== 'Variable' || object.termType !== 'Variable')

function restrictNames(plan: Plan & { kind: 'graphs' }, dataset: Dataset): Plan {
  const { graph } = plan
  if (graph.termType === 'Variable') return filter(plan, isOneOf(graph.value, dataset.named))
  return dataset.named.some(({ value }) => value === graph.value) ? plan : empty([])
}

const isOneOf = (name: string, graphs: readonly NamedNode[]): Expression =>
  call('IN', variableExpression(name), ...graphs.map((graph) => termExpression(graph)))
