import { resolve as resolvePath } from 'node:path'
import { pathToFileURL } from 'node:url'
import { batchBuilder } from '../../connectors/batch.ts'
import type { Connector, ConnectorContext, ConnectorFactory, StoreDefinition } from '../../connectors/connector.ts'
import { PolyprovError } from '../../planner/errors.ts'

/** The connectors that come with polyprov, loaded when a store of their type is opened. */
const BUILTIN: Readonly<Record<string, () => Promise<{ default: ConnectorFactory }>>> = {
  columnar: () => import('../../connectors/columnar/index.ts'),
  documents: () => import('../../connectors/documents/index.ts'),
  files: () => import('../../connectors/objects/files/index.ts'),
  memory: () => import('../../connectors/memory/index.ts'),
  mongodb: () => import('../../connectors/mongodb/index.ts'),
  postgres: () => import('../../connectors/postgres/index.ts'),
  rdf: async () => ({ default: openFilesOrEndpoint }),
  s3: () => import('../../connectors/objects/s3/index.ts'),
  sparql: () => import('../../connectors/sparql/index.ts'),
}

/** RDF is in files, or behind an endpoint. */
const openFilesOrEndpoint: ConnectorFactory = async (definition, context) => {
  const isEndpoint = definition['endpoint'] !== undefined
  const module = await (isEndpoint
    ? import('../../connectors/sparql/index.ts')
    : import('../../connectors/rdf/index.ts'))
  return module.default(definition, context)
}

/** Whether a store's type names a module of somebody else. */
export const isModulePath = (type: string): boolean => /^(\.{1,2}\/|\/|file:)/.test(type) || type.includes('/')

/** Whether a store's type comes with polyprov. */
export const isBuiltin = (type: string): boolean => Object.hasOwn(BUILTIN, type)

/** Opens the connector of a definition: built in, or from a module whose default export is a factory. */
export async function openConnector(
  definition: StoreDefinition,
  place: { readonly base: string; readonly folder: string },
): Promise<Connector> {
  const load = isBuiltin(definition.type) ? BUILTIN[definition.type] : undefined
  const module = load === undefined ? await importModule(definition, place.folder) : await load()
  const context: ConnectorContext = { ...place, batch: batchBuilder }
  return module.default(definition, context)
}

async function importModule(definition: StoreDefinition, folder: string): Promise<{ default: ConnectorFactory }> {
  const { id, type } = definition
  if (!isModulePath(type)) {
    throw new PolyprovError(
      'configuration',
      `The store ${id} has the unknown type ${type}: known are ${Object.keys(BUILTIN).join(', ')}, and the path of a connector module`,
      { store: id },
    )
  }
  const specifier = /^(\.{1,2}\/|\/)/.test(type) ? pathToFileURL(resolvePath(folder, type)).href : type
  let module: { default?: unknown }
  try {
    module = (await import(specifier)) as { default?: unknown }
  } catch (cause) {
    throw new PolyprovError(
      'configuration',
      `The connector module ${type} of the store ${id} cannot be loaded: ${String(cause)}`,
      {
        store: id,
        cause,
      },
    )
  }
  if (typeof module.default !== 'function') {
    throw new PolyprovError(
      'configuration',
      `The module ${type} of the store ${id} has no connector factory as its default export`,
      {
        store: id,
      },
    )
  }
  return { default: module.default as ConnectorFactory }
}
