import type { Connector } from '../connectors/connector.ts'
import { PolyprovError } from '../planner/errors.ts'
import { type Configuration, configurationFrom, defaultConfiguration, loadConfiguration } from './configuration.ts'
import { createMemoryBudget } from './engine/context.ts'
import { type EngineState, explainQuery, type Limits, runQuery } from './engine/engine.ts'
import { lineage } from './engine/lineage.ts'
import { createPreparer } from './engine/prepare.ts'
import { createRegistry } from './engine/registry.ts'
import { lazyRows } from './engine/rows.ts'
import { openStoredQueries } from './engine/stored-queries.ts'
import { createWorkers } from './engine/tail/workers.ts'
import type { Polystore } from './polystore.ts'
import { createCapture } from './provenance/capture.ts'

/** Queries that may fill their own memory budget at the same time. */
const QUERIES_IN_MEMORY = 2

export interface OpenOptions {
  /** Connectors of your own, beside the stores of the configuration. */
  readonly connectors?: readonly Connector[]
  readonly limits?: Partial<Limits>
  /** Opens although a store cannot be reached: its queries fail, the others do not. */
  readonly force?: boolean
}

const LIMITS: Limits = { timeout: 60_000, memory: 1 << 30, queries: 64, service: 'any' }

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
  const registry = createRegistry(configuration)
  const limits: Limits = { ...LIMITS, ...options.limits }
  const state: EngineState = {
    base,
    connectors: registry.connectors,
    limits,
    memory: createMemoryBudget(limits.memory * QUERIES_IN_MEMORY),
    running: new Map(),
    prepare: createPreparer(),
    tailWorkers: createWorkers(limits.memory),
  }
  try {
    const stores = [...configuration.stores, ...(options.connectors ?? [])]
    await Promise.all(stores.map((store) => registry.stores.register(store, { force: options.force === true })))
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
  const capture = createCapture({ base, write })

  const close = async () => {
    for (const { cancel } of [...state.running.values()]) {
      cancel(new PolyprovError('cancelled', 'The polystore was closed while the query ran'))
    }
    await state.tailWorkers.close()
    await capture.flush().catch(() => {})
    await registry.close()
  }
  const polystore: Polystore = {
    base,
    query: (text, queryOptions = {}) =>
      lazyRows({ execute, explain }, typeof text === 'string' ? text : text.text, queryOptions),
    execute,
    explain,
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
