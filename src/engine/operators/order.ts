import { pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { OrderKey, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { compareForOrder } from '../../../planner/functions/order.ts'
import type { Term } from '../../../planner/term.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { collect, type Table } from '../table.ts'

/** ORDER BY (SPARQL 1.1, section 15.1); rows that compare equal keep the order they came in. */
export async function* order(
  input: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  by: readonly OrderKey[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  const table = await collect(input, variables, context.memory)
  try {
    const keys: Int32Array[] = []
    for (const key of by) keys.push(await ranksOf(table, key, context))
    const rows = new Uint32Array(table.length)
    for (let row = 0; row < rows.length; row++) rows[row] = row
    rows.sort((a, b) => {
      for (const ranks of keys) {
        const difference = ranks[a]! - ranks[b]!
        if (difference !== 0) return difference
      }
      return a - b
    })
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

/** Each row's rank by one key: distinct terms are compared, rows only by their ranks. */
async function ranksOf(table: Table, key: OrderKey, context: QueryContext): Promise<Int32Array> {
  const ids = await idsOf(table, key, context)
  const distinct = [...new Set(ids)]
  const terms = distinct.map((id): Term | undefined => (id === 0 ? undefined : context.dictionary.decode(id)))
  const sorted = terms.map((_, i) => i).sort((a, b) => compareForOrder(terms[a], terms[b]))
  const rankOfId = new Map<number, number>()
  let rank = 0
  sorted.forEach((position, i) => {
    if (i > 0 && compareForOrder(terms[sorted[i - 1]!], terms[position]) !== 0) rank++
    rankOfId.set(distinct[position]!, rank)
  })
  const sign = key.descending ? -1 : 1
  return Int32Array.from(ids, (id) => sign * rankOfId.get(id)!)
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
