import type { Batch } from '../../../connectors/connector.ts'
import type { Fragment } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { expressionsOf, walk } from '../../../planner/traverse.ts'
import { isDeterministic, variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { collect, createTable, streamOf, type Table } from '../table.ts'
import { joinWithTable } from './join.ts'

/**
 * The rows of a fragment, compared with those that the engine computes itself from the store's single patterns: the
 * `verify` mode. Rejects with `internal` where they differ. What has several right answers (LIMIT, chance) is let pass.
 */
export async function* verified(
  rows: AsyncIterable<Batch>,
  fragment: Fragment,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  if (fragment.native.language === 'scan' || !hasOneAnswer(fragment)) {
    yield* rows
    return
  }
  const variables = variablesOf(fragment)
  const native = await collect(rows, variables, context.memory)
  const { leaf: _, ...outside } = context
  const baseline = execute(context.planAlone(fragment.plan, fragment.source), { ...outside, verify: false })
  const local = await collect(baseline, variables, context.memory)
  const [ours, theirs] = await Promise.all([local, native].map((table) => countRows(table, bindings, context)))
  if (!sameCounts(ours!, theirs!)) {
    throw new PolyprovError(
      'internal',
      `The store ${fragment.source} answers a fragment otherwise than its patterns do (${native.length} rows, ${local.length} recomputed): ${fragment.native.text}`,
      { store: fragment.source },
    )
  }
  local.release()
  yield* native.batches()
  native.release()
}

function hasOneAnswer(fragment: Fragment): boolean {
  for (const plan of walk(fragment.plan)) {
    if (plan.kind === 'slice' || !expressionsOf(plan).every(isDeterministic)) return false
    if (
      plan.kind === 'group' &&
      plan.aggregates.some(({ function: name }) => name === 'sample' || name === 'groupConcat')
    ) {
      return false
    }
  }
  return true
}

/** How often each row occurs among those that the bindings ask for. */
async function countRows(
  table: Table,
  bindings: Batch | undefined,
  context: QueryContext,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for await (const batch of restricted(table, bindings, context)) {
    for (let row = 0; row < batch.length; row++) {
      const key = batch.columns.map((column) => column[row]).join(' ')
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return counts
}

function restricted(table: Table, bindings: Batch | undefined, context: QueryContext): AsyncIterable<Batch> {
  if (bindings === undefined) return streamOf(table)
  const keys = createTable(bindings.variables, context.memory)
  keys.append(bindings)
  return joinWithTable(streamOf(table), table.variables, keys, 'semi', undefined, context)
}

const sameCounts = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean =>
  a.size === b.size && [...a].every(([key, count]) => b.get(key) === count)
