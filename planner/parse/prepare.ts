import { PolyprovError } from '../errors.ts'
import { XSD } from '../namespaces.ts'
import { isAbsolute, resolveIri } from './iri.ts'
import { applyEdits, type Edit, type EditedText, errorAt } from './text.ts'
import { keyword, type Token, tokenise } from './tokens.ts'

/** Most tokens of a text: the parser takes some 35 µs for each, and cannot be interrupted. */
const MAXIMUM_TOKENS = 100_000
/** Brackets nested deeper than this are refused: every later step recurses over them. */
const MAXIMUM_DEPTH = 400

/** Most zeros in a row: every number with a sign is marked by one more. */
const MAXIMUM_ZEROS = 250

/** A query text made ready for the parser, with the tokens that errors point at. */
export interface Prepared {
  readonly original: string
  /** What the parser reads. */
  readonly text: string
  /** What stands before the digits of a number with a sign. */
  readonly numberMark: string
  /** Tokens without comments; their offsets are those of the text after codepoint escapes. */
  readonly tokens: readonly Token[]
  readonly base?: string
  readonly prefixes: Readonly<Record<string, string>>
  /** The token at or after an offset of `text`. */
  readonly tokenAt: (offset: number) => Token | undefined
  readonly fail: (code: 'query-syntax' | 'query-semantics', message: string, token?: Token) => never
}

/** Marks that the pre-pass leaves in the text, so that what the parser gives can be led back to its token. */
export const markedVariable = (index: number, name: string): string => `as${index}_${name}`
export const markedLabel = (index: number, label: string): string => `t${index}_${label}`
export const VALUES_MARK = 'x-values:'
/** The predicate of triples that stand in a template only because the parser needs one there. */
export const FILLER = 'x-filler:'

/**
 * Undoes the mark of a number with a sign, in the lexical form that the parser gives: it drops a plus, and writes
 * exponents in lower case. Others stay as they are.
 */
export function unmarkNumber(lexical: string, mark: string): string {
  const sign = lexical.startsWith('-') ? '-' : '+'
  const start = sign === '-' ? 1 : 0
  if (!lexical.startsWith(mark, start)) return lexical
  const digits = lexical.slice(start + mark.length + 1)
  return sign + (lexical[start + mark.length] === '2' ? digits.toUpperCase() : digits)
}

/** Zeros that stand before the digits of a number with a sign: more than the text has anywhere. */
function numberMarkOf(text: string): string {
  const longest = text.match(/0+/g)?.reduce((most, zeros) => Math.max(most, zeros.length), 0) ?? 0
  if (longest > MAXIMUM_ZEROS) {
    throw new PolyprovError('too-large', `The query has ${longest} zeros in a row; ${MAXIMUM_ZEROS} are the most`)
  }
  return '0'.repeat(longest + 1)
}

/** Undoes {@link markedVariable} and {@link markedLabel}. */
export function unmark(name: string): { readonly index: number; readonly name: string } {
  const separator = name.indexOf('_')
  return { index: Number(/[0-9]+/.exec(name)![0]), name: name.slice(separator + 1) }
}

/**
 * Makes a SPARQL text ready for sparqljs and mends what that does not know: codepoint escapes anywhere (section 19.2),
 * relative IRIs by RFC 3986, unknown prefixes, labels of blank nodes, empty groups (which it drops even under GRAPH),
 * the variables of a VALUES block without rows, the sign of `+5`, the case of exponents. Targets of AS are renamed: its own checks of
 * scope are incomplete, ours are not.
 */
