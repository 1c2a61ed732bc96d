import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { PolyprovError } from '../../planner/errors.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Whether the request was sent from this machine by something that is no page of another site. */
function isFromHere(request: Request): boolean {
  const { host = '', origin, forwarded } = request.headers
  if (!LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '')) return false
  // Behind a proxy everyone has the proxy's address.
  if (forwarded !== undefined || request.headers['x-forwarded-for'] !== undefined) return false
  // A page of another site, or a name that was rebound to loopback, speaks through the user's own browser.
  return LOOPBACK_HOST.test(host) && (origin === undefined || origin === `http://${host}`)
}

/**
 * Lets a request that writes pass, or not.
 * @throws `unauthorized` without the server's token, `forbidden` where the server has none and the request is not from
 *   this machine
 */
export function demandAuthority(request: Request, token: string | undefined): void {
  if (token === undefined) {
    if (isFromHere(request)) return
    throw new PolyprovError(
      'forbidden',
      'the server has no token (server.token): it takes requests that write from its own machine only',
    )
  }
  const given = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1]
  // Digests have one length, so that the comparison takes the same time for every guess.
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return
  throw new PolyprovError('unauthorized', 'the request writes: send Authorization: Bearer with the token of the server')
}
