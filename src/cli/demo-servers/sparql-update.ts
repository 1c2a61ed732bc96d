import { execFile } from 'node:child_process'
import { PolyprovError } from '../../../planner/errors.ts'
import type { SparqlServer } from './environment.ts'
import { type Account, authorization } from './http-digest.ts'
import { limited } from './place.ts'

/** Sends one SPARQL update, and resolves when it is done. */
export type Update = (text: string, signal: AbortSignal) => Promise<void>

const UPDATE_MILLISECONDS = 120_000
const LONGEST_WORDS = 300
/** Virtuoso's own client. */
const PROGRAM = 'isql-vt'

/** How updates reach the server. @throws `store-failed` at each that does not, saying what would be right */
export const updateOf = (server: SparqlServer): Update =>
  server.update.kind === 'http'
    ? httpUpdate(server, server.update)
    : isqlUpdate(server.update.address, { user: server.user ?? 'dba', password: server.password ?? 'dba' })

/** By the SPARQL 1.1 Protocol; user name and password are sent where the server asks for them, as it asks for them. */
function httpUpdate(
  { user, password = '' }: SparqlServer,
  { endpoint, isDerived }: { readonly endpoint: string; readonly isDerived: boolean },
): Update {
  const url = new URL(endpoint)
  const account: Account | undefined = user === undefined ? undefined : { user, password }
  const send = (text: string, signal: AbortSignal, header: string | undefined): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      signal,
      // A redirect could lead anywhere, with the credentials of this endpoint.
      redirect: 'manual',
      headers: {
        'Content-Type': 'application/sparql-update; charset=utf-8',
        ...(header === undefined ? {} : { Authorization: header }),
      },
      body: text,
    })
  const failed = (reason: string): PolyprovError =>
    new PolyprovError('store-failed', `The SPARQL server takes no updates at ${endpoint}: ${reason}`)

  return async (text, signal) => {
    try {
      await limited(signal, UPDATE_MILLISECONDS, async (within) => {
        let response = await send(text, within, undefined)
        const challenge = response.headers.get('www-authenticate')
        if (response.status === 401 && challenge !== null && account !== undefined) {
          await response.arrayBuffer()
          const target = { method: 'POST', uri: url.pathname + url.search }
          const header = authorization(challenge, account, target)
          if (header !== undefined) response = await send(text, within, header)
        }
        const words = await response.text()
        if (!response.ok) throw failed(refusal(response.status, words, account, isDerived))
      })
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof PolyprovError ? error : failed(reasonOf(error))
    }
  }
}

const HINT =
  'set SPARQL_UPDATE_ENDPOINT to where it takes them (Virtuoso: http://host:port/sparql-auth), with SPARQL_USER and SPARQL_PASSWORD where it asks who you are'

function refusal(status: number, words: string, account: Account | undefined, isDerived: boolean): string {
  const isDenied = status === 401 || status === 403 || /permission|SECURITY/i.test(words)
  if (isDenied && account === undefined) return `access is denied (${status}); ${HINT}`
  if (isDenied) return `access is denied (${status}): check SPARQL_USER and SPARQL_PASSWORD`
  const said = words
    .replace(/<[^>]*>|\s+/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, LONGEST_WORDS)
  const shown = account === undefined || account.password === '' ? said : said.replaceAll(account.password, '***')
  return isDerived ? `${status} ${shown}; ${HINT}` : `${status} ${shown}`
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `${cause instanceof Error ? cause.message : String(cause)}${code}`
}

/** Through Virtuoso's `isql-vt`, one statement a call: its SPARQL endpoint takes no updates of anybody unless told to. */
function isqlUpdate(address: string, { user, password }: Account): Update {
  return async (text, signal) => {
    signal.throwIfAborted()
    const statement = `exec=SPARQL ${withoutMacros(text)};`
    const words = await new Promise<string>((resolve, reject) => {
      const options = { signal, timeout: UPDATE_MILLISECONDS, maxBuffer: 2 ** 24 }
      execFile(PROGRAM, [address, user, password, 'VERBOSE=OFF', statement], options, (error, stdout, stderr) => {
        if (signal.aborted) return reject(signal.reason as Error)
        // Its own message has the whole command in it, and so the password.
        if (error !== null) return reject(isqlFailure(address, codeOf(error, stderr || stdout)))
        resolve(stderr)
      })
    })
    // It ends with code 0 whatever the server says.
    if (words.trim() !== '') throw isqlFailure(address, words)
  }
}

const codeOf = (error: Error & { code?: unknown; killed?: boolean }, words: string): string => {
  if (error.code === 'ENOENT') return `the program ${PROGRAM} is not installed`
  if (error.killed === true) return `no answer in ${UPDATE_MILLISECONDS / 1000} s`
  return words
}

const isqlFailure = (address: string, words: string): PolyprovError =>
  new PolyprovError(
    'store-failed',
    `Virtuoso at ${address} (VIRTUOSO_ISQL) takes no updates: ${words.replace(/\s+/g, ' ').trim().slice(0, LONGEST_WORDS)}`,
  )

/**
 * isql reads `;` as an end and `$` as a macro, in strings too. SPARQL's strings have both by code point (SPARQL 1.1,
 * section 19.2), and in IRIs, where Virtuoso knows no code points, isql has `$$` for one.
 */
const withoutMacros = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|<[^<>]*>/gs, (token) =>
    token.startsWith('<') ? token.replaceAll('$', '$$$$') : token.replace(/[;$']/g, byCodePoint),
  )

const byCodePoint = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
