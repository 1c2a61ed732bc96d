import { readFile, writeFile } from 'node:fs/promises'
import { isSeq, parseDocument, parse as parseYaml } from 'yaml'
import type { StoreDefinition } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { parseConfiguration } from '../../configuration/parse.ts'
import { storeSchema } from '../../configuration/schema.ts'
import type { CatalogEntry, StoreInfo } from '../../polystore.ts'
import { type Command, command } from '../command.ts'
import { type CommandContext, DONE, say } from '../context.ts'
import { configOption, configurationFile, openConfigured, urlOption } from '../options.ts'
import { printTable } from '../output.ts'
import { askServer } from '../remote.ts'
import { checkStores } from './check.ts'

interface Arguments {
  readonly config?: string
  readonly url?: string
}

interface Catalog {
  readonly predicates: readonly CatalogEntry[]
  readonly classes: readonly CatalogEntry[]
}

async function list({ config, url }: Arguments, context: CommandContext): Promise<number> {
  const print = (stores: readonly StoreInfo[]) =>
    printTable(
      context,
      ['store', 'type', 'role', 'iri'],
      stores.map(({ id, type, role, iri }) => [id, type, role ?? '', iri]),
    )
  if (url !== undefined) {
    await print((await (await askServer(context, url, 'api/v1/stores')).json()) as StoreInfo[])
    return DONE
  }
  await using polystore = await openConfigured(context, config, { force: true })
  await print(polystore.stores.list())
  return DONE
}

async function describe({ config, url }: Arguments, context: CommandContext): Promise<number> {
  const print = ({ classes, predicates }: Catalog) => {
    const rows = (kind: string, entries: readonly CatalogEntry[]) =>
      entries.flatMap(({ iri, stores }) =>
        stores.map(({ id, view, count }) => [kind, iri, id, view ?? '', count === undefined ? '' : String(count)]),
      )
    return printTable(
      context,
      ['kind', 'iri', 'store', 'view', 'count'],
      [...rows('class', classes), ...rows('predicate', predicates)],
    )
  }
  if (url !== undefined) {
    await print((await (await askServer(context, url, 'api/v1/catalog')).json()) as Catalog)
    return DONE
  }
  await using polystore = await openConfigured(context, config)
  await print(polystore.catalog())
  return DONE
}

async function check(
  { config, url, id }: Arguments & { readonly id: string },
  context: CommandContext,
): Promise<number> {
  if (url !== undefined) {
    await askServer(context, url, `api/v1/stores/${encodeURIComponent(id)}/check`, { method: 'POST' })
    await printTable(context, ['store', 'status'], [[id, 'up']])
    return DONE
  }
  await using polystore = await openConfigured(context, config, { force: true })
  if (!polystore.stores.list().some((store) => store.id === id)) {
    throw new PolyprovError('not-found', `there is no store "${id}"`, { store: id })
  }
  return await checkStores(polystore, [id], context)
}

function readDefinition(text: string): StoreDefinition {
  let value: unknown
  try {
    value = parseYaml(text)
  } catch (cause) {
    throw new PolyprovError('usage', `the definition is neither JSON nor YAML: ${(cause as Error).message}`, { cause })
  }
  const parsed = storeSchema.safeParse(value)
  if (parsed.success) return parsed.data as unknown as StoreDefinition
  const issue = parsed.error.issues[0]!
  throw new PolyprovError('usage', `the definition is wrong: ${issue.path.join('.')}: ${issue.message}`)
}

const needsFile = (config: string | undefined): string => {
  const file = configurationFile(config)
  if (file !== undefined) return file
  throw new PolyprovError('usage', 'there is no polyprov.yaml here: name a configuration with --config')
}

/** Changes the list of stores in the file, comments and all the rest kept. */
async function editStores(file: string, edit: (document: ReturnType<typeof parseDocument>) => void): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'))
  edit(document)
  const text = document.toString({ lineWidth: 120 })
  parseConfiguration(text, file)
  await writeFile(file, text)
}

