import { pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { OrderKey, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { collect, type Table } from '../table.ts'
import { sortByRank } from './radix-sort.ts'
import { ranksOf } from './ranks.ts'

/** ORDER BY (SPARQL 1.1, section 15.1); rows that compare equal keep the order they came in. */
export async function* order(
  input: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  by: readonly OrderKey[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const table = await collect(input, variables, context.memory)
  try {
    let rows = new Uint32Array(table.length)
    for (let row = 0; row < rows.length; row++) rows[row] = row
    // Stable sorts by the last key first leave the rows in the order of all keys.
    for (const key of [...by].reverse()) {
      const { ranks, count } = await ranksOf(await idsOf(table, key, context), context)
      if (key.descending) for (let row = 0; row < ranks.length; row++) ranks[row] = count - 1 - ranks[row]!
      rows = sortByRank(rows, ranks, count)
      await breathe(context.signal)
    }
    const whole: Batch = { variables, columns: variables.map((_, i) => table.column(i)), length: table.length }
    for (let start = 0; start < rows.length; start += 4096) {
      const part = rows.subarray(start, start + 4096)
      yield pickRows(whole, part, part.length)
      await breathe(context.signal)
    }
  } finally {
    table.release()
  }
}

async function idsOf(table: Table, key: OrderKey, context: QueryContext): Promise<Uint32Array> {
  if (key.expression.kind === 'variable') {
    const index = table.variables.indexOf(key.expression.name)
    return index < 0 ? new Uint32Array(table.length) : table.column(index).subarray(0, table.length)
  }
  const evaluate = compile(key.expression)
  const cursor = rowCursor(context.dictionary)
  const ids = new Uint32Array(table.length)
  let start = 0
  for (const batch of table.batches()) {
    for (let row = 0; row < batch.length; row++) {
      cursor.move(batch, row)
      const term = evaluate(cursor, context.evaluation)
      if (term !== undefined) ids[start + row] = context.dictionary.encode(term)
    }
    start += batch.length
    await breathe(context.signal)
  }
  return ids
}
