import { pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { OrderKey, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { XSD_STRING } from '../../../planner/functions/literals.ts'
import { numericValue } from '../../../planner/functions/numeric-values.ts'
import { compareSortKeys, type SortKey, sortKey } from '../../../planner/functions/order.ts'
import type { Term } from '../../../planner/term.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { collect, type Table } from '../table.ts'
import { orderOfDoubles, sortByRank } from './radix-sort.ts'
import { orderOfStrings } from './string-order.ts'

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

interface Ranks {
  /** The rank of each row, from 0. */
  readonly ranks: Uint32Array
  readonly count: number
}

/** Each row's rank by one key: distinct terms are compared, rows only by their ranks. */
async function ranksOf(table: Table, key: OrderKey, context: QueryContext): Promise<Ranks> {
  const ids = await idsOf(table, key, context)
  const distinct = distinctOf(ids)
  const terms: (Term | undefined)[] = new Array(distinct.length)
  for (let i = 0; i < distinct.length; i++) {
    const id = distinct[i]!
    terms[i] = id === 0 ? undefined : context.dictionary.decode(id)
    if ((i & 4095) === 4095) await breathe(context.signal)
  }
  const { order, isEqual } = byNumbers(terms) ?? byTexts(terms) ?? (await byKeys(terms, context))
  const rankOf = new Uint32Array(distinct.length)
  let rank = 0
  for (let i = 1; i < order.length; i++) {
    if (!isEqual(order[i - 1]!, order[i]!)) rank++
    rankOf[order[i]!] = rank
  }
  return { ranks: ranksOfIds(ids, distinct, rankOf), count: rank + 1 }
}

/** The ids that occur, ascending. */
function distinctOf(ids: Uint32Array): Uint32Array {
  let most = 0
  for (let i = 0; i < ids.length; i++) if (ids[i]! > most) most = ids[i]!
  if (most <= ids.length * 32) return marked(ids, most)
  const sorted = ids.slice().sort()
  let count = 0
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!
  }
  return sorted.subarray(0, count)
}

/** The ids that occur by a bit for each up to `most`: ids are given in sequence, so that there are not many. */
function marked(ids: Uint32Array, most: number): Uint32Array {
  const words = new Uint32Array((most >>> 5) + 1)
  let count = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    const bit = 1 << (id & 31)
    if ((words[id >>> 5]! & bit) !== 0) continue
    words[id >>> 5]! |= bit
    count++
  }
  const found = new Uint32Array(count)
  for (let id = 0, next = 0; next < count; id++) {
    if ((words[id >>> 5]! & (1 << (id & 31))) !== 0) found[next++] = id
  }
  return found
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

/** Terms in their order, as indices, and which of them are equal in it. */
interface Ordered {
  readonly order: Uint32Array
  isEqual(a: number, b: number): boolean
}

/** The order of terms that are all numbers which doubles hold exactly: their values are read, and nothing kept of them. */
function byNumbers(terms: readonly (Term | undefined)[]): Ordered | undefined {
  const values = new Float64Array(terms.length)
  for (let i = 0; i < terms.length; i++) {
    const value = numericValue(terms[i])
    if (value?.kind !== 'integer' && value?.kind !== 'double') return undefined
    if (typeof value.value !== 'number') return undefined
    values[i] = value.value
  }
  const isEqual = (a: number, b: number): boolean =>
    values[a] === values[b] || (Number.isNaN(values[a]) && Number.isNaN(values[b]))
  return { order: orderOfDoubles(values), isEqual }
}

/** The order of terms that are all IRIs, or all strings without a language: that of their texts. */
function byTexts(terms: readonly (Term | undefined)[]): Ordered | undefined {
  const texts: string[] = new Array(terms.length)
  const kind = terms[0]?.termType
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i]
    if (term === undefined || term.termType !== kind || term.termType === 'BlankNode') return undefined
    if (term.termType === 'Literal' && (term.language !== '' || term.datatype.value !== XSD_STRING.value)) {
      return undefined
    }
    texts[i] = term.value
  }
  return { order: orderOfStrings(texts), isEqual: (a, b) => texts[a] === texts[b] }
}

/** The order of any terms, by comparison. */
async function byKeys(terms: readonly (Term | undefined)[], { signal }: QueryContext): Promise<Ordered> {
  const keys: SortKey[] = new Array(terms.length)
  for (let i = 0; i < terms.length; i++) {
    keys[i] = sortKey(terms[i])
    if ((i & 4095) === 4095) await breathe(signal)
  }
  const order = Uint32Array.from(keys, (_, i) => i)
  order.sort((a, b) => compareSortKeys(keys[a]!, keys[b]!) || a - b)
  return { order, isEqual: (a, b) => compareSortKeys(keys[a]!, keys[b]!) === 0 }
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
