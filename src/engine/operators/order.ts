import { pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { OrderKey, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { compareSortKeys, type SortKey, sortKey } from '../../../planner/functions/order.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { collect, type Table } from '../table.ts'
import { orderOfDoubles, sortByDigit } from './radix-sort.ts'

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
      const { ranks, count } = await ranksOf(table, key, context)
      const last = count - 1
      rows = sortByDigit(rows, key.descending ? (row) => last - ranks[row]! : (row) => ranks[row]!, count)
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

interface Ranks {
  /** The rank of each row, from 0. */
  readonly ranks: Uint32Array
  readonly count: number
}

/** From so many keys on, four passes over 65,536 digits are cheaper than comparisons. */
const RADIX_KEYS = 8_192

/** Each row's rank by one key: distinct terms are compared, rows only by their ranks. */
async function ranksOf(table: Table, key: OrderKey, context: QueryContext): Promise<Ranks> {
  const ids = await idsOf(table, key, context)
  const distinct = distinctOf(ids)
  const keys: SortKey[] = new Array(distinct.length)
  for (let i = 0; i < distinct.length; i++) {
    const id = distinct[i]!
    keys[i] = sortKey(id === 0 ? undefined : context.dictionary.decode(id))
    if ((i & 4095) === 4095) await breathe(context.signal)
  }
  const numbers = keys.length < RADIX_KEYS ? undefined : doublesOf(keys)
  const order = numbers === undefined ? orderOfKeys(keys) : orderOfDoubles(numbers)
  const rankOf = new Uint32Array(distinct.length)
  let rank = 0
  for (let i = 1; i < order.length; i++) {
    if (compareSortKeys(keys[order[i - 1]!]!, keys[order[i]!]!) !== 0) rank++
    rankOf[order[i]!] = rank
  }
  return { ranks: ranksOfIds(ids, distinct, rankOf), count: rank + 1 }
}

/** The ids that occur, ascending. */
function distinctOf(ids: Uint32Array): Uint32Array {
  const sorted = ids.slice().sort()
  let count = 0
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!
  }
  return sorted.subarray(0, count)
}

function ranksOfIds(ids: Uint32Array, distinct: Uint32Array, rankOf: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(ids.length)
  const span = distinct.length === 0 ? 0 : distinct[distinct.length - 1]! - distinct[0]! + 1
  if (span <= ids.length * 8) {
    const first = distinct[0] ?? 0
    const byId = new Uint32Array(span)
    for (let i = 0; i < distinct.length; i++) byId[distinct[i]! - first] = rankOf[i]!
    for (let row = 0; row < ids.length; row++) ranks[row] = byId[ids[row]! - first]!
    return ranks
  }
  const byId = new Map<number, number>()
  for (let i = 0; i < distinct.length; i++) byId.set(distinct[i]!, rankOf[i]!)
  for (let row = 0; row < ids.length; row++) ranks[row] = byId.get(ids[row]!)!
  return ranks
}

/** The keys' values where all are numbers that doubles hold exactly. */
function doublesOf(keys: readonly SortKey[]): Float64Array | undefined {
  const values = new Float64Array(keys.length)
  for (let i = 0; i < keys.length; i++) {
    const value = keys[i]!.value
    if (value?.kind !== 'integer' && value?.kind !== 'double') return undefined
    if (typeof value.value !== 'number') return undefined
    values[i] = value.value
  }
  return values
}

function orderOfKeys(keys: readonly SortKey[]): Uint32Array {
  const order = Array.from(keys, (_, i) => i)
  return Uint32Array.from(order.sort((a, b) => compareSortKeys(keys[a]!, keys[b]!)))
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
