import { PolyprovError } from '../../planner/errors.ts'
import { connectorOver, type SnapshotConnector } from '../columnar/connector.ts'
import { type ConnectorFactory, type StoreDefinition, storeIri } from '../connector.ts'
import { openFiles } from './files.ts'

/**
 * Opens `{ id, type: 'rdf', files }`: files of Turtle, N-Triples, N-Quads, TriG or JSON-LD, as a path or pattern (`*`,
 * `**`, `?`) or a list of such, relative to the configuration's folder. A query sees the files as they are when it
 * begins.
 */
export async function openRdf(
  definition: StoreDefinition,
  context: { readonly base: string; readonly folder: string },
): Promise<SnapshotConnector> {
  const { id, type, role } = definition
  const files = await openFiles(id, patternsOf(definition), context.folder)
  const connector = connectorOver({
    id,
    iri: storeIri(context.base, id),
    type,
    ...(role === undefined ? {} : { role }),
    scope: '',
    latest: files.latest,
    current: files.current,
    refresh: files.reload,
  })
  return connector
}

function patternsOf({ id, files }: StoreDefinition): readonly string[] {
  const patterns = typeof files === 'string' ? [files] : files
  const fits =
    Array.isArray(patterns) && patterns.length > 0 && patterns.every((each) => typeof each === 'string' && each !== '')
  if (!fits)
    throw new PolyprovError(
      'configuration',
      `The store ${id} needs files: a path or pattern of RDF files, such as ./annotations/*.ttl, or a list of such`,
      { store: id },
    )
  return patterns as readonly string[]
}

const factory: ConnectorFactory = openRdf
export default factory
