import { setMaxListeners } from 'node:events'
import type { Connector, StoreDefinition } from '../../connectors/connector.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { redact } from '../configuration/secrets.ts'
import { type Configuration, resolveStore } from '../configuration.ts'
import type { CatalogEntry, Polystore, StoreInfo } from '../polystore.ts'
import { raceAbort } from './abortable.ts'
import { askStoreOnce } from './ask-store.ts'
import { isBuiltin, openConnector } from './connectors.ts'
import { createGuard, type Guard, isUnreachable, storeError } from './guard.ts'
import type { Limits } from './limits.ts'
import type { Undescribed } from './undescribed.ts'

/** The registered stores of a polystore. */
export interface Registry {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly guards: ReadonlyMap<string, Guard>
  readonly undescribed: Undescribed
  readonly stores: Polystore['stores']
  /** Registers a store of the configuration, also where it cannot be reached: it is described when it is needed. */
  open(store: StoreDefinition | Connector, options: { readonly force: boolean }): Promise<void>
  catalog(): ReturnType<Polystore['catalog']>
  /** Puts the stores in an order: that of the configuration, whichever answered first when they were opened. */
  sort(ids: readonly string[]): void
  close(): Promise<void>
}

export function createRegistry({ base, folder }: Pick<Configuration, 'base' | 'folder'>, limits: Limits): Registry {
  const connectors = new Map<string, Connector>()
  const definitions = new Map<string, StoreDefinition>()
  const guards = new Map<string, Guard>()
  const failures = new Map<string, PolyprovError>()
  const describing = new Map<string, Promise<void>>()
  const closing = new AbortController()
  // Every store that is being described listens to it: many are no leak.
  setMaxListeners(0, closing.signal)

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
    ...(connector.update === undefined ? {} : { updates: true }),
    definition: redact(definitions.get(connector.id) ?? { id: connector.id, type: connector.type }) as Record<
      string,
      unknown
    >,
    ...(guards.has(connector.id) ? { health: guards.get(connector.id)!.health() } : {}),
  })
  const open = async (store: StoreDefinition | Connector): Promise<Connector> => {
    if (isConnector(store)) return store
    const definition = await resolveStore(store, folder)
    // Whoever keeps a deadline of its own keeps that which is in force.
    const timed = isBuiltin(store.type) ? { timeout: limits.storeTimeout, ...definition } : definition
    return openConnector(timed, { base, folder })
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

  const guardOf = (store: StoreDefinition | Connector, { access }: Connector): Guard => {
    const timeout = isConnector(store) ? undefined : store['timeout']
    return createGuard({
      store: store.id,
      timeout: typeof timeout === 'number' ? timeout : undefined,
      concurrency: access?.concurrency,
      limits,
    })
  }
  const describe = (connector: Connector, guard: Guard, signal: AbortSignal, isProbe: boolean) =>
    askStoreOnce({ guard, signal, isProbe, run: (within) => connector.describe(within) })
  const check = (connector: Connector, guard: Guard, signal: AbortSignal) =>
    askStoreOnce({ guard, signal, isProbe: true, run: async (within) => connector.check?.(within) })

  const add = (store: StoreDefinition | Connector, connector: Connector, guard: Guard) => {
    connectors.set(connector.id, connector)
    guards.set(connector.id, guard)
    if (!isConnector(store)) definitions.set(connector.id, store)
  }
  /** Opens and registers a store; where it fails `isTaken` says whether it is registered all the same. */
  const admit = async (
    store: StoreDefinition | Connector,
    signal: AbortSignal,
    isTaken: (failure: PolyprovError) => boolean,
    isChecked: boolean,
  ): Promise<Connector> => {
    refuseTaken(store)
    const connector = await open(store)
    const guard = guardOf(store, connector)
    const [checked, described] = await Promise.allSettled([
      isChecked ? check(connector, guard, signal) : undefined,
      describe(connector, guard, signal, false),
    ])
    const reasons = [checked, described].flatMap((each) =>
      each.status === 'rejected' ? [failed(each.reason, store.id)] : [],
    )
    try {
      refuseTaken(store)
      const wrong = reasons.find((reason) => !isTaken(reason))
      if (wrong !== undefined) throw wrong
    } catch (error) {
      if (!isConnector(store)) await connector[Symbol.asyncDispose]?.()
      throw error
    }
    add(store, connector, guard)
    if (described.status === 'rejected') failures.set(store.id, failed(described.reason, store.id))
    return connector
  }
  /** One description of a store at a time, whoever waits for it. */
  const describeAgain = (id: string, isProbe: boolean): Promise<void> => {
    const begun = describing.get(id)
    if (begun !== undefined) return begun
    const connector = find(id)
    const work = describe(connector, guards.get(id)!, closing.signal, isProbe)
      .then(
        () => void failures.delete(id),
        (error: unknown) => {
          const failure = failed(error, id)
          if (failures.has(id)) failures.set(id, failure)
          throw failure
        },
      )
      .finally(() => describing.delete(id))
    describing.set(id, work)
    return work
  }

  const stores: Polystore['stores'] = {
    list: () => [...connectors.values()].map(info),
    async register(store, { force = false, signal = closing.signal } = {}) {
      return info(await admit(store, signal, () => force, !force))
    },
    async remove(id) {
      const connector = find(id)
      for (const map of [connectors, definitions, guards, failures]) map.delete(id)
      await connector[Symbol.asyncDispose]?.()
    },
    async check(id, signal = closing.signal) {
      const connector = find(id)
      try {
        await check(connector, guards.get(id)!, signal)
        if (failures.has(id)) await raceAbort(describeAgain(id, true), signal)
      } catch (error) {
        throw failed(error, id)
      }
    },
    async refresh(id, signal = closing.signal) {
      await raceAbort(describeAgain(id, true), signal)
    },
  }
  return {
    connectors,
    guards,
    undescribed: { failures, describe: (id) => describeAgain(id, false) },
    stores,
    async open(store, { force }) {
      await admit(store, closing.signal, (failure) => force || isUnreachable(failure), true)
    },
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
      closing.abort(new PolyprovError('cancelled', 'The polystore was closed'))
      const open = [...connectors.values()]
      connectors.clear()
      await Promise.allSettled(open.map((connector) => connector[Symbol.asyncDispose]?.()))
    },
  }
}

const isConnector = (store: StoreDefinition | Connector): store is Connector => typeof store['scan'] === 'function'

function failed(error: unknown, store: string): PolyprovError {
  if (error instanceof PolyprovError) return error
  const { message, details } = storeError(error, store)
  return new PolyprovError('store-failed', message.replace(' failed: ', ' cannot be used: '), details)
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
