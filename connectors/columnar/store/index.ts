import { resolve } from 'node:path'
import { PolyprovError } from '../../../planner/errors.ts'
import type { Quad } from '../../../planner/term.ts'
import type { Change } from '../../connector.ts'
import { type Applied, applyChange, encodeQuads, findQuads, type IdChange, type Tables } from './commit.ts'
import { createDictionary, type TermDictionary } from './dictionary.ts'
import { removeOrphans } from './files.ts'
import { type Keeper, memoryKeeper, openKeeper } from './keeper.ts'
import { lockFolder } from './lock.ts'
import { createMaintenance, type Frozen, type Merged } from './maintenance.ts'
import { paced } from './pace.ts'
import { FIRST_VERSION, makeFolder, recover } from './recover.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'

export { ALL_GRAPHS, type Cursor, NAMED_GRAPHS, type QuadBlock, quadBlock } from './cursor.ts'
export type { Snapshot } from './snapshot.ts'

export interface TripleStoreOptions {
  /** Folder of the store; absent: it lives in memory and ends with the process. */
  readonly path?: string
  /** Reads what is there now: takes no lock, changes nothing, sees no later writes. */
  readonly readOnly?: boolean
  /** Quads beside the settled segments from which on the background merges them; a million by default. */
  readonly tidyAfter?: number
}

/** An embedded store of quads, in memory and (with a path) on disk. */
export interface TripleStore {
  /**
   * Makes a change, all of it or nothing; settles when it is durable. The counts leave out quads that were there
   * already, or were not. Changes that come while one is written share its wait for the disk.
   */
  write(change: Change): Promise<{ readonly added: number; readonly removed: number }>
  /**
   * Runs changes one after the other, each on what those before it left, and makes all of them durable as one write when
   * `run` has ended well; where it rejects, none was made. Other writes wait meanwhile, readers do not.
   */
  transaction<Result>(run: (transaction: StoreTransaction) => Promise<Result>): Promise<Result>
  /** Adds a stream of quads of any length, in many writes; the number added. */
  load(quads: Iterable<Quad> | AsyncIterable<Quad>, signal?: AbortSignal): Promise<number>
  /** The state that the last acknowledged write left. */
  snapshot(): Snapshot
  /** Brings everything into one sorted segment, drops what was removed, and starts a new log. */
  compact(): Promise<void>
  /** Waits for the writes under way, and gives the folder back. */
  close(): Promise<void>
}

/** Changes under way, which nobody else sees yet. */
export interface StoreTransaction {
  /** The state that the changes so far leave; it is good until the next one. */
  snapshot(): Snapshot
  /** The id of a `termKey`, made where it is new. */
  add(key: string): number
  /** The id of a `termKey`, or 0. */
  find(key: string): number
  change(change: IdChange): Promise<{ readonly added: number; readonly removed: number }>
}

interface Waiting {
  readonly change: Change
  readonly resolve: (counts: { added: number; removed: number }) => void
  readonly reject: (error: unknown) => void
}

interface Done {
  readonly waiter: Waiting
  readonly change: IdChange
  readonly applied: Applied
}

const LOAD_QUADS = 1 << 16
/** Quads beside the settled segments, and bytes of log, from which on the background tidies up. */
const TIDY_QUADS = 1 << 20
const TIDY_BYTES = 1 << 26

export async function openTripleStore(options: TripleStoreOptions = {}): Promise<TripleStore> {
  if (options.path === undefined)
    return storeOver(createDictionary(), { defaults: [], named: [], quads: 0 }, memoryKeeper(), options.tidyAfter)
  const folder = resolve(options.path)
  if (options.readOnly === true) return openForReading(folder)
  await makeFolder(folder)
  const release = await lockFolder(folder)
  try {
    const { manifest, dictionary, tables, logLength } = await recover(folder, false)
    await removeOrphans(folder, manifest)
    const keeper = await openKeeper(folder, manifest, dictionary, logLength, release)
    return storeOver(dictionary, tables, keeper, options.tidyAfter)
  } catch (error) {
    await release()
    throw error
  }
}

async function openForReading(folder: string): Promise<TripleStore> {
  for (let attempt = 0; ; attempt++) {
    try {
      const { dictionary, tables } = await recover(folder, true)
      return storeOver(dictionary, tables, undefined)
    } catch (error) {
      // A writer may replace the files between our reading the manifest and them.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw error
    }
  }
}

