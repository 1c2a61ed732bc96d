import type { Batch } from '../../../connectors/connector.ts'
import type { Fragment, Plan } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import type { Catalog, Source } from '../../../planner/source.ts'
import { expressionsOf, mapChildren, walk } from '../../../planner/traverse.ts'
import { isDeterministic, variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { collect, createTable, streamOf, type Table } from '../table.ts'
import { joinWithTable } from './join.ts'

/**
 * The rows of a fragment, compared with those that the engine computes itself from the store's single patterns: the
 * `verify` mode. Rejects with `internal` where they differ. A LIMIT may keep any rows, but as many as it says; what else
 * has several right answers (a LIMIT further in, chance) is let pass.
 */
export async function* verified(
  rows: AsyncIterable<Batch>,
  fragment: Fragment,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const slice = bindings === undefined ? sliceIn(fragment.plan) : undefined
  const compared = slice === undefined ? fragment.plan : withoutSlice(fragment.plan)
  if (fragment.native.language === 'scan' || !hasOneAnswer(compared)) {
    yield* rows
    return
  }
  const variables = variablesOf(fragment)
  const native = await collect(rows, variables, context.memory)
  const { leaf: _, ...outside } = context
  const baseline = execute(context.planAlone(compared, fragment.source), { ...outside, verify: false })
  const local = await collect(baseline, variables, context.memory)
  const [ours, theirs] = await Promise.all([local, native].map((table) => countRows(table, bindings, context)))
  const agrees =
    slice === undefined
      ? sameCounts(ours!, theirs!)
      : native.length === slicedLength(slice, local.length) && isPartOf(theirs!, ours!)
  if (!agrees) {
    throw new PolyprovError(
      'internal',
      `The store ${fragment.source} answers a fragment otherwise than its patterns do (${native.length} rows, ${local.length} recomputed${slice === undefined ? '' : ' before LIMIT and OFFSET'}): ${fragment.native.text}`,
      { store: fragment.source },
    )
  }
  local.release()
  yield* native.batches()
  native.release()
}

/** The LIMIT of a whole plan: what stands above it changes columns only. */
function sliceIn(plan: Plan): (Plan & { kind: 'slice' }) | undefined {
  if (plan.kind === 'slice') return plan
  return plan.kind === 'project' || plan.kind === 'extend' ? sliceIn(plan.input) : undefined
}

const withoutSlice = (plan: Plan): Plan => (plan.kind === 'slice' ? plan.input : mapChildren(plan, withoutSlice))

function hasOneAnswer(whole: Plan): boolean {
  for (const plan of walk(whole)) {
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

/** The stores without what they answer natively: of single patterns, too. */
export const scannedOnly = (catalog: Catalog): Catalog => ({
  ...catalog,
  sources: catalog.sources.map(
    (source) => Object.create(source, { push: { value: undefined }, accepts: { value: undefined } }) as Source,
  ),
})

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

const slicedLength = ({ offset, limit }: Plan & { kind: 'slice' }, length: number): number =>
  Math.min(Math.max(length - offset, 0), limit ?? Number.POSITIVE_INFINITY)

const isPartOf = (part: ReadonlyMap<string, number>, whole: ReadonlyMap<string, number>): boolean =>
  [...part].every(([key, count]) => (whole.get(key) ?? 0) >= count)
