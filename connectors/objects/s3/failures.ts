import { PolyprovError } from '../../../planner/errors.ts'
import { masked } from '../../masked.ts'
import { isPassingCode } from '../../retry.ts'
import type { S3Config } from './config.ts'

/** What an error of the client or of the network says of itself. */
export interface Failure {
  /** S3's code (`NoSuchKey`), the system's (`ECONNRESET`), or the error's name. */
  readonly code: string
  readonly status: number | undefined
  readonly message: string
}

/** Reads an error's own words, and those of what caused it: never its other members, which may hold credentials. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'unknown', status: undefined, message: String(error) }
  const { code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0])
  return {
    code: typeof code === 'string' ? code : error.name,
    status: $metadata?.httpStatusCode,
    message: error.message,
  }
}

/** A body that ended before its length: the connection broke. */
export class Truncated extends Error {
  override readonly name = 'Truncated'
}

/** S3's own words for a failure that passes, and the client's. */
const PASSING = new Set([
  'TimeoutError',
  'Truncated',
  'RequestTimeout',
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
])

/** Whether the same request may well succeed a moment later. */
export function isPassing({ code, status }: Failure): boolean {
  return (
    PASSING.has(code) ||
    isPassingCode(code) ||
    status === 429 ||
    (status !== undefined && status >= 500 && status !== 501)
  )
}

const CREDENTIALS_WRONG = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken'])
const ELSEWHERE = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'])

/** The error that leaves the connector: it names store, bucket and locator, and says what would be right. */
export function storeFailure(failure: Failure, config: S3Config, locator: string | undefined): PolyprovError {
  const { id: store, bucket } = config
  const what = locator === undefined ? `The bucket '${bucket}'` : `The object '${locator}' in the bucket '${bucket}'`
  const details = { store, ...(locator === undefined ? {} : { locator }), transient: isPassing(failure) }
  return new PolyprovError(
    'store-failed',
    `${what} of the store '${store}' cannot be read: ${masked(reasonOf(failure, config), Object.values(config.credentials ?? {}))}`,
    details,
  )
}

function reasonOf({ code, status, message }: Failure, { bucket, region, endpoint }: S3Config): string {
  if (code === 'NoSuchBucket') return `there is no bucket '${bucket}'`
  if (CREDENTIALS_WRONG.has(code)) return `the credentials are not accepted (${code})`
  if (code === 'CredentialsProviderError')
    return 'there are no credentials: give credentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or set anonymous: true'
  if (ELSEWHERE.has(code) || status === 301)
    return `the region ${region ?? 'of the environment'} is not the bucket's${message === '' ? '' : ` (${message})`}`
  if (status === 403) return `access is denied (${code})`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host of ${endpoint ?? 'the region'} is not known`
  if (code === 'ECONNREFUSED') return `${endpoint ?? 'the server'} takes no connections`
  if (code === 'Truncated') return message
  return `${status === undefined ? '' : `${status} `}${code}: ${message}`
}
