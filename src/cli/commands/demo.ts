import { join, relative, resolve } from 'node:path'
import { command } from '../command.ts'
import { DONE } from '../context.ts'
import { provideExample } from '../demo-folder.ts'
import { answerQuestions } from '../demo-questions.ts'
import { printText } from '../output.ts'
import { servePolystore } from './serve.ts'

interface Arguments {
  readonly data: string
  readonly surveys?: string
  readonly serve?: boolean
  readonly port?: number
}

export const demoCommand = command<Arguments>({
  name: 'demo',
  summary: 'Build the example, and answer the six questions',
  examples: ['demo', 'demo --data /tmp/seismic --surveys ~/segy --serve'],
  build: (parser) =>
    parser.options({
      data: { type: 'string', requiresArg: true, default: './polyprov-demo', describe: 'Folder of the example' },
      surveys: { type: 'string', requiresArg: true, describe: 'Folder of SEG-Y files, instead of synthetic surveys' },
      serve: { type: 'boolean', describe: 'Serve the example, until interrupted' },
      port: {
        type: 'number',
        requiresArg: true,
        implies: 'serve',
        describe: 'Port to serve at; 0 for any that is free',
      },
    }),
  run: async ({ data, surveys, serve, port }, context) => {
    const directory = resolve(data)
    await provideExample(directory, surveys === undefined ? undefined : resolve(surveys), context)
    const config = join(directory, 'polyprov.yaml')
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
