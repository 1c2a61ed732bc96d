import yargs, { type Argv } from 'yargs'
import { ERRORS, PolyprovError } from '../../planner/errors.ts'
import { withoutUserInfo } from '../configuration/secrets.ts'
import { printable } from '../results/width.ts'
import { toPolyprovError } from '../server/problem.ts'
import type { Command, Register } from './command.ts'
import { checkCommand } from './commands/check.ts'
import { demoCommand } from './commands/demo.ts'
import { explainCommand } from './commands/explain.ts'
import { lineageCommand } from './commands/lineage.ts'
import { loadCommand } from './commands/load.ts'
import { queryCommand } from './commands/query.ts'
import { serveCommand } from './commands/serve.ts'
import { storesCommand } from './commands/stores.ts'
import { updateCommand } from './commands/update.ts'
import { type CommandContext, DONE, say } from './context.ts'

const COMMANDS: readonly Command[] = [
  serveCommand,
  queryCommand,
  updateCommand,
  explainCommand,
  storesCommand,
  loadCommand,
  lineageCommand,
  demoCommand,
  checkCommand,
]

const INTERRUPTED = 130

const examples = (lines: readonly string[]): string =>
  `Examples:\n${lines.map((line) => `polyprov ${line}\n`).join('')}`

/** Thrown when the reader of standard output is gone: there is nothing left to do, and nothing to say. */
export class BrokenPipe extends Error {}

/**
 * Runs one command line, and gives its exit code: 0, 1 failure, 2 usage, 124 timeout, 130 interrupt. Data goes to
 * standard output, all else to standard error.
 */
export async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  let code: number = DONE
  const register: Register = (command) => ({
    command: [command.name, command.positionals].filter(Boolean).join(' '),
    describe: command.summary,
    builder: (parser: Argv) =>
      command.build(parser.usage(`${examples(command.examples)}\n${command.summary}.`), register),
    handler: async (values) => {
      if (command.run !== undefined) code = await command.run(values, context)
    },
  })
  const parser = yargs([])
    .scriptName('polyprov')
    .usage(examples(['demo', "query --config polyprov.yaml 'SELECT * WHERE { ?s ?p ?o } LIMIT 10'"]))
    .parserConfiguration({ 'dot-notation': false, 'camel-case-expansion': false, 'duplicate-arguments-array': false })
    .strict()
    .demandCommand(1, 'name a command; polyprov --help lists them')
    .recommendCommands()
    .version(false)
    .help()
    .wrap(Math.min(context.stdout.columns ?? 100, 100))
    .exitProcess(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      throw error ?? new PolyprovError('usage', message ?? 'the command was called wrongly')
    })
  for (const command of COMMANDS) parser.command(register(command))
  try {
    let help = ''
    // A lone dash is standard input, but nothing at all to the parser.
    const words = argv.map((word) => (word === '-' ? '--file=-' : word))
    await parser.parseAsync(words, {}, (_error: unknown, _values: unknown, output: string) => {
      help = output
    })
    if (help !== '') context.stdout.write(`${help}\n`)
    return code
  } catch (error) {
    return report(error, context)
  }
}

/** Says what went wrong, and gives the exit code for it. */
function report(thrown: unknown, context: CommandContext): number {
  const cause: unknown = context.signal.aborted ? context.signal.reason : thrown
  if (cause instanceof BrokenPipe) return DONE
  const error = toPolyprovError(cause)
  if (error.code === 'cancelled') {
    say(context, 'polyprov: interrupted')
    return INTERRUPTED
  }
  const { line, column } = error.details
  const place =
    line === undefined || /:\d+:\d+:|line \d+/.test(error.message) ? '' : ` (line ${line}, column ${column ?? 1})`
  const message = error.code === 'internal' ? internalMessage(error) : error.message
  say(context, `polyprov: ${withoutUserInfo(message).split('\n').map(printable).join('\n')}${place}`)
  if (error.code === 'usage') say(context, 'polyprov --help says how it is called')
  return ERRORS[error.code].exit
}

const internalMessage = ({ message, details }: PolyprovError): string =>
  details.cause instanceof Error ? (details.cause.stack ?? details.cause.message) : message
