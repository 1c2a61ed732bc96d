import { RE2JS, RE2JSSyntaxException } from 're2js'
import { PolyprovError } from '../errors.ts'
import { LONGEST_STRING, stringTooLong } from './literals.ts'
import { translateRegex } from './regex-syntax.ts'

/** A compiled pattern; `undefined` stands for one that is an error. */
interface Compiled {
  readonly regex: RE2JS
  /** Flag `q`: pattern and replacement are taken as they stand. */
  readonly literal: boolean
  readonly matchesEmpty: boolean
}

const FLAGS = /^[smixq]*$/
/** Longest pattern that is compiled: matching takes time in proportion to text times pattern. */
const LONGEST_PATTERN = 10_000
const MOST_CACHED = 256
/** Characters that REPLACE may have searched between two checkpoints. */
const CHECKPOINT_DISTANCE = 1_000_000

const unsupportedPattern = (pattern: string, reason: string): PolyprovError => {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern
  return new PolyprovError('unsupported', `The regular expression "${shown}" uses ${reason}`)
}

function flagBits(flags: string): number {
  let bits = RE2JS.LOOKBEHINDS
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE
  if (flags.includes('s')) bits |= RE2JS.DOTALL
  if (flags.includes('m')) bits |= RE2JS.MULTILINE
  return bits
}

function compile(pattern: string, flags: string): Compiled | undefined {
  if (!FLAGS.test(flags)) return undefined
  if (pattern.length > LONGEST_PATTERN) throw unsupportedPattern(pattern, `more than ${LONGEST_PATTERN} characters`)
  const isLiteral = flags.includes('q')
  const translation = isLiteral
    ? ({ kind: 'translated', text: RE2JS.quote(pattern) } as const)
    : translateRegex(pattern, flags.includes('x'))
  if (translation.kind === 'invalid') return undefined
  if (translation.kind === 'unsupported') throw unsupportedPattern(pattern, translation.reason)
  try {
    const regex = RE2JS.compile(translation.text, flagBits(flags))
    return { regex, literal: isLiteral, matchesEmpty: regex.test('') }
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    if (/repeat count|too large/.test(error.message)) {
      throw unsupportedPattern(pattern, 'more than 1,000 repetitions; the most is {1000}')
    }
    return undefined
  }
}

const cache = new Map<string, Map<string, Compiled | undefined>>()
let cached = 0

/** Compiles each pattern once; a query has few, and data that holds patterns does not fill the memory. */
function compiled(pattern: string, flags: string): Compiled | undefined {
  const known = cache.get(flags)?.get(pattern)
  if (known !== undefined) return known
  const result = compile(pattern, flags)
  if (cached >= MOST_CACHED) {
    cache.clear()
    cached = 0
  }
  const ofFlags = cache.get(flags) ?? new Map<string, Compiled | undefined>()
  cache.set(flags, ofFlags.set(pattern, result))
  cached++
  return result
}

/**
 * `fn:matches` in time linear in the text; `undefined` for a pattern or flags that are errors.
 * @throws PolyprovError `unsupported` for what a linear-time engine lacks: back-references, blocks, huge repetitions
 */
export const matchesRegex = (text: string, pattern: string, flags: string): boolean | undefined =>
  compiled(pattern, flags)?.regex.test(text)

/** A part of a replacement: text as it stands, or the number of a group. */
type Part = string | number

/** `$N` takes as many digits as name a group; what follows is text (`fn:replace`). */
function groupReference(digits: string, groups: number): { group: number; length: number } {
  let length = 1
  while (length < digits.length && Number(digits.slice(0, length + 1)) <= groups) length++
  return { group: Number(digits.slice(0, length)), length }
}

/** `undefined` where `$` or `\` stand wrongly (`err:FORX0004`). */
function parseReplacement(replacement: string, groups: number): readonly Part[] | undefined {
  const parts: Part[] = []
  let position = 0
  while (position < replacement.length) {
    const character = replacement[position]
    const next = replacement[position + 1]
    if (character === '\\') {
      if (next !== '\\' && next !== '$') return undefined
      parts.push(next)
      position += 2
    } else if (character === '$') {
      const digits = /^[0-9]+/.exec(replacement.slice(position + 1))?.[0]
      if (digits === undefined) return undefined
      const { group, length } = groupReference(digits, groups)
      parts.push(group <= groups ? group : '')
      position += 1 + length
    } else {
      const end = /[\\$]/.exec(replacement.slice(position))?.index ?? replacement.length - position
      parts.push(replacement.slice(position, position + end))
      position += end
    }
  }
  return parts
}

/**
 * `fn:replace`; `undefined` for errors: of the pattern, of the replacement, and a pattern that matches the empty
 * string (`err:FORX0003`). Each match is linear, but each may search all that is left, so that the whole is quadratic
 * at worst: `checkpoint` is called on the way.
 * @throws PolyprovError `unsupported` as {@link matchesRegex}, `memory` for a result that is too long
 */
export function replaceRegex(
  text: string,
  pattern: string,
  replacement: string,
  flags: string,
  checkpoint?: () => void,
): string | undefined {
  const program = compiled(pattern, flags)
  if (program === undefined || program.matchesEmpty) return undefined
  const matcher = program.regex.matcher(text)
  const parts = program.literal ? [replacement] : parseReplacement(replacement, matcher.groupCount())
  if (parts === undefined) return undefined
  let result = ''
  let end = 0
  let searched = 0
  while (matcher.find()) {
    searched += text.length - end
    if (searched > CHECKPOINT_DISTANCE) {
      checkpoint?.()
      searched = 0
    }
    result += text.slice(end, matcher.start())
    for (const part of parts) result += typeof part === 'string' ? part : (matcher.group(part) ?? '')
    if (result.length > LONGEST_STRING) throw stringTooLong()
    end = matcher.end()
  }
  return result + text.slice(end)
}
