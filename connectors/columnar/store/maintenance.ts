import { setImmediate as pause } from 'node:timers/promises'
import { type IdQuads, removeFrom } from './commit.ts'
import type { TermDictionary } from './dictionary.ts'
import type { Keeper } from './keeper.ts'
import { mergeTables } from './merge.ts'
import { paced } from './pace.ts'
import type { Table } from './table.ts'

/** The state at the start of a round; writes go on meanwhile. */
export interface Frozen {
  readonly version: number
  readonly defaults: readonly Table[]
  readonly named: readonly Table[]
}

/** Merged tables, and those that they replace. */
export interface Merged {
  readonly defaults: readonly Table[]
  readonly named: readonly Table[]
  readonly gone: ReadonlySet<Table>
}

export interface Maintenance {
  /** Starts a round in the background, unless one is under way or has failed since the last writes. */
  start(): void
  /** Merges everything; settles when it is done. */
  compact(): Promise<void>
  /** Tells of quads that a write removed: a round under way must remove them from its result too. */
  noteRemoved(quads: IdQuads, version: number): void
  stop(): Promise<void>
}

interface Host {
  readonly dictionary: TermDictionary
  readonly keeper: Keeper
  exclusive<Result>(action: () => Promise<Result>): Promise<Result>
  freeze(): Frozen
  install(merged: Merged): void
}

/** Quads that are removed late between two pauses. */
const PACE = 4096
/** After a failed round (a full disk, say) this long in milliseconds until the next. */
const RETRY_AFTER = 10_000

class Stopped extends Error {}

/**
 * Rounds of tidying: the tables that commits left are merged, together with settled ones that are not much larger, and
 * written as segments; then the log before them goes.
 */
export function createMaintenance(host: Host): Maintenance {
  let running: Promise<void> | undefined
  let removed: { quads: IdQuads; version: number }[] | undefined
  let stopping = false
  let failedAt = Number.NEGATIVE_INFINITY

  async function merge(tables: readonly Table[], version: number): Promise<Table | undefined> {
    const queue = [...tables]
    while (queue.length > 1) {
      queue.sort((a, b) => b.rows - a.rows)
      const steps = mergeTables(queue.pop()!, queue.pop()!, version)
      for (;;) {
        const step = steps.next()
        if (step.done === true) {
          queue.push(step.value)
          break
        }
        await pause()
        if (stopping) throw new Stopped()
      }
    }
    return queue[0]
  }

  async function mergeList(
    tables: readonly Table[],
    chosen: ReadonlySet<Table>,
    version: number,
  ): Promise<readonly Table[]> {
    const inputs = tables.filter((table) => chosen.has(table))
    // A single table with removed rows is merged with nothing, to be rid of them.
    const merged = await merge(
      inputs.length === 1 && inputs[0]!.bySubject.removedRows > 0 ? [...inputs, none(inputs[0]!)] : inputs,
      version,
    )
    return merged === undefined || merged.rows === 0 ? [] : [merged]
  }

  async function round(everything: boolean): Promise<void> {
    const { frozen, fresh, lastTerm } = await host.exclusive(async () => {
      const state = host.freeze()
      const tables = [...state.defaults, ...state.named]
      const unsettled = new Set(tables.filter((table) => !table.settled))
      const term = await host.keeper.rotate()
      for (const table of tables) table.settled = true
      removed = []
      return { frozen: state, fresh: unsettled, lastTerm: term }
    })
    const { version } = frozen
    const gone = new Set([
      ...chooseTables(frozen.defaults, fresh, everything),
      ...chooseTables(frozen.named, fresh, everything),
    ])
    const defaults = await mergeList(frozen.defaults, gone, version)
    const named = await mergeList(frozen.named, gone, version)
    for (const table of [...defaults, ...named]) table.settled = true
    const kept = [...frozen.defaults, ...frozen.named].filter((table) => !gone.has(table))
    const prepared = await host.keeper.prepare(host.dictionary, [...defaults, ...named, ...kept], lastTerm, version)
    if (stopping) throw new Stopped()
    await host.exclusive(async () => {
      for (const change of removed ?? []) await paced(removeLate([...defaults, ...named], change.quads, change.version))
      await host.keeper.settle(prepared)
      host.install({ defaults, named, gone })
    })
  }

  function run(everything: boolean): Promise<void> {
    const current = round(everything).finally(() => {
      removed = undefined
      running = undefined
    })
    running = current
    return current
  }

  return {
    start() {
      if (running !== undefined || stopping || performance.now() - failedAt < RETRY_AFTER) return
      run(false).catch(() => {
        // The log keeps everything: the store is whole, only longer to open.
        failedAt = performance.now()
      })
    },
    async compact() {
      while (running !== undefined) await running.catch(() => undefined)
      await run(true)
    },
    noteRemoved(quads, version) {
      if (quads.length > 0) removed?.push({ quads, version })
    },
    async stop() {
      stopping = true
      await running?.catch(() => undefined)
    },
  }
}

function none(like: Table): Table {
  const empty = {
    ...like.bySubject,
    first: new Uint32Array(0),
    second: new Uint32Array(0),
    removed: [],
    removedRows: 0,
  }
  if (like.named) empty.graphs = new Uint32Array(0)
  return {
    ...like,
    rows: 0,
    predicates: new Uint32Array(0),
    starts: new Uint32Array(1),
    bySubject: empty,
    byObject: empty,
  }
}

/** Those to be merged: the new ones, settled ones that together are not twice as large, and half-empty ones. */
function chooseTables(tables: readonly Table[], fresh: ReadonlySet<Table>, everything: boolean): readonly Table[] {
  if (everything) return tables
  const chosen = tables.filter((table) => fresh.has(table))
  let rows = chosen.reduce((sum, table) => sum + table.rows, 0)
  const settled = tables.filter((table) => !fresh.has(table)).sort((a, b) => a.rows - b.rows)
  for (const table of settled)
    if (table.rows <= 2 * rows || table.bySubject.removedRows * 4 > table.rows) {
      chosen.push(table)
      rows += table.rows
    }
  return chosen
}

function* removeLate(tables: readonly Table[], { ids, length }: IdQuads, version: number): Generator<void, void> {
  for (let index = 0; index < length; index++) {
    if (index % PACE === PACE - 1) yield
    for (const table of tables) {
      const graph = ids[index * 4 + 3]!
      if ((graph !== 0) !== table.named) continue
      removeFrom(table, ids[index * 4]!, ids[index * 4 + 1]!, ids[index * 4 + 2]!, graph, version)
    }
  }
}
