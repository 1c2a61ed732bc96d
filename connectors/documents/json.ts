/** Longest run of digits that is kept exactly; longer ones are read as `JSON.parse` does. */
const MOST_DIGITS = 10_000

const LONG_INTEGER = /[\s:,[]-?\d{16}/
const LONG_INTEGERS = new RegExp(`(?<![\\d.eE+-])-?\\d{16,${MOST_DIGITS}}(?![\\d.eE])`, 'g')

/**
 * The value of a JSON text, integers that a double would round as `bigint`.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!LONG_INTEGER.test(text)) return value
  // Marked texts begin with more NULs than a text that holds as few of their escapes can.
  const marker = '\\u0000'.repeat(text.split('\\u0000').length)
  const marked = outsideStrings(text, (part) =>
    part.replace(LONG_INTEGERS, (digits) => (Number.isSafeInteger(Number(digits)) ? digits : `"${marker}${digits}"`)),
  )
  return withIntegers(JSON.parse(marked), '\0'.repeat(marker.length / '\\u0000'.length))
}

/** The text, its parts that are in no string rewritten. */
function outsideStrings(text: string, rewrite: (part: string) => string): string {
  const parts: string[] = []
  let start = 0
  while (start < text.length) {
    const quote = text.indexOf('"', start)
    if (quote === -1) break
    const end = afterString(text, quote)
    parts.push(rewrite(text.slice(start, quote)), text.slice(quote, end))
    start = end
  }
  parts.push(rewrite(text.slice(start)))
  return parts.join('')
}

/** Marked strings become integers, in place; without recursion, however deep the value is. */
function withIntegers(value: unknown, marker: string): unknown {
  const root = { value }
  const open: object[] = [root]
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [name, item] of Object.entries(holder) as readonly (readonly [string, unknown])[]) {
      if (typeof item === 'object' && item !== null) open.push(item)
      else if (typeof item === 'string' && item.startsWith(marker)) {
        // A member may be called `__proto__`, which an assignment would not reach.
        Object.defineProperty(holder, name, { value: BigInt(item.slice(marker.length)) })
      }
    }
  }
  return root.value
}

/** The position after the string whose quote is at `quote`; the text's end where it is not closed. */
function afterString(text: string, quote: number): number {
  let end = text.indexOf('"', quote + 1)
  while (end !== -1) {
    let before = end
    while (text[before - 1] === '\\') before--
    if ((end - before) % 2 === 0) return end + 1
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

const [QUOTE, COMMA, OPEN, CLOSE, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d]

/** Where the element (or member) that begins at `start` ends: at a comma, at the bracket that closes its list, or at the text's end. */
export function elementEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = afterString(text, at) - 1
    else if (code === COMMA) {
      if (depth === 0) return at
    } else if (code === OPEN || code === OPEN_OBJECT) depth++
    else if (code === CLOSE || code === CLOSE_OBJECT) {
      if (depth === 0) return at
      depth--
    }
  }
  return text.length
}

/** The members of the object that begins at `open`, as far as the text goes: where they start and end. */
export function* members(text: string, open: number): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = open + 1; start < text.length; ) {
    const end = elementEnd(text, start)
    yield { start, end }
    if (text.charCodeAt(end) !== COMMA) return
    start = end + 1
  }
}

/** The position of the first character that is no white space (RFC 8259, section 2). */
export function afterSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++
  return at
}

/** The line of a position, from 1. */
export function lineAt(text: string, position: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line++
  return line
}

const TOKEN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what strings may not hold
const CHARACTERS = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Where a JSON text that does not parse first departs from the grammar (RFC 8259). */
export function errorPosition(text: string): number {
  const open: ('{' | '[')[] = []
  let expected: readonly string[] = ['value']
  let at = afterSpace(text, 0)
  for (;;) {
    const end = text[at] === '"' ? stringEnd(text, at) : matchEnd(TOKEN, text, at)
    if (end === undefined) return at
    const first = text[at]!
    const kind = tokenKind(first, expected)
    if (!expected.includes(kind)) return at
    expected = following(first, kind, open)
    at = afterSpace(text, end)
  }
}

function matchEnd(expression: RegExp, text: string, at: number): number | undefined {
  expression.lastIndex = at
  return expression.test(text) ? expression.lastIndex : undefined
}

/** By parts: a whole string of many escapes is too much for one regular expression. */
function stringEnd(text: string, quote: number): number | undefined {
  let at: number | undefined = quote + 1
  while (at !== undefined) {
    at = matchEnd(CHARACTERS, text, at)!
    if (text[at] === '"') return at + 1
    at = matchEnd(ESCAPE, text, at)
  }
  return undefined
}

function tokenKind(first: string, expected: readonly string[]): string {
  if ('{}[],:'.includes(first)) return (first === '{' || first === '[') && expected.includes('value') ? 'value' : first
  return first === '"' && expected.includes('name') ? 'name' : 'value'
}

function following(first: string, kind: string, open: ('{' | '[')[]): readonly string[] {
  if (first === '{' || first === '[') {
    open.push(first)
    return first === '{' ? ['name', '}'] : ['value', ']']
  }
  if (kind === 'name') return [':']
  if (first === ':') return ['value']
  if (first === ',') return open.at(-1) === '{' ? ['name'] : ['value']
  if (first === '}' || first === ']') open.pop()
  const inner = open.at(-1)
  return inner === undefined ? [] : [',', inner === '{' ? '}' : ']']
}
