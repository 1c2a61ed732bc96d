import { alignBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Branch, Shared } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { createTable, type Table } from '../table.ts'
import { runTogether } from '../together.ts'

/**
 * Runs a fragment that serves several places of the body once, and the body over its parts; what of the body needs none
 * of them begins at once.
 */
export async function* shared(
  plan: Shared,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const together = runTogether(context)
  const inside = together.context
  const split = together.begun(splitByTag(plan, inside, execute))
  const branches = new Map([...context.branches, [plan.name, split]])
  try {
    yield* execute(plan.body, { ...inside, branches }, bindings)
  } catch (error) {
    throw together.causeOf(error)
  } finally {
    together.end()
    const tables = await split.catch(() => [])
    for (const table of tables) table.release()
  }
}

async function splitByTag(plan: Shared, context: QueryContext, execute: Execute): Promise<readonly Table[]> {
  const variables = variablesOf(plan.fragment).filter((name) => name !== plan.tag)
  const branches: Table[] = []
  for await (const batch of execute(plan.fragment, context)) {
    const tags = batch.columns[batch.variables.indexOf(plan.tag)]!
    const columns = alignBatch(batch, variables).columns
    for (let row = 0; row < batch.length; row++) {
      const number = Number(context.dictionary.decode(tags[row]!).value)
      while (branches.length <= number) branches.push(createTable(variables, context.memory))
      branches[number]!.appendRow(columns.map((column) => column[row]!))
    }
  }
  return branches
}

export async function* branch(plan: Branch, context: QueryContext): AsyncGenerator<Batch> {
  const table = (await context.branches.get(plan.name))?.[plan.number]
  if (table === undefined) return
  for (const batch of table.batches()) yield alignBatch(batch, plan.variables)
}
