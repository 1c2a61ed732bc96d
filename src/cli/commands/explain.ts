import { stepAsJson } from '../../results/explanation.ts'
import { command } from '../command.ts'
import { DONE } from '../context.ts'
import {
  configOption,
  givenQueryOptions,
  openConfigured,
  type QueryArguments,
  queryOptions,
  queryText,
  urlOption,
} from '../options.ts'
import { printText } from '../output.ts'
import { askServer } from '../remote.ts'

interface Arguments extends QueryArguments {
  readonly text?: string
  readonly file?: string
  readonly config?: string
  readonly url?: string
  readonly analyze?: boolean
  readonly format: 'text' | 'json'
}

export const explainCommand = command<Arguments>({
  name: 'explain',
  positionals: '[text]',
  summary: 'Show the plan of a query, and the query that each store gets',
  examples: [
    "explain --config polyprov.yaml 'SELECT * WHERE { ?s ?p ?o }'",
    'explain --file q.rq --analyze --format json',
  ],
  build: (parser) =>
    parser.positional('text', { type: 'string', describe: 'The query; - or nothing for standard input' }).options({
      file: { type: 'string', requiresArg: true, describe: 'File with the query' },
      ...configOption,
      ...urlOption,
      analyze: { type: 'boolean', describe: 'Run the query, and measure each step' },
      format: { choices: ['text', 'json'] as const, default: 'text', describe: 'Text for people, or JSON' },
      ...queryOptions,
    }),
  run: async (values, context) => {
    const options = givenQueryOptions(values)
    const text = await queryText(context, values.text, values.file)
    const analyze = values.analyze === true
    if (values.url !== undefined) {
      const response = await askServer(context, values.url, 'api/v1/explain', {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: values.format === 'json' ? 'application/json' : 'text/plain',
        },
        body: JSON.stringify({ query: text, analyze, ...options }),
      })
      await printText(context, await response.text())
      return DONE
    }
    await using polystore = await openConfigured(context, values.config)
    const explanation = await polystore.explain(text, { ...options, analyze, signal: context.signal })
    const { plan, rules, notes } = explanation
    const json = (): string =>
      JSON.stringify({ plan: stepAsJson(plan), rules, notes, text: explanation.text }, undefined, 2)
    await printText(context, `${values.format === 'json' ? json() : explanation.text.trimEnd()}\n`)
    return DONE
  },
})
