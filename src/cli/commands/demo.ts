import { join, relative, resolve } from 'node:path'
import { PolyprovError } from '../../../planner/errors.ts'
import { command } from '../command.ts'
import { DONE } from '../context.ts'
import { provideExample } from '../demo-folder.ts'
import { answerQuestions } from '../demo-questions.ts'
import { serversOf } from '../demo-servers/environment.ts'
import { namesOf } from '../demo-servers/place.ts'
import { provideServers } from '../demo-servers.ts'
import { printText } from '../output.ts'
import { servePolystore } from './serve.ts'

interface Arguments {
  readonly data: string
  readonly surveys?: string
  readonly stores: 'embedded' | 'real'
  readonly name?: string
  readonly serve?: boolean
  readonly port?: number
}

const SERVERS = 'POSTGRES_URL, MONGODB_URL, S3_ENDPOINT and SPARQL_ENDPOINT'

export const demoCommand = command<Arguments>({
  name: 'demo',
  summary: 'Build the example, and answer the six questions',
  examples: ['demo --serve', 'demo --data /tmp/seismic --surveys ~/segy --stores real'],
  build: (parser) =>
    parser.options({
      data: { type: 'string', requiresArg: true, default: './polyprov-demo', describe: 'Folder of the example' },
      surveys: { type: 'string', requiresArg: true, describe: 'Folder of SEG-Y files, instead of synthetic surveys' },
      stores: {
        choices: ['embedded', 'real'] as const,
        requiresArg: true,
        default: 'embedded' as const,
        describe: `In this process, or in the servers that ${SERVERS} name`,
      },
      name: {
        type: 'string',
        requiresArg: true,
        describe: 'What database, schema, bucket and graph are named by, with --stores real; demo where absent',
      },
      serve: { type: 'boolean', describe: 'Serve the example, until interrupted' },
      port: {
        type: 'number',
        requiresArg: true,
        implies: 'serve',
        describe: 'Port to serve at; 0 for any that is free',
      },
    }),
  run: async ({ data, surveys, stores, name, serve, port }, context) => {
    if (stores === 'embedded' && name !== undefined) {
      throw new PolyprovError('usage', '--name is for --stores real')
    }
    const directory = resolve(data)
    // Before anything is built: a variable that is missing is told at once.
    const target = stores === 'real' ? ([serversOf(context.environment), namesOf(name ?? 'demo')] as const) : undefined
    await provideExample(directory, surveys === undefined ? undefined : resolve(surveys), context)
    const config =
      target === undefined ? join(directory, 'polyprov.yaml') : await provideServers(directory, ...target, context)
    await using polystore = await context.open(config)
    await answerQuestions(polystore, context)
    if (serve === true) {
      await servePolystore(polystore, { config, ...(port === undefined ? {} : { port }) }, context)
      return DONE
    }
    const shown = relative(process.cwd(), config)
    const path = shown.startsWith('..') ? config : shown
    await printText(
      context,
      `To serve it:\n\n  ${context.program} serve --config ${/\s/.test(path) ? JSON.stringify(path) : path}\n`,
    )
    return DONE
  },
})
