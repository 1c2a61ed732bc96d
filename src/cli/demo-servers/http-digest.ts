import { createHash, randomBytes } from 'node:crypto'

/** Who asks. */
export interface Account {
  readonly user: string
  readonly password: string
}

/** What is asked for. */
export interface Target {
  readonly method: string
  /** Path and query. */
  readonly uri: string
}

/**
 * The `Authorization` header that answers a challenge: Digest (RFC 7616, with MD5 or SHA-256 and `qop=auth` or none), or
 * Basic (RFC 7617); `undefined` where the challenge is neither.
 */
export function authorization(
  challenge: string,
  account: Account,
  target: Target,
  cnonce = nonce(),
): string | undefined {
  if (/^\s*basic\b/i.test(challenge)) {
    return `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`
  }
  if (!/^\s*digest\b/i.test(challenge)) return undefined
  const given = parametersOf(challenge)
  const algorithm = given.get('algorithm') ?? 'MD5'
  const name = HASHES[algorithm.toUpperCase()]
  if (name === undefined) return undefined
  const hash = (text: string): string => createHash(name).update(text).digest('hex')
  const [realm, serverNonce] = [given.get('realm') ?? '', given.get('nonce') ?? '']
  const qop =
    given
      .get('qop')
      ?.split(/\s*,\s*/)
      .includes('auth') === true
      ? 'auth'
      : undefined
  const secret = hash(`${account.user}:${realm}:${account.password}`)
  const request = hash(`${target.method}:${target.uri}`)
  const count = '00000001'
  const response =
    qop === undefined
      ? hash(`${secret}:${serverNonce}:${request}`)
      : hash(`${secret}:${serverNonce}:${count}:${cnonce}:${qop}:${request}`)
  const opaque = given.get('opaque')
  return `Digest ${[
    `username=${quoted(account.user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(serverNonce)}`,
    `uri=${quoted(target.uri)}`,
    `algorithm=${algorithm}`,
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${count}`, `cnonce="${cnonce}"`]),
  ].join(', ')}`
}

const HASHES: Readonly<Record<string, string | undefined>> = { MD5: 'md5', 'SHA-256': 'sha256' }

const nonce = (): string => randomBytes(16).toString('hex')

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** The parameters of one challenge, names in small letters. */
function parametersOf(challenge: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', inQuotes, bare] of challenge.matchAll(
    /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g,
  )) {
    found.set(name.toLowerCase(), inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? '')
  }
  return found
}
