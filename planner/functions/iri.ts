import { isAbsolute, resolveIri } from '../parse/iri.ts'

/** Characters that no IRI holds (SPARQL's IRIREF production). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const FORBIDDEN = /[\u0000-\u0020<>"{}|^`\\]/

/**
 * The IRI that a string names: an absolute one as it is written, a relative one resolved against the base. `undefined`
 * for a relative one without a base, and for a string that holds characters no IRI does.
 */
export function iriOf(text: string, base: string | undefined): string | undefined {
  if (FORBIDDEN.test(text)) return undefined
  if (isAbsolute(text)) return text
  return base === undefined ? undefined : resolveIri(text, base)
}
