import { columnOf } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { EachGraph } from '../../../planner/algebra.ts'
import { inGraph } from '../../../planner/each-graph.ts'
import { variablesOf } from '../../../planner/variables.ts'
import { breathe, type QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { collect } from '../table.ts'
import { joinName } from './join-name.ts'

/** `GRAPH ?g` graph by graph (SPARQL 1.1, section 18.6): each solution is joined with the name of its graph. */
export async function* eachGraph(
  plan: EachGraph,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const { leaf: _, ...outside } = context
  const name = plan.graph.value
  const asked = context.plan({ kind: 'graphs', graph: plan.graph })
  const names = await collect(execute(asked, outside), [name], context.memory)
  const wanted = bindings === undefined ? undefined : columnOf(bindings, name)
  const variables = variablesOf(plan)
  for (const id of names.column(0).subarray(0, names.length)) {
    await breathe(context.signal)
    const graph = context.dictionary.decode(id)
    if (graph.termType !== 'NamedNode' || (wanted !== undefined && !wanted.includes(id) && !wanted.includes(0)))
      continue
    for await (const batch of execute(context.plan(inGraph(plan.input, graph)), outside)) {
      yield joinName(batch, name, id, variables)
    }
  }
  names.release()
}
