import { PolyprovError } from '../../planner/errors.ts'
import type { Meter } from '../connector.ts'
import { masked } from '../masked.ts'
import { isPassingStatus, isTransient, retried, systemCodeOf } from '../retry.ts'
import { untilAborted } from '../until-aborted.ts'
import { nameOf, type SparqlConfig } from './config.ts'
import type { Dialect } from './dialect.ts'

/** An answer whose body is still to be read. */
export interface Answer {
  /** Media type without parameters. */
  readonly type: string
  readonly headers: Headers
  /** The body as text; rejects with one of our errors where it breaks off, and counts its bytes. */
  chunks(): AsyncGenerator<string>
}

/** How an endpoint is reached where that is not the ordinary way. */
export interface Access {
  /** In place of the global one: through a proxy, with credentials, at another address. */
  readonly fetch?: typeof fetch
  /** Bytes of an answer that are read before it is refused. */
  readonly mostBytes?: number
}

export interface AskOptions extends Access {
  readonly signal: AbortSignal
  readonly meter: Meter
  readonly method: Dialect['method']
}

const ACCEPT = 'application/sparql-results+json, application/sparql-results+xml;q=0.8'
const LONGEST_TEXT = 400
/** Read beyond that, so that no credential is cut in two and then not found. */
const LONGEST_SECRET = 4_000

/**
 * Sends a query to the endpoint: again after a pause where it failed before its answer began. Rejects with
 * `store-failed` or `store-timeout`, naming the store, or with the signal's reason; aborting closes the connection.
 */
export const ask = (config: SparqlConfig, query: string, options: AskOptions): Promise<Answer> =>
  retried(() => askOnce(config, query, options), { ...options, retries: config.retries })

async function askOnce(config: SparqlConfig, query: string, options: AskOptions): Promise<Answer> {
  options.signal.throwIfAborted()
  const life = lifetimeOf(options.signal, config.timeout)
  const { within, limit } = life
  try {
    options.meter.request()
    const response = await life.waited((options.fetch ?? fetch)(...requestOf(config, query, options.method, within)))
    if (response.ok) return answerOf(response, config, { ...options, ...life })
    throw refused(config, response, await life.waited(wordsOf(response, options.meter, within)))
  } catch (error) {
    life.end()
    throw failed(error, config, options.signal, limit)
  }
}

/** How long one request lives. */
interface Lifetime {
  /** Aborted with the query, or at the end of the request's time. */
  readonly within: AbortSignal
  /** Aborted at the end of its time alone. */
  readonly limit: AbortSignal
  /** Time passes while the endpoint is waited for, for its answer and for each part: not while the reader works. */
  waited<Value>(promise: Promise<Value>): Promise<Value>
  end(): void
}

function lifetimeOf(signal: AbortSignal, milliseconds: number): Lifetime {
  // Not AbortSignal.any: what it makes can be collected before it fires (Node 20).
  const request = new AbortController()
  const limit = new AbortController()
  const stop = () => request.abort(signal.reason)
  const late = () => {
    limit.abort()
    request.abort()
  }
  signal.addEventListener('abort', stop, { once: true })
  return {
    within: request.signal,
    limit: limit.signal,
    async waited(promise) {
      const timer = setTimeout(late, milliseconds)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
      }
    },
    end: () => signal.removeEventListener('abort', stop),
  }
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
  const form = `query=${formEncoded(query)}`
  if (method === 'POST') {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' }
    return [endpoint, { ...common, headers: { ...type, ...all }, body: form }]
  }
  return [`${endpoint}${endpoint.includes('?') ? '&' : '?'}${form}`, { ...common, headers: all }]
}

/** What may stand in the query part of a URL as it is (RFC 3986, section 3.4) stays: most of what keys are written in. */
const formEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/%(?:20|2C|2F|3A|3F|40)/g, (code) =>
    code === '%20' ? '+' : decodeURIComponent(code),
  )

