/** One value of a row in the JSON results format (SPARQL 1.1 Query Results JSON Format, section 3.2.2). */
export interface JsonValue {
  readonly type: string
  readonly value: string
  readonly datatype?: string
  readonly 'xml:lang'?: string
}
export type JsonRow = Readonly<Record<string, JsonValue | undefined>>

/** Reads rows of an answer as its text comes in. */
export interface RowReader {
  /** The rows that the text so far has completed. */
  feed(text: string): readonly JsonRow[]
  /** Rejects with a reason where the answer is not complete. */
  end(): void
}

/** Most characters of one row, and of all that is no row. */
const LONGEST_ROW = 256 * 2 ** 20
const LONGEST_REST = 2 ** 20

/**
 * A reader of JSON results that holds one row at a time: rows are cut out of the array of bindings as their braces
 * close; what is left is parsed at the end, to see that it is whole.
 */
export function jsonReader(): RowReader {
  let pending = ''
  let scanned = 0
  let rest = ''
  let depth = 0
  let inString = false
  let inBindings = false
  let rowDepth = -1

  let start = 0
  let rows: JsonRow[] = []

  function feed(text: string): readonly JsonRow[] {
    rows = []
    pending += text
    start = 0
    for (let i = scanned; i < pending.length; i++) {
      const code = pending.charCodeAt(i)
      if (!inString) read(code, i)
      else if (code === BACKSLASH) i++
      else if (code === QUOTE) inString = false
    }
    scanned = advance()
    return rows
  }

  function read(code: number, at: number): void {
    if (code === QUOTE) inString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) open(code, at)
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) close(at)
    else if (code === COMMA && inBindings && rowDepth < 0) skipTo(at)
  }

  function open(code: number, at: number): void {
    if (inBindings && rowDepth < 0 && code === OPEN_BRACE) {
      keepBetweenRows(at)
      start = at
      rowDepth = depth
    } else if (code === OPEN_BRACKET && depth === 2 && BINDINGS.test(rest + pending.slice(start, at))) {
      inBindings = true
    }
    depth++
  }

  function close(at: number): void {
    depth--
    if (depth === rowDepth) {
      rows.push(JSON.parse(pending.slice(start, at + 1)) as JsonRow)
      start = at + 1
      rowDepth = -1
    } else if (rowDepth < 0 && depth === 2) inBindings = false
  }

  function skipTo(at: number): void {
    keepBetweenRows(at)
    start = at + 1
  }

  /** Between rows there is nothing to keep but what does not belong there: white space would grow with the rows. */
  function keepBetweenRows(at: number): void {
    keep(pending.slice(start, at).trim())
  }

  /** Forgets what was read; an escape that the text cut in half is read again. */
  function advance(): number {
    if (rowDepth >= 0) {
      pending = pending.slice(start)
      if (pending.length > LONGEST_ROW) throw new Error('a row is too long')
      return resume()
    }
    if (inString) {
      pending = pending.slice(start)
      if (pending.length > LONGEST_REST) throw new Error('it is no result of a query')
      return resume()
    }
    if (inBindings) keepBetweenRows(pending.length)
    else keep(pending.slice(start))
    pending = ''
    return 0
  }

  /** Within a string the text may end with a backslash, whose partner is to come. */
  function resume(): number {
    if (!inString) return pending.length
    let slashes = 0
    while (pending.charCodeAt(pending.length - 1 - slashes) === BACKSLASH) slashes++
    return slashes % 2 === 1 ? pending.length - 1 : pending.length
  }

  function keep(text: string): void {
    rest += text
    if (rest.length > LONGEST_REST) throw new Error('it is no result of a query')
  }

  function end(): void {
    const whole: unknown = JSON.parse(rest + pending)
    const { results } = (whole ?? {}) as { results?: { bindings?: unknown } }
    if (!Array.isArray(results?.bindings)) throw new Error('it has no bindings')
  }

  return { feed, end }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const BINDINGS = /"bindings"\s*:\s*$/
