import { pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { OrderKey, VariableName } from '../../../planner/algebra.ts'
import { compile } from '../../../planner/evaluate.ts'
import { breathe, type QueryContext } from '../context.ts'
import { rowCursor } from '../row.ts'
import { collect, type Table } from '../table.ts'
import { sortByRank } from './radix-sort.ts'
import { type Ranks, ranksOf } from './ranks.ts'

const BLOCK = 4096

/**
 * ORDER BY (SPARQL 1.1, section 15.1); rows that compare equal keep the order they came in. Of each key after the first
 * only the terms of rows are read that are equal in all before it, and may be among the `first` ones.
 */
export async function* order(
  input: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  by: readonly OrderKey[],
  context: QueryContext,
  first = Number.POSITIVE_INFINITY,
): AsyncGenerator<Batch> {
  const table = await collect(input, variables, context.memory)
  try {
    const [key, ...others] = by
    const whole = await ranksBy(key!, undefined, table, context)
    const rows = sortByRank(numbered(table.length), whole.ranks, whole.count)
    await breathe(context.signal)
    // As few large arrays as can be: each brings the next collection of all terms nearer.
    let open = others.length === 0 ? undefined : tiesOf({ order: rows, ranks: whole.ranks }, undefined, first)
    for (const other of others) {
      if (open === undefined || open.positions.length === 0) break
      open = tiesOf(await sortTies(rows, open, other, table, context), open, first)
      await breathe(context.signal)
    }
    const all: Batch = { variables, columns: variables.map((_, i) => table.column(i)), length: table.length }
    const end = Math.min(first, rows.length)
    for (let start = 0; start < end; start += BLOCK) {
      const part = rows.subarray(start, Math.min(end, start + BLOCK))
      yield pickRows(all, part, part.length)
      await breathe(context.signal)
    }
  } finally {
    table.release()
  }
}

/** Positions, ascending, whose rows are equal in the keys so far with others of their group. */
interface Ties {
  readonly positions: Uint32Array
  /** The group of each, ascending. */
  readonly groups: Uint32Array
  /** Groups in all. */
  readonly count: number
}

function numbered(length: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(length)
  for (let i = 0; i < length; i++) numbers[i] = i
  return numbers
}

/** The ranks of some rows, or of all, in the order of a key. */
async function ranksBy(
  key: OrderKey,
  rows: Uint32Array | undefined,
  table: Table,
  context: QueryContext,
): Promise<Ranks> {
  const { ranks, count } = await ranksOf(await idsOf(table, rows, key, context), context)
  if (key.descending) for (let i = 0; i < ranks.length; i++) ranks[i] = count - 1 - ranks[i]!
  return { ranks, count }
}

/** What one key has made of tied rows: their order, as indices, and their ranks. */
interface Sorted {
  readonly order: Uint32Array
  readonly ranks: Uint32Array
}

/** Sorts the rows at tied positions by one key more. */
async function sortTies(
  rows: Uint32Array,
  { positions, groups, count: groupCount }: Ties,
  key: OrderKey,
  table: Table,
  context: QueryContext,
): Promise<Sorted> {
  const { length } = positions
  const own = at(rows, positions)
  const { ranks, count } = await ranksBy(key, own, table, context)
  const byRank = sortByRank(numbered(length), ranks, count)
  // Stable, so that within each group the ranks stay in their order.
  const sorted = groupCount === 1 ? byRank : sortByRank(byRank, groups, groupCount)
  for (let i = 0; i < length; i++) rows[positions[i]!] = own[sorted[i]!]!
  return { order: sorted, ranks }
}

/** The values at some indices. */
function at(values: Uint32Array, indices: Uint32Array): Uint32Array {
  const found = new Uint32Array(indices.length)
  for (let i = 0; i < indices.length; i++) found[i] = values[indices[i]!]!
  return found
}

/** The runs of equal ranks within groups, or among all rows, of two rows or more, that begin among the first. */
function tiesOf({ order: sorted, ranks }: Sorted, within: Ties | undefined, first: number): Ties {
  const { length } = sorted
  const { positions, groups } = within ?? {}
  const tied = new Uint32Array(length)
  const groupOf = new Uint32Array(length)
  let [found, count] = [0, 0]
  for (let start = 0; start < length && (positions?.[start] ?? start) < first; ) {
    let end = start + 1
    while (end < length && groups?.[end] === groups?.[start] && ranks[sorted[end]!] === ranks[sorted[start]!]) end++
    for (let i = start; end - start > 1 && i < end; i++) {
      tied[found] = positions?.[i] ?? i
      groupOf[found++] = count
    }
    if (end - start > 1) count++
    start = end
  }
  return { positions: tied.subarray(0, found), groups: groupOf.subarray(0, found), count }
}

/** The ids of a key's terms at some rows, or at all. */
async function idsOf(
  table: Table,
  rows: Uint32Array | undefined,
  key: OrderKey,
  context: QueryContext,
): Promise<Uint32Array> {
  const length = rows?.length ?? table.length
  if (key.expression.kind === 'variable') {
    const index = table.variables.indexOf(key.expression.name)
    if (index < 0) return new Uint32Array(length)
    const column = table.column(index)
    return rows === undefined ? column.subarray(0, length) : at(column, rows)
  }
  const evaluate = compile(key.expression)
  const cursor = rowCursor(context.dictionary)
  const whole: Batch = {
    variables: table.variables,
    columns: table.variables.map((_, i) => table.column(i)),
    length: table.length,
  }
  const ids = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    cursor.move(whole, rows?.[i] ?? i)
    const term = evaluate(cursor, context.evaluation)
    if (term !== undefined) ids[i] = context.dictionary.encode(term)
    if (i % BLOCK === BLOCK - 1) await breathe(context.signal)
  }
  return ids
}
