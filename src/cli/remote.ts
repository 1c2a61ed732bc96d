import { ERRORS, type ErrorCode, PolyprovError } from '../../planner/errors.ts'
import { withoutUserInfo } from '../configuration/secrets.ts'
import type { CommandContext } from './context.ts'

/** Environment variable with the token of the server that `--url` names. */
const TOKEN_VARIABLE = 'POLYPROV_TOKEN'

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERRORS, code)

async function problem(response: Response): Promise<PolyprovError> {
  const text = await response.text().catch(() => '')
  try {
    const { code, detail, title, line, column, store } = JSON.parse(text) as Record<string, unknown>
    return new PolyprovError(isErrorCode(code) ? code : 'store-failed', String(detail ?? title), {
      ...(typeof line === 'number' ? { line } : {}),
      ...(typeof column === 'number' ? { column } : {}),
      ...(typeof store === 'string' ? { store } : {}),
    })
  } catch {
    return new PolyprovError('store-failed', `the server answered ${response.status}: ${text.trim().slice(0, 500)}`)
  }
}

/** The address below the server's URL. @throws `usage` where that is none */
function address(url: string, path: string): URL {
  let base: URL
  try {
    base = new URL(url)
  } catch (cause) {
    throw new PolyprovError('usage', `--url ${withoutUserInfo(url)} is not a URL`, { cause })
  }
  // The URL of an endpoint will do for its queries.
  if (path === 'sparql' && base.pathname.length > 1) return base
  return new URL(path, base.href.endsWith('/') ? base : `${base.href}/`)
}

/** Asks a running server. @throws what its problem document says, `store-failed` where it cannot be reached */
export async function askServer(
  context: CommandContext,
  url: string,
  path: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<Response> {
  const target = address(url, path)
  const token = context.environment[TOKEN_VARIABLE]
  const headers = { ...init.headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }
  let response: Response
  try {
    response = await fetch(target, { ...init, headers, signal: context.signal })
  } catch (cause) {
    context.signal.throwIfAborted()
    const reason = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error).message
    throw new PolyprovError('store-failed', `${target.origin} cannot be reached: ${reason}`, { cause })
  }
  if (!response.ok) throw await problem(response)
  return response
}

/** The body as text in chunks. @throws `store-failed` where the connection breaks */
export async function* bodyText(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true })
  } catch (cause) {
    throw new PolyprovError('store-failed', 'the connection broke: the answer is not whole', { cause })
  }
  yield decoder.decode()
}
