import { sliceBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { VariableName } from '../../../planner/algebra.ts'
import type { QueryContext } from '../context.ts'
import { createTable, type Table } from '../table.ts'

/** How long a block waits for more rows at least before it is sent as it is, in milliseconds: first rows come early. */
const PAUSE_MILLISECONDS = 100
/** Rows of a block, however few keys they have. */
const MOST_ROWS = 65_536

/** How a stream is cut. */
export interface BlockSizes {
  /** Distinct keys of the first block and of the largest. */
  readonly first: number
  readonly most: number
  /** The key of each row of a batch, 0 where it has none that is asked for. */
  keysOf(batch: Batch): (row: number) => number | string
  /** Whether the rows come from a store elsewhere: then what has come is handed on when the stream pauses. */
  readonly isWaiting: boolean
}

/** The values of some columns as one key. */
export function keysIn(names: readonly VariableName[]): BlockSizes['keysOf'] {
  return (batch) => {
    const columns = names.map((name) => batch.columns[batch.variables.indexOf(name)])
    const [first] = columns
    if (columns.length === 1) return (row) => first?.[row] ?? 0
    return (row) => columns.map((column) => column?.[row] ?? 0).join(' ')
  }
}

/**
 * The rows of a stream in growing blocks, for joins that ask a store once a block: each block but the last has as many
 * distinct keys as one request takes, so that no request is made that the keys do not need. When the stream pauses for as
 * long as it took so far, what has come is handed on: first rows wait twice as long as they must, at most.
 */
export async function* blocksOf(
  rows: AsyncIterable<Batch>,
  variables: readonly VariableName[],
  sizes: BlockSizes,
  context: QueryContext,
): AsyncGenerator<Table> {
  const iterator = rows[Symbol.asyncIterator]()
  const started = performance.now()
  let size = Math.min(sizes.first, sizes.most)
  let block = createTable(variables, context.memory)
  let keys = new Set<number | string>()
  let pending = iterator.next()
  const take = (): Table => {
    const full = block
    block = createTable(variables, context.memory)
    keys = new Set()
    size = Math.min(size * 4, sizes.most)
    return full
  }
  try {
    for (;;) {
      const patience = Math.max(PAUSE_MILLISECONDS, performance.now() - started)
      const next = block.length === 0 || !sizes.isWaiting ? await pending : await orPause(pending, patience)
      if (next === 'pause') {
        yield take()
        continue
      }
      if (next.done === true) break
      pending = iterator.next()
      // Until its turn comes.
      pending.catch(() => {})
      const batch = next.value
      const keyOf = sizes.keysOf(batch)
      let start = 0
      for (let row = 0; row < batch.length; row++) {
        const key = keyOf(row)
        const isFull = keys.size >= size && key !== 0 && !keys.has(key)
        if (isFull || block.length + row - start >= MOST_ROWS) {
          block.append(sliceBatch(batch, start, row))
          start = row
          yield take()
        }
        if (key !== 0) keys.add(key)
      }
      block.append(start === 0 ? batch : sliceBatch(batch, start, batch.length))
    }
    if (block.length > 0) yield take()
  } finally {
    pending.catch(() => {})
    const returned = iterator.return?.(undefined)
    returned?.catch(() => {})
    block.release()
  }
}

/** What is pending, or that it took too long: input and output that wait already come first. */
async function orPause<Value>(pending: Promise<Value>, milliseconds: number): Promise<Value | 'pause'> {
  let timer: NodeJS.Timeout | undefined
  const pause = new Promise<'pause'>((resolve) => {
    timer = setTimeout(() => setImmediate(() => resolve('pause')), milliseconds)
  })
  try {
    return await Promise.race([pending, pause])
  } finally {
    clearTimeout(timer)
  }
}
