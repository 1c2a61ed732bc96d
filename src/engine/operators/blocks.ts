import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import type { QueryContext } from '../context.ts'
import { createTable, type Table } from '../table.ts'

/** How long a block waits for more rows before it is sent as it is, in milliseconds: first rows come early. */
const PAUSE_MILLISECONDS = 10

export interface BlockSizes {
  readonly first: number
  readonly most: number
}

/**
 * The rows of a stream in growing blocks, for joins that ask a store once a block. When the stream pauses, what has
 * come is handed on.
 */
export async function* blocksOf(
  rows: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  sizes: BlockSizes,
  context: QueryContext,
): AsyncGenerator<Table> {
  const iterator = rows[Symbol.asyncIterator]()
  let size = Math.min(sizes.first, sizes.most)
  let block = createTable(variables, context.memory)
  let pending = iterator.next()
  try {
    for (;;) {
      const next = block.length === 0 ? await pending : await orPause(pending)
      if (next === 'pause') {
        yield block
        block = createTable(variables, context.memory)
        continue
      }
      if (next.done === true) break
      pending = iterator.next()
      block.append(next.value)
      if (block.length >= size) {
        yield block
        size = Math.min(size * 4, sizes.most)
        block = createTable(variables, context.memory)
      }
    }
    if (block.length > 0) yield block
  } finally {
    pending.catch(() => {})
    const returned = iterator.return?.(undefined)
    returned?.catch(() => {})
  }
}

async function orPause<Value>(pending: Promise<Value>): Promise<Value | 'pause'> {
  let timer: NodeJS.Timeout | undefined
  const pause = new Promise<'pause'>((resolve) => {
    timer = setTimeout(() => resolve('pause'), PAUSE_MILLISECONDS)
  })
  try {
    return await Promise.race([pending, pause])
  } finally {
    clearTimeout(timer)
  }
}
