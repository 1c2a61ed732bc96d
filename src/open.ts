import { setMaxListeners } from 'node:events'
import type { Connector } from '../connectors/connector.ts'
import { PolyprovError } from '../planner/errors.ts'
import { type Configuration, configurationFrom, defaultConfiguration, loadConfiguration } from './configuration.ts'
import { createCommonBudget } from './engine/context.ts'
import { type EngineState, explainQuery, runQuery } from './engine/engine.ts'
import { type Limits, limitsFrom } from './engine/limits.ts'
import { lineage } from './engine/lineage.ts'
import { createPreparer } from './engine/prepare.ts'
import { createRegistry } from './engine/registry.ts'
import { lazyRows } from './engine/rows.ts'
import { openStoredQueries } from './engine/stored-queries.ts'
import { readGraph, removeGraph, writeGraph } from './engine/update/graph-store.ts'
import { runUpdate } from './engine/update/run.ts'
import type { Polystore } from './polystore.ts'
import { createCapture } from './provenance/capture.ts'

export interface OpenOptions {
  /** Connectors of your own, beside the stores of the configuration. */
  readonly connectors?: readonly Connector[]
  /** In place of those of the configuration, one by one. */
  readonly limits?: Partial<Limits>
  /** What SERVICE asks endpoints by, in place of the global `fetch`: through a proxy, with credentials, elsewhere. */
  readonly fetch?: typeof fetch
  /**
   * Opens although a store cannot be used. Without it a store that cannot be reached does not keep the others from being
   * opened, its queries fail until it is back; one that is there and refuses, or lacks what it is to have, does.
   */
  readonly force?: boolean
}

/**
 * Opens a polystore: a configuration file, an object of the same shape, or nothing at all for the embedded default in
 * `./polyprov-data`. Errors: `configuration` with file, line and column; what a store's connector says of itself.
 */
export async function open(
  configuration?: string | Readonly<Record<string, unknown>>,
  options: OpenOptions = {},
): Promise<Polystore> {
  return openConfiguration(await read(configuration), options)
}

async function read(configuration: string | Readonly<Record<string, unknown>> | undefined): Promise<Configuration> {
  if (configuration === undefined) return defaultConfiguration()
  return typeof configuration === 'string' ? loadConfiguration(configuration) : configurationFrom(configuration)
}

/** Opens a polystore of a configuration that was read already. */
export async function openConfiguration(configuration: Configuration, options: OpenOptions = {}): Promise<Polystore> {
  const { base } = configuration
  const limits = limitsFrom(configuration.limits, options.limits ?? {})
  const registry = createRegistry(configuration, limits)
  const state: EngineState = {
    base,
    connectors: registry.connectors,
    guards: registry.guards,
    undescribed: registry.undescribed,
    limits,
    memory: createCommonBudget(limits.totalMemory),
    running: new Map(),
    prepare: createPreparer(),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  }
  try {
    const stores = [...configuration.stores, ...(options.connectors ?? [])]
    await Promise.all(stores.map((store) => registry.open(store, { force: options.force === true })))
    registry.sort(stores.map(({ id }) => id))
  } catch (error) {
    await registry.close()
    throw error
  }
  let closed: Promise<void> | undefined
  // Without its stores a query would find nothing, and say so as if it were the answer.
  const refuseWhenClosed = () => {
    if (closed !== undefined) throw new PolyprovError('usage', 'The polystore is closed: open it again to query it')
  }
  const execute: Polystore['execute'] = async (text, queryOptions = {}) => {
    refuseWhenClosed()
    return runQuery(text, queryOptions, state)
  }
  const explain: Polystore['explain'] = async (text, explainOptions = {}) => {
    refuseWhenClosed()
    return explainQuery(text, explainOptions, state)
  }
  const queries = await openStoredQueries(configuration.queries, execute)
  const write: Polystore['write'] = (change, store) => writable(state, store).write!(change)
  const closing = new AbortController()
  // Every update under way listens to it: many are no leak.
  setMaxListeners(0, closing.signal)
  /** Updates end when the polystore is closed, and none begins then. */
  const whileOpen = <Options extends { readonly signal?: AbortSignal }>(options: Options): Options => {
    refuseWhenClosed()
    const { signal } = options
    return { ...options, signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]) }
  }
  const capture = createCapture({ base, write })

  const close = async () => {
    closing.abort(new PolyprovError('cancelled', 'The polystore was closed while the update ran'))
    for (const { cancel } of [...state.running.values()]) {
      cancel(new PolyprovError('cancelled', 'The polystore was closed while the query ran'))
    }
    await capture.flush().catch(() => {})
    await registry.close()
  }
  const polystore: Polystore = {
    base,
    query: (text, queryOptions = {}) =>
      lazyRows({ execute, explain }, typeof text === 'string' ? text : text.text, queryOptions),
    execute,
    explain,
    update: async (text, updateOptions = {}) =>
      runUpdate(typeof text === 'string' ? text : text.text, whileOpen(updateOptions), state),
    graphs: {
      read: async (graph, graphOptions = {}) => readGraph(graph, whileOpen(graphOptions), state),
      write: async (graph, quads, graphOptions = {}) =>
        writeGraph(graph, quads, { replace: true, ...whileOpen(graphOptions) }, state),
      remove: async (graph, graphOptions = {}) => removeGraph(graph, whileOpen(graphOptions), state),
    },
    stores: registry.stores,
    queries,
    catalog: registry.catalog,
    running: {
      list: () => [...state.running.values()].map(({ info }) => info()),
      cancel(id) {
        const running = state.running.get(id)
        running?.cancel(new PolyprovError('cancelled', 'The query was cancelled'))
        return running !== undefined
      },
    },
    write,
    capture,
    lineage: (of, lineageOptions = {}) => lineage(of, lineageOptions, execute),
    close() {
      closed ??= close()
      return closed
    },
    [Symbol.asyncDispose]: () => polystore.close(),
  }
  return polystore
}

function writable(state: EngineState, store: string | undefined): Connector {
  const connector =
    store === undefined
      ? [...state.connectors.values()].find(({ role }) => role === 'provenance')
      : state.connectors.get(store)
  if (connector?.write !== undefined) return connector
  if (store !== undefined && connector === undefined) {
    throw new PolyprovError('not-found', `There is no store ${store}`, { store })
  }
  throw new PolyprovError(
    'configuration',
    connector === undefined
      ? 'No store has the role provenance: give one of the stores `role: provenance`'
      : `The store ${connector.id} cannot be written to: a columnar store can`,
  )
}
