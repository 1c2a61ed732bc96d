import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import type { Options } from 'yargs'
import { PolyprovError } from '../../planner/errors.ts'
import { withoutUserInfo } from '../configuration/secrets.ts'
import type { Polystore } from '../polystore.ts'
import { type CommandContext, say } from './context.ts'

const CONFIGURATION_FILE = 'polyprov.yaml'

export const configOption = {
  config: {
    type: 'string',
    requiresArg: true,
    describe: `Configuration file; ./${CONFIGURATION_FILE} where there is one`,
  },
} as const satisfies Record<string, Options>

export const urlOption = {
  url: {
    type: 'string',
    requiresArg: true,
    conflicts: 'config',
    describe: 'A running server instead of a configuration',
  },
} as const satisfies Record<string, Options>

export const queryOptions = {
  timeout: { type: 'number', requiresArg: true, describe: 'Deadline in milliseconds' },
  partial: { type: 'boolean', describe: 'A store that fails becomes a warning' },
  verify: { type: 'boolean', describe: 'Recompute pushed parts locally and compare' },
} as const satisfies Record<string, Options>

export interface QueryArguments {
  readonly timeout?: number | undefined
  readonly partial?: boolean | undefined
  readonly verify?: boolean | undefined
}

/** The options that were given, checked. @throws `usage` */
export function givenQueryOptions({ timeout, partial, verify }: QueryArguments) {
  if (timeout !== undefined && !(Number.isSafeInteger(timeout) && timeout > 0)) {
    throw new PolyprovError('usage', '--timeout must be a positive whole number of milliseconds')
  }
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(partial === undefined ? {} : { partial }),
    ...(verify === undefined ? {} : { verify }),
  }
}

/** The configuration file to use, if there is one. */
export const configurationFile = (config: string | undefined): string | undefined =>
  config ?? (existsSync(CONFIGURATION_FILE) ? CONFIGURATION_FILE : undefined)

/** The polystore of the configuration, or the embedded default where there is none. */
export async function openConfigured(
  context: CommandContext,
  config: string | undefined,
  options: Parameters<CommandContext['open']>[1] = {},
): Promise<Polystore> {
  const polystore = await context.open(configurationFile(config), options)
  for (const { health } of polystore.stores.list()) {
    if (health?.status === 'down') say(context, withoutUserInfo(`${health.reason}: its part of the graph is missing`))
  }
  return polystore
}

/** The query's text: the argument, a file, or standard input. @throws `usage` where there is none */
export async function queryText(
  context: CommandContext,
  argument: string | undefined,
  file: string | undefined,
): Promise<string> {
  if (argument !== undefined && file !== undefined) {
    throw new PolyprovError('usage', 'give the query as an argument or with --file, not both')
  }
  if (argument !== undefined) return argument
  if (file !== undefined && file !== '-') {
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw new PolyprovError('usage', `the query file ${file} cannot be read`, { cause })
    })
  }
  if (context.stdin.isTTY === true && file === undefined) {
    throw new PolyprovError('usage', 'give a query: as an argument, with --file, or on standard input')
  }
  const text = await readText(context.stdin)
  if (text.trim() === '') throw new PolyprovError('usage', 'the query on standard input is empty')
  return text
}
