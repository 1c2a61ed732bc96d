import type { Request } from 'express'
import { PolyprovError } from '../../planner/errors.ts'

/** The media type of the request's body, without parameters, in lower case; empty where it names none. */
export function mediaTypeOf(request: Request): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase()
}

/** The body as text. @throws `parameter` where it is not UTF-8, `unsupported-media-type` for another charset */
export function textBody(request: Request): string {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    throw new PolyprovError('unsupported-media-type', `the body has the charset ${charset}; it must be UTF-8`)
  }
  const body: unknown = request.body
  if (!Buffer.isBuffer(body)) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new PolyprovError('parameter', 'the body is not UTF-8', { cause })
  }
}

/** The body as a JSON object; nothing at all is an empty one. @throws `parameter`, `unsupported-media-type` */
export function jsonBody(request: Request): Record<string, unknown> {
  const type = mediaTypeOf(request)
  const text = textBody(request)
  if (text === '' && (type === '' || type === 'application/json')) return {}
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new PolyprovError(
      'unsupported-media-type',
      `the body is ${type || 'of no type'}; it must be application/json`,
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PolyprovError('parameter', `the body is not JSON: ${(cause as Error).message.replace(/".*"/s, '…')}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new PolyprovError('parameter', 'the body must be a JSON object')
}
