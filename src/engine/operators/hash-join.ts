import type { Batch } from '../../../connectors/connector.ts'
import type { Expression, Plan } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { joinVariables } from '../row.ts'
import { collect, type Table } from '../table.ts'
import { asksElsewhere, runTogether, type Together } from '../together.ts'
import type { JoinForm } from './join.ts'
import { joinRows } from './join-rows.ts'

/** Left-deep hash joins in the order given; the right side of each is held in memory. */
export const join = (
  inputs: readonly Plan[],
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> => {
  const [first, ...others] = inputs
  const rights = others.map((plan) => ({ plan, bindings }))
  return hashJoin({ left: { plan: first!, bindings }, rights, form: 'inner' }, context, execute)
}

/** A join of two sides, the right held in memory: bindings concern the left only, but for an inner join. */
export const joinSides = (
  plan: { readonly left: Plan; readonly right: Plan; readonly condition?: Expression },
  form: JoinForm,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> => {
  const { left, right, condition } = plan
  const sides = { left: { plan: left, bindings }, rights: [{ plan: right, bindings: undefined }], form }
  return hashJoin(condition === undefined ? sides : { ...sides, condition }, context, execute)
}

export const leftJoin = (
  plan: Parameters<typeof joinSides>[0],
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> => joinSides(plan, 'left', context, bindings, execute)

export const minus = (
  plan: Parameters<typeof joinSides>[0],
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> => joinSides(plan, 'minus', context, bindings, execute)

interface Side {
  readonly plan: Plan
  readonly bindings: Batch | undefined
}

interface Sides {
  readonly left: Side
  readonly rights: readonly Side[]
  readonly form: JoinForm
  readonly condition?: Expression
}

/** All sides that wait for stores begin at once: the right ones are collected, the left is read ahead meanwhile. */
async function* hashJoin(
  { left, rights, form, condition }: Sides,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<Batch> {
  const together = runTogether(context)
  let tables: readonly Table[] = []
  try {
    const started = execute(left.plan, together.context, left.bindings)
    const rows = asksElsewhere(left.plan) && rights.length > 0 ? together.ahead(started) : started
    tables = await collectAll(rights, together, execute)
    const isHopeless = form === 'inner' && tables.some(({ length }) => length === 0)
    if (!isHopeless) yield* joined(rows, variablesOf(left.plan), tables, form, condition, together.context, execute)
  } catch (error) {
    throw together.causeOf(error)
  } finally {
    together.end()
    for (const table of tables) table.release()
  }
}

async function* joined(
  left: AsyncGenerator<Batch>,
  leftVariables: readonly string[],
  tables: readonly Table[],
  form: JoinForm,
  condition: Expression | undefined,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<Batch> {
  let rows = left
  let variables = leftVariables
  for (const table of tables) {
    rows = joinRows(rows, variables, table, form, condition, context, execute)
    variables = joinVariables(variables, table.variables)
  }
  yield* rows
}

/** The rows of each side: those of stores elsewhere at the same time, those made here one after the other. */
async function collectAll(sides: readonly Side[], together: Together, execute: Execute): Promise<readonly Table[]> {
  const { context } = together
  const collected = ({ plan, bindings }: Side): Promise<Table> =>
    collect(execute(plan, context, bindings), variablesOf(plan), context.memory)
  const waiting = sides.map((side) => (asksElsewhere(side.plan) ? together.begun(collected(side)) : undefined))
  const tables: Table[] = []
  for (const [i, side] of sides.entries()) {
    const table = waiting[i] ?? collected(side)
    tables.push(await table)
  }
  return tables
}
