import { Buffer } from 'node:buffer'

const MASK = '***'

/** The ways in which servers and clients write a text that they were given. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(Buffer.from(secret).toString()),
  new URLSearchParams([['', secret]]).toString().slice(1),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('base64url'),
]

/** A text of somebody else's without the credentials that he was given, however they are written. */
export function masked(text: string, secrets: readonly (string | undefined)[]): string {
  const forms = secrets.flatMap((secret) => (secret === undefined || secret === '' ? [] : formsOf(secret)))
  // The longest first: one may be part of another.
  return [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .reduce((shown, form) => shown.replaceAll(form, MASK), text)
}
