import { PolyprovError } from '../../../planner/errors.ts'
import { defaultConfiguration, loadConfiguration, resolveStore } from '../../configuration.ts'
import { openConnector } from '../../engine/connectors.ts'
import { command } from '../command.ts'
import { DONE, say } from '../context.ts'
import { isRdfFile, loadQuads } from '../load-quads.ts'
import { configOption, configurationFile } from '../options.ts'
import { createProgress } from '../progress.ts'

interface Arguments {
  readonly files: readonly string[]
  readonly config?: string
  readonly store?: string
}

export const loadCommand = command<Arguments>({
  name: 'load',
  positionals: '<files..>',
  summary: 'Load RDF files into the provenance store, or another that can be written to',
  examples: ['load provenance.ttl', 'load --config polyprov.yaml --store provenance part-1.nq part-2.nq'],
  build: (parser) =>
    parser
      .positional('files', {
        type: 'string',
        array: true,
        describe: 'Turtle, N-Triples, N-Quads, TriG or JSON-LD; blank nodes of each become new ones',
      })
      .options({
        ...configOption,
        store: { type: 'string', requiresArg: true, describe: 'Id of the store; that of the provenance where absent' },
      }),
  run: async ({ files, config, store }, context) => {
    const unknown = files.find((file) => !isRdfFile(file))
    if (unknown !== undefined) {
      throw new PolyprovError('usage', `${unknown} ends in none of .ttl, .nt, .nq, .trig, .jsonld`)
    }
    const file = configurationFile(config)
    const configuration = file === undefined ? defaultConfiguration() : await loadConfiguration(file)
    const definition = configuration.stores.find(({ id, role }) =>
      store === undefined ? role !== undefined : id === store,
    )
    if (definition === undefined) {
      throw new PolyprovError(
        'usage',
        store === undefined ? 'no store has the role provenance' : `there is no store "${store}"`,
      )
    }
    const resolved = await resolveStore(definition, configuration.folder, context.environment)
    const connector = await openConnector(resolved, configuration)
    const progress = createProgress(context)
    let count = 0
    try {
      if (connector.write === undefined) {
        throw new PolyprovError('usage', `the store "${definition.id}" cannot be written to`, { store: definition.id })
      }
      for (const [index, path] of files.entries()) {
        for await (const add of loadQuads(path, context.signal)) {
          await connector.write({ add })
          count += add.length
          progress.update(`${path}: ${count} quads`, index, files.length)
        }
      }
    } finally {
      progress.end()
      await connector[Symbol.asyncDispose]?.()
    }
    say(context, `loaded ${count} quads into ${definition.id}`)
    return DONE
  },
})
