import type { VariableName } from '../planner/algebra.ts'
import type { Batch, BatchBuilder } from './connector.ts'

/** Rows of a full batch: enough to amortise a step, few enough to stay in cache and to be cancelled soon. */
export const BATCH_ROWS = 4096

/** Columns that grow as rows are added; `build()` hands them over without a copy and starts afresh. */
export function batchBuilder(variables: readonly VariableName[]): BatchBuilder & { readonly length: number } {
  let capacity = 64
  let columns = variables.map(() => new Uint32Array(capacity))
  let length = 0
  const grow = () => {
    capacity *= 2
    columns = columns.map((column) => {
      const larger = new Uint32Array(capacity)
      larger.set(column)
      return larger
    })
  }
  return {
    get length() {
      return length
    },
    add(ids) {
      if (length === capacity) grow()
      for (let i = 0; i < columns.length; i++) columns[i]![length] = ids[i]!
      length++
    },
    build() {
      const batch: Batch = { variables, columns, length }
      capacity = 64
      columns = variables.map(() => new Uint32Array(capacity))
      length = 0
      return batch
    },
  }
}

/** The column of a variable, if the batch has it. */
export function columnOf(batch: Batch, name: VariableName): Uint32Array | undefined {
  const index = batch.variables.indexOf(name)
  return index < 0 ? undefined : batch.columns[index]
}

/** The batch with its columns in the order of `variables`; missing ones are unbound. */
export function alignBatch(batch: Batch, variables: readonly VariableName[]): Batch {
  if (batch.variables.length === variables.length && variables.every((name, i) => batch.variables[i] === name))
    return batch
  const columns = variables.map((name) => columnOf(batch, name) ?? new Uint32Array(batch.length))
  return { variables, columns, length: batch.length }
}

/** The rows whose indices are given, in that order. */
export function pickRows(batch: Batch, rows: Uint32Array | readonly number[], count: number = rows.length): Batch {
  const columns = batch.columns.map((column) => {
    const picked = new Uint32Array(count)
    for (let i = 0; i < count; i++) picked[i] = column[rows[i]!]!
    return picked
  })
  return { variables: batch.variables, columns, length: count }
}

/** Rows `start` to `end` (excluded), sharing memory with the batch. */
export const sliceBatch = (batch: Batch, start: number, end: number): Batch => ({
  variables: batch.variables,
  columns: batch.columns.map((column) => column.subarray(start, end)),
  length: Math.max(0, Math.min(end, batch.length) - start),
})
