import { PolyprovError } from '../../planner/errors.ts'
import type { QueryOptions } from '../polystore.ts'
import { type RemoteExecution, readExecution } from './execution.ts'
import { jsonOf, type RequestOptions, request, type ServerAddress } from './request.ts'

/** Milliseconds beyond a query's deadline that its server has to say so itself. */
const GRACE = 5_000

/** Requests to one server, all of which end when it is let go. @throws `usage` for what is not the URL of a server */
export function createCalls(server: ServerAddress) {
  const closing = new AbortController()

  /** Runs `use` on the answer; the request ends with it, or with the caller's signal, or when the client is closed. */
  async function stream<Result>(
    path: string,
    options: RequestOptions,
    use: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    const life = lifetime(closing.signal, options.signal)
    try {
      return await use(await request(server, path, { ...options, signal: life.signal }))
    } finally {
      life.end()
    }
  }

  /** Asks a query; its request lives as long as its rows are read. */
  async function execution(
    path: string,
    options: RequestOptions,
    { signal, timeout }: Pick<QueryOptions, 'signal' | 'timeout'>,
  ): Promise<RemoteExecution> {
    const life = lifetime(closing.signal, signal, timeout)
    try {
      const response = await request(server, path, { ...options, signal: life.signal })
      const result = await readExecution(response, life.signal)
      switch (result.kind) {
        case 'boolean':
          life.end()
          return result
        case 'bindings':
          return { ...result, blocks: untilEnd(result.blocks, life.end) }
        case 'quads':
          return { ...result, blocks: untilEnd(result.blocks, life.end) }
      }
    } catch (error) {
      life.end()
      throw error
    }
  }

  return {
    stream,
    execution,
    json: (path: string, options: RequestOptions = {}): Promise<unknown> => stream(path, options, jsonOf),
    done: (path: string, options: RequestOptions): Promise<void> =>
      stream(path, options, async (response) => {
        await response.body?.cancel()
      }),
    async close(): Promise<void> {
      closing.abort(new PolyprovError('cancelled', 'The client was closed'))
    },
  }
}

async function* untilEnd<Block>(blocks: AsyncIterable<Block>, end: () => void): AsyncGenerator<Block> {
  try {
    yield* blocks
  } finally {
    end()
  }
}

/** One signal for the caller's, the deadline and the end of the client; its reason is always one of our errors. */
function lifetime(closing: AbortSignal, signal: AbortSignal | undefined, timeout?: number) {
  const controller = new AbortController()
  const follow = ({ reason }: AbortSignal): void => {
    const cause: unknown = reason
    controller.abort(
      cause instanceof PolyprovError ? cause : new PolyprovError('cancelled', 'The query was cancelled', { cause }),
    )
  }
  const sources = signal === undefined ? [closing] : [closing, signal]
  const listeners = sources.map((source) => {
    const listener = (): void => follow(source)
    if (source.aborted) listener()
    else source.addEventListener('abort', listener, { once: true })
    return () => source.removeEventListener('abort', listener)
  })
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          controller.abort(new PolyprovError('timeout', `The server did not answer within ${timeout} ms`))
        }, timeout + GRACE)
  timer?.unref()
  return {
    signal: controller.signal,
    end(): void {
      clearTimeout(timer)
      for (const remove of listeners) remove()
      // A body that nobody reads to its end would hold its connection.
      controller.abort(new PolyprovError('cancelled', 'The request is over'))
    },
  }
}
