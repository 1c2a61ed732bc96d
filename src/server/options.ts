import type { Logger } from 'pino'

/** How a server is run; what is absent has the default of the configuration file. */
export interface ServerOptions {
  /** Bearer token of requests that write; without it they are taken from loopback only. */
  readonly token?: string
  /** Deadline of a query that names none, in milliseconds. */
  readonly timeout?: number
  /** Longest deadline that a query may ask for, in milliseconds. */
  readonly maximumTimeout?: number
  /** Most queries at once; one more is refused. */
  readonly concurrency?: number
  /** Largest request body, in bytes. */
  readonly bodyLimit?: number
  /** Whether stores registered over HTTP may name local paths, modules and environment variables. */
  readonly allowLocalStores?: boolean
  /** Origins whose pages may read answers; every origin where absent. */
  readonly origins?: readonly string[]
  /** Silent where absent. */
  readonly logger?: Logger
  /** Shown in the service's documents. */
  readonly version?: string
}

export type Settings = Required<Omit<ServerOptions, 'token' | 'origins' | 'logger'>> &
  Pick<ServerOptions, 'token' | 'origins'>

export function settings({ logger: _, ...options }: ServerOptions): Settings {
  return {
    timeout: 60_000,
    maximumTimeout: 600_000,
    concurrency: 64,
    bodyLimit: 10_485_760,
    allowLocalStores: false,
    version: '0.0.0',
    ...options,
  }
}
