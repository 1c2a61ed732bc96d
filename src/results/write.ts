import type { Writable } from 'node:stream'
import { untilAborted } from '../../connectors/until-aborted.ts'

/**
 * Writes the text to the stream, waiting where the reader is slower, and returns what was written, in characters. Ends
 * when the signal is aborted, also while the text or the reader keeps it waiting; does not end the stream.
 * @param written called after each chunk
 */
export async function writeText(
  text: AsyncGenerator<string>,
  stream: Writable,
  signal: AbortSignal,
  written?: () => void,
): Promise<number> {
  let characters = 0
  let drained: () => void = () => undefined
  // One listener for the whole result: a compressing response hands `drain` on, but never takes a listener back.
  const onDrain = (): void => drained()
  stream.on('drain', onDrain)
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = await untilAborted(text.next(), signal)
      if (next.done === true) return characters
      characters += next.value.length
      const ready = stream.write(next.value)
      written?.()
      if (ready) continue
      const drain = new Promise<void>((resolve) => {
        drained = resolve
      })
      await untilAborted(drain, signal)
    }
  } finally {
    stream.off('drain', onDrain)
    // The generator may be waiting for a store that never answers: its end is asked for, not waited for.
    text.return(undefined).catch(() => undefined)
  }
}
