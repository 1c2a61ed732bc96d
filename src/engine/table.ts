import { BATCH_ROWS, sliceBatch } from '../../connectors/batch.ts'
import type { Batch } from '../../connectors/connector.ts'
import type { VariableName } from '../../planner/algebra.ts'
import type { MemoryBudget } from './context.ts'

/** Rows held in memory by columns, as joins, groups and sorts need them. */
export interface Table {
  readonly variables: readonly VariableName[]
  readonly length: number
  column(index: number): Uint32Array
  append(batch: Batch): void
  appendRow(ids: ArrayLike<number>): void
  batches(): Generator<Batch>
  release(): void
}

const FIRST_CAPACITY = 256

export function createTable(variables: readonly VariableName[], memory: MemoryBudget): Table {
  let capacity = FIRST_CAPACITY
  let length = 0
  let reserved = capacity * 4 * variables.length
  memory.reserve(reserved)
  let columns = variables.map(() => new Uint32Array(capacity))

  const ensure = (rows: number) => {
    if (rows <= capacity) return
    while (capacity < rows) capacity *= 2
    const bytes = capacity * 4 * variables.length
    memory.reserve(bytes - reserved)
    reserved = bytes
    columns = columns.map((column) => {
      const larger = new Uint32Array(capacity)
      larger.set(column.subarray(0, length))
      return larger
    })
  }
  return {
    variables,
    get length() {
      return length
    },
    column: (index) => columns[index]!,
    append(batch) {
      ensure(length + batch.length)
      variables.forEach((name, i) => {
        const from = batch.variables[i] === name ? i : batch.variables.indexOf(name)
        if (from >= 0) columns[i]!.set(batch.columns[from]!.subarray(0, batch.length), length)
      })
      length += batch.length
    },
    appendRow(ids) {
      ensure(length + 1)
      for (let i = 0; i < columns.length; i++) columns[i]![length] = ids[i]!
      length++
    },
    *batches() {
      const whole: Batch = { variables, columns, length }
      for (let start = 0; start < length; start += BATCH_ROWS) {
        yield sliceBatch(whole, start, Math.min(length, start + BATCH_ROWS))
      }
    },
    release() {
      memory.release(reserved)
      reserved = 0
    },
  }
}

/** All rows of a stream as a table. */
export async function collect(
  batches: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  memory: MemoryBudget,
): Promise<Table> {
  const table = createTable(variables, memory)
  for await (const batch of batches) table.append(batch)
  return table
}

/** A table's rows as a stream. */
export async function* streamOf(table: Table): AsyncGenerator<Batch> {
  yield* table.batches()
}
