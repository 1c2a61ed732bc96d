import type { Encoding } from './view.ts'

/** RFC 3987 `iunreserved`; surrogates are looked at as whole characters. */
const IRI_UNRESERVED =
  /[A-Za-z0-9\-._~\u{A0}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFEF}\u{10000}-\u{1FFFD}\u{20000}-\u{2FFFD}\u{30000}-\u{3FFFD}\u{40000}-\u{4FFFD}\u{50000}-\u{5FFFD}\u{60000}-\u{6FFFD}\u{70000}-\u{7FFFD}\u{80000}-\u{8FFFD}\u{90000}-\u{9FFFD}\u{A0000}-\u{AFFFD}\u{B0000}-\u{BFFFD}\u{C0000}-\u{CFFFD}\u{D0000}-\u{DFFFD}\u{E1000}-\u{EFFFD}]/u

const COMPONENT_UNRESERVED = /[A-Za-z0-9\-_.!~*'()]/

/** A value as part of an IRI; it must be well-formed Unicode. */
export function encodeValue(value: string, encoding: Encoding): string {
  if (encoding === 'component') return encodeURIComponent(value)
  return value.replace(/[^A-Za-z0-9\-._~]/gu, (character) =>
    IRI_UNRESERVED.test(character) ? character : percentEncode(character),
  )
}

/** `encodeURIComponent`, and what that leaves alone. */
const percentEncode = (character: string): string =>
  encodeURIComponent(character).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/** The value that {@link encodeValue} wrote, or `undefined` where it cannot have written this text. */
export function decodeValue(text: string, encoding: Encoding): string | undefined {
  try {
    const value = decodeURIComponent(text)
    return encodeValue(value, encoding) === text ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a character of a template's own text can never be part of an encoded value. */
export const isDelimiter = (text: string, encoding: Encoding): boolean =>
  [...text].some(
    (character) => character !== '%' && !(encoding === 'iri' ? IRI_UNRESERVED : COMPONENT_UNRESERVED).test(character),
  )

/** A value as part of a blank node label: injective, and made of what every RDF syntax takes in a label. */
export const encodeLabel = (value: string): string =>
  value.replace(/[^A-Za-z0-9]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`)

/** Absolute, and free of the characters that no IRI can hold (RFC 3987, Turtle's IRIREF). */
export const isAbsoluteIri = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  /^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>"{}|^`\\]*$/.test(text)
