import { sliceBatch } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'

/** OFFSET and LIMIT; ends its input as soon as the limit is reached. */
export async function* slice(
  input: AsyncIterable<Batch>,
  offset: number,
  limit: number | undefined,
): AsyncGenerator<Batch> {
  let skip = offset
  let left = limit ?? Number.POSITIVE_INFINITY
  if (left <= 0) return
  for await (const batch of input) {
    const start = Math.min(skip, batch.length)
    skip -= start
    const end = Math.min(batch.length, start + left)
    left -= end - start
    if (end > start) yield start === 0 && end === batch.length ? batch : sliceBatch(batch, start, end)
    if (left <= 0) return
  }
}
