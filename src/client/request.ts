import { ERRORS, type ErrorCode, PolyprovError } from '../../planner/errors.ts'
import { withoutUserInfo } from '../configuration/secrets.ts'

/** Where a server is, and how it is asked. */
export interface ServerAddress {
  readonly url: string
  /** Bearer token, for requests that write. */
  readonly token?: string | undefined
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/** Longest answer that is read whole, in UTF-16 code units; results of queries are streamed instead. */
const LONGEST_TEXT = 64 << 20

const LONGEST_PROBLEM = 64 << 10

/** An address below the server's URL. @throws `usage` where that is none */
function addressOf(url: string, path: string): URL {
  let base: URL
  try {
    base = new URL(url)
  } catch (cause) {
    throw new PolyprovError('usage', `${withoutUserInfo(url)} is not a URL`, { cause })
  }
  if (!/^https?:$/.test(base.protocol)) {
    throw new PolyprovError('usage', `${withoutUserInfo(url)} is not the URL of a server: it must begin with http`)
  }
  if (base.username !== '' || base.password !== '') {
    throw new PolyprovError('usage', `${withoutUserInfo(url)} must not hold a user or password: give a token instead`)
  }
  // The URL of an endpoint will do for its queries.
  if (/^sparql(\?|$)/.test(path) && base.pathname.length > 1) {
    base.search = path.slice('sparql'.length)
    return base
  }
  return new URL(path, base.href.endsWith('/') ? base : `${base.href}/`)
}

/**
 * Asks a running server. @throws what its problem document says, `store-failed` where it cannot be reached, the signal's
 * reason where that is aborted
 */
export async function request(
  { url, token, fetch = globalThis.fetch }: ServerAddress,
  path: string,
  { method = 'GET', headers = {}, body, signal }: RequestOptions = {},
): Promise<Response> {
  const target = addressOf(url, path)
  let response: Response
  try {
    response = await fetch(target, {
      method,
      headers: { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (cause) {
    signal?.throwIfAborted()
    const reason = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error).message
    throw new PolyprovError('store-failed', `${target.origin} cannot be reached: ${reason}`, { cause })
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERRORS, code)

/** What a problem document (RFC 9457) says, as the error that the server met. */
async function problemOf(response: Response): Promise<PolyprovError> {
  const text = await textOf(response, LONGEST_PROBLEM).catch(() => '')
  try {
    const { code, detail, title, line, column, store, locator, parameter } = JSON.parse(text) as Record<string, unknown>
    return new PolyprovError(isErrorCode(code) ? code : 'store-failed', String(detail ?? title), {
      ...(typeof line === 'number' ? { line } : {}),
      ...(typeof column === 'number' ? { column } : {}),
      ...(typeof store === 'string' ? { store } : {}),
      ...(typeof locator === 'string' ? { locator } : {}),
      ...(typeof parameter === 'string' ? { parameter } : {}),
    })
  } catch {
    return new PolyprovError('store-failed', `the server answered ${response.status}: ${text.trim().slice(0, 500)}`)
  }
}

/** The body as text in chunks. @throws `store-failed` where the connection breaks */
export async function* bodyText(response: Response, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new PolyprovError('store-failed', 'the connection broke: the answer is not whole', { cause })
  }
  yield decoder.decode()
}

/** The body whole. @throws `too-large`, and `store-failed` where the connection breaks */
export async function textOf(response: Response, longest: number = LONGEST_TEXT): Promise<string> {
  let text = ''
  for await (const chunk of bodyText(response)) {
    text += chunk
    if (text.length > longest) throw new PolyprovError('too-large', `the answer is longer than ${longest} characters`)
  }
  return text
}

/** The body as JSON. @throws `store-failed` where it is none */
export async function jsonOf(response: Response): Promise<unknown> {
  const text = await textOf(response)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PolyprovError('store-failed', 'the server did not answer JSON', { cause })
  }
}
