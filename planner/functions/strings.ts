import type { Literal, Term } from '../term.ts'
import { binary, type EvaluationContext, type FunctionDefinition, unary, variadic } from './definition.ts'
import { booleanTerm, isSimpleLiteral, isStringLiteral, stringTerm } from './literals.ts'
import { integerTerm, numericValue } from './numeric-values.ts'
import { matchesRegex, replaceRegex } from './regex.ts'

const ASTRAL = /[\ud800-\udfff]/

/** The number of code points. */
function codePointLength(text: string): number {
  if (!ASTRAL.test(text)) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

const likeSource = (source: Literal, value: string): Literal => stringTerm(value, source.language)

const onString = (apply: (text: Literal) => Term | undefined): FunctionDefinition =>
  unary((term) => (isStringLiteral(term) ? apply(term) : undefined))

/** Argument compatibility (SPARQL 1.1, section 17.4.3.1.2): the second is simple or has the first one's tag. */
const areCompatible = (first: Literal, second: Literal): boolean =>
  second.language === '' || second.language.toLowerCase() === first.language.toLowerCase()

const onCompatible = (apply: (text: Literal, part: Literal) => Term | undefined): FunctionDefinition =>
  binary((text, part) =>
    isStringLiteral(text) && isStringLiteral(part) && areCompatible(text, part) ? apply(text, part) : undefined,
  )

const integerArgument = (term: Term): number | undefined => {
  const value = numericValue(term)
  return value?.kind === 'integer' ? Number(value.value) : undefined
}

/** `fn:substring`: positions are code points counted from 1; what lies outside the string is not there. */
function substring([source, from, length]: readonly Term[]): Term | undefined {
  if (source === undefined || from === undefined || !isStringLiteral(source)) return undefined
  const start = integerArgument(from)
  const count = length === undefined ? Number.POSITIVE_INFINITY : integerArgument(length)
  if (start === undefined || count === undefined) return undefined
  const first = Math.max(0, start - 1)
  const end = Math.max(first, start - 1 + count)
  const text = source.value
  return likeSource(source, ASTRAL.test(text) ? [...text].slice(first, end).join('') : text.slice(first, end))
}

function concat(args: readonly Term[]): Term | undefined {
  const parts: string[] = []
  let language: string | undefined
  for (const term of args) {
    if (!isStringLiteral(term)) return undefined
    parts.push(term.value)
    const tag = term.language.toLowerCase()
    language = language === undefined || language === tag ? tag : ''
  }
  const tagged = language === undefined || language === '' ? '' : ((args[0] as Literal).language ?? '')
  return stringTerm(parts.join(''), tagged)
}

function before(text: Literal, part: Literal): Term {
  const at = text.value.indexOf(part.value)
  return at < 0 ? stringTerm('') : likeSource(text, text.value.slice(0, at))
}

function after(text: Literal, part: Literal): Term {
  const at = text.value.indexOf(part.value)
  return at < 0 ? stringTerm('') : likeSource(text, text.value.slice(at + part.value.length))
}

/** A surrogate without its partner, which UTF-8 cannot express. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** `fn:encode-for-uri`: only unreserved characters of RFC 3986 stay. */
const encodeForUri = (text: string): string =>
  encodeURIComponent(text.replace(LONE_SURROGATE, '\ufffd')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

function regex([text, pattern, flags]: readonly Term[]): Term | undefined {
  if (text === undefined || pattern === undefined || !isStringLiteral(text)) return undefined
  if (!isSimpleLiteral(pattern) || (flags !== undefined && !isSimpleLiteral(flags))) return undefined
  return booleanTerm(matchesRegex(text.value, pattern.value, flags?.value ?? ''))
}

function replace([text, pattern, replacement, flags]: readonly Term[], context: EvaluationContext): Term | undefined {
  if (text === undefined || pattern === undefined || replacement === undefined) return undefined
  if (!isStringLiteral(text) || !isSimpleLiteral(pattern) || !isSimpleLiteral(replacement)) return undefined
  if (flags !== undefined && !isSimpleLiteral(flags)) return undefined
  const checkpoint = context.longCall?.()
  const result = replaceRegex(text.value, pattern.value, replacement.value, flags?.value ?? '', checkpoint)
  return result === undefined ? undefined : likeSource(text, result)
}

/** Functions on strings (SPARQL 1.1, section 17.4.3). */
export const stringFunctions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['STRLEN', onString((text) => integerTerm(codePointLength(text.value)))],
  ['SUBSTR', variadic(2, 3, substring)],
  ['UCASE', onString((text) => likeSource(text, text.value.toUpperCase()))],
  ['LCASE', onString((text) => likeSource(text, text.value.toLowerCase()))],
  ['STRSTARTS', onCompatible((text, part) => booleanTerm(text.value.startsWith(part.value)))],
  ['STRENDS', onCompatible((text, part) => booleanTerm(text.value.endsWith(part.value)))],
  ['CONTAINS', onCompatible((text, part) => booleanTerm(text.value.includes(part.value)))],
  ['STRBEFORE', onCompatible(before)],
  ['STRAFTER', onCompatible(after)],
  ['ENCODE_FOR_URI', onString((text) => stringTerm(encodeForUri(text.value)))],
  ['CONCAT', variadic(0, Number.POSITIVE_INFINITY, concat)],
  ['REGEX', variadic(2, 3, regex)],
  ['REPLACE', variadic(3, 4, replace)],
])
