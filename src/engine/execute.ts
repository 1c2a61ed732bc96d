import type { Batch } from '../../connectors/connector.ts'
import type { Aggregate, Expression, Plan } from '../../planner/algebra.ts'
import { isLeaf } from '../../planner/leaf.ts'
import { expressionsOf } from '../../planner/traverse.ts'
import { variablesOf } from '../../planner/variables.ts'
import { breathe, type QueryContext } from './context.ts'
import { bindJoin } from './operators/bind-join.ts'
import { distinct } from './operators/distinct.ts'
import { eachGraph } from './operators/each-graph.ts'
import { materialiseExists } from './operators/exists.ts'
import { assignmentsOf, extend } from './operators/extend.ts'
import { filter } from './operators/filter.ts'
import { fragment } from './operators/fragment.ts'
import { graphs } from './operators/graphs.ts'
import { group } from './operators/group.ts'
import { join, leftJoin, minus } from './operators/hash-join.ts'
import { order } from './operators/order.ts'
import { path } from './operators/path.ts'
import { project } from './operators/project.ts'
import { resolve } from './operators/resolve.ts'
import { service } from './operators/service.ts'
import { branch, shared } from './operators/shared.ts'
import { slice } from './operators/slice.ts'
import { union } from './operators/union.ts'
import { values } from './operators/values.ts'

/**
 * Runs a plan. `bindings` are rows that the answer will be joined with: an operator may leave out rows that are
 * compatible with none of them, and need not.
 */
export type Execute = (plan: Plan, context: QueryContext, bindings?: Batch) => AsyncGenerator<Batch>

/** From plan node to operator; between batches every operator can be cancelled, and is measured. */
export async function* execute(plan: Plan, context: QueryContext, bindings?: Batch): AsyncGenerator<Batch> {
  const measured = context.trace.node(plan)
  const batches = operator(plan, context, bindings)
  try {
    for (;;) {
      const asked = performance.now()
      const next = await batches.next()
      measured.milliseconds += performance.now() - asked
      if (next.done === true) return
      measured.rows += next.value.length
      if (next.value.length > 0) yield next.value
      await breathe(context.signal)
    }
  } finally {
    await batches.return(undefined)
  }
}

function operator(plan: Plan, context: QueryContext, bindings: Batch | undefined): AsyncGenerator<Batch> {
  if (context.leaf !== undefined && isLeaf(plan)) return fromLeaf(plan, context, bindings)
  switch (plan.kind) {
    case 'unit':
      return unit()
    case 'empty':
      return nothing()
    case 'values':
      return values(plan, context)
    case 'join':
      return join(plan.inputs, context, bindings, execute)
    case 'leftJoin':
      return leftJoin(plan, context, bindings, execute)
    case 'minus':
      return minus(plan, context, bindings, execute)
    case 'bindJoin':
      return bindJoin(plan, context, bindings, execute)
    case 'union':
      return union(plan, context, bindings, execute)
    case 'filter': {
      const { input, expressions } = materialiseExists(
        execute(plan.input, context, bindings),
        [plan.condition],
        context,
        execute,
      )
      return project(filter(input, expressions[0]!, context), variablesOf(plan))
    }
    case 'extend': {
      const { assignments, input } = assignmentsOf(plan)
      const hidden = assignments.map(({ variable }) => variable)
      const rows = execute(input, context, withoutColumns(bindings, hidden))
      const answered = materialiseExists(
        rows,
        assignments.map(({ expression }) => expression),
        context,
        execute,
      )
      const steps = assignments.map(({ variable }, i) => ({ variable, expression: answered.expressions[i]! }))
      return project(extend(answered.input, steps, context), variablesOf(plan))
    }
    case 'group': {
      const { input, expressions } = materialiseExists(
        execute(plan.input, context, onlyColumns(bindings, plan.keys)),
        expressionsOf(plan),
        context,
        execute,
      )
      return group(input, variablesOf(plan.input), plan.keys, withExpressions(plan.aggregates, expressions), context)
    }
    case 'project':
      return project(execute(plan.input, context, onlyColumns(bindings, plan.variables)), plan.variables)
    case 'distinct':
    case 'reduced':
      return distinct(execute(plan.input, context, bindings), variablesOf(plan), context)
    case 'order': {
      const { input, expressions, added } = materialiseExists(
        execute(plan.input, context, bindings),
        expressionsOf(plan),
        context,
        execute,
      )
      const by = plan.by.map((key, i) => ({ ...key, expression: expressions[i]! }))
      return project(order(input, [...variablesOf(plan), ...added], by, context, plan.first), variablesOf(plan))
    }
    case 'slice':
      return slice(execute(plan.input, context), plan.offset, plan.limit)
    case 'fragment':
      return fragment(plan, context, bindings, execute)
    case 'resolve':
      return resolve(plan, context, bindings, execute)
    case 'shared':
      return shared(plan, context, bindings, execute)
    case 'branch':
      return branch(plan, context)
    case 'path':
      return path(plan, context, bindings, execute)
    case 'graphs':
    case 'pattern':
      return graphs(plan)
    case 'service':
      return service(plan, context, bindings, execute)
    case 'eachGraph':
      return eachGraph(plan, context, bindings, execute)
  }
}

/** The aggregates with other expressions, those without one left out of the count. */
function withExpressions(aggregates: readonly Aggregate[], expressions: readonly Expression[]): readonly Aggregate[] {
  let next = 0
  return aggregates.map((aggregate) =>
    aggregate.expression === undefined ? aggregate : { ...aggregate, expression: expressions[next++]! },
  )
}

async function* unit(): AsyncGenerator<Batch> {
  yield { variables: [], columns: [], length: 1 }
}

async function* nothing(): AsyncGenerator<Batch> {}

async function* fromLeaf(plan: Plan, context: QueryContext, bindings: Batch | undefined): AsyncGenerator<Batch> {
  const variables = variablesOf(plan)
  for await (const batch of context.leaf!(plan, onlyColumns(bindings, variables))) {
    yield* project(once(batch), variables)
  }
}

async function* once(batch: Batch): AsyncGenerator<Batch> {
  yield batch
}

/** The bindings of some variables only: what an operator may hand to an input that sees no others. */
function onlyColumns(bindings: Batch | undefined, names: readonly string[]): Batch | undefined {
  if (bindings === undefined) return undefined
  const kept = bindings.variables.flatMap((name, i) => (names.includes(name) ? [i] : []))
  if (kept.length === 0) return undefined
  if (kept.length === bindings.variables.length) return bindings
  return {
    variables: kept.map((i) => bindings.variables[i]!),
    columns: kept.map((i) => bindings.columns[i]!),
    length: bindings.length,
  }
}

const withoutColumns = (bindings: Batch | undefined, names: readonly string[]): Batch | undefined =>
  onlyColumns(bindings, bindings?.variables.filter((each) => !names.includes(each)) ?? [])
