import { BATCH_ROWS, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { PathPattern, Plan } from '../../../planner/algebra.ts'
import { canBeEmpty } from '../../../planner/paths.ts'
import { variablesOf } from '../../../planner/variables.ts'
import { breathe, type QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { evaluatePath, type Pairs, type PathSteps } from './path-pairs.ts'
import { stepsOver } from './path-steps.ts'

/**
 * A property path whose predicates several stores answer (SPARQL 1.1, section 18.4): closures run here by frontier,
 * one batch for each store and level.
 */
export async function* path(
  plan: PathPattern,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  if (plan.graph.termType !== 'Variable') {
    if (!(await hasPaths(plan, context, execute))) return
    yield* withinGraph(plan, stepsOver(plan.merged ?? [plan.graph], context, execute), undefined, context, bindings)
    return
  }
  const name = plan.graph.value
  const names: Plan = context.plan({ kind: 'graphs', graph: plan.graph })
  for await (const batch of execute(names, context)) {
    for (let row = 0; row < batch.length; row++) {
      const id = batch.columns[0]![row]!
      const graph = context.dictionary.decode(id)
      if (graph.termType !== 'NamedNode') continue
      yield* withinGraph(plan, stepsOver([graph], context, execute), { name, id }, context, bindings)
    }
  }
}

/** Of a graph that is not there there are no paths, not even from a term to itself (section 18.6). */
async function hasPaths(
  { graph, merged, path }: PathPattern,
  context: QueryContext,
  execute: Execute,
): Promise<boolean> {
  if (graph.termType !== 'NamedNode' || merged !== undefined || !canBeEmpty(path)) return true
  for await (const batch of execute(context.plan({ kind: 'graphs', graph }), context)) {
    if (batch.length > 0) return true
  }
  return false
}

async function* withinGraph(
  plan: PathPattern,
  steps: PathSteps,
  graph: { readonly name: string; readonly id: number } | undefined,
  context: QueryContext,
  bindings: Batch | undefined,
): AsyncGenerator<Batch> {
  const bothFree = plan.subject.termType === 'Variable' && plan.object.termType === 'Variable'
  const nodes = async (ids: ReadonlySet<number> | undefined) =>
    ids !== undefined && bothFree && canBeEmpty(plan.path) ? nodesAmong(ids, steps) : ids
  const subjects = await nodes(endIds(plan.subject, context, bindings))
  const objects = await nodes(endIds(plan.object, context, bindings))
  const backward = subjects === undefined && objects !== undefined
  const pairs = await evaluatePath(
    backward ? { kind: 'inverse', path: plan.path } : plan.path,
    backward ? objects : subjects,
    steps,
  )
  yield* rowsOf(backward ? { from: pairs.to, to: pairs.from } : pairs, plan, graph, context)
}

/**
 * Those of some terms that are nodes of the graph: zero-length paths between two variables are of nodes only, and keys
 * that are handed over may be none.
 */
async function nodesAmong(ids: ReadonlySet<number>, steps: PathSteps): Promise<ReadonlySet<number>> {
  const outgoing = await steps.others([], ids, false)
  const incoming = await steps.others([], ids, true)
  return new Set([...outgoing.from, ...incoming.from])
}

/** The ids an end of the path can have, where they are known: a constant's, or those of the bindings if all are bound. */
function endIds(
  end: PathPattern['subject'],
  context: QueryContext,
  bindings: Batch | undefined,
): ReadonlySet<number> | undefined {
  if (end.termType !== 'Variable') return new Set([context.dictionary.encode(end)])
  const index = bindings?.variables.indexOf(end.value) ?? -1
  if (index < 0) return undefined
  const ids = new Set(bindings!.columns[index]!.subarray(0, bindings!.length))
  return ids.has(0) ? undefined : ids
}

async function* rowsOf(
  pairs: Pairs,
  plan: PathPattern,
  graph: { readonly name: string; readonly id: number } | undefined,
  context: QueryContext,
): AsyncGenerator<Batch> {
  const variables = variablesOf(plan)
  const builder = batchBuilder(variables)
  const ends = [
    { end: plan.subject, ids: pairs.from },
    { end: plan.object, ids: pairs.to },
  ]
  const constants = ends.map(({ end }) => (end.termType === 'Variable' ? 0 : context.dictionary.encode(end)))
  for (let i = 0; i < pairs.from.length; i++) {
    const row = new Map<string, number>()
    if (graph !== undefined) row.set(graph.name, graph.id)
    const agrees = ends.every(({ end, ids }, side) => {
      const id = ids[i]!
      if (end.termType !== 'Variable') return constants[side] === id
      const before = row.get(end.value)
      row.set(end.value, id)
      return before === undefined || before === id
    })
    if (agrees) builder.add(variables.map((name) => row.get(name) ?? 0))
    if (builder.length >= BATCH_ROWS) {
      yield builder.build()
      await breathe(context.signal)
    }
  }
  if (builder.length > 0) yield builder.build()
}
