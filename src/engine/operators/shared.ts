import { alignBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Branch, Shared } from '../../../planner/algebra.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { createTable, type Table } from '../table.ts'

/** Runs a fragment that serves several places of the body once, and the body over its parts. */
export async function* shared(
  plan: Shared,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const branches = await splitByTag(plan, context, execute)
  try {
    yield* execute(plan.body, { ...context, branches: new Map([...context.branches, [plan.name, branches]]) }, bindings)
  } finally {
    for (const table of branches) table.release()
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
  const table = context.branches.get(plan.name)?.[plan.number]
  if (table === undefined) return
  for (const batch of table.batches()) yield alignBatch(batch, plan.variables)
}