interface AddArguments extends Arguments {
  readonly definition: string
  readonly force?: boolean
}

async function add({ config, url, definition, force = false }: AddArguments, context: CommandContext): Promise<number> {
  const store = readDefinition(definition)
  if (url !== undefined) {
    await askServer(context, url, `api/v1/stores?force=${force}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(store),
    })
  } else {
    const file = needsFile(config)
    await using polystore = await openConfigured(context, file, { force: true })
    await polystore.stores.register(store, { force, signal: context.signal })
    await editStores(file, (document) => {
      if (isSeq(document.get('stores'))) document.addIn(['stores'], document.createNode(store, { flow: true }))
      else document.set('stores', document.createNode([store]))
    })
  }
  say(context, `added the store ${store.id}`)
  return DONE
}

async function remove(
  { config, url, id }: Arguments & { readonly id: string },
  context: CommandContext,
): Promise<number> {
  if (url !== undefined) {
    await askServer(context, url, `api/v1/stores/${encodeURIComponent(id)}`, { method: 'DELETE' })
  } else {
    await editStores(needsFile(config), (document) => {
      const { stores = [] } = document.toJS() as { stores?: readonly { readonly id: string }[] }
      const index = stores.findIndex((store) => store.id === id)
      if (index < 0) throw new PolyprovError('not-found', `there is no store "${id}"`, { store: id })
      document.deleteIn(['stores', index])
    })
  }
  say(context, `removed the store ${id}; what it holds stays`)
  return DONE
}

const idPositional = { type: 'string', describe: 'Id of the store' } as const

const SUBCOMMANDS: readonly Command[] = [
  command<Arguments>({
    name: 'list',
    summary: 'List the stores',
    examples: ['stores list', 'stores list --url http://127.0.0.1:8080'],
    build: (parser) => parser.options({ ...configOption, ...urlOption }),
    run: list,
  }),
  command<Arguments>({
    name: 'describe',
    summary: 'List classes and predicates, and the stores that answer them',
    examples: ['stores describe', 'stores describe --config polyprov.yaml'],
    build: (parser) => parser.options({ ...configOption, ...urlOption }),
    run: describe,
  }),
  command<Arguments & { readonly id: string }>({
    name: 'check',
    positionals: '<id>',
    summary: 'Check that a store can be used',
    examples: ['stores check wells', 'stores check wells --url http://127.0.0.1:8080'],
    build: (parser) => parser.positional('id', idPositional).options({ ...configOption, ...urlOption }),
    run: check,
  }),
  command<AddArguments>({
    name: 'add',
    positionals: '<definition>',
    summary: 'Add a store, checked first, to the configuration or to a running server',
    examples: [
      "stores add '{ id: seismic, type: files, path: ./seismic }'",
      `stores add --url http://127.0.0.1:8080 '{ "id": "lod", "type": "rdf", "endpoint": "https://example.org/sparql" }'`,
    ],
    build: (parser) =>
      parser
        .positional('definition', { type: 'string', describe: 'The store as in polyprov.yaml, JSON or YAML' })
        .options({
          ...configOption,
          ...urlOption,
          force: { type: 'boolean', describe: 'Add it although it cannot be reached' },
        }),
    run: add,
  }),
  command<Arguments & { readonly id: string }>({
    name: 'remove',
    positionals: '<id>',
    summary: 'Remove a store; what it holds stays',
    examples: ['stores remove wells', 'stores remove wells --url http://127.0.0.1:8080'],
    build: (parser) => parser.positional('id', idPositional).options({ ...configOption, ...urlOption }),
    run: remove,
  }),
]

export const storesCommand: Command = {
  name: 'stores',
  summary: 'List, describe, check, add and remove stores',
  examples: ['stores list', "stores add '{ id: seismic, type: files, path: ./seismic }'"],
  build: (parser, register) => {
    for (const subcommand of SUBCOMMANDS) parser.command(register(subcommand))
    return parser.demandCommand(1, 'name what to do: list, describe, check, add or remove')
  },
}