export function prepare(
  original: string,
  options: { readonly base?: string; readonly prefixes?: Readonly<Record<string, string>> },
): Prepared {
  const decoded = decodeEscapes(original)
  const all = tokenise(decoded.text)
  const tokens = all.filter((token) => token.kind !== 'comment')
  const fail: Prepared['fail'] = (code, message, token) => {
    throw errorAt(code, message, original, decoded.toOriginal(token?.start ?? decoded.text.trimEnd().length))
  }
  if (tokens.length > MAXIMUM_TOKENS) {
    throw new PolyprovError('too-large', `The query has ${tokens.length} tokens; ${MAXIMUM_TOKENS} are the most`)
  }
  checkDepth(tokens, fail)
  const scan: Scan = {
    tokens,
    fail,
    base: options.base,
    prefixes: new Map(Object.entries(options.prefixes ?? {})),
    edits: new Map(),
    numberMark: numberMarkOf(decoded.text),
  }
  for (let index = 0; index < tokens.length; index++) prepareToken(scan, index)
  for (const token of all) {
    if (token.kind === 'comment') edit(scan, token, ' '.repeat(token.text.length))
  }
  const edits = [...scan.edits.values()].sort((left, right) => left.start - right.start)
  const prepared = applyEdits(decoded.text, edits)
  return {
    original,
    text: prepared.text,
    numberMark: scan.numberMark,
    tokens,
    ...(scan.base === undefined ? {} : { base: scan.base }),
    prefixes: Object.fromEntries(scan.prefixes),
    tokenAt: (offset) => tokenFrom(tokens, prepared.toOriginal(offset)),
    fail,
  }
}

function tokenFrom(tokens: readonly Token[], offset: number): Token | undefined {
  return tokens.find((token) => token.end > offset)
}

/**
 * Codepoint escapes (section 19.2). One that stands for a quote, a backslash or a line end becomes the escape of a
 * string for it: it is never taken as syntax.
 */
function decodeEscapes(text: string): EditedText {
  const edits: Edit[] = []
  for (const match of text.matchAll(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|[\s\S])/g)) {
    const digits = match[1] ?? match[2]
    if (digits === undefined) continue
    const codepoint = Number.parseInt(digits, 16)
    if (codepoint > 0x10ffff || (codepoint >= 0xd800 && codepoint <= 0xdfff)) {
      throw errorAt('query-syntax', `${match[0]} is not the escape of a character`, text, match.index)
    }
    const character = String.fromCodePoint(codepoint)
    const special = { '"': '\\"', "'": "\\'", '\\': '\\\\', '\n': '\\n', '\r': '\\r' }[character]
    edits.push({ start: match.index, end: match.index + match[0].length, replacement: special ?? character })
  }
  return applyEdits(text, edits)
}

function checkDepth(tokens: readonly Token[], fail: Prepared['fail']): void {
  let depth = 0
  for (const token of tokens) {
    if (token.kind !== 'symbol') continue
    if ('({['.includes(token.text)) depth++
    if (')}]'.includes(token.text)) depth--
    if (depth > MAXIMUM_DEPTH) fail('query-syntax', `Brackets nest deeper than ${MAXIMUM_DEPTH}`, token)
  }
}

interface Scan {
  readonly tokens: readonly Token[]
  readonly fail: Prepared['fail']
  readonly prefixes: Map<string, string>
  readonly edits: Map<number, Edit>
  readonly numberMark: string
  base: string | undefined
}

const edit = (scan: Scan, token: Token, replacement: string): void => {
  scan.edits.set(token.start, { start: token.start, end: token.end, replacement })
}

function prepareToken(scan: Scan, index: number): void {
  const token = scan.tokens[index]!
  const previous = scan.tokens[index - 1]
  switch (token.kind) {
    case 'iri':
      prepareIri(scan, index)
      break
    case 'prefixed':
      preparePrefixed(scan, token, previous)
      break
    case 'variable':
      if (keyword(previous) === 'AS') edit(scan, token, `?${markedVariable(index, token.text.slice(1))}`)
      break
    case 'blank':
      edit(scan, token, `_:${markedLabel(index, token.text.slice(2))}`)
      break
    case 'number':
      prepareNumber(scan, token, previous)
      break
    case 'word':
      if (keyword(token) === 'VALUES') prepareValues(scan, index)
      if (keyword(token) === 'CONSTRUCT') prepareTemplate(scan, index)
      if (keyword(token) === 'INSERT' || keyword(token) === 'DELETE') prepareQuads(scan, index)
      break
    case 'symbol':
      if (token.text === '}' && previous?.text === '{') prepareEmptyGroup(scan, index)
  }
}

