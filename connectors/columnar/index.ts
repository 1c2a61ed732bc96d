import { resolve } from 'node:path'
import { type Change, type ConnectorFactory, type StoreDefinition, storeIri, type Transaction } from '../connector.ts'
import { parseOptions } from '../parse-options.ts'
import { columnarOptions } from './config.ts'
import { connectorOver, type SnapshotConnector } from './connector.ts'
import { openTripleStore, type Snapshot, type TripleStore } from './store/index.ts'
import { updateStore } from './transaction.ts'

export type { Snapshot, TripleStore } from './store/index.ts'

/** The embedded triple store as a connector: it can be written to, and a query reads what was written before it began. */
export interface ColumnarConnector extends SnapshotConnector {
  /** The store itself: for bulk loading, compaction, and the counts of a write. */
  readonly store: TripleStore
  write(change: Change): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens `{ id, type: 'columnar', path?, readOnly?, role? }`; without a path the store lives in memory. */
export async function openColumnar(
  definition: StoreDefinition,
  context: { readonly base: string; readonly folder: string },
): Promise<ColumnarConnector> {
  const { id, type, role, path, readOnly, update } = parseOptions(columnarOptions, definition)
  const store = await openTripleStore({
    ...(path === undefined ? {} : { path: resolve(context.folder, path) }),
    readOnly: readOnly === true,
  })
  const readerOver = (latest: () => Snapshot): SnapshotConnector =>
    connectorOver({
      id,
      iri: storeIri(context.base, id),
      type,
      ...(role === undefined ? {} : { role }),
      scope: `${id}.`,
      latest,
      current: async () => latest(),
    })
  const loads = typeof update === 'object' ? update.load.map((place) => absolute(place, context.folder)) : []
  return Object.defineProperties(
    {
      store,
      async write(change: Change) {
        await store.write(change)
      },
      ...(update === undefined || update === false
        ? {}
        : {
            update: <Result>(run: (transaction: Transaction) => Promise<Result>) =>
              updateStore(store, (snapshot) => readerOver(() => snapshot), loads, run),
          }),
      [Symbol.asyncDispose]: store.close,
    },
    Object.getOwnPropertyDescriptors(readerOver(store.snapshot)),
  ) as ColumnarConnector
}

const absolute = (place: string, folder: string): string =>
  /^https?:/i.test(place) ? new URL(place).href : resolve(folder, place)

const factory: ConnectorFactory = openColumnar
export default factory
