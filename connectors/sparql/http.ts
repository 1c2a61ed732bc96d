import { setTimeout as delay } from 'node:timers/promises'
import { PolyprovError } from '../../planner/errors.ts'
import type { Meter } from '../connector.ts'
import type { SparqlConfig } from './config.ts'
import type { Dialect } from './dialect.ts'

/** An answer whose body is still to be read. */
export interface Answer {
  /** Media type without parameters. */
  readonly type: string
  readonly headers: Headers
  /** The body as text; rejects with one of our errors where it breaks off, and counts its bytes. */
  chunks(): AsyncGenerator<string>
}

export interface AskOptions {
  readonly signal: AbortSignal
  readonly meter: Meter
  readonly method: Dialect['method']
}

const ACCEPT = 'application/sparql-results+json, application/sparql-results+xml;q=0.8'
const FIRST_PAUSE_MILLISECONDS = 100
const LONGEST_TEXT = 400

/**
 * Sends a query to the endpoint: again after a pause where it failed before its answer began. Rejects with
 * `store-failed` or `store-timeout`, naming the store, or with the signal's reason; aborting closes the connection.
 */
export async function ask(config: SparqlConfig, query: string, options: AskOptions): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    options.signal.throwIfAborted()
    const { within, limit, end } = lifetimeOf(options.signal, config.timeout)
    try {
      options.meter.request()
      const response = await fetch(...requestOf(config, query, options.method, within))
      if (response.ok) return answerOf(response, config, { ...options, within, limit, end })
      const words = await shortText(response, options.meter)
      if (attempt >= config.retries || !isPassing(response.status)) throw refused(config, response, words)
      end()
    } catch (error) {
      end()
      const failure = failed(error, config, options.signal, limit)
      if (error instanceof PolyprovError || failure.code !== 'store-failed' || attempt >= config.retries) throw failure
      if (!isTransient(error)) throw failure
    }
    await pause(attempt, options.signal)
  }
}

/** How long one request lives. */
interface Lifetime {
  /** Aborted with the query, or at the end of the request's time. */
  readonly within: AbortSignal
  /** Aborted at the end of its time alone. */
  readonly limit: AbortSignal
  end(): void
}

function lifetimeOf(signal: AbortSignal, milliseconds: number): Lifetime {
  // Not AbortSignal.any: what it makes can be collected before it fires (Node 20).
  const request = new AbortController()
  const limit = new AbortController()
  const stop = () => request.abort(signal.reason)
  const timer = setTimeout(() => {
    limit.abort()
    request.abort()
  }, milliseconds)
  signal.addEventListener('abort', stop, { once: true })
  const end = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
  return { within: request.signal, limit: limit.signal, end }
}

function requestOf(
  { endpoint, headers, user, password }: SparqlConfig,
  query: string,
  method: Dialect['method'],
  signal: AbortSignal,
): [string, RequestInit] {
  const credentials =
    user === undefined ? {} : { Authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` }
  // A redirect could lead anywhere, with the headers of this endpoint.
  const common = { method, signal, redirect: 'manual' as const }
  const all = { Accept: ACCEPT, ...headers, ...credentials }
  const form = new URLSearchParams({ query })
  if (method === 'POST') return [endpoint, { ...common, headers: all, body: form }]
  return [`${endpoint}${endpoint.includes('?') ? '&' : '?'}${form}`, { ...common, headers: all }]
}

function answerOf(
  response: Response,
  config: SparqlConfig,
  { signal, meter, within, limit, end }: AskOptions & Lifetime,
): Answer {
  return {
    type: (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase(),
    headers: response.headers,
    async *chunks() {
      const decoder = new TextDecoder()
      const reader = response.body?.getReader()
      try {
        for (;;) {
          if (reader === undefined) break
          const next = await raced(reader.read(), within)
          if (next.done) break
          meter.bytes(next.value.length)
          yield decoder.decode(next.value, { stream: true })
        }
        yield decoder.decode()
      } catch (error) {
        throw failed(error, config, signal, limit)
      } finally {
        end()
        reader?.cancel().catch(() => undefined)
      }
    },
  }
}

/** The promise, or an abort where that comes first: the body of an aborted answer may neither come nor fail. */
function raced<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** The beginning of what an endpoint says of its refusal. */
async function shortText(response: Response, meter: Meter): Promise<string> {
  const text = await response.text().catch(() => '')
  meter.bytes(Buffer.byteLength(text))
  return text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_TEXT)
}

const isPassing = (status: number): boolean => status === 429 || status === 502 || status === 503 || status === 504

const TRANSIENT = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
])

const isTransient = (error: unknown): boolean => TRANSIENT.has(codeOf(error))

function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(FIRST_PAUSE_MILLISECONDS * 2 ** attempt * (0.5 + Math.random() / 2), undefined, { signal })
  } catch {
    signal.throwIfAborted()
  }
}

function refused({ id: store, endpoint, password }: SparqlConfig, response: Response, words: string): PolyprovError {
  const { status } = response
  const location = response.headers.get('location')
  const reason =
    status === 401 || status === 403
      ? 'access is denied: give user and password, or headers'
      : status >= 300 && status < 400
        ? `it redirects${location === null ? '' : ` to ${location}`}: give that endpoint`
        : words
  const text = password === undefined || password === '' ? reason : reason.replaceAll(password, '***')
  return new PolyprovError(
    'store-failed',
    `The endpoint ${endpoint} of the store '${store}' answers ${status}: ${text}`,
    {
      store,
    },
  )
}

/** An error of the network as one of ours; without its cause, which holds the request with its headers. */
function failed(error: unknown, config: SparqlConfig, signal: AbortSignal, limit: AbortSignal): PolyprovError {
  signal.throwIfAborted()
  if (error instanceof PolyprovError) return error
  const { id: store, endpoint, timeout } = config
  if (limit.aborted) {
    return new PolyprovError(
      'store-timeout',
      `The endpoint ${endpoint} of the store '${store}' did not answer in ${timeout} ms`,
      {
        store,
      },
    )
  }
  return new PolyprovError('store-failed', `The endpoint ${endpoint} of the store '${store}' ${reasonOf(error)}`, {
    store,
  })
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ECONNREFUSED') return 'takes no connections'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a host that nobody knows'
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') return 'broke the connection off'
  const message = error instanceof Error ? error.message : String(error)
  return `cannot be asked: ${message}${code === '' ? '' : ` (${code})`}`
}
