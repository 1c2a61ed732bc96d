import { readFileSync } from 'node:fs'
import pino from 'pino'
import { PolyprovError } from '../../../planner/errors.ts'
import { defaultConfiguration, loadConfiguration, resolveToken } from '../../configuration.ts'
import type { Polystore } from '../../polystore.ts'
import { createServer } from '../../server/create-server.ts'
import { command } from '../command.ts'
import { type CommandContext, DONE, say } from '../context.ts'
import { configOption, configurationFile, openConfigured } from '../options.ts'
import { printText } from '../output.ts'

interface Arguments {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly quiet?: boolean
}

/** The package's version: from where the compiled file is, or from the sources. */
function version(): string {
  for (const path of ['../../../../package.json', '../../../package.json']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        string
      >
      if (name === 'polyprov' && found !== undefined) return found
    } catch {
      // The other place has it.
    }
  }
  return '0.0.0'
}

/** Serves the polystore until the signal: says where on standard output, logs beside. */
export async function servePolystore(
  polystore: Polystore,
  { config, host, port, quiet }: Arguments,
  context: CommandContext,
): Promise<void> {
  if (port !== undefined && !(Number.isSafeInteger(port) && port >= 0 && port <= 65_535)) {
    throw new PolyprovError('usage', '--port must be a whole number from 0 to 65535')
  }
  const file = configurationFile(config)
  const configuration = file === undefined ? defaultConfiguration() : await loadConfiguration(file)
  const { host: configuredHost, port: configuredPort, origins, token: _, ...limits } = configuration.server
  const token = await resolveToken(configuration, context.environment)
  const server = createServer(polystore, {
    ...limits,
    ...(token === undefined ? {} : { token }),
    ...(origins === undefined ? {} : { origins }),
    logger: pino({ level: quiet === true ? 'silent' : 'info' }, context.stderr),
    version: version(),
  })
  const url = await server.listen(port ?? configuredPort, host ?? configuredHost)
  await printText(context, `${url}\n`)
  say(context, `polyprov serves at ${url}; Ctrl-C ends it`)
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve()
    context.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.close()
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host)

export const serveCommand = command<Arguments>({
  name: 'serve',
  summary: 'Serve the polystore over HTTP, until interrupted',
  examples: ['serve --config polyprov.yaml --port 8080', 'serve --host 0.0.0.0 --port 0'],
  build: (parser) =>
    parser.options({
      ...configOption,
      host: { type: 'string', requiresArg: true, describe: 'Address to listen on' },
      port: { type: 'number', requiresArg: true, describe: 'Port to listen on; 0 for any that is free' },
      quiet: { type: 'boolean', describe: 'Log nothing' },
    }),
  run: async (values, context) => {
    const file = configurationFile(values.config)
    const { server, limits } = file === undefined ? defaultConfiguration() : await loadConfiguration(file)
    // Whoever may ask this server must not reach, through it, what only this machine can.
    const isOpen = limits.service === undefined && !isLoopback(values.host ?? server.host)
    await using polystore = await openConfigured(context, values.config, isOpen ? { limits: { service: 'none' } } : {})
    await servePolystore(polystore, values, context)
    return DONE
  },
})
