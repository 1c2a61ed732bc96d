import type { Batch } from '../../../connectors/connector.ts'
import type { BindJoin, VariableName } from '../../../planner/algebra.ts'
import { certainlyBound, variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { pipelined } from '../pipelined.ts'
import { collect, streamOf, type Table } from '../table.ts'
import { asksElsewhere, runTogether, type Together } from '../together.ts'
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
  const together = runTogether(context)
  try {
    const left = innerOf(plan)?.left ?? plan.left
    yield* joinBlocks(plan, execute(left, together.context, bindings), together, execute)
  } catch (error) {
    throw together.causeOf(error)
  } finally {
    together.end()
  }
}

/** The join on the left whose own left side has the keys of both. */
function innerOf({ left, keys, alongside }: BindJoin): BindJoin | undefined {
  if (alongside !== true || left.kind !== 'bindJoin' || left.keys.length === 0) return undefined
  const given = certainlyBound(left.left)
  return keys.every((key) => given.has(key)) ? left : undefined
}

/** The join without what it could be asked along with. */
const alone = ({ alongside: _, ...plan }: BindJoin): BindJoin => plan

/** The join over the rows of its left side, or of what both it and its left side ask stores about. */
async function* joinBlocks(
  plan: BindJoin,
  rows: AsyncIterable<Batch>,
  together: Together,
  execute: Execute,
): AsyncGenerator<Batch> {
  const { context } = together
  const inner = innerOf(plan)
  const left = inner?.left ?? plan.left
  const rightVariables = variablesOf(plan.right)
  const asking = askingOf(plan.right, context)
  const sizes = { ...asking, keysOf: keysIn(plan.keys), isWaiting: asksElsewhere(left) }
  const blocks = blocksOf(rows, variablesOf(left), sizes, context)
  const answered = pipelined(blocks, asking.concurrency, async (block) => {
    const keys = distinctKeys(block, plan.keys, context)
    const given = streamOf(block)
    const met = inner === undefined ? given : together.ahead(joinBlocks(alone(inner), given, together, execute))
    return { block, met, right: await collect(execute(plan.right, context, keys), rightVariables, context.memory) }
  })
  for await (const { block, met, right } of answered) {
    yield* joinRows(met, variablesOf(plan.left), right, plan.form, plan.condition, context, execute)
    right.release()
    block.release()
  }
}

/** The distinct values of some columns of a table. */
export function distinctKeys(table: Table, names: readonly VariableName[], context: QueryContext): Batch {
  const keys = createKeyTable(names, context.memory)
  const columns = names.map((name) => table.column(table.variables.indexOf(name)))
  for (let row = 0; row < table.length; row++) keys.number(columns, row)
  const { length } = keys.table
  const batch = { variables: names, columns: names.map((_, i) => keys.table.column(i).slice(0, length)), length }
  keys.release()
  return batch
}
