/** Whose fault an error is: the asker's, a store's, a limit's, or ours. */
export type ErrorKind = 'user' | 'source' | 'resource' | 'internal'

interface ErrorEntry {
  readonly kind: ErrorKind
  /** HTTP status of the problem document. */
  readonly status: number
  /** Exit code of the command line. */
  readonly exit: number
  readonly title: string
}

/** Every error that leaves polyprov, in one table. */
export const ERRORS = {
  'query-syntax': { kind: 'user', status: 400, exit: 1, title: 'The query does not parse' },
  'query-semantics': { kind: 'user', status: 400, exit: 1, title: 'The query parses, but means nothing' },
  parameter: { kind: 'user', status: 400, exit: 2, title: 'A parameter has the wrong type or is missing' },
  usage: { kind: 'user', status: 400, exit: 2, title: 'The command was called wrongly' },
  configuration: { kind: 'user', status: 400, exit: 2, title: 'The configuration is wrong' },
  unauthorized: { kind: 'user', status: 401, exit: 1, title: 'A token is needed' },
  forbidden: { kind: 'user', status: 403, exit: 1, title: 'That is not allowed here' },
  'not-found': { kind: 'user', status: 404, exit: 1, title: 'There is no such thing' },
  'method-not-allowed': { kind: 'user', status: 405, exit: 1, title: 'The address does not take that method' },
  'not-acceptable': { kind: 'user', status: 406, exit: 1, title: 'None of the accepted media types can be produced' },
  conflict: { kind: 'user', status: 409, exit: 1, title: 'That exists already' },
  'too-large': { kind: 'user', status: 413, exit: 1, title: 'The request is too large' },
  'unsupported-media-type': { kind: 'user', status: 415, exit: 1, title: 'The media type of the request is not known' },
  cancelled: { kind: 'user', status: 499, exit: 130, title: 'The query was cancelled' },
  'unknown-store': {
    kind: 'source',
    status: 502,
    exit: 1,
    title: 'A data reference names a store that is not registered',
  },
  'missing-object': {
    kind: 'source',
    status: 502,
    exit: 1,
    title: 'A data reference names an object that its store does not hold',
  },
  'malformed-object': { kind: 'source', status: 502, exit: 1, title: 'An object is not what its format demands' },
  'store-failed': { kind: 'source', status: 502, exit: 1, title: 'A store failed' },
  'store-timeout': { kind: 'source', status: 504, exit: 124, title: 'A store did not answer in time' },
  timeout: { kind: 'resource', status: 504, exit: 124, title: 'The query passed its deadline' },
  memory: { kind: 'resource', status: 503, exit: 1, title: 'The query passed its memory budget' },
  limit: { kind: 'resource', status: 503, exit: 1, title: 'The query passed a limit of rows or bytes' },
  busy: { kind: 'resource', status: 503, exit: 1, title: 'Too many queries at once' },
  unsupported: { kind: 'internal', status: 501, exit: 1, title: 'That is not implemented' },
  internal: { kind: 'internal', status: 500, exit: 1, title: 'polyprov is at fault' },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** What an error can point at, all optional; `line` and `column` count from 1, in query or configuration text. */
export interface ErrorDetails {
  readonly store?: string
  readonly locator?: string
  readonly parameter?: string
  readonly line?: number
  readonly column?: number
  /**
   * Whether the same request may well succeed a moment later: the connection was refused or lost, the server is busy.
   * `false`: the store itself is well, and refuses or fails this request. Absent: nothing is known.
   */
  readonly transient?: boolean
  /** Milliseconds that the store asked to be left alone for. */
  readonly retryAfter?: number
  /** How often the connector tried by itself: who asked it need not try again. */
  readonly attempts?: number
  readonly cause?: unknown
}

/** The one error class: `code` says what, the details where, the message what would be right. */
export class PolyprovError extends Error {
  override readonly name = 'PolyprovError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.details = details
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}
