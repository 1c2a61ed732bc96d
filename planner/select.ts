import type { Path, PathPattern, Pattern } from './algebra.ts'
import { PL, RDF } from './namespaces.ts'
import type { Catalog, Source, TermStatistics } from './source.ts'
import { variable } from './term.ts'

const TYPE = `${RDF}type`

/** The stores that can answer a pattern. */
export interface Selection {
  /** Stores that answer it from their own triples. */
  readonly sources: readonly Source[]
  /** Stores that answer it of the data references they hold. */
  readonly references: readonly Source[]
}

/**
 * Source selection by predicate and class, from what the stores described when they were registered: no store is asked.
 * Terms of `pl:` that the provenance records (size, ETag, locator …) are answered as recorded.
 */
export function selectSources(pattern: Pattern, catalog: Catalog): Selection {
  const sources = catalog.sources.filter((source) => answers(pattern, source))
  const references = catalog.sources.filter((source) => answersOfReferences(pattern, source))
  const recorded = pattern.predicate.value.startsWith(PL) && sources.some((source) => source.role === 'provenance')
  return { sources, references: recorded ? [] : references }
}

function answers(pattern: Pattern, source: Source): boolean {
  const { predicates, classes, namedGraphs } = source.description
  if (pattern.graph.termType !== 'DefaultGraph' && namedGraphs === false) return false
  if (pattern.predicate.termType === 'Variable') return predicates === undefined || predicates.length > 0
  if (predicates !== undefined && !includes(predicates, pattern.predicate.value)) return false
  const classAsked = pattern.predicate.value === TYPE && pattern.object.termType === 'NamedNode'
  return !classAsked || classes === undefined || includes(classes, pattern.object.value)
}

function answersOfReferences(pattern: Pattern, source: Source): boolean {
  const { referencePredicates } = source.description
  if (referencePredicates === undefined || pattern.predicate.termType === 'Variable') return false
  return pattern.graph.termType === 'DefaultGraph' && includes(referencePredicates, pattern.predicate.value)
}

const sets = new WeakMap<readonly TermStatistics[], ReadonlyMap<string, TermStatistics>>()

function includes(statistics: readonly TermStatistics[], value: string): boolean {
  return statisticsOf(statistics, value) !== undefined
}

/** The entry of a term in a description's list. */
export function statisticsOf(statistics: readonly TermStatistics[], value: string): TermStatistics | undefined {
  let byIri = sets.get(statistics)
  if (byIri === undefined) {
    byIri = new Map(statistics.map((each) => [each.iri, each]))
    sets.set(statistics, byIri)
  }
  return byIri.get(value)
}

/** The store that keeps the provenance. */
export const provenanceSource = (catalog: Catalog): Source | undefined =>
  catalog.sources.find((source) => source.role === 'provenance')

/**
 * Whether data references are recorded: then header terms are answered of these; without them only the stores' own
 * listings name objects.
 */
export function recordsReferences(catalog: Catalog): boolean {
  const provenance = provenanceSource(catalog)
  if (provenance === undefined) return false
  const { predicates } = provenance.description
  return predicates === undefined || includes(predicates, `${PL}isStoredInStore`)
}

/** Whether a reference to an object of the store may be recorded under another IRI than the object's. */
export const mayRename = ({ iri }: Source, catalog: Catalog): boolean =>
  provenanceSource(catalog)?.description.renamedReferences?.has(iri) !== false

/** The only store that can answer the path's predicates, if there is just one, and the graph is one that stores know. */
export function soleSource(path: PathPattern, catalog: Catalog): Source | undefined {
  if (path.merged !== undefined) return undefined
  const found = new Set<Source>()
  for (const predicate of predicatesOf(path.path)) {
    const pattern: Pattern = {
      kind: 'pattern',
      subject: variable('s'),
      predicate,
      object: variable('o'),
      graph: path.graph,
    }
    const { sources, references } = selectSources(pattern, catalog)
    for (const source of [...sources, ...references]) found.add(source)
  }
  return found.size === 1 ? [...found][0] : undefined
}

/** The predicates that a path follows; a variable for one that it only excludes some of. */
export function predicatesOf(path: Path): readonly Pattern['predicate'][] {
  switch (path.kind) {
    case 'predicate':
      return [path.predicate]
    case 'sequence':
    case 'alternative':
      return path.paths.flatMap(predicatesOf)
    case 'negated':
      return [variable('p')]
    default:
      return predicatesOf(path.path)
  }
}
