import { LRUCache } from 'lru-cache'
import type { Query } from '../../planner/algebra.ts'
import { useDataset } from '../../planner/dataset.ts'
import { parse } from '../../planner/parse.ts'
import { optimise, type PlannedQuery } from '../../planner/plan.ts'
import type { Catalog, SourceDescription } from '../../planner/source.ts'
import { termKey } from '../../planner/term.ts'
import type { QueryOptions } from '../polystore.ts'

/** A query ready to run. */
export interface Prepared {
  readonly query: Query
  readonly planned: PlannedQuery
  /** Time that parsing and planning took, in milliseconds. */
  readonly planning: number
}

export type Preparer = (text: string, options: QueryOptions, catalog: Catalog) => Prepared

interface Kept {
  readonly prepared: Prepared
  readonly descriptions: readonly SourceDescription[]
}

const MOST_PLANS = 500

/**
 * Parses and plans. Plans are kept by text, parameters and options, and good for as long as every store describes itself
 * by the same object as it did then.
 */
export function createPreparer(): Preparer {
  const plans = new LRUCache<string, Kept>({ max: MOST_PLANS })
  return (text, options, catalog) => {
    const started = performance.now()
    const key = keyOf(text, options)
    const descriptions = catalog.sources.map(({ description }) => description)
    const kept = plans.get(key)
    if (kept !== undefined && sameElements(kept.descriptions, descriptions)) {
      return { ...kept.prepared, planning: performance.now() - started }
    }
    const prepared = prepareFresh(text, options, catalog, started)
    plans.set(key, { prepared, descriptions })
    return prepared
  }
}

function prepareFresh(text: string, options: QueryOptions, catalog: Catalog, started: number): Prepared {
  const { parameters, without } = options
  const parsed = parse(text, { base: catalog.base, ...(parameters === undefined ? {} : { parameters }) })
  const query = useDataset(parsed, options)
  const planned = optimise(query.plan, catalog, without === undefined ? {} : { without })
  return { query, planned, planning: performance.now() - started }
}

const keyOf = (text: string, { parameters, without, defaultGraphs, namedGraphs }: QueryOptions): string =>
  JSON.stringify([
    text,
    Object.entries(parameters ?? {}).map(([name, term]) => [name, termKey(term)]),
    without,
    defaultGraphs,
    namedGraphs,
  ])

const sameElements = <Element>(a: readonly Element[], b: readonly Element[]): boolean =>
  a.length === b.length && a.every((element, i) => element === b[i])