function answerOf(
  response: Response,
  config: SparqlConfig,
  { signal, meter, mostBytes = Number.POSITIVE_INFINITY, within, limit, waited, end }: AskOptions & Lifetime,
): Answer {
  return {
    type: (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase(),
    headers: response.headers,
    async *chunks() {
      const decoder = new TextDecoder()
      const reader = response.body?.getReader()
      let read = 0
      try {
        for (;;) {
          if (reader === undefined) break
          const next = await waited(untilAborted(reader.read(), within))
          if (next.done) break
          meter.bytes(next.value.length)
          read += next.value.length
          if (read > mostBytes) throw tooLong(config, mostBytes)
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

/** What an endpoint says of its refusal, the beginning of it at least. */
async function wordsOf(response: Response, meter: Meter, within: AbortSignal): Promise<string> {
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  let text = ''
  try {
    while (reader !== undefined && text.length < LONGEST_TEXT + LONGEST_SECRET) {
      const next = await untilAborted(reader.read(), within)
      if (next.done) break
      meter.bytes(next.value.length)
      text += decoder.decode(next.value, { stream: true })
    }
  } catch {
    // It said what it said.
  } finally {
    reader?.cancel().catch(() => undefined)
  }
  return text.replace(/\s+/g, ' ').trim()
}

const tooLong = (config: SparqlConfig, most: number): PolyprovError =>
  new PolyprovError(
    'store-failed',
    `The ${nameOf(config)} answers with more than ${most} bytes: ask for less at once`,
    {
      store: config.id,
    },
  )

function refused(config: SparqlConfig, response: Response, words: string): PolyprovError {
  const { id: store } = config
  const { status } = response
  const location = response.headers.get('location')
  const reason =
    status === 401 || status === 403
      ? 'access is denied: give user and password, or headers'
      : status >= 300 && status < 400
        ? `it redirects${location === null ? '' : ` to ${location}`}: give that endpoint`
        : words
  const text = masked(reason, secretsOf(config)).slice(0, LONGEST_TEXT)
  const wait = isPassingStatus(status) ? retryAfter(response.headers.get('retry-after')) : undefined
  const asked = wait === undefined ? '' : ` and asks to wait ${Math.ceil(wait / 1_000)} s`
  return new PolyprovError('store-failed', `The ${nameOf(config)} answers ${status}${asked}: ${text}`, {
    store,
    transient: isPassingStatus(status),
    ...(wait === undefined ? {} : { retryAfter: wait }),
  })
}

/** Milliseconds that `Retry-After` means, in seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined
}

/** What an endpoint is told of who asks: it may tell it again. */
function secretsOf({ user, password, headers }: SparqlConfig): readonly (string | undefined)[] {
  const values = Object.values(headers)
  const both = user === undefined ? [] : [`${user}:${password ?? ''}`, user, password]
  return [...both, ...values, ...values.flatMap((value) => value.split(/\s+/).slice(1))]
}

/** An error of the network as one of ours; without its cause, which holds the request with its headers. */
function failed(error: unknown, config: SparqlConfig, signal: AbortSignal, limit: AbortSignal): PolyprovError {
  signal.throwIfAborted()
  if (error instanceof PolyprovError) return error
  const { id: store, timeout } = config
  if (limit.aborted) {
    return new PolyprovError('store-timeout', `The ${nameOf(config)} did not answer in ${timeout} ms`, {
      store,
    })
  }
  return new PolyprovError('store-failed', `The ${nameOf(config)} ${reasonOf(error)}`, {
    store,
    transient: isTransient(error),
  })
}

function reasonOf(error: unknown): string {
  const code = systemCodeOf(error)
  if (code === 'ECONNREFUSED') return 'takes no connections'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a host that nobody knows'
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') return 'broke the connection off'
  const message = error instanceof Error ? error.message : String(error)
  return `cannot be asked: ${message}${code === '' ? '' : ` (${code})`}`
}
