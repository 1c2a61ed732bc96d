import { setTimeout as delay } from 'node:timers/promises'
import { PolyprovError } from '../planner/errors.ts'
import type { Meter } from './connector.ts'

/**
 * The one policy for requests that change nothing and failed on the way: whose failures pass, and how long to wait. The
 * engine sends a whole request again as long as none of its rows was handed on; a connector whose requests are made of
 * many exchanges with its server sends the single ones again by {@link retried}.
 */
const FIRST_PAUSE_MILLISECONDS = 100
const LONGEST_PAUSE_MILLISECONDS = 3_000

/** Errors of the system and of Node's HTTP client that may be gone a moment later. */
const PASSING_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Whether an error of the system, or what caused it, may be gone a moment later. */
export const isPassingCode = (code: string): boolean => PASSING_CODES.has(code)

/** Whether a server that answers so may answer otherwise a moment later. */
export const isPassingStatus = (status: number): boolean => [429, 502, 503, 504].includes(status)

/** The code of an error of the system, through what wraps it; empty where there is none. */
export function systemCodeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof AggregateError && cause.errors.length > 0) return systemCodeOf(cause.errors[0])
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

/** Whether the same request may well succeed a moment later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof PolyprovError ? error.details.transient === true : isPassingCode(systemCodeOf(error))

/** Milliseconds before attempt `attempt + 1`: twice as long each time, never the same for all that wait. */
export const pauseAfter = (attempt: number): number =>
  Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** attempt, LONGEST_PAUSE_MILLISECONDS) * (0.5 + Math.random() / 2)

/** Longest that a server may ask a query to wait for it. */
const LONGEST_ASKED_MILLISECONDS = 10_000

/** Milliseconds before a request that failed is sent again: what its server asked for, at least; infinite where that is too long. */
export function pauseBefore(error: unknown, attempt: number): number {
  const asked = error instanceof PolyprovError ? (error.details.retryAfter ?? 0) : 0
  return asked > LONGEST_ASKED_MILLISECONDS ? Number.POSITIVE_INFINITY : Math.max(asked, pauseAfter(attempt))
}

/** Waits; rejects with the signal's reason where that comes first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal })
  } catch {
    signal.throwIfAborted()
  }
}

export interface Retrying {
  /** How often it is tried again. */
  readonly retries: number
  readonly signal: AbortSignal
  readonly meter: Meter
}

/** Runs an exchange that changes nothing: again after a pause while it fails with a transient error. */
export async function retried<Value>(
  exchange: () => Promise<Value>,
  { retries, signal, meter }: Retrying,
): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    let milliseconds: number
    try {
      return await exchange()
    } catch (error) {
      signal.throwIfAborted()
      if (!isTransient(error)) throw error
      milliseconds = pauseBefore(error, attempt)
      if (attempt >= retries || milliseconds === Number.POSITIVE_INFINITY) throw withAttempts(error, attempt + 1)
      meter.retry?.()
    }
    await pause(milliseconds, signal)
  }
}

const withAttempts = (error: unknown, attempts: number): unknown =>
  error instanceof PolyprovError ? new PolyprovError(error.code, error.message, { ...error.details, attempts }) : error
