import type { UpdateResult } from '../../polystore.ts'
import { command } from '../command.ts'
import { DONE, say } from '../context.ts'
import { configOption, givenQueryOptions, openConfigured, queryOptions, queryText, urlOption } from '../options.ts'
import { askServer } from '../remote.ts'

interface Arguments {
  readonly text?: string
  readonly file?: string
  readonly config?: string
  readonly url?: string
  readonly store?: string
  readonly scope?: 'store' | 'polystore'
  readonly timeout?: number
}

export const updateCommand = command<Arguments>({
  name: 'update',
  positionals: '[text]',
  summary: 'Change a store by SPARQL Update, all operations or none',
  examples: [
    "update --config polyprov.yaml 'INSERT DATA { <urn:a> <urn:p> 1 }'",
    'update --url http://127.0.0.1:8080 --store notes --file change.ru',
  ],
  build: (parser) =>
    parser.positional('text', { type: 'string', describe: 'The update; nothing or - for standard input' }).options({
      file: { type: 'string', requiresArg: true, describe: 'File with the update' },
      ...configOption,
      ...urlOption,
      store: {
        type: 'string',
        requiresArg: true,
        describe: 'Id of the store; the only one with `update: true` where absent',
      },
      scope: {
        choices: ['store', 'polystore'],
        requiresArg: true,
        describe: 'What WHERE reads; the store where absent',
      },
      timeout: queryOptions.timeout,
    }),
  run: async ({ text: argument, file, config, url, store, scope, timeout }, context) => {
    const options = {
      ...givenQueryOptions({ timeout }),
      ...(store === undefined ? {} : { store }),
      ...(scope === undefined ? {} : { scope }),
    }
    const text = await queryText(context, argument, file)
    const report = ({ store: id, added, removed }: UpdateResult): number => {
      say(context, `${id}: ${added} added, ${removed} removed`)
      return DONE
    }
    if (url !== undefined) {
      const search = new URLSearchParams(
        Object.entries(options).map(([name, value]): [string, string] => [name, String(value)]),
      )
      const response = await askServer(context, url, `sparql?${search}`, {
        method: 'POST',
        headers: { Accept: 'application/json', 'Content-Type': 'application/sparql-update' },
        body: text,
      })
      return report((await response.json()) as UpdateResult)
    }
    await using polystore = await openConfigured(context, config)
    return report(await polystore.update(text, { ...options, signal: context.signal }))
  },
})
