import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, Plan } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { joinVariables } from '../row.ts'
import { collect } from '../table.ts'
import type { JoinForm } from './join.ts'
import { joinRows } from './join-rows.ts'

/** Left-deep hash joins in the order given; the right side of each is held in memory. */
export async function* join(
  inputs: readonly Plan[],
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const [first, ...others] = inputs
  let rows: AsyncIterable<Batch> = execute(first!, context, bindings)
  let variables = variablesOf(first!)
  for (const input of others) {
    rows = hashJoin(rows, variables, input, 'inner', undefined, context, bindings, execute)
    variables = joinVariables(variables, variablesOf(input))
  }
  yield* rows
}

export async function* leftJoin(
  plan: { readonly left: Plan; readonly right: Plan; readonly condition?: Expression },
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const left = execute(plan.left, context, bindings)
  yield* hashJoin(left, variablesOf(plan.left), plan.right, 'left', plan.condition, context, undefined, execute)
}

export async function* minus(
  plan: { readonly left: Plan; readonly right: Plan },
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const left = execute(plan.left, context, bindings)
  yield* hashJoin(left, variablesOf(plan.left), plan.right, 'minus', undefined, context, undefined, execute)
}

async function* hashJoin(
  left: AsyncIterable<Batch>,
  leftVariables: readonly string[],
  right: Plan,
  form: JoinForm,
  condition: Expression | undefined,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const table = await collect(execute(right, context, bindings), variablesOf(right), context.memory)
  try {
    yield* joinRows(left, leftVariables, table, form, condition, context, execute)
  } finally {
    table.release()
  }
}
