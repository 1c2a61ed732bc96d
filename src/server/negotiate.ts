import type { Request } from 'express'
import Negotiator from 'negotiator'
import { PolyprovError } from '../../planner/errors.ts'

/**
 * The first of the offers by the request's `Accept` (RFC 9110, section 12.5.1): weight, then how specific the range is,
 * then the server's order.
 * @throws `not-acceptable` where none will do
 */
export function negotiate<Offer extends { readonly mediaTypes: readonly string[] }>(
  request: Request,
  offers: readonly Offer[],
): Offer {
  // Every answer is UTF-8: who asks for that asks for nothing more.
  const accept = (request.headers.accept ?? '*/*').toLowerCase().replaceAll(/;\s*charset\s*=\s*"?utf-8"?/g, '')
  // A format's other names count where they are written out: a range such as application/* is about its own.
  const available = offers.flatMap(({ mediaTypes: [own = '', ...others] }) => [
    own,
    ...others.filter((type) => accept.includes(type)),
  ])
  const [best] = new Negotiator({ headers: { accept } }).mediaTypes(available)
  const offer = best === undefined ? undefined : offers.find(({ mediaTypes }) => mediaTypes.includes(best))
  if (offer !== undefined) return offer
  const own = [...new Set(offers.map(({ mediaTypes }) => mediaTypes[0]))]
  throw new PolyprovError('not-acceptable', `Accept names none of ${own.join(', ')}`)
}
