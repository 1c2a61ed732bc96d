import type { Fragment, PathPattern, Pattern, Plan } from '../algebra.ts'
import { distinct, empty, union } from '../constructors.ts'
import { canBeEmpty } from '../paths.ts'
import { recordsReferences, selectSources as select, soleSource } from '../select.ts'
import type { Catalog, Source } from '../source.ts'
import { isVariable, variable } from '../term.ts'
import { variablesOf } from '../variables.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule } from './rule.ts'

/**
 * Gives each pattern the stores that can answer it. One store: a fragment. Several: the union of theirs, each triple
 * once, because the same triple in two stores is one triple of the graph; stores that are declared disjoint need no
 * de-duplication.
 */
export const selectSources: Rule = {
  name: 'select-sources',
  optional: false,
  apply: (plan, { catalog }) =>
    rewriteUp(plan, (node) => {
      if (node.kind === 'pattern') return selectPattern(node, catalog)
      if (node.kind === 'graphs') return unite(node, graphSources(catalog), catalog)
      if (node.kind === 'path') return selectPath(node, catalog)
      return node
    }),
}

function selectPattern(pattern: Pattern, catalog: Catalog): Plan {
  const listed = listedGraph(pattern, catalog)
  if (listed !== undefined) return listed
  const { sources, references } = select(pattern, catalog)
  const answering = recordsReferences(catalog) ? sources : [...new Set([...sources, ...references])]
  return unite(pattern, answering, catalog)
}

/** `GRAPH <store> { … }`: the live listing of an object store, whatever the provenance recorded. */
function listedGraph(pattern: Pattern, catalog: Catalog): Plan | undefined {
  const source = catalog.sources.find(({ iri: name }) => name === pattern.graph.value)
  if (source?.description.referencePredicates === undefined) return undefined
  return fragmentOf(pattern, source)
}

const graphSources = (catalog: Catalog): readonly Source[] =>
  catalog.sources.filter(({ description }) => description.namedGraphs !== false)

/** The answers of several stores to one leaf. */
export function unite(
  leaf: Pattern | PathPattern | (Plan & { kind: 'graphs' }),
  sources: readonly Source[],
  catalog: Catalog,
): Plan {
  if (sources.length === 0) return empty(variablesOf(leaf))
  const parts = union(sources.map((source) => fragmentOf(leaf, source)))
  if (sources.length === 1) return parts
  const shared = catalog.sources.filter((source) => sources.includes(source) && source.description.disjoint !== true)
  return shared.length <= 1 ? parts : distinct(parts)
}

/** A fragment of one leaf: the store's own query where it makes one, else a scan. */
export function fragmentOf(leaf: Plan, source: Source): Fragment {
  const pushed = source.push?.(leaf)
  const native =
    pushed !== undefined && pushed.residual === undefined
      ? pushed.native
      : { language: 'scan', text: `scan of ${source.id}`, query: leaf }
  return { kind: 'fragment', source: source.id, plan: leaf, native }
}

/**
 * A path goes whole to the one store that has its predicates. Where it can have length zero, its free ends range over
 * the nodes of every store, and it is there in every graph that any store has: then it stays with the engine unless an end
 * is given, or no other store has nodes, in the default graph, and no other store has graphs, in a named one.
 */
function selectPath(path: PathPattern, catalog: Catalog): Plan {
  const source = soleSource(path, catalog)
  if (source === undefined || source.push?.(path) === undefined) return path
  if (!canBeEmpty(path.path)) return fragmentOf(path, source)
  const isOnly = (sources: readonly Source[]): boolean => sources.every((each) => each === source)
  const isAnchored = !isVariable(path.subject) || !isVariable(path.object)
  const isThere = path.graph.termType === 'DefaultGraph' || isOnly(graphSources(catalog))
  return isThere && (isAnchored || isOnly(nodeSources(path, catalog))) ? fragmentOf(path, source) : path
}

const nodeSources = (path: PathPattern, catalog: Catalog): readonly Source[] =>
  select(
    { kind: 'pattern', subject: variable('s'), predicate: variable('p'), object: variable('o'), graph: path.graph },
    catalog,
  ).sources
