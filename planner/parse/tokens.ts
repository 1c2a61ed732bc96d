import { errorAt } from './text.ts'

export type TokenKind =
  | 'iri'
  | 'prefixed'
  | 'blank'
  | 'variable'
  | 'string'
  | 'language'
  | 'number'
  | 'word'
  | 'symbol'
  | 'comment'

/** A token of a SPARQL text; offsets are those of the text that was tokenised. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

// SPARQL 1.1, section 19.8, productions 139 to 173.
const BASE_CHARACTERS =
  'A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const NAME_CHARACTERS = `${BASE_CHARACTERS}_0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040`
const PREFIX = `(?:[${BASE_CHARACTERS}](?:[${NAME_CHARACTERS}.\\-]*[${NAME_CHARACTERS}\\-])?)?`
const ESCAPED = "(?:%[0-9A-Fa-f]{2}|\\\\[_~.\\-!$&'()*+,;=/?#@%])"
const LOCAL_START = `(?:[${BASE_CHARACTERS}_0-9:]|${ESCAPED})`
const LOCAL_MIDDLE = `(?:[${NAME_CHARACTERS}.:\\-]|${ESCAPED})`
const LOCAL_END = `(?:[${NAME_CHARACTERS}:\\-]|${ESCAPED})`
const ECHAR = '\\\\[tbnrf\\\\"\']'

const KINDS: readonly (readonly [TokenKind, string])[] = [
  ['comment', '#[^\\r\\n]*'],
  ['iri', '<[^<>"{}|^`\\\\\\u0000-\\u0020]*>'],
  ['string', `"""(?:"{0,2}(?:[^"\\\\]|${ECHAR}))*"""|'''(?:'{0,2}(?:[^'\\\\]|${ECHAR}))*'''`],
  ['string', `"(?:[^"\\\\\\n\\r]|${ECHAR})*"|'(?:[^'\\\\\\n\\r]|${ECHAR})*'`],
  ['blank', `_:[${BASE_CHARACTERS}_0-9](?:[${NAME_CHARACTERS}.\\-]*[${NAME_CHARACTERS}\\-])?`],
  ['prefixed', `${PREFIX}:(?:${LOCAL_START}(?:${LOCAL_MIDDLE}*${LOCAL_END})?)?`],
  ['variable', `[?$][${BASE_CHARACTERS}_0-9][${BASE_CHARACTERS}_0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]*`],
  ['language', '@[A-Za-z]+(?:-[A-Za-z0-9]+)*'],
  ['number', '(?:[0-9]+\\.[0-9]*|\\.[0-9]+|[0-9]+)[eE][+\\-]?[0-9]+|[0-9]*\\.[0-9]+|[0-9]+'],
  ['word', '[A-Za-z][A-Za-z0-9_]*'],
  ['symbol', '\\^\\^|\\|\\||&&|!=|<=|>=|<<|>>|[{}()\\[\\].,;*/|^?+\\-!=<>]'],
]

const TOKEN = new RegExp(KINDS.map(([, pattern]) => `(${pattern})`).join('|'), 'uy')
const SPACE = /[ \t\r\n]+/y

/** Cuts a text (its codepoint escapes already decoded) into tokens, comments among them; throws `query-syntax`. */
export function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = []
  let offset = 0
  while (offset < text.length) {
    SPACE.lastIndex = offset
    const space = SPACE.exec(text)
    if (space !== null) {
      offset += space[0].length
      continue
    }
    TOKEN.lastIndex = offset
    const match = TOKEN.exec(text)
    if (match === null) throw errorAt('query-syntax', lexicalMessage(text, offset), text, offset)
    const group = match.findIndex((value, index) => index > 0 && value !== undefined)
    const end = offset + match[0].length
    tokens.push({ kind: KINDS[group - 1]![0], text: match[0], start: offset, end })
    offset = end
  }
  return tokens
}

function lexicalMessage(text: string, offset: number): string {
  const character = String.fromCodePoint(text.codePointAt(offset)!)
  if (character === '"' || character === "'") return 'A string is not ended, or holds an escape that does not exist'
  return `Unexpected character ${JSON.stringify(character)}`
}

/** The word of a keyword token in upper case; an empty string for every other token. */
export const keyword = (token: Token | undefined): string => (token?.kind === 'word' ? token.text.toUpperCase() : '')