/** `+5` and `1E6` are terms of these very forms (section 4.1.2): the parser would make others of them. */
function prepareNumber(scan: Scan, token: Token, previous: Token | undefined): void {
  const signed = (previous?.text === '-' || previous?.text === '+') && previous.end === token.start
  if (signed) edit(scan, token, `${scan.numberMark}${token.text.includes('E') ? 2 : 1}${token.text}`)
  else if (token.text.includes('E')) edit(scan, token, `"${token.text}"^^<${XSD}double>`)
}

function prepareIri(scan: Scan, index: number): void {
  const token = scan.tokens[index]!
  const reference = token.text.slice(1, -1)
  if (!isAbsolute(reference) && scan.base === undefined) {
    scan.fail('query-semantics', `The relative IRI ${token.text} needs a BASE`, token)
  }
  const resolved = isAbsolute(reference) ? reference : resolveIri(reference, scan.base!)
  if (resolved !== reference) edit(scan, token, `<${resolved}>`)
  const previous = scan.tokens[index - 1]
  if (keyword(previous) === 'BASE') scan.base = resolved
  if (previous?.kind === 'prefixed' && keyword(scan.tokens[index - 2]) === 'PREFIX') {
    scan.prefixes.set(previous.text.slice(0, -1), resolved)
  }
}

/** Checks the prefix, and expands a name with escapes: the parser would leave the backslashes in the IRI. */
function preparePrefixed(scan: Scan, token: Token, previous: Token | undefined): void {
  if (keyword(previous) === 'PREFIX') return
  const colon = token.text.indexOf(':')
  const namespace =
    scan.prefixes.get(token.text.slice(0, colon)) ??
    scan.fail('query-semantics', `The prefix "${token.text.slice(0, colon + 1)}" is not declared`, token)
  if (token.text.includes('\\'))
    edit(scan, token, `<${namespace}${token.text.slice(colon + 1).replaceAll(/\\(.)/g, '$1')}>`)
}

/** An empty group gets a filter that is always true; templates of CONSTRUCT and data of VALUES stay as they are. */
function prepareEmptyGroup(scan: Scan, index: number): void {
  const token = scan.tokens[index]!
  if (scan.edits.has(token.start)) return
  const before = scan.tokens[index - 2]
  if (keyword(before) === 'CONSTRUCT') return
  if (keyword(before) === 'WHERE' && isShortConstruct(scan.tokens, index - 2)) return
  edit(scan, token, ' FILTER(true) }')
}

/** Whether only dataset clauses stand between the WHERE at `index` and its CONSTRUCT. */
function isShortConstruct(tokens: readonly Token[], index: number): boolean {
  let at = index - 1
  while (at >= 0 && (tokens[at]!.kind === 'iri' || tokens[at]!.kind === 'prefixed')) {
    at--
    if (keyword(tokens[at]) === 'NAMED') at--
    if (keyword(tokens[at]) !== 'FROM') return false
    at--
  }
  return keyword(tokens[at]) === 'CONSTRUCT'
}

/** The parser fails on templates with a `[ … ]` or list that nothing follows: such a node gets one triple more. */
function prepareTemplate(scan: Scan, index: number): void {
  const { tokens } = scan
  const open = tokens.findIndex((token, at) => at > index && token.text === '{')
  if (open === -1 || (open !== index + 1 && keyword(tokens[open - 1]) !== 'WHERE')) return
  if (open !== index + 1 && !isShortConstruct(tokens, open - 1)) return
  fillNodes(scan, open)
}

