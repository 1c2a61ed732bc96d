import { resolve as resolvePath } from 'node:path'
import type { Connector, ConnectorContext, StoreDefinition } from '../../connector.ts'
import type { ObjectFormat } from '../../formats/format.ts'
import { objectFormats } from '../formats.ts'
import { objectConnector } from '../object-connector.ts'
import { filesConfig } from './config.ts'
import { folderStore } from './folder-store.ts'

export { fileEtag } from './folder-store.ts'

/** The files of a folder: their listing and the headers of known formats, never their data. */
export default function files(
  definition: StoreDefinition,
  context: Pick<ConnectorContext, 'base' | 'folder'>,
  formats: readonly ObjectFormat[] = objectFormats(),
): Connector {
  const { id, type, path } = filesConfig(definition)
  const store = folderStore({ store: id, path: resolvePath(context.folder, path) })
  return objectConnector(store, { id, type, base: context.base, formats })
}
