import type { BreakerPolicy } from './breaker.ts'

/** Whether SERVICE may ask endpoints: every one that a query names by http or https, none, or those of a list. */
export type ServicePolicy = 'none' | 'any' | readonly string[]

/** What queries may take, one by one and together. */
export interface Limits {
  /** Queries at once. */
  readonly queries: number
  /** Deadline of a query without one of its own, in milliseconds. */
  readonly timeout: number
  /** Bytes that a query's tables may take, and that one answer to SERVICE may have. */
  readonly memory: number
  /** Bytes that the tables of all queries together may take. */
  readonly totalMemory: number
  /** Rows of one query's result. */
  readonly rows: number
  /** Bytes that one query reads from stores. */
  readonly bytes: number
  /** Milliseconds that a store without a timeout of its own may take for each answer, from when it is asked. */
  readonly storeTimeout: number
  /** Requests to one store at once, of all queries. */
  readonly storeConcurrency: number
  /** How often a request that failed on the way is sent again, where the connector does not do so itself. */
  readonly retries: number
  /** When a store that fails is no longer asked, and for how long; `false`: never. */
  readonly breaker: BreakerPolicy | false
  readonly service: ServicePolicy
}

const GIBIBYTE = 2 ** 30

/** Queries that may fill their own memory budget at the same time. */
const QUERIES_IN_MEMORY = 2

export const DEFAULT_LIMITS: Limits = {
  queries: 64,
  timeout: 60_000,
  memory: GIBIBYTE,
  totalMemory: QUERIES_IN_MEMORY * GIBIBYTE,
  rows: 100_000_000,
  bytes: 16 * GIBIBYTE,
  storeTimeout: 30_000,
  storeConcurrency: 32,
  retries: 2,
  breaker: { failures: 5, pause: 5_000 },
  service: 'any',
}

/** The defaults with others in their place; without its own, the total of memory follows that of one query. */
export function limitsFrom(...given: readonly Partial<Limits>[]): Limits {
  const own: Partial<Limits> = Object.assign({}, ...given)
  const memory = own.memory ?? DEFAULT_LIMITS.memory
  return { ...DEFAULT_LIMITS, totalMemory: memory * QUERIES_IN_MEMORY, ...own }
}

/** Whether the policy lets SERVICE ask an endpoint, by the address that both name. */
export const allowsService = (policy: ServicePolicy, endpoint: string): boolean =>
  typeof policy === 'string' ? policy === 'any' : policy.some((each) => sameAddress(each, endpoint))

const sameAddress = (one: string, other: string): boolean =>
  one === other || (URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href)
