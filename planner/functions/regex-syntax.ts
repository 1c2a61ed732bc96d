/**
 * A regular expression of XPath 2.0 (`fn:matches`, on XML Schema's) in the syntax of RE2; `invalid` is an error of the
 * expression (`err:FORX0002`), `unsupported` is XPath that a linear-time engine or this translation lacks.
 */
export type Translation =
  | { readonly kind: 'translated'; readonly text: string }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unsupported'; readonly reason: string }

type Ranges = readonly (readonly [first: number, last: number])[]

const NAME_START: Ranges = [
  [0x3a, 0x3a],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
]

const NAME: Ranges = [
  ...NAME_START,
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
] as Ranges

const SPACE: Ranges = [
  [0x9, 0xa],
  [0xd, 0xd],
  [0x20, 0x20],
]

const hex = (codePoint: number): string => `\\x{${codePoint.toString(16)}}`

const rangesText = (ranges: Ranges): string => ranges.map(([first, last]) => `${hex(first)}-${hex(last)}`).join('')

function complement(ranges: Ranges): Ranges {
  const result: [number, number][] = []
  let next = 0
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (first > next) result.push([next, first - 1])
    next = last + 1
  }
  result.push([next, 0x10ffff])
  return result
}

/** Multi-character escapes as members of a class (XML Schema part 2, appendix F.1.1). */
const CLASS_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['d', '\\p{Nd}'],
  ['D', '\\P{Nd}'],
  ['w', '\\p{L}\\p{M}\\p{N}\\p{S}'],
  ['W', '\\p{P}\\p{Z}\\p{C}'],
  ['s', rangesText(SPACE)],
  ['S', rangesText(complement(SPACE))],
  ['i', rangesText(NAME_START)],
  ['I', rangesText(complement(NAME_START))],
  ['c', rangesText(NAME)],
  ['C', rangesText(complement(NAME))],
])

const SINGLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ...[...'\\|.?*+(){}-[]^$/'].map((character): [string, string] => [character, character]),
])

const CATEGORY = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfo]?)$/
const WORD = /^[\p{L}\p{N}]$/u

const quoted = (character: string): string => (WORD.test(character) ? character : hex(character.codePointAt(0) ?? 0))

class Failure {
  readonly translation: Translation
  constructor(translation: Translation) {
    this.translation = translation
  }
}

const invalid = (): Failure => new Failure({ kind: 'invalid' })
const unsupported = (reason: string): Failure => new Failure({ kind: 'unsupported', reason })

interface Cursor {
  readonly characters: readonly string[]
  position: number
}

/** `{Lu}` after `\p`. */
function category(cursor: Cursor): string {
  const end = cursor.characters.indexOf('}', cursor.position)
  if (cursor.characters[cursor.position] !== '{' || end < 0) throw invalid()
  const name = cursor.characters.slice(cursor.position + 1, end).join('')
  cursor.position = end + 1
  if (/^Is[a-zA-Z0-9-]+$/.test(name)) throw unsupported(`the Unicode block \\p{${name}}; write its range of characters`)
  if (!CATEGORY.test(name)) throw invalid()
  return name
}

type Escape = { readonly kind: 'class'; readonly text: string } | { readonly kind: 'character'; readonly text: string }

/** What follows a backslash, within a class or without. */
function escapeSequence(cursor: Cursor): Escape {
  const character = cursor.characters[cursor.position++]
  if (character === undefined) throw invalid()
  const members = CLASS_ESCAPES.get(character)
  if (members !== undefined) return { kind: 'class', text: members }
  if (character === 'p' || character === 'P') return { kind: 'class', text: `\\${character}{${category(cursor)}}` }
  const single = SINGLE_ESCAPES.get(character)
  if (single === undefined) throw invalid()
  return { kind: 'character', text: single }
}

/** One end of a range, or a lone member. */
function classCharacter(cursor: Cursor): Escape {
  const character = cursor.characters[cursor.position++]
  if (character === undefined || character === '[') throw invalid()
  return character === '\\' ? escapeSequence(cursor) : { kind: 'character', text: character }
}

function classMember(cursor: Cursor): string {
  const first = classCharacter(cursor)
  if (first.kind === 'class') return first.text
  const [dash, next] = cursor.characters.slice(cursor.position, cursor.position + 2)
  if (dash !== '-' || next === ']' || next === '[') return quoted(first.text)
  cursor.position++
  const last = classCharacter(cursor)
  if (last.kind === 'class') throw invalid()
  return `${quoted(first.text)}-${quoted(last.text)}`
}

/** A class after its `[`. Subtraction `[a-z-[aeiou]]` becomes a look-behind: RE2 has no subtraction. */
function characterClass(cursor: Cursor): string {
  const negated = cursor.characters[cursor.position] === '^'
  if (negated) cursor.position++
  let members = ''
  for (;;) {
    const [character, next] = cursor.characters.slice(cursor.position, cursor.position + 2)
    if (character === undefined) throw invalid()
    if (character === ']' || (character === '-' && next === '[')) {
      if (members === '') throw invalid()
      const base = `[${negated ? '^' : ''}${members}]`
      cursor.position++
      return character === ']' ? base : subtraction(base, cursor)
    }
    members += classMember(cursor)
  }
}

function subtraction(base: string, cursor: Cursor): string {
  cursor.position++
  const removed = characterClass(cursor)
  if (cursor.characters[cursor.position++] !== ']') throw invalid()
  return `(?:${base}(?<!${removed}))`
}

function topLevelEscape(cursor: Cursor): string {
  const next = cursor.characters[cursor.position]
  if (next !== undefined && /[1-9]/.test(next)) {
    throw unsupported('a back-reference, which no engine without backtracking has')
  }
  if (next === 'b' || next === 'B') {
    cursor.position++
    return `\\${next}`
  }
  const escaped = escapeSequence(cursor)
  return escaped.kind === 'class' ? `[${escaped.text}]` : quoted(escaped.text)
}

function group(cursor: Cursor): string {
  if (cursor.characters[cursor.position] !== '?') return '('
  if (cursor.characters[cursor.position + 1] !== ':') throw invalid()
  cursor.position += 2
  return '(?:'
}

function topLevel(cursor: Cursor, extended: boolean): string {
  let result = ''
  while (cursor.position < cursor.characters.length) {
    const character = cursor.characters[cursor.position++] ?? ''
    if (character === '\\') result += topLevelEscape(cursor)
    else if (character === '[') result += characterClass(cursor)
    else if (character === '(') result += group(cursor)
    else if (!(extended && /[\t\n\r ]/.test(character))) result += character
  }
  return result
}

/**
 * Translates a pattern; `extended` drops blanks outside classes (flag `x`). Beyond XPath 2.0 it takes `(?:…)` of
 * XPath 3.0, and `\b` and `\B`, which XPath has not but every SPARQL engine takes.
 */
export function translateRegex(pattern: string, extended: boolean): Translation {
  try {
    return { kind: 'translated', text: topLevel({ characters: [...pattern], position: 0 }, extended) }
  } catch (error) {
    if (error instanceof Failure) return error.translation
    throw error
  }
}
