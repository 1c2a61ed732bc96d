import { PolyprovError } from '../../planner/errors.ts'

/** A document as it lies in a collection; `_id` is a string or a number. */
export type StoredDocument = Readonly<Record<string, unknown>> & { readonly _id: string | number }

/** What a parsed file came from, for error messages. */
export interface Origin {
  readonly store: string
  /** Path as people know it. */
  readonly file: string
}

/** A value of a file, and the line it begins on (1 where that is not known). */
export interface Parsed {
  readonly value: unknown
  readonly line: number
}

/**
 * The values of a file: each line of NDJSON, each element of an array, each feature of a GeoJSON FeatureCollection,
 * or the one object there is.
 * @throws PolyprovError `malformed-object`, naming file and line
 */
export function parseFile(text: string, origin: Origin): readonly Parsed[] {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text
  if (/\.(ndjson|jsonl)$/i.test(origin.file)) return parseLines(content, origin)
  const value = parseWhole(content, origin)
  if (Array.isArray(value)) return value.map((element: unknown) => ({ value: element, line: 1 }))
  if (isFeatureCollection(value)) return value.features.map((feature) => ({ value: withFeatureId(feature), line: 1 }))
  return [{ value, line: 1 }]
}

/** One document a file, whatever its form. */
export const parseDocument = (text: string, origin: Origin): unknown =>
  parseWhole(text.startsWith('\uFEFF') ? text.slice(1) : text, origin)

function parseLines(text: string, origin: Origin): readonly Parsed[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [{ value: JSON.parse(line) as unknown, line: index + 1 }]
    } catch (cause) {
      throw malformed(origin, index + 1, reasonOf(cause), cause)
    }
  })
}

function parseWhole(text: string, origin: Origin): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const line = text.slice(0, errorPosition(text)).split('\n').length
    throw malformed(origin, line, reasonOf(cause), cause)
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

export const malformed = (origin: Origin, line: number, reason: string, cause?: unknown): PolyprovError =>
  new PolyprovError('malformed-object', `${origin.file}, line ${line}: ${reason}`, {
    store: origin.store,
    locator: origin.file,
    line,
    cause,
  })

interface FeatureCollection {
  readonly features: readonly unknown[]
}

const isFeatureCollection = (value: unknown): value is FeatureCollection =>
  isObject(value) && value['type'] === 'FeatureCollection' && Array.isArray(value['features'])

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A feature's `id` (RFC 7946, section 3.2) is the document's `_id`. */
function withFeatureId(feature: unknown): unknown {
  if (!isObject(feature) || feature['id'] === undefined || feature['_id'] !== undefined) return feature
  return { ...feature, _id: feature['id'] }
}

const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what strings may not hold
  /\s*(?:"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/y

/** Where a JSON text that does not parse first departs from the grammar (RFC 8259). */
function errorPosition(text: string): number {
  const open: ('{' | '[')[] = []
  let expected: readonly string[] = ['value']
  TOKEN.lastIndex = 0
  for (;;) {
    const start = TOKEN.lastIndex
    const token = TOKEN.exec(text)?.[0].trimStart()
    const at = start + (/^\s*/.exec(text.slice(start, start + 10_000))?.[0].length ?? 0)
    if (token === undefined || !expected.includes(tokenKind(token, expected))) return at
    expected = following(token, tokenKind(token, expected), open)
  }
}

function tokenKind(token: string, expected: readonly string[]): string {
  if ('{}[],:'.includes(token)) return (token === '{' || token === '[') && expected.includes('value') ? 'value' : token
  return token.startsWith('"') && expected.includes('name') ? 'name' : 'value'
}

function following(token: string, kind: string, open: ('{' | '[')[]): readonly string[] {
  if (token === '{' || token === '[') {
    open.push(token)
    return token === '{' ? ['name', '}'] : ['value', ']']
  }
  if (kind === 'name') return [':']
  if (token === ':') return ['value']
  if (token === ',') return open.at(-1) === '{' ? ['name'] : ['value']
  if (token === '}' || token === ']') open.pop()
  const inner = open.at(-1)
  return inner === undefined ? [] : [',', inner === '{' ? '}' : ']']
}
