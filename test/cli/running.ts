import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { CommandContext } from '../../src/cli/context.ts'
import { run } from '../../src/cli/run.ts'
import { memoryPolystore } from '../memory-polystore.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly terminal?: boolean
  readonly columns?: number
  readonly environment?: Record<string, string>
  readonly signal?: AbortSignal
  readonly open?: CommandContext['open']
}

/** Runs a command line in this process, over a polystore in memory. */
export async function polyprov(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { stdin, terminal = false, columns = 80 } = options
  const stream = () =>
    Object.assign(new PassThrough({ highWaterMark: 1 << 24 }), terminal ? { isTTY: true, columns } : {})
  const stdout = stream()
  const stderr = stream()
  const input = Object.assign(
    Readable.from(stdin === undefined ? [] : [stdin]),
    stdin === undefined ? { isTTY: true } : {},
  )
  const code = await run(argv, {
    stdin: input,
    stdout,
    stderr,
    environment: options.environment ?? {},
    signal: options.signal ?? new AbortController().signal,
    program: 'polyprov',
    open: options.open ?? (async () => memoryPolystore()),
  })
  stdout.end()
  stderr.end()
  return { code, stdout: await text(stdout), stderr: await text(stderr) }
}
