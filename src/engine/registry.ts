import type { Connector, StoreDefinition } from '../../connectors/connector.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { redact } from '../configuration/secrets.ts'
import { type Configuration, resolveStore } from '../configuration.ts'
import type { CatalogEntry, Polystore, StoreInfo } from '../polystore.ts'
import { raceAbort } from './abortable.ts'
import { openConnector } from './connectors.ts'

/** The registered stores of a polystore. */
export interface Registry {
  readonly connectors: Map<string, Connector>
  readonly stores: Polystore['stores']
  catalog(): ReturnType<Polystore['catalog']>
  /** Puts the stores in an order: that of the configuration, whichever answered first when they were opened. */
  sort(ids: readonly string[]): void
  close(): Promise<void>
}

const CHECK_MILLISECONDS = 30_000

export function createRegistry({ base, folder }: Pick<Configuration, 'base' | 'folder'>): Registry {
  const connectors = new Map<string, Connector>()
  const definitions = new Map<string, StoreDefinition>()

  const find = (id: string): Connector => {
    const connector = connectors.get(id)
    if (connector !== undefined) return connector
    throw new PolyprovError(
      'not-found',
      `There is no store ${id}: registered are ${[...connectors.keys()].join(', ') || 'none'}`,
      {
        store: id,
      },
    )
  }
  const info = (connector: Connector): StoreInfo => ({
    id: connector.id,
    type: connector.type,
    iri: connector.iri,
    ...(connector.role === undefined ? {} : { role: connector.role }),
    definition: redact(definitions.get(connector.id) ?? { id: connector.id, type: connector.type }) as Record<
      string,
      unknown
    >,
  })
  const open = async (store: StoreDefinition | Connector): Promise<Connector> => {
    if (isConnector(store)) return store
    return openConnector(await resolveStore(store, folder), { base, folder })
  }
  const refuseTaken = (store: StoreDefinition | Connector) => {
    if (connectors.has(store.id)) {
      throw new PolyprovError(
        'conflict',
        `There is a store ${store.id} already: remove it first, or choose another id`,
        { store: store.id },
      )
    }
    const owner = [...connectors.values()].find((each) => each.role === 'provenance')
    if (store.role === 'provenance' && owner !== undefined) {
      throw new PolyprovError(
        'conflict',
        `The store ${owner.id} keeps the provenance already: one store has that role`,
        { store: store.id },
      )
    }
  }

  const stores: Polystore['stores'] = {
    list: () => [...connectors.values()].map(info),
    async register(store, { force = false, signal = AbortSignal.timeout(CHECK_MILLISECONDS) } = {}) {
      refuseTaken(store)
      const connector = await open(store)
      try {
        if (!force) await raceAbort(Promise.resolve(connector.check?.(signal)), signal)
        await raceAbort(connector.describe(signal), signal)
        refuseTaken(store)
      } catch (error) {
        if (!force || connectors.has(store.id)) {
          if (!isConnector(store)) await connector[Symbol.asyncDispose]?.()
          throw failed(error, store.id)
        }
      }
      connectors.set(connector.id, connector)
      if (!isConnector(store)) definitions.set(connector.id, store)
      return info(connector)
    },
    async remove(id) {
      const connector = find(id)
      connectors.delete(id)
      definitions.delete(id)
      await connector[Symbol.asyncDispose]?.()
    },
    async check(id, signal = AbortSignal.timeout(CHECK_MILLISECONDS)) {
      try {
        await raceAbort(Promise.resolve(find(id).check?.(signal)), signal)
      } catch (error) {
        throw failed(error, id)
      }
    },
    async refresh(id, signal = AbortSignal.timeout(CHECK_MILLISECONDS)) {
      await raceAbort(find(id).describe(signal), signal)
    },
  }
  return {
    connectors,
    stores,
    catalog: () => catalogOf(connectors.values()),
    sort(ids) {
      for (const id of ids) {
        const connector = connectors.get(id)
        if (connector === undefined) continue
        connectors.delete(id)
        connectors.set(id, connector)
      }
    },
    async close() {
      const open = [...connectors.values()]
      connectors.clear()
      await Promise.allSettled(open.map((connector) => connector[Symbol.asyncDispose]?.()))
    },
  }
}

const isConnector = (store: StoreDefinition | Connector): store is Connector => typeof store['scan'] === 'function'

function failed(error: unknown, store: string): PolyprovError {
  if (error instanceof PolyprovError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new PolyprovError('store-failed', `The store ${store} cannot be used: ${message}`, { store, cause: error })
}

function catalogOf(connectors: Iterable<Connector>): ReturnType<Polystore['catalog']> {
  const predicates = new Map<string, CatalogEntry['stores'][number][]>()
  const classes = new Map<string, CatalogEntry['stores'][number][]>()
  const note = (map: typeof predicates, iri: string, entry: CatalogEntry['stores'][number]) => {
    const known = map.get(iri)
    if (known === undefined) map.set(iri, [entry])
    else known.push(entry)
  }
  for (const { id, description } of connectors) {
    const terms = [...(description.predicates ?? []), ...(description.referencePredicates ?? [])]
    for (const { iri, count } of new Map(terms.map((term) => [term.iri, term])).values()) {
      const view = description.views?.find(({ properties }) =>
        properties.some(({ predicate }) => 'value' in predicate && predicate.value === iri),
      )
      note(predicates, iri, {
        id,
        ...(view === undefined ? {} : { view: view.name }),
        ...(count === undefined ? {} : { count }),
      })
    }
    for (const { iri, count } of description.classes ?? [])
      note(classes, iri, { id, ...(count === undefined ? {} : { count }) })
  }
  const entries = (map: typeof predicates): readonly CatalogEntry[] =>
    [...map].map(([iri, stores]) => ({ iri, stores })).sort((a, b) => (a.iri < b.iri ? -1 : 1))
  return { predicates: entries(predicates), classes: entries(classes) }
}
