import { XSD } from '../../planner/namespaces.ts'
import type { Literal, Term } from '../../planner/term.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no IRI may hold (SPARQL 1.1, IRIREF)
const NO_IRI = /[\u0000-\u0020<>"{}|^`\\]|[\ud800-\udfff]/u
/** A relative one would mean another IRI to every endpoint. */
const isAbsolute = (value: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(value) && !NO_IRI.test(value)
const LANGUAGE = /^[A-Za-z]+(?:-[A-Za-z0-9]+)*$/
const HALF_PAIR = /[\ud800-\udfff]/u

/**
 * Whether a query can name a term: no blank node, no IRI with characters that none may have, no language tag that is
 * none. No store can hold the others but blank nodes.
 */
export function isWritable(term: Term): boolean {
  switch (term.termType) {
    case 'BlankNode':
      return false
    case 'NamedNode':
      return isAbsolute(term.value)
    case 'Literal':
      if (HALF_PAIR.test(term.value) || term.value.includes('\0')) return false
      return term.language === '' ? isAbsolute(term.datatype.value) : LANGUAGE.test(term.language)
  }
}

/** A term in SPARQL's syntax; it must be {@link isWritable}. */
export function writeTerm(term: Term): string {
  if (!isWritable(term)) throw new TypeError(`no query can name the term ${term.value}`)
  return term.termType === 'NamedNode' ? `<${term.value}>` : writeLiteral(term as Literal)
}

function writeLiteral({ value, language, datatype }: Literal): string {
  const text = `"${escaped(value)}"`
  if (language !== '') return `${text}@${language}`
  return datatype.value === `${XSD}string` ? text : `${text}^^<${datatype.value}>`
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

/**
 * Escapes for a string in double quotes. A `u` behind a backslash is written as a codepoint escape: parsers differ in
 * whether `\\u0041` is a backslash and five characters, or another escape.
 */
function escaped(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those have to be escaped
  return value.replace(/\\[uU]|["\\\n\r\t]|[\u0001-\u001f\u007f]/g, (part) => {
    if (part.length === 2) return `${NAMED['\\']}${codepoint(part[1]!)}`
    return NAMED[part] ?? codepoint(part)
  })
}

const codepoint = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
