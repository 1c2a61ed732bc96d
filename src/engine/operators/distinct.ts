import { alignBatch, pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import { breathe, type QueryContext } from '../context.ts'
import { createIdSet, type IdSet } from './id-set.ts'
import { createKeyTable } from './key-table.ts'

/** Each solution once, in order of arrival. */
export async function* distinct(
  input: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  context: QueryContext,
): AsyncGenerator<Batch> {
  let ids = variables.length === 1 ? createIdSet(context.memory) : undefined
  let seen: Seen = ids === undefined ? seenRows(variables, context) : seenIds(ids)
  try {
    for await (const each of input) {
      const batch = alignBatch(each, variables)
      if (ids !== undefined && !ids.takes(batch.columns[0]!, batch.length)) {
        seen = await moved(ids, seenRows(variables, context), context)
        ids = undefined
      }
      const fresh = new Uint32Array(batch.length)
      const count = seen.add(batch, fresh)
      if (count === batch.length) yield batch
      else if (count > 0) yield pickRows(batch, fresh, count)
      await breathe(context.signal)
    }
  } finally {
    seen.release()
  }
}

/** Solutions that were met. */
interface Seen {
  /** Adds the rows of a batch, and writes which are new into `fresh`; gives how many those are. */
  add(batch: Batch, fresh: Uint32Array): number
  release(): void
}

const seenIds = (ids: IdSet): Seen => ({
  add: (batch, fresh) => ids.add(batch.columns[0]!, batch.length, fresh),
  release: ids.release,
})

function seenRows(variables: readonly VariableName[], { memory }: QueryContext): Seen {
  const rows = createKeyTable(variables, memory)
  let known = 0
  let numbers = new Uint32Array(0)
  return {
    add({ columns, length }, fresh) {
      if (numbers.length < length) numbers = new Uint32Array(length)
      rows.numberAll(columns, 0, length, numbers)
      let count = 0
      for (let row = 0; row < length; row++) {
        if (numbers[row]! < known) continue
        known++
        fresh[count++] = row
      }
      return count
    },
    release: rows.release,
  }
}

/** Rows that hold the ids of a set, which is given up. */
async function moved(ids: IdSet, rows: Seen, { signal }: QueryContext): Promise<Seen> {
  try {
    for (const block of ids.blocks()) {
      rows.add({ variables: [], columns: [block], length: block.length }, new Uint32Array(block.length))
      await breathe(signal)
    }
  } catch (error) {
    rows.release()
    throw error
  }
  ids.release()
  return rows
}
