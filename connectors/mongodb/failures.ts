import { PolyprovError } from '../../planner/errors.ts'
import type { MongodbConfig } from './config.ts'

/** The server passed `maxTimeMS`. */
const MAX_TIME_EXPIRED = 50
const DENIED = new Set([13, 18, 8000])
/** The server shuts down, or is no primary any more. */
const STOPPING = new Set([91, 189, 10107, 11600, 11602, 13435, 13436])
const LONGEST_TEXT = 300

/** Aborted with where a request took longer than the store's own timeout. */
export const TOO_SLOW = new Error('too slow')

/**
 * An error of the driver as one of ours, without its cause, which holds addresses and options of the client: only what
 * the server itself said is told.
 */
export function failureOf(error: unknown, config: MongodbConfig, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof PolyprovError) return error
  const { id: store, timeout } = config
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
  const kind = typeof name === 'string' ? name : ''
  if (error === TOO_SLOW || code === MAX_TIME_EXPIRED || TIMEOUTS.has(kind)) {
    return new PolyprovError('store-timeout', `The store '${store}' did not answer in ${timeout} ms`, { store })
  }
  return new PolyprovError('store-failed', `The store '${store}' ${reasonOf(error, kind, code, config)}`, {
    store,
    ...(isPassing(kind, code) ? PASSING : { transient: false }),
  })
}

const TIMEOUTS = new Set(['MongoNetworkTimeoutError', 'MongoOperationTimeoutError', 'MongoWaitQueueTimeoutError'])
const UNREACHABLE = new Set(['MongoServerSelectionError', 'MongoTopologyClosedError', 'MongoNotConnectedError'])

/** The driver itself has waited for a server and asked a second time by then. */
const PASSING = { transient: true, attempts: 2 }

/** Whether the server was not there, was lost, or is about to stop. */
const isPassing = (kind: string, code: unknown): boolean =>
  UNREACHABLE.has(kind) || /Network|Pool/.test(kind) || (typeof code === 'number' && STOPPING.has(code))

function reasonOf(error: unknown, kind: string, code: unknown, config: MongodbConfig): string {
  if (typeof code === 'number' && DENIED.has(code)) return 'denies access: check the user name and password of its url'
  if (UNREACHABLE.has(kind)) return 'cannot be reached'
  if (kind === 'MongoServerError') return `answers: ${words(error, config)}`
  if (/Network|Pool/.test(kind)) return 'broke the connection off'
  return `cannot be asked: ${words(error, config)}`
}

/** What an error says, with everything secret out of it. */
function words(error: unknown, { url }: MongodbConfig): string {
  const said = error instanceof Error ? error.message : String(error)
  const secret = secretsOf(url).reduce((text, each) => text.replaceAll(each, '***'), said)
  return secret.replace(/mongodb(\+srv)?:\/\/\S*/g, '***').slice(0, LONGEST_TEXT)
}

/** The user information of a connection string, written and read, its hosts, and the string itself. */
function secretsOf(url: string): readonly string[] {
  const [, , userInfo = '', hosts = ''] = /^mongodb(\+srv)?:\/\/(?:([^@/]*)@)?([^/?]*)/.exec(url) ?? []
  const password = userInfo.slice(userInfo.indexOf(':') + 1)
  const all = [url, userInfo, userInfo.includes(':') ? password : '', ...hosts.split(',')]
  return all.flatMap((text) => [text, decoded(text)]).filter((text) => text !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
