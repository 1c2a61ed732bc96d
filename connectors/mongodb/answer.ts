import type { Plan } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { Estimate } from '../../planner/source.ts'
import type { Batch, ExecuteRequest } from '../connector.ts'
import type { DocumentsQuery } from '../documents/compile.ts'
import type { MongodbQuery } from './compile.ts'
import { withoutDecided } from './decided.ts'
import { extendedJson } from './filter.ts'
import { first, groups, pipelinesOf } from './pipeline/run.ts'
import { projectionOf } from './projection.ts'
import { conditionsFor, type Database, execute, scanFilter } from './read.ts'

/**
 * The answer of a fragment: by pipelines where their rows tell it, else by `find`, and what the fragment asks beside its
 * patterns is done by the engine's operators.
 */
export async function* answer(
  query: MongodbQuery,
  leafOf: (leaf: Plan) => DocumentsQuery | undefined,
  database: Database,
  request: ExecuteRequest,
): AsyncGenerator<Batch> {
  const batches = await byPipelines(query, database, request)
  if (batches !== undefined) yield* batches
  else if (!query.isComposed) yield* execute(query.documents, database, request)
  else {
    yield* request.evaluate(query.fragment, async function* (leaf, bindings) {
      const documents = leafOf(leaf)
      if (documents !== undefined) yield* execute(documents, database, { ...request, bindings })
    })
  }
}

/** `undefined`: there are none, their rows do not tell the answer, or the server is too old for them. */
async function byPipelines(
  query: MongodbQuery,
  database: Database,
  request: ExecuteRequest,
): Promise<readonly Batch[] | undefined> {
  const { grouped, top } = query
  try {
    if (grouped !== undefined) return await groups({ ...query, grouped }, database, request)
    return top === undefined ? undefined : await first({ ...query, top }, database, request)
  } catch (error) {
    if (request.signal.aborted || !(error instanceof PolyprovError) || error.code !== 'store-failed') throw error
    return undefined
  }
}

/** The commands for a query, for people. */
export function commandsOf(query: MongodbQuery, database: Database): readonly string[] {
  const { bson } = database
  const pipelines = pipelinesOf(query, database)
  if (query.grouped !== undefined || query.top !== undefined) {
    return pipelines.map(({ collection, stages }) => extendedJson({ aggregate: collection, pipeline: stages }, bson))
  }
  const documents = withoutDecided(query.documents, [], database)
  return documents.members.flatMap((member) =>
    member.scans.flatMap(({ collection }, scan) => {
      const filter = scanFilter(member, scan, { conditions: conditionsFor(documents, member, database) }, database)
      if (filter === undefined) return []
      const projection = projectionOf(member, scan)
      return [extendedJson({ find: collection, filter, ...(projection === undefined ? {} : { projection }) }, bson)]
    }),
  )
}

/** Groups are no more than their solutions, and no more than the values of their keys. */
export function estimated({ grouped, top }: MongodbQuery, estimate: Estimate): Estimate {
  if (top !== undefined) return { ...estimate, rows: Math.min(estimate.rows, top.most) }
  if (grouped === undefined || grouped.by.aggregates.length === 0) return estimate
  const keys = grouped.by.keys.map((name) => estimate.distinct?.[name] ?? estimate.rows)
  const rows = Math.min(
    estimate.rows,
    keys.reduce((product, count) => product * count, 1),
  )
  const distinct = Object.fromEntries(grouped.by.keys.map((name, index) => [name, Math.min(rows, keys[index]!)]))
  return { rows, distinct }
}