function storeOver(
  dictionary: TermDictionary,
  initial: Tables,
  keeper: Keeper | undefined,
  tidyAfter = TIDY_QUADS,
): TripleStore {
  let tables = initial
  let version = FIRST_VERSION
  let current = publish()
  let waiting: Waiting[] = []
  let closed = false
  let turn: Promise<unknown> = Promise.resolve()

  function publish(): Snapshot {
    return snapshotOf(dictionary, version, tables.defaults, tables.named, tables.quads)
  }

  /** Runs actions on the state one after the other. */
  function exclusive<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = turn.then(action)
    turn = result.catch(() => undefined)
    return result
  }

  const maintenance = createMaintenance({
    dictionary,
    keeper: keeper ?? memoryKeeper(),
    exclusive,
    freeze: (): Frozen => ({ version, defaults: tables.defaults, named: tables.named }),
    install(merged: Merged) {
      tables = {
        defaults: [...merged.defaults, ...tables.defaults.filter((table) => !merged.gone.has(table))],
        named: [...merged.named, ...tables.named.filter((table) => !merged.gone.has(table))],
        quads: tables.quads,
      }
      current = publish()
    },
  })

  /** Applies what waits, one change after the other; those that fail are told so and left out. */
  async function stage(group: readonly Waiting[], next: number): Promise<{ staged: Tables; done: Done[] }> {
    let staged = tables
    const done: Done[] = []
    for (const waiter of group) {
      try {
        const fresh = dictionary.size
        const remove = await paced(findQuads(waiter.change.remove ?? [], dictionary))
        const add = await paced(encodeQuads(waiter.change.add ?? [], dictionary))
        const change = { remove, add }
        const applied = await paced(applyChange(staged, change, next, fresh))
        staged = applied.tables
        done.push({ waiter, change, applied })
      } catch (error) {
        waiter.reject(error)
      }
    }
    return { staged, done }
  }

  /** Writes all that waits as one group. */
  async function flush(): Promise<void> {
    const group = waiting
    waiting = []
    const next = version + 1
    const { staged, done } = await stage(group, next)
    const changes = done.filter(({ applied }) => applied.added + applied.removed > 0).map(({ change }) => change)
    if (changes.length > 0) {
      try {
        await keeper!.append(dictionary, changes)
      } catch (error) {
        for (const { applied } of done.reverse()) applied.undo()
        for (const { waiter } of done) waiter.reject(error)
        return
      }
      tables = staged
      version = next
      current = publish()
      for (const { remove } of changes) maintenance.noteRemoved(remove, version)
    }
    for (const { waiter, applied } of done) waiter.resolve({ added: applied.added, removed: applied.removed })
    tidy()
  }

  async function transact<Result>(run: (transaction: StoreTransaction) => Promise<Result>): Promise<Result> {
    const next = version + 1
    const fresh = dictionary.size
    const done: { readonly change: IdChange; readonly applied: Applied }[] = []
    let seen = current
    const staged = (): Tables => done.at(-1)?.applied.tables ?? tables
    try {
      const result = await run({
        snapshot: () => seen,
        add: dictionary.add,
        find: dictionary.find,
        async change(change) {
          // Only the first change knows that new terms make new quads.
          const applied = await paced(
            applyChange(staged(), change, next, done.length === 0 ? fresh : Number.POSITIVE_INFINITY),
          )
          done.push({ change, applied })
          const { defaults, named, quads } = applied.tables
          seen = snapshotOf(dictionary, next, defaults, named, quads)
          return { added: applied.added, removed: applied.removed }
        },
      })
      const changes = done.filter(({ applied }) => applied.added + applied.removed > 0).map(({ change }) => change)
      if (changes.length === 0) return result
      await keeper!.append(dictionary, changes)
      tables = staged()
      version = next
      current = publish()
      for (const { remove } of changes) maintenance.noteRemoved(remove, version)
      tidy()
      return result
    } catch (error) {
      for (const { applied } of done.reverse()) applied.undo()
      throw error
    }
  }

  function tidy(): void {
    if (unsettled(tables) > tidyAfter || keeper!.logBytes > TIDY_BYTES || isHollow(tables)) maintenance.start()
  }

  function refuse(): void {
    if (closed) throw new PolyprovError('store-failed', `The triple store ${keeper?.name ?? ''} is closed`)
    if (keeper === undefined) throw new PolyprovError('forbidden', 'The triple store was opened with readOnly')
  }

  const store: TripleStore = {
    async write(change) {
      refuse()
      return new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject })
        if (waiting.length === 1) exclusive(flush).catch(reject)
      })
    },
    async transaction(run) {
      refuse()
      return exclusive(() => transact(run))
    },
    async load(quads, signal) {
      refuse()
      let added = 0
      for await (const block of blocksOf(quads)) {
        signal?.throwIfAborted()
        added += (await store.write({ add: block })).added
      }
      return added
    },
    snapshot: () => current,
    async compact() {
      refuse()
      await maintenance.compact()
    },
    async close() {
      if (closed) return
      closed = true
      await maintenance.stop()
      await exclusive(async () => keeper?.close())
    },
  }
  return store
}

/** Blocks of a write's size; without a promise for each quad where none is needed. */
async function* blocksOf(quads: Iterable<Quad> | AsyncIterable<Quad>): AsyncGenerator<readonly Quad[]> {
  const block: Quad[] = []
  if (Symbol.iterator in quads) {
    for (const quad of quads) if (block.push(quad) === LOAD_QUADS) yield block.splice(0)
  } else for await (const quad of quads) if (block.push(quad) === LOAD_QUADS) yield block.splice(0)
  if (block.length > 0) yield block
}

/** Removed rows of a table from which on it is worth being rid of them, where they are a quarter of its rows. */
const HOLLOW_ROWS = 1 << 16

const isHollow = ({ defaults, named }: Tables): boolean =>
  [...defaults, ...named].some(
    ({ rows, bySubject: { removedRows } }) => removedRows > HOLLOW_ROWS && removedRows * 4 > rows,
  )

const unsettled = ({ defaults, named }: Tables): number =>
  [...defaults, ...named].reduce((sum, table) => sum + (table.settled ? 0 : table.rows), 0)
