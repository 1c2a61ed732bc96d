import { PolyprovError } from '../../planner/errors.ts'
import type { Row } from '../results/execution.ts'
import { type Cell, cellTerm } from '../results/read-json.ts'

/** What a SPARQL 1.1 Query Results JSON document holds besides its rows. */
interface Frame {
  readonly head?: { readonly vars?: readonly string[] }
  readonly results?: unknown
  readonly boolean?: boolean
  readonly warnings?: readonly string[]
}

/** A result that is being read: its rows are read on as `blocks` are asked for. */
export type StreamedResult = { warnings(): readonly string[] } & (
  | {
      readonly kind: 'bindings'
      readonly variables: readonly string[]
      readonly blocks: AsyncGenerator<readonly Row[]>
    }
  | { readonly kind: 'boolean'; readonly value: boolean }
)

/** Longest row, and longest document without its rows, in UTF-16 code units. */
const LONGEST_PART = 16 << 20

const malformed = (reason: string, cause?: unknown): PolyprovError =>
  new PolyprovError('store-failed', `the answer is not a SPARQL result: ${reason}`, { cause })

/**
 * Reads a SPARQL 1.1 Query Results JSON document as it comes, one row in memory at a time. Its `head` stands before its
 * rows, as in every answer of a polyprov server.
 * @throws `store-failed` where the text is none, or ends before its time
 */
export async function readBindings(chunks: AsyncIterable<string>): Promise<StreamedResult> {
  const reader = documentReader()
  const input = chunks[Symbol.asyncIterator]()
  let warnings: readonly string[] = []
  let waiting: readonly string[] = []
  let ended = false
  while (!ended && waiting.length === 0) {
    const { done, value } = await input.next()
    if (done === true) ended = true
    else waiting = reader.read(value)
  }
  const finish = (): Frame => {
    const frame = reader.end()
    warnings = frame.warnings ?? []
    return frame
  }
  const frame = ended ? finish() : reader.beforeRows()
  if (typeof frame.boolean === 'boolean') return { kind: 'boolean', value: frame.boolean, warnings: () => warnings }
  const variables = frame.head?.vars
  if (!Array.isArray(variables) || frame.results === undefined) throw malformed('it has no variables before its rows')

  async function* blocks(): AsyncGenerator<readonly Row[]> {
    try {
      if (waiting.length > 0) yield waiting.map((text) => rowOf(text, variables!))
      if (ended) return
      for (let next = await input.next(); next.done !== true; next = await input.next()) {
        const rows = reader.read(next.value)
        if (rows.length > 0) yield rows.map((text) => rowOf(text, variables!))
      }
      finish()
    } finally {
      await input.return?.(undefined)
    }
  }
  return { kind: 'bindings', variables, blocks: blocks(), warnings: () => warnings }
}

function rowOf(text: string, variables: readonly string[]): Row {
  let cells: Readonly<Record<string, Cell>>
  try {
    cells = JSON.parse(text) as Readonly<Record<string, Cell>>
  } catch (cause) {
    throw malformed('a row is not JSON', cause)
  }
  return variables.map((name) => {
    const cell = cells[name]
    return cell === undefined ? undefined : cellTerm(cell)
  })
}

const parse = (text: string): Frame => {
  try {
    return JSON.parse(text) as Frame
  } catch (cause) {
    throw malformed('it is not JSON, or was cut off', cause)
  }
}

/** What is open where a row begins and ends: `{"results":{"bindings":[`. */
const ROWS = '{{['

/**
 * Takes a document apart: the text of each row, and the document without them. Rows are the objects in an array at depth
 * three; nothing else of a SPARQL result has that place.
 */
function documentReader() {
  /** The document without its rows. */
  let frame = ''
  let beforeRows: string | undefined
  let row = ''
  let open = ''
  let place: 'frame' | 'row' | 'between' = 'frame'
  const brackets = bracketFinder()

  const keep = (part: string): void => {
    if (place === 'row') row += part
    else if (place === 'frame') frame += part
    if (row.length > LONGEST_PART || frame.length > LONGEST_PART) {
      throw new PolyprovError('too-large', `a row of the answer is longer than ${LONGEST_PART} characters`)
    }
  }
  const read = (chunk: string): readonly string[] => {
    const rows: string[] = []
    let start = 0
    const change = (to: typeof place, at: number): void => {
      keep(chunk.slice(start, at))
      start = at
      place = to
    }
    for (const i of brackets(chunk)) {
      const bracket = chunk[i]!
      if (bracket === '{' || bracket === '[') {
        if (place !== 'row' && bracket === '{' && open === ROWS) {
          change('row', i)
          beforeRows ??= frame
        }
        open += bracket
        continue
      }
      open = open.slice(0, -1)
      if (open !== ROWS && place === 'between') change('frame', i)
      else if (open === ROWS && place === 'row') {
        change('between', i + 1)
        rows.push(row)
        row = ''
      }
    }
    keep(chunk.slice(start))
    return rows
  }
  return { read, beforeRows: (): Frame => parse(`${beforeRows}]}}`), end: (): Frame => parse(frame) }
}

/** Finds brackets outside strings, in one chunk of a JSON text after the other. */
function bracketFinder(): (chunk: string) => Generator<number> {
  let inString = false
  let escaped = false
  return function* (chunk) {
    let i = 0
    if (escaped && chunk !== '') {
      escaped = false
      i = 1
    }
    while (i < chunk.length) {
      const next = inString ? /["\\]/g : /["{}[\]]/g
      next.lastIndex = i
      const found = next.exec(chunk)
      if (found === null) return
      i = found.index + 1
      if (found[0] === '"') inString = !inString
      else if (!inString) yield found.index
      else if (i === chunk.length) escaped = true
      else i++
    }
  }
}
