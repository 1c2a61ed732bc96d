import { PolyprovError } from '../../../planner/errors.ts'
import { command } from '../command.ts'
import { DONE, say } from '../context.ts'
import {
  configOption,
  givenQueryOptions,
  openConfigured,
  type QueryArguments,
  queryOptions,
  queryText,
  urlOption,
} from '../options.ts'
import { acceptOf, givenFormat, OUTPUT_FORMATS, printExecution, printResponse } from '../output.ts'
import { askServer } from '../remote.ts'

interface Arguments extends QueryArguments {
  readonly text?: string
  readonly file?: string
  readonly config?: string
  readonly url?: string
  readonly format?: string
  readonly stored?: string
  readonly param?: readonly string[]
  readonly stats?: boolean
}

function parameterValues(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const end = pair.indexOf('=')
      if (end < 1) throw new PolyprovError('usage', `--param ${pair} must be NAME=VALUE`)
      return [pair.slice(0, end), pair.slice(end + 1)]
    }),
  )
}

function search(values: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) parameters.set(name, String(value))
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

export const queryCommand = command<Arguments>({
  name: 'query',
  positionals: '[text]',
  summary: 'Ask a query, and print its answer',
  examples: [
    "query --config polyprov.yaml 'SELECT * WHERE { ?s ?p ?o } LIMIT 10'",
    'query --url http://127.0.0.1:8080 --stored q1 --param model=IRI',
  ],
  build: (parser) =>
    parser.positional('text', { type: 'string', describe: 'The query; nothing or - for standard input' }).options({
      file: { type: 'string', requiresArg: true, describe: 'File with the query' },
      ...configOption,
      ...urlOption,
      format: { type: 'string', requiresArg: true, describe: `One of ${OUTPUT_FORMATS.join(', ')}` },
      stored: { type: 'string', requiresArg: true, describe: 'Id of a stored query, instead of a text' },
      param: { type: 'string', array: true, nargs: 1, describe: 'NAME=VALUE, a parameter of the stored query' },
      stats: { type: 'boolean', describe: 'Say what each store was asked' },
      ...queryOptions,
    }),
  run: async (values, context) => {
    const format = givenFormat(values.format)
    const options = givenQueryOptions(values)
    const parameters = parameterValues(values.param)
    const { stored } = values
    if (stored === undefined && values.param !== undefined) {
      throw new PolyprovError('usage', '--param is for stored queries: name one with --stored')
    }
    const text = stored === undefined ? await queryText(context, values.text, values.file) : ''
    if (values.url !== undefined) {
      const headers = { Accept: acceptOf(format, context.stdout.isTTY === true) }
      const response =
        stored === undefined
          ? await askServer(context, values.url, `sparql${search(options)}`, {
              method: 'POST',
              headers: { ...headers, 'Content-Type': 'application/sparql-query' },
              body: text,
            })
          : await askServer(context, values.url, `api/v1/queries/${encodeURIComponent(stored)}`, {
              method: 'POST',
              headers: { ...headers, 'Content-Type': 'application/json' },
              body: JSON.stringify({ ...parameters, ...options }),
            })
      await printResponse(context, response, format, text)
      return DONE
    }
    await using polystore = await openConfigured(context, values.config)
    const { signal } = context
    const execution =
      stored === undefined
        ? await polystore.execute(text, { ...options, signal })
        : await polystore.queries.run(stored, parameters, { ...options, signal })
    await printExecution(context, execution, format, text)
    if (values.stats === true) say(context, JSON.stringify(execution.stats(), undefined, 2))
    return DONE
  },
})
