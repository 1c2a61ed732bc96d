import { LRUCache } from 'lru-cache'
import type { Query } from '../../planner/algebra.ts'
import { useDataset } from '../../planner/dataset.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { parse } from '../../planner/parse.ts'
import { optimise, type PlannedQuery } from '../../planner/plan.ts'
import type { Catalog, SourceDescription } from '../../planner/source.ts'
import { termKey } from '../../planner/term.ts'
import type { QueryOptions } from '../polystore.ts'
import { needsTail } from './tail/needs-tail.ts'

/** A query ready to run. */
export interface Prepared {
  readonly query: Query
  readonly planned: PlannedQuery
  /** Whether the long tail answers it: `planned` is the logical plan then, over all graphs. */
  readonly tail: boolean
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
  const { parameters } = options
  const parsed = parse(text, { base: catalog.base, ...(parameters === undefined ? {} : { parameters }) })
  const reason = options.tail === 'force' ? 'the query was sent there' : needsTail(parsed)
  const prepared =
    reason === undefined ? prepareNatively(parsed, options, catalog) : prepareTail(parsed, options, reason)
  return { ...prepared, planning: performance.now() - started }
}

type Planned = Omit<Prepared, 'planning'>

function prepareNatively(parsed: Query, options: QueryOptions, catalog: Catalog): Planned {
  const { without } = options
  try {
    const query = useDataset(parsed, options)
    return { query, planned: optimise(query.plan, catalog, without === undefined ? {} : { without }), tail: false }
  } catch (error) {
    if (!(error instanceof PolyprovError) || error.code !== 'unsupported') throw error
    return prepareTail(parsed, options, `the executor cannot answer it: ${error.message}`)
  }
}

function prepareTail(query: Query, { tail }: QueryOptions, reason: string): Planned {
  if (tail === 'never') {
    throw new PolyprovError('unsupported', `The executor alone cannot answer the query, because ${reason}`)
  }
  const notes = [`answered by the long tail (Comunica), because ${reason}`]
  return { query, planned: { plan: query.plan, rules: [], notes }, tail: true }
}

const keyOf = (text: string, { parameters, without, defaultGraphs, namedGraphs, tail }: QueryOptions): string =>
  JSON.stringify([
    text,
    Object.entries(parameters ?? {}).map(([name, term]) => [name, termKey(term)]),
    without,
    defaultGraphs,
    namedGraphs,
    tail,
  ])

const sameElements = <Element>(a: readonly Element[], b: readonly Element[]): boolean =>
  a.length === b.length && a.every((element, i) => element === b[i])
