import { once } from 'node:events'
import type { Writable } from 'node:stream'

/**
 * Writes the text to the stream, waiting where the reader is slower, and returns what was written, in characters. Ends
 * when the signal is aborted, also while the text or the reader keeps it waiting; does not end the stream.
 */
export async function writeText(text: AsyncGenerator<string>, stream: Writable, signal: AbortSignal): Promise<number> {
  let written = 0
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => undefined)
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = await Promise.race([text.next(), aborted])
      if (next.done === true) return written
      written += next.value.length
      if (!stream.write(next.value)) await once(stream, 'drain', { signal })
    }
  } finally {
    // The generator may be waiting for a store that never answers: its end is asked for, not waited for.
    text.return(undefined).catch(() => undefined)
  }
}
