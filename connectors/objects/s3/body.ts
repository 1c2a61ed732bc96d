import type { Readable } from 'node:stream'
import { Truncated } from './failures.ts'

/**
 * The first `length` bytes of a body, the rest left unread. Rejects with {@link Truncated} where it ends before, and
 * where the signal ends it.
 */
export async function readBody(body: Readable, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length)
  let count = 0
  const stop = () => body.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const wanted = Math.min(chunk.length, length - count)
      bytes.set(chunk.subarray(0, wanted), count)
      count += wanted
      if (wanted < chunk.length) break
    }
  } finally {
    signal.removeEventListener('abort', stop)
    body.destroy()
  }
  signal.throwIfAborted()
  if (count < length) throw new Truncated(`the answer ended after ${count} of ${length} bytes`)
  return bytes
}
