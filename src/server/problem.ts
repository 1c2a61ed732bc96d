import type { ErrorRequestHandler } from 'express'
import { z } from 'zod'
import { ERRORS, type ErrorCode, PolyprovError } from '../../planner/errors.ts'
import { withoutUserInfo } from '../configuration/secrets.ts'

/** Base of the `type` of problem documents; the code follows. */
const PROBLEM_BASE = 'https://w3id.org/polyprov/problems/'

/** A problem document (RFC 9457) with the members that polyprov adds. */
export const problemSchema = z
  .object({
    type: z.string().describe('Stable IRI of the kind of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    store: z.string().optional(),
    locator: z.string().optional(),
    parameter: z.string().optional(),
    line: z.int().optional().describe('Line in the query text, from 1'),
    column: z.int().optional().describe('Column in the query text, from 1'),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457)' })

type Problem = z.infer<typeof problemSchema>

const fromHttp: Readonly<Record<number, ErrorCode>> = {
  400: 'parameter',
  413: 'too-large',
  415: 'unsupported-media-type',
}

/** Any thrown thing as an error of the table; what is not foreseen becomes `internal`, its message kept from the client. */
export function toPolyprovError(error: unknown): PolyprovError {
  if (error instanceof PolyprovError) return error
  const { status, message, name } = (error ?? {}) as { status?: unknown; message?: unknown; name?: unknown }
  const code = typeof status === 'number' ? fromHttp[status] : undefined
  if (code !== undefined) return new PolyprovError(code, String(message), { cause: error })
  if (name === 'AbortError') return new PolyprovError('cancelled', 'the query was cancelled', { cause: error })
  if (name === 'TimeoutError') return new PolyprovError('timeout', 'the query passed its deadline', { cause: error })
  return new PolyprovError('internal', 'something went wrong within polyprov; the log of the server says more', {
    cause: error,
  })
}

function problemOf(error: PolyprovError): Problem {
  const { store, locator, parameter, line, column } = error.details
  return {
    type: PROBLEM_BASE + error.code,
    title: ERRORS[error.code].title,
    status: error.status,
    detail: withoutUserInfo(error.message),
    code: error.code,
    ...(store === undefined ? {} : { store }),
    ...(locator === undefined ? {} : { locator }),
    ...(parameter === undefined ? {} : { parameter }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  }
}

/** Answers with a problem document, or, where a result is under way already, cuts the connection. */
export const problemHandler: ErrorRequestHandler = (thrown, request, response, _next) => {
  const error = toPolyprovError(thrown)
  response.locals['errorCode'] = error.code
  if (error.kind === 'internal') request.log?.error({ err: error.details.cause ?? error }, 'internal error')
  if (response.headersSent) {
    // A result that ends well formed looks whole: a broken connection does not.
    response.destroy()
    return
  }
  if (error.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="polyprov"')
  if (error.code === 'busy') response.setHeader('Retry-After', '1')
  for (const name of ['Content-Encoding', 'Trailer', 'ETag', 'Last-Modified']) response.removeHeader(name)
  response
    .status(error.status)
    .setHeader('Content-Type', 'application/problem+json')
    .end(`${JSON.stringify(problemOf(error))}\n`)
}
