import type { Argv, CommandModule } from 'yargs'
import type { CommandContext } from './context.ts'

/** One command of the program. */
export interface Command {
  readonly name: string
  /** Positional arguments, as yargs writes them. */
  readonly positionals?: string
  readonly summary: string
  /** Two ways to call it, without the program's name. */
  readonly examples: readonly [string, string]
  /** Whether it has commands of its own. */
  readonly build: (parser: Argv, register: Register) => Argv
  readonly run?: (values: Values, context: CommandContext) => Promise<number>
}

/** Values of options and arguments by name. */
type Values = Readonly<Record<string, unknown>>

/** Makes a yargs module of a command; set by the runner, which knows the context. */
export type Register = (command: Command) => CommandModule

/** A command whose values have types; yargs has checked them by the options that `build` declares. */
export const command = <Arguments>(
  definition: Omit<Command, 'run'> & {
    readonly run: (values: Arguments, context: CommandContext) => Promise<number>
  },
): Command => definition as unknown as Command
