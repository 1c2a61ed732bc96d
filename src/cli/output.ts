import { PolyprovError } from '../../planner/errors.ts'
import { readExecution } from '../client/execution.ts'
import { bodyText } from '../client/request.ts'
import type { Execution, Stats } from '../polystore.ts'
import { type FormatName, RESULT_FORMATS, resultFormat } from '../results/formats.ts'
import { WELL_KNOWN_PREFIXES } from '../results/prefixes.ts'
import { serialise } from '../results/serialise.ts'
import { writeText } from '../results/write.ts'
import { type CommandContext, say, wantsColour } from './context.ts'

/** Formats that `--format` takes. */
export const OUTPUT_FORMATS: readonly FormatName[] = RESULT_FORMATS.map(({ name }) => name).filter(
  (name) => name !== 'html',
)

const isFormat = (name: string): name is FormatName => (OUTPUT_FORMATS as readonly string[]).includes(name)

/** The format of `--format`. @throws `usage` */
export function givenFormat(name: string | undefined): FormatName | undefined {
  if (name === undefined || isFormat(name)) return name
  throw new PolyprovError('usage', `--format ${name} is not known; it is one of ${OUTPUT_FORMATS.join(', ')}`)
}

/** A table or Turtle for people, TSV or N-Triples for programs. */
function defaultFormat(kind: Execution['kind'], isTerminal: boolean): FormatName {
  if (kind === 'quads') return isTerminal ? 'turtle' : 'ntriples'
  return isTerminal ? 'table' : 'tsv'
}

/** Prefixes to shorten IRIs with: the query's own, and those that everyone knows. */
const tablePrefixes = (query: string): Readonly<Record<string, string>> => ({
  ...WELL_KNOWN_PREFIXES,
  ...Object.fromEntries(
    [...query.matchAll(/\bPREFIX\s+([A-Za-z][\w.-]*)?:\s*<([^>]+)>/gi)].map((match) => [match[1] ?? '', match[2]!]),
  ),
})

/** Writes the result to standard output, in the format or in the one that suits the reader; warnings go beside. */
export async function printExecution(
  context: CommandContext,
  execution: Execution,
  format: FormatName | undefined,
  query: string,
): Promise<void> {
  const { stdout } = context
  const chosen = format ?? defaultFormat(execution.kind, stdout.isTTY === true)
  const text = serialise(execution, chosen, {
    warn: (message) => say(context, `warning: ${message}`),
    table: {
      prefixes: tablePrefixes(query),
      width: stdout.isTTY === true ? (stdout.columns ?? 80) : 0,
      colour: wantsColour(stdout, context),
    },
  })
  await writeText(text, stdout, context.signal)
  for (const warning of execution.warnings()) say(context, `warning: ${warning}`)
}

/** What to accept of a server for the format. */
export function acceptOf(format: FormatName | undefined, isTerminal: boolean): string {
  if (format === 'table' || (format === undefined && isTerminal)) {
    return 'application/sparql-results+json, text/turtle;q=0.9, application/n-triples;q=0.8'
  }
  if (format === 'rows') throw new PolyprovError('usage', '--format rows is for configurations and stored queries')
  if (format !== undefined) return resultFormat(format).contentType.split(';')[0]!
  return 'text/tab-separated-values, application/n-triples;q=0.9'
}

/** Writes a server's answer: as it comes, but for tables. */
export async function printResponse(
  context: CommandContext,
  response: Response,
  format: FormatName | undefined,
  query: string,
): Promise<void> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]
  const wantsTable = format === 'table' || (format === undefined && context.stdout.isTTY === true)
  if (!wantsTable || type !== 'application/sparql-results+json') {
    await writeText(bodyText(response), context.stdout, context.signal)
    return
  }
  const execution = await readExecution(response, context.signal)
  const stats: Stats = { stores: {}, rows: 0, milliseconds: { planning: 0, total: 0 } }
  await printExecution(context, { ...execution, stats: () => stats }, 'table', query)
}

/** Writes plain rows of text as a table on a terminal, as tab-separated values in a pipe. */
export async function printTable(
  context: CommandContext,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const isTerminal = context.stdout.isTTY === true
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ')
  const lines = [columns, ...rows].map((row) => row.map(clean))
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const pad = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  const text = lines.map((line) => `${isTerminal ? pad(line) : line.join('\t')}\n`).join('')
  await printText(context, text)
}

/** Writes text to standard output, and waits until it is taken. */
export async function printText(context: CommandContext, text: string): Promise<void> {
  async function* once(): AsyncGenerator<string> {
    yield text
  }
  await writeText(once(), context.stdout, context.signal)
}