/** Data and templates of an update (section 19.8, Quads): an empty one, or graph in it, stays as it is. */
function prepareQuads(scan: Scan, index: number): void {
  const { tokens } = scan
  const isPart = ['DATA', 'WHERE'].includes(keyword(tokens[index + 1]))
  const open = isPart ? index + 2 : index + 1
  if (tokens[open]?.text !== '{') return
  const close = fillNodes(scan, open)
  for (let at = open + 1; at <= close; at++) {
    if (tokens[at]!.text === '}' && tokens[at - 1]!.text === '{') edit(scan, tokens[at]!, '}')
  }
}

/** Fills the nodes of the triples from the brace at `open` to the one that closes it; the index of that. */
function fillNodes(scan: Scan, open: number): number {
  const { tokens } = scan
  const opened: number[] = []
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at]!
    if (token.kind !== 'symbol') continue
    if (token.text === '{') depth++
    if (token.text === '}' && --depth === 0) return at
    if (token.text === '[' || token.text === '(') opened.push(at)
    else if (token.text === ']' || token.text === ')') {
      const start = opened.pop()
      if (start !== undefined && opened.length === 0) fillNode(scan, start, at)
    }
  }
  return tokens.length - 1
}

function fillNode(scan: Scan, start: number, end: number): void {
  const before = scan.tokens[start - 1]!.text
  const after = scan.tokens[end + 1]
  const starts = before === '{' || before === '}' || before === '.'
  const isStatement = starts && (after?.text === '}' || after?.text === '.' || keyword(after) === 'GRAPH')
  if (isStatement && end > start + 1) edit(scan, scan.tokens[end]!, `${scan.tokens[end]!.text} <${FILLER}> <${FILLER}>`)
}

/** Checks the rows of a VALUES block and puts a row before them that names its variables and the block's token. */
function prepareValues(scan: Scan, index: number): void {
  const { tokens } = scan
  const next = tokens[index + 1]
  const single = next?.kind === 'variable'
  if (!single && next?.text !== '(') return
  let at = index + (single ? 1 : 2)
  const variables: Token[] = []
  while (tokens[at]?.kind === 'variable') variables.push(tokens[at++]!)
  if (!single && tokens[at++]?.text !== ')') return
  const open = tokens[at]
  if (open?.text !== '{') return
  checkDistinct(scan, variables)
  const mark = variables.map(() => `<${VALUES_MARK}${index}>`).join(' ')
  const close = single ? blockEnd(tokens, at) : checkRows(scan, at + 1, variables.length)
  edit(scan, open, single ? `{ ${mark} ` : `{ (${mark}) `)
  // An empty block is no empty group.
  if (close === at + 1 && close < tokens.length) edit(scan, tokens[close]!, '}')
}

function checkDistinct(scan: Scan, variables: readonly Token[]): void {
  const names = new Set<string>()
  for (const token of variables) {
    if (names.has(token.text.slice(1))) scan.fail('query-semantics', `${token.text} stands twice in VALUES`, token)
    names.add(token.text.slice(1))
  }
}

function blockEnd(tokens: readonly Token[], open: number): number {
  let at = open + 1
  while (at < tokens.length && tokens[at]!.text !== '}') at++
  return at
}

/** Checks the arity of each row from `at` on; gives the index of the closing brace. */
function checkRows(scan: Scan, at: number, arity: number): number {
  let row: Token | undefined
  let count = 0
  for (; at < scan.tokens.length; at++) {
    const token = scan.tokens[at]!
    if (token.text === '}') break
    if (token.text === '(') {
      row = token
      count = 0
    } else if (token.text === ')') {
      if (count !== arity) scan.fail('query-semantics', arityMessage(count, arity), row)
    } else if (isValueStart(token, scan.tokens[at - 1])) count++
  }
  return at
}

const arityMessage = (count: number, arity: number): string =>
  `A row of VALUES has ${count} ${count === 1 ? 'value' : 'values'} for ${arity} ${arity === 1 ? 'variable' : 'variables'}`

const isValueStart = (token: Token, previous: Token | undefined): boolean =>
  previous?.text !== '^^' && token.kind !== 'language' && token.kind !== 'symbol'
