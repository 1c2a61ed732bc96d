import type { Readable, Writable } from 'node:stream'
import type { OpenOptions } from '../open.ts'
import type { Polystore } from '../polystore.ts'

/** What a command may touch of the world. */
export interface CommandContext {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted when the user interrupts, or when nobody reads the output any more. */
  readonly signal: AbortSignal
  /** How this program is called, for commands that it prints. */
  readonly program: string
  /** Opens the polystore of a configuration file, or the embedded default; `force`: although a store cannot be reached. */
  readonly open: (file: string | undefined, options?: Pick<OpenOptions, 'force' | 'limits'>) => Promise<Polystore>
}

/** Exit code of a command that did its work. */
export const DONE = 0

/** Whether colours are wanted on the stream (https://no-color.org). */
export const wantsColour = (stream: { readonly isTTY?: boolean }, { environment }: CommandContext): boolean =>
  stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'

/** Says something to the user, beside the data. */
export const say = ({ stderr }: CommandContext, text: string): void => {
  stderr.write(`${text}\n`)
}
