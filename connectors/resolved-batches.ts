import type { VariableName } from '../planner/algebra.ts'
import { columnOf } from './batch.ts'
import type { Batch, Resolved, ResolvedBatch } from './connector.ts'

/** Rows as an answer of {@link Resolved}. */
export const answerOf = (batch: ResolvedBatch): Resolved => ({ index: batch.indexes[0] ?? 0, rows: [], batch })

/** Batches of solutions, one column of which is the index of the row's reference. */
export function withIndexes(batches: readonly Batch[], index: VariableName): ResolvedBatch {
  const variables = (batches[0]?.variables ?? []).filter((name) => name !== index)
  const length = batches.reduce((sum, batch) => sum + batch.length, 0)
  const gathered = (name: VariableName): Uint32Array => {
    const [only] = batches
    if (only !== undefined && batches.length === 1) return columnOf(only, name)!.subarray(0, length)
    const column = new Uint32Array(length)
    let start = 0
    for (const batch of batches) {
      column.set(columnOf(batch, name)!.subarray(0, batch.length), start)
      start += batch.length
    }
    return column
  }
  return { indexes: gathered(index), rows: { variables, columns: variables.map(gathered), length } }
}

/**
 * Batches of solutions, one column of which is the id of the row's object; those without that column are of every one.
 * Several references may be to one object.
 */
export function withReferences(
  batches: readonly Batch[],
  object: VariableName,
  indexesOf: ReadonlyMap<number, readonly number[]>,
): ResolvedBatch {
  const everyone = [...indexesOf.values()].flat()
  const numbered = batches.map((batch): Batch => {
    const objects = columnOf(batch, object)
    const rows: number[] = []
    const indexes: number[] = []
    for (let row = 0; row < batch.length; row++) {
      const own = objects === undefined ? everyone : (indexesOf.get(objects[row]!) ?? [])
      for (let i = 0; i < own.length; i++) {
        rows.push(row)
        indexes.push(own[i]!)
      }
    }
    const variables = batch.variables.filter((name) => name !== object)
    const columns = variables.map((name) => picked(columnOf(batch, name)!, rows))
    return { variables: [...variables, object], columns: [...columns, Uint32Array.from(indexes)], length: rows.length }
  })
  return withIndexes(numbered, object)
}

/** The values at some rows. */
function picked(column: Uint32Array, rows: readonly number[]): Uint32Array {
  const values = new Uint32Array(rows.length)
  for (let at = 0; at < rows.length; at++) values[at] = column[rows[at]!]!
  return values
}

/** One empty solution for each reference. */
export const emptySolutions = (indexes: Iterable<number>): ResolvedBatch => {
  const all = Uint32Array.from(indexes)
  return { indexes: all, rows: { variables: [], columns: [], length: all.length } }
}

/** The rows whose references are wanted. */
export function keepReferences({ indexes, rows }: ResolvedBatch, isWanted: (index: number) => boolean): ResolvedBatch {
  const kept: number[] = []
  for (let row = 0; row < rows.length; row++) if (isWanted(indexes[row]!)) kept.push(row)
  if (kept.length === rows.length) return { indexes, rows }
  return {
    indexes: picked(indexes, kept),
    rows: {
      variables: rows.variables,
      columns: rows.columns.map((column) => picked(column, kept)),
      length: kept.length,
    },
  }
}

/**
 * The rows of each reference left-joined with its rows of an OPTIONAL group (SPARQL 1.1, section 18.5), `count`
 * references in all.
 */
export function leftJoinBatches(left: ResolvedBatch, right: ResolvedBatch, count: number): ResolvedBatch {
  const partnersOf = chained(right, count)
  const shared = left.rows.variables.flatMap((name, index) => {
    const column = columnOf(right.rows, name)
    return column === undefined ? [] : [{ own: left.rows.columns[index]!, other: column }]
  })
  const areCompatible = (row: number, partner: number): boolean =>
    shared.every(({ own, other }) => own[row] === 0 || other[partner] === 0 || own[row] === other[partner])
  const leftRows: number[] = []
  const rightRows: number[] = []
  for (let row = 0; row < left.rows.length; row++) {
    const before = leftRows.length
    for (let partner = partnersOf.first(left.indexes[row]!); partner >= 0; partner = partnersOf.next(partner)) {
      if (!areCompatible(row, partner)) continue
      leftRows.push(row)
      rightRows.push(partner)
    }
    if (leftRows.length > before) continue
    leftRows.push(row)
    rightRows.push(NOBODY)
  }
  const variables = [...new Set([...left.rows.variables, ...right.rows.variables])]
  const columns = variables.map((name) => {
    const [own, other] = [columnOf(left.rows, name), columnOf(right.rows, name)]
    const column = new Uint32Array(leftRows.length)
    for (let at = 0; at < leftRows.length; at++) {
      const partner = rightRows[at]!
      column[at] = own?.[leftRows[at]!] || (partner === NOBODY ? 0 : (other?.[partner] ?? 0))
    }
    return column
  })
  return {
    indexes: picked(left.indexes, leftRows),
    rows: { variables, columns, length: leftRows.length },
  }
}

const NOBODY = -1

/** The rows of each reference in their order, as linked lists. */
function chained({ indexes, rows }: ResolvedBatch, count: number) {
  const firsts = new Int32Array(count).fill(NOBODY)
  const nexts = new Int32Array(rows.length)
  for (let row = rows.length - 1; row >= 0; row--) {
    const index = indexes[row]!
    nexts[row] = firsts[index]!
    firsts[index] = row
  }
  return { first: (index: number): number => firsts[index]!, next: (row: number): number => nexts[row]! }
}
