import { batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { BindJoin, VariableName } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { pipelined } from '../pipelined.ts'
import { collect, streamOf, type Table } from '../table.ts'
import { askingOf } from './block-sizes.ts'
import { blocksOf } from './blocks.ts'
import { joinRows } from './join-rows.ts'
import { createKeyTable } from './key-table.ts'

/** Joins block by block: the right side is asked only for the distinct keys of each block of the left. */
export async function* bindJoin(
  plan: BindJoin,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const leftVariables = variablesOf(plan.left)
  const rightVariables = variablesOf(plan.right)
  if (plan.keys.length === 0) {
    const right = await collect(execute(plan.right, context), rightVariables, context.memory)
    yield* joinRows(
      execute(plan.left, context, bindings),
      leftVariables,
      right,
      plan.form,
      plan.condition,
      context,
      execute,
    )
    right.release()
    return
  }
  const asking = askingOf(plan.right, context)
  const blocks = blocksOf(execute(plan.left, context, bindings), leftVariables, asking, context)
  const answered = pipelined(blocks, asking.concurrency, async (block) => {
    const keys = distinctKeys(block, plan.keys, context)
    return { block, right: await collect(execute(plan.right, context, keys), rightVariables, context.memory) }
  })
  for await (const { block, right } of answered) {
    yield* joinRows(streamOf(block), leftVariables, right, plan.form, plan.condition, context, execute)
    right.release()
    block.release()
  }
}

/** The distinct values of some columns of a table. */
export function distinctKeys(table: Table, names: readonly VariableName[], context: QueryContext): Batch {
  const keys = createKeyTable(names, context.memory)
  const columns = names.map((name) => table.column(table.variables.indexOf(name)))
  for (let row = 0; row < table.length; row++) keys.number(columns, row)
  const builder = batchBuilder(names)
  for (let row = 0; row < keys.table.length; row++) builder.add(names.map((_, i) => keys.table.column(i)[row]!))
  keys.release()
  return builder.build()
}
