import type { Batch } from '../../../connectors/connector.ts'
import type { Pattern, Plan } from '../../../planner/algebra.ts'
import { distinct, union } from '../../../planner/constructors.ts'
import { type GraphTerm, variable } from '../../../planner/term.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import type { Pairs, PathSteps } from './path-pairs.ts'

const NEAR = '.near'
const FAR = '.far'
const BETWEEN = '.between'

/** Steps over the edges of one graph, or of the merge of several, asked of every store that has such edges. */
export function stepsOver(graphs: readonly GraphTerm[], context: QueryContext, execute: Execute): PathSteps {
  const plans = new Map<string, Plan>()
  const planned = (key: string, predicate: Pattern['predicate'], backward: boolean): Plan => {
    const known = plans.get(key)
    if (known !== undefined) return known
    const [subject, object] = backward ? [FAR, NEAR] : [NEAR, FAR]
    const patterns = graphs.map((graph): Plan => {
      return { kind: 'pattern', subject: variable(subject), predicate, object: variable(object), graph }
    })
    const plan = context.plan(patterns.length === 1 ? patterns[0]! : distinct(union(patterns)))
    plans.set(key, plan)
    return plan
  }
  const rows = (plan: Plan, from: ReadonlySet<number> | undefined) =>
    execute(plan, context, from === undefined ? undefined : bindingsOf(from))

  return {
    predicate: (predicate, from, backward) =>
      pairsOf(rows(planned(`${backward} ${predicate.value}`, predicate, backward), from), from, () => true),
    others(excluded, from, backward) {
      const ids = new Set(excluded.map((each) => context.dictionary.encode(each)))
      const plan = planned(`${backward} ?`, variable(BETWEEN), backward)
      return pairsOf(rows(plan, from), from, (predicate) => !ids.has(predicate))
    },
    async nodes() {
      const pairs = await pairsOf(rows(planned('false ?', variable(BETWEEN), false), undefined), undefined, () => true)
      return new Set([...pairs.from, ...pairs.to])
    },
  }
}

function bindingsOf(ids: ReadonlySet<number>): Batch {
  return { variables: [NEAR], columns: [Uint32Array.from(ids)], length: ids.size }
}

async function pairsOf(
  batches: AsyncIterable<Batch>,
  from: ReadonlySet<number> | undefined,
  keeps: (predicate: number) => boolean,
): Promise<Pairs> {
  const pairs = { from: [] as number[], to: [] as number[] }
  for await (const batch of batches) {
    const near = batch.columns[batch.variables.indexOf(NEAR)]!
    const far = batch.columns[batch.variables.indexOf(FAR)]!
    const between = batch.columns[batch.variables.indexOf(BETWEEN)]
    for (let row = 0; row < batch.length; row++) {
      if (from !== undefined && !from.has(near[row]!)) continue
      if (between !== undefined && !keeps(between[row]!)) continue
      pairs.from.push(near[row]!)
      pairs.to.push(far[row]!)
    }
  }
  return pairs
}
