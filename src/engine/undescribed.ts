import type { Connector } from '../../connectors/connector.ts'
import type { Pattern, Plan } from '../../planner/algebra.ts'
import type { PolyprovError } from '../../planner/errors.ts'
import { RDF } from '../../planner/namespaces.ts'
import { predicatesOf, selectSources } from '../../planner/select.ts'
import { servicesOf } from '../../planner/services.ts'
import type { Catalog } from '../../planner/source.ts'
import { variable } from '../../planner/term.ts'
import { walk } from '../../planner/traverse.ts'
import type { PredicateObjectMap, View } from '../../planner/views/view.ts'
import { raceAbort } from './abortable.ts'
import type { QueryContext } from './context.ts'
import { giveUp } from './store-rows.ts'

/** Stores of which nothing is known, because they could not be described when they were registered. */
export interface Undescribed {
  /** Why, by the stores' ids. */
  readonly failures: ReadonlyMap<string, PolyprovError>
  /** Tries again. @throws PolyprovError why it still cannot be described */
  describe(id: string): Promise<void>
}

/**
 * Sees to the stores that a plan may need and that nothing is known of: those that it needs for certain are described
 * now, or the query ends with the reason; others are described for the queries to come, and this one has a warning.
 * Whether it is to be planned again.
 */
export async function describeFor(
  plan: Plan,
  catalog: Catalog,
  connectors: ReadonlyMap<string, Connector>,
  undescribed: Undescribed,
  query: Pick<QueryContext, 'signal' | 'partial' | 'trace'>,
): Promise<boolean> {
  const patterns = patternsOf(plan)
  const described = await Promise.all(
    [...undescribed.failures].map(async ([id, failure]) => {
      const need = needOf(patterns, catalog, connectors.get(id)?.description.views ?? [])
      if (need === 'none') return false
      const work = undescribed.describe(id)
      if (need === 'possible') {
        work.catch(() => {})
        query.trace.warn(`Nothing is known of the store ${id}, the answer may lack its part: ${failure.message}`)
        return false
      }
      try {
        await raceAbort(work, query.signal)
        return true
      } catch (error) {
        if (query.signal.aborted) throw error
        giveUp(error as PolyprovError, query)
        return false
      }
    }),
  )
  return described.includes(true)
}

type Need = 'none' | 'possible' | 'certain'

/**
 * How much patterns need a store: one with views for what these say; another, which may hold anything, for what no other
 * store has.
 */
function needOf(patterns: readonly Pattern[], catalog: Catalog, views: readonly View[]): Need {
  if (patterns.length === 0) return 'none'
  const properties = views.flatMap((view) => view.properties)
  const isNeeded = (pattern: Pattern): boolean => {
    if (pattern.predicate.termType === 'Variable') return false
    if (properties.length > 0) return properties.some((property) => answers(property, pattern))
    const { sources, references } = selectSources(pattern, catalog)
    return sources.length === 0 && references.length === 0
  }
  if (patterns.some(isNeeded)) return 'certain'
  const isOpen = views.length === 0 || patterns.some(({ predicate }) => predicate.termType === 'Variable')
  return isOpen ? 'possible' : 'none'
}

/** Whether a property of a view is named by a pattern. */
function answers({ predicate, object }: PredicateObjectMap, pattern: Pattern): boolean {
  if (predicate.kind !== 'constant' || predicate.term.value !== pattern.predicate.value) return false
  const isClass = predicate.term.value === `${RDF}type` && pattern.object.termType === 'NamedNode'
  return !isClass || object.kind !== 'constant' || object.term.value === pattern.object.value
}

/** The patterns of a plan, one for each predicate of its paths; what endpoints of SERVICE are asked for is theirs. */
function patternsOf(plan: Plan): readonly Pattern[] {
  const theirs = new Set(servicesOf(plan).flatMap(({ pattern }) => [...walk(pattern, { exists: true })]))
  return [...walk(plan, { exists: true })].flatMap((node): readonly Pattern[] => {
    if (theirs.has(node)) return []
    if (node.kind === 'pattern') return [node]
    if (node.kind !== 'path') return []
    const ends = { subject: variable('.s'), object: variable('.o'), graph: node.graph }
    return predicatesOf(node.path).map((predicate) => ({ kind: 'pattern', ...ends, predicate }))
  })
}
