import { batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { BindJoin, VariableName } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { pipelined } from '../pipelined.ts'
import { collect, streamOf, type Table } from '../table.ts'
import { asksElsewhere, runTogether } from '../together.ts'
import { askingOf } from './block-sizes.ts'
import { blocksOf, keysIn } from './blocks.ts'
import { joinSides } from './hash-join.ts'
import { joinRows } from './join-rows.ts'
import { createKeyTable } from './key-table.ts'

/** Joins block by block: the right side is asked only for the distinct keys of each block of the left. */
export async function* bindJoin(
  plan: BindJoin,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  if (plan.keys.length === 0) {
    yield* joinSides(plan, plan.form, context, bindings, execute)
    return
  }
  const leftVariables = variablesOf(plan.left)
  const rightVariables = variablesOf(plan.right)
  const together = runTogether(context)
  const inside = together.context
  try {
    const asking = askingOf(plan.right, context)
    const sizes = { ...asking, keysOf: keysIn(plan.keys), isWaiting: asksElsewhere(plan.left) }
    const blocks = blocksOf(execute(plan.left, inside, bindings), leftVariables, sizes, inside)
    const answered = pipelined(blocks, asking.concurrency, async (block) => {
      const keys = distinctKeys(block, plan.keys, inside)
      return { block, right: await collect(execute(plan.right, inside, keys), rightVariables, inside.memory) }
    })
    for await (const { block, right } of answered) {
      yield* joinRows(streamOf(block), leftVariables, right, plan.form, plan.condition, inside, execute)
      right.release()
      block.release()
    }
  } finally {
    together.end()
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
