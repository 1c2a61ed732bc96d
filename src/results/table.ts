import type { Quad, Term } from '../../planner/term.ts'
import { cached, type Encode } from './cells.ts'
import type { BindingsExecution, QuadsExecution, Row } from './execution.ts'
import { shortener } from './prefixes.ts'
import { isBareNumber } from './tsv.ts'
import { displayWidth, printable, truncate } from './width.ts'

export interface TableOptions {
  /** Columns of the terminal; 0 for as wide as it takes. */
  readonly width?: number
  readonly colour?: boolean
  /** Namespaces by prefix, to shorten IRIs with. */
  readonly prefixes?: Readonly<Record<string, string>>
}

/** Rows whose widths decide those of the columns. */
const SAMPLE = 1_000
const GAP = 2
const NARROWEST = 6

interface Column {
  readonly name: string
  readonly encode: Encode
  width: number
  numeric: boolean
}

function encoder(options: TableOptions): Encode {
  const shorten = shortener(options.prefixes ?? {})
  return (term) => {
    if (term.termType === 'NamedNode') return printable(shorten(term.value) ?? term.value)
    return printable(term.termType === 'BlankNode' ? `_:${term.value}` : term.value)
  }
}

/** Takes from the widest columns until the table fits. */
function narrow(columns: readonly Column[], available: number): void {
  let surplus = columns.reduce((sum, column) => sum + column.width + GAP, -GAP) - available
  while (surplus > 0) {
    const widest = columns.reduce((left, right) => (right.width > left.width ? right : left))
    if (widest.width <= NARROWEST) return
    const second = columns.reduce(
      (width, column) =>
        column !== widest && column.width > width && column.width < widest.width ? column.width : width,
      NARROWEST,
    )
    const cut = Math.min(surplus, widest.width - second)
    widest.width -= cut
    surplus -= cut
  }
}

function cell(text: string, column: Column, last: boolean): string {
  const shown = truncate(text, column.width)
  const padding = ' '.repeat(column.width - displayWidth(shown))
  if (column.numeric) return padding + shown
  return last ? shown : shown + padding
}

function measure(columns: readonly Column[], rows: readonly Row[], width: number): void {
  columns.forEach((column, index) => {
    const terms = rows.map((row) => row[index]).filter((term) => term !== undefined)
    column.numeric = terms.length > 0 && terms.every((term) => term.termType === 'Literal' && isBareNumber(term))
    column.width = terms.reduce(
      (most, term) => Math.max(most, displayWidth(column.encode(term))),
      displayWidth(column.name),
    )
  })
  if (width > 0) narrow(columns, width)
}

async function* table(
  names: readonly string[],
  blocks: AsyncIterable<readonly Row[]>,
  options: TableOptions,
): AsyncGenerator<string> {
  const encode = encoder(options)
  const columns: Column[] = names.map((name) => ({ name, encode: cached(encode), width: 0, numeric: false }))
  const bold = (text: string): string => (options.colour ? `\u001b[1m${text}\u001b[22m` : text)
  const dim = (text: string): string => (options.colour ? `\u001b[2m${text}\u001b[22m` : text)
  const line = (texts: readonly string[]): string =>
    texts.map((text, index) => cell(text, columns[index]!, index === columns.length - 1)).join(' '.repeat(GAP))
  const show = (rows: readonly Row[]): string =>
    rows
      .map((row) => `${line(columns.map(({ encode: text }, index) => (row[index] ? text(row[index]) : '')))}\n`)
      .join('')
  const head = (rows: readonly Row[]): string => {
    measure(columns, rows, options.width ?? 0)
    return `${bold(line(names))}\n${dim(columns.map(({ width }) => '─'.repeat(width)).join(' '.repeat(GAP)))}\n`
  }
  let sample: Row[] | undefined = []
  let count = 0
  for await (const block of blocks) {
    count += block.length
    if (sample === undefined) {
      yield show(block)
      continue
    }
    for (const row of block) sample.push(row)
    if (sample.length < SAMPLE) continue
    yield head(sample) + show(sample)
    sample = undefined
  }
  if (sample !== undefined) yield head(sample) + show(sample)
  yield dim(`${count} ${count === 1 ? 'row' : 'rows'}`)
  yield '\n'
}

/** A table for people: the first thousand rows decide the widths, long cells are cut, IRIs shortened. */
export const bindingsToTable = (execution: BindingsExecution, options: TableOptions = {}): AsyncGenerator<string> =>
  table(execution.variables, execution.blocks, options)

/** Triples as a table of subject, predicate and object. */
export const quadsToTable = (execution: QuadsExecution, options: TableOptions = {}): AsyncGenerator<string> =>
  table(['subject', 'predicate', 'object'], quadRows(execution.blocks), {
    ...options,
    prefixes: { ...options.prefixes, ...execution.prefixes },
  })

async function* quadRows(blocks: AsyncIterable<readonly Quad[]>): AsyncGenerator<readonly Row[]> {
  for await (const block of blocks) {
    yield block.map(({ subject, predicate, object }): readonly Term[] => [subject, predicate, object])
  }
}
