import { operatorContext } from '../../../bench/suites/operators/operator-context.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { MemoryBudget, QueryContext } from '../../../src/engine/context.ts'

/** What an operator needs that asks no store. */
export const contextOf = (memory?: MemoryBudget, controller?: AbortController): QueryContext =>
  operatorContext(undefined, memory, controller)

/** A budget without a limit that says what is held of it. */
export function countingBudget(): MemoryBudget & { readonly held: number; readonly most: number } {
  let held = 0
  let most = 0
  return {
    reserve(bytes) {
      held += bytes
      most = Math.max(most, held)
    },
    release(bytes) {
      held -= bytes
    },
    close: () => undefined,
    get held() {
      return held
    },
    get most() {
      return most
    },
  }
}

/** Batches of ids, each given by its rows. */
export async function* batchesOf(
  variables: readonly string[],
  ...batches: readonly (readonly (readonly number[])[])[]
): AsyncGenerator<Batch> {
  for (const rows of batches) {
    yield { variables, columns: variables.map((_, i) => Uint32Array.from(rows, (row) => row[i]!)), length: rows.length }
  }
}

/** The rows of batches, as ids. */
export async function rowsOf(batches: AsyncIterable<Batch>): Promise<number[][]> {
  const rows: number[][] = []
  for await (const { columns, length } of batches) {
    for (let row = 0; row < length; row++) rows.push(columns.map((column) => column[row]!))
  }
  return rows
}
