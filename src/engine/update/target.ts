import type { Connector } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'

export type Updatable = Connector & Required<Pick<Connector, 'update'>>

const isUpdatable = (connector: Connector): connector is Updatable => connector.update !== undefined

const HOW = 'set `update: true` in the definition of a columnar store to allow it'

/**
 * The store that an update is for: the one named, or the only one that takes updates.
 * @throws PolyprovError `forbidden` where none does, `not-found`, `parameter` where several do and none is named
 */
export function updateTarget(connectors: ReadonlyMap<string, Connector>, store: string | undefined): Updatable {
  const found = graphStore(connectors, store)
  if (isUpdatable(found)) return found
  throw new PolyprovError('forbidden', `The store ${found.id} takes no updates: ${HOW}`, { store: found.id })
}

/** The same for reading: a store that takes no updates may be named too. */
export function graphStore(connectors: ReadonlyMap<string, Connector>, store: string | undefined): Connector {
  if (store !== undefined) {
    const named = connectors.get(store)
    if (named !== undefined) return named
    throw new PolyprovError('not-found', `There is no store ${store}`, { store })
  }
  const [only, ...others] = [...connectors.values()].filter(isUpdatable)
  if (only === undefined) throw new PolyprovError('forbidden', `No store takes updates: ${HOW}`)
  if (others.length === 0) return only
  const ids = [only, ...others].map(({ id }) => id).join(', ')
  throw new PolyprovError('parameter', `Several stores take updates (${ids}): name one of them as the store`, {
    parameter: 'store',
  })
}
