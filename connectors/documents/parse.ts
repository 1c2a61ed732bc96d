import { constants } from 'node:buffer'
import { setImmediate } from 'node:timers/promises'
import { PolyprovError } from '../../planner/errors.ts'
import { afterSpace, elementEnd, errorPosition, lineAt, members, parseJson } from './json.ts'

/** A document as it lies in a collection. */
export type StoredDocument = Readonly<Record<string, unknown>> & { readonly _id: string | number | bigint }

/** What a parsed file came from, for error messages. */
interface Origin {
  readonly store: string
  /** Path as people know it. */
  readonly file: string
}

/** The values of a file. */
export interface ParsedFile {
  readonly origin: Origin
  readonly values: readonly unknown[]
  /** The line on which a value begins, by its index in `values`. */
  readonly lineOf: (index: number) => number
}

/**
 * The values of a file: each line of NDJSON, each element of an array, each feature of a GeoJSON FeatureCollection,
 * or the one object there is. Can be cancelled between chunks, and between elements.
 * @throws PolyprovError `malformed-object`, naming file and line; `too-large` for a text that no string can hold
 */
export async function parseFile(
  chunks: AsyncIterable<string>,
  origin: Origin,
  signal: AbortSignal,
): Promise<ParsedFile> {
  if (/\.(ndjson|jsonl)$/i.test(origin.file)) return parseLines(chunks, origin, signal)
  const text = await wholeText(chunks, origin, signal)
  const list = listIn(text)
  return list === undefined ? parseOne(text, origin) : parseElements(text, list, origin, signal)
}

/** One document a file, whatever its form. */
export async function parseDocument(
  chunks: AsyncIterable<string>,
  origin: Origin,
  signal: AbortSignal,
): Promise<ParsedFile> {
  return parseOne(await wholeText(chunks, origin, signal), origin)
}

async function parseLines(chunks: AsyncIterable<string>, origin: Origin, signal: AbortSignal): Promise<ParsedFile> {
  const values: unknown[] = []
  const lines: number[] = []
  let line = 1
  const take = (text: string): void => {
    if (text.trim() !== '') {
      lines.push(line)
      values.push(parseLine(text, line, origin))
    }
    line++
  }
  let rest = ''
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    const parts = chunk.split('\n')
    const last = parts.pop()!
    for (const part of parts) {
      take(rest + part)
      rest = ''
    }
    if (rest.length + last.length > constants.MAX_STRING_LENGTH) throw tooLong(origin)
    rest += last
  }
  take(rest)
  return { origin, values, lineOf: (index) => lines[index]! }
}

function parseLine(text: string, line: number, origin: Origin): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw malformed(origin, line, reasonOf(cause), cause)
  }
}

async function wholeText(chunks: AsyncIterable<string>, origin: Origin, signal: AbortSignal): Promise<string> {
  const parts: string[] = []
  let length = 0
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    length += chunk.length
    if (length > constants.MAX_STRING_LENGTH) throw tooLong(origin)
    parts.push(chunk)
  }
  return parts.join('')
}

const tooLong = ({ store, file }: Origin): PolyprovError =>
  new PolyprovError(
    'too-large',
    `Store '${store}': ${file} is a JSON text of more than ${constants.MAX_STRING_LENGTH} characters; as NDJSON, one document a line, it can be read`,
    { store, locator: file },
  )

function parseOne(text: string, origin: Origin): ParsedFile {
  try {
    return { origin, values: [parseJson(text)], lineOf: () => lineAt(text, afterSpace(text, 0)) }
  } catch (cause) {
    throw malformed(origin, lineAt(text, errorPosition(text)), reasonOf(cause), cause)
  }
}

/** An array whose elements are documents: where it opens, and what its text must be closed with. */
interface List {
  readonly open: number
  /** Where its bracket and the white space after it end. */
  readonly end: number
  readonly ofFeatures: boolean
}

/** The array that a text is, or the features of the FeatureCollection that it is (RFC 7946, section 3.3). */
function listIn(text: string): List | undefined {
  const start = afterSpace(text, 0)
  if (text[start] === '[') return { open: start, end: text.length, ofFeatures: false }
  if (text[start] !== '{') return undefined
  for (const { start: at, end } of members(text, start)) {
    FEATURES.lastIndex = at
    if (!FEATURES.test(text)) continue
    const list = { open: FEATURES.lastIndex - 1, end, ofFeatures: true }
    return isFeatureCollection(text, list) ? list : undefined
  }
  return undefined
}

const FEATURES = /\s*"features"\s*:\s*\[/y

/** Whether the object around the list says so, and parses. */
function isFeatureCollection(text: string, { open, end }: List): boolean {
  try {
    const around: unknown = JSON.parse(`${text.slice(0, open)}[]${text.slice(end)}`)
    return isObject(around) && around['type'] === 'FeatureCollection'
  } catch {
    return false
  }
}

/** So much text is parsed without a pause. */
const PAUSE_CHARACTERS = 4_000_000

async function parseElements(text: string, list: List, origin: Origin, signal: AbortSignal): Promise<ParsedFile> {
  const { open, end, ofFeatures } = list
  const values: unknown[] = []
  let at = open
  let pause = open + PAUSE_CHARACTERS
  try {
    do {
      const start = at + 1
      at = elementEnd(text, start)
      if (values.length === 0 && text[at] === ']' && afterSpace(text, start) === at) break
      const value = parseJson(text.slice(start, at))
      values.push(ofFeatures ? withFeatureId(value) : value)
      if (at < pause) continue
      await setImmediate()
      signal.throwIfAborted()
      pause = at + PAUSE_CHARACTERS
    } while (text[at] === ',')
  } catch (cause) {
    throw cause instanceof SyntaxError ? malformedText(text, origin) : cause
  }
  if (text[at] !== ']' || afterSpace(text, at + 1) !== end) throw malformedText(text, origin)
  return { origin, values, lineOf: (index) => lineOfElement(text, open, index) }
}

/** A text whose elements do not parse does not parse either, and says why as a whole. */
function malformedText(text: string, origin: Origin): PolyprovError {
  const line = lineAt(text, errorPosition(text))
  try {
    JSON.parse(text)
    return malformed(origin, line, 'this is no JSON')
  } catch (cause) {
    return malformed(origin, line, reasonOf(cause), cause)
  }
}

function lineOfElement(text: string, open: number, index: number): number {
  let start = open + 1
  for (let before = 0; before < index; before++) start = elementEnd(text, start) + 1
  return lineAt(text, afterSpace(text, start))
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

export const malformed = (origin: Origin, line: number, reason: string, cause?: unknown): PolyprovError =>
  new PolyprovError('malformed-object', `${origin.file}, line ${line}: ${reason}`, {
    store: origin.store,
    locator: origin.file,
    line,
    cause,
  })

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A feature's `id` (RFC 7946, section 3.2) is the document's `_id`. */
function withFeatureId(feature: unknown): unknown {
  if (!isObject(feature) || feature['id'] === undefined || feature['_id'] !== undefined) return feature
  return { ...feature, _id: feature['id'] }
}
