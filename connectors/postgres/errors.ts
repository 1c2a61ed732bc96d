import { PolyprovError } from '../../planner/errors.ts'
import { isTransient } from '../retry.ts'

const codeOf = (error: unknown): string | undefined => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Whether the connection is at fault, and a new one may do: SQLSTATE classes 08 and 57P, and errors of sockets. */
export function isLostConnection(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  if (/^08|^57P0[123]$|^E(CONN|PIPE|HOST|NET|TIMEDOUT)/.test(code)) return true
  return (
    error instanceof Error && /^(Connection terminated|Client has encountered a connection error)/.test(error.message)
  )
}

/**
 * Whether a prepared statement is at fault, and its text may do: it is not there, or another one is, or the tables have
 * changed since.
 */
export const isUnpreparedError = (error: unknown): boolean => /^(26000|42P05|0A000)$/.test(codeOf(error) ?? '')

/** SQLSTATEs of a server that is starting, stopping or full: classes 08, 53 and 57P, and of a transaction to repeat. */
const PASSING_STATE = /^(08|53|57P0|40001|40P01)/

/**
 * An error of PostgreSQL or of the way there as one of ours. The server's message is told, it holds no credentials;
 * what a client library says of a connection may name its address, and is not.
 */
export function storeError(store: string, error: unknown, timeout: number): PolyprovError {
  if (error instanceof PolyprovError) return error
  const code = codeOf(error)
  if (code === '57014') {
    return new PolyprovError('store-timeout', `Store '${store}' did not answer within ${timeout} ms`, { store })
  }
  const isServers = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
  // What the server says of a login names the user.
  if (isServers && code.startsWith('28')) {
    const message = `Store '${store}' denies access: check the user name and password of its url (${code})`
    return new PolyprovError('store-failed', message, { store, transient: false })
  }
  if (isServers && error instanceof Error) {
    return new PolyprovError('store-failed', `Store '${store}' failed: ${error.message} (${code})`, {
      store,
      transient: PASSING_STATE.test(code),
    })
  }
  const reason = code ?? (isLostConnection(error) ? 'the connection was lost' : 'no reason is known')
  return new PolyprovError('store-failed', `Store '${store}' cannot be reached: ${reason}`, {
    store,
    transient: isLostConnection(error) || isTransient(error),
  })
}

/** An optional package that is not there. */
export const missingPackage = (store: string, name: string, what: string): PolyprovError =>
  new PolyprovError(
    'configuration',
    `Store '${store}' of type postgres needs the package '${name}' for ${what}: npm install ${name}`,
    { store },
  )

/** Whether an import failed because the package is not installed. */
export const isMissing = (error: unknown): boolean => codeOf(error) === 'ERR_MODULE_NOT_FOUND'
