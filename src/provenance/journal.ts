import type { NamedNode, Quad } from '../../planner/term.ts'
import { literal, quad } from '../../planner/term.ts'
import { pl } from './vocabulary.ts'

/** A change of the provenance store: what comes, and what it replaces. */
export interface Change {
  readonly add: readonly Quad[]
  readonly remove?: readonly Quad[]
}

export type Write = (change: Change) => Promise<void>

export type Status = 'RUNNING' | 'FINISHED' | 'FAILED'

/** Takes what is captured at once, and writes it in blocks behind the caller's back. */
export interface Journal {
  add(quads: readonly Quad[]): void
  /** Replaces the status of an execution; within one block only the last is ever written. */
  status(execution: NamedNode, status: Status): void
  /** Resolves when all that was taken so far is written; rejects with the store's error, and keeps what was not. */
  flush(): Promise<void>
}

/** Quads that make a block be written without waiting for the timer. */
const BLOCK_QUADS = 2_000
/** How long a quad waits for others, in milliseconds: well below what an onlooker would notice. */
const LATENCY_MILLISECONDS = 25

interface StatusChange {
  readonly execution: NamedNode
  readonly written: Status | undefined
  readonly current: Status
}

const statusQuad = (execution: NamedNode, status: Status): Quad => quad(execution, pl.status, literal(status))

/** The blocks of a change that are written in order, one at a time. */
export function createJournal(write: Write): Journal {
  let pending: Quad[] = []
  const changes = new Map<string, StatusChange>()
  const running = new Set<string>()
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let failed = false

  const take = (): { add: Quad[]; remove: Quad[]; statuses: StatusChange[] } => {
    const statuses = [...changes.values()]
    const add = [...pending, ...statuses.map(({ execution, current }) => statusQuad(execution, current))]
    const remove = statuses.flatMap(({ execution, written }) => (written ? [statusQuad(execution, written)] : []))
    pending = []
    changes.clear()
    return { add, remove, statuses }
  }

  const restore = (add: readonly Quad[], statuses: readonly StatusChange[]): void => {
    pending = [...add.slice(0, add.length - statuses.length), ...pending]
    for (const change of statuses) {
      const newer = changes.get(change.execution.value)
      changes.set(change.execution.value, { ...change, current: newer?.current ?? change.current })
    }
  }

  const writeAll = async (): Promise<void> => {
    while (pending.length > 0 || changes.size > 0) {
      const { add, remove, statuses } = take()
      for (const { execution, current } of statuses) {
        if (current === 'RUNNING') running.add(execution.value)
        else running.delete(execution.value)
      }
      try {
        await write(remove.length > 0 ? { add, remove } : { add })
        failed = false
      } catch (error) {
        failed = true
        restore(add, statuses)
        throw error
      }
    }
  }

  const start = (): Promise<void> => {
    if (timer) clearTimeout(timer)
    timer = undefined
    writing ??= writeAll().finally(() => {
      writing = undefined
    })
    return writing
  }

  const schedule = (): void => {
    // A block that failed stays pending: whoever flushes tries again, and gets the error.
    if (writing || failed) return
    if (pending.length >= BLOCK_QUADS) start().catch(() => undefined)
    else timer ??= setTimeout(() => start().catch(() => undefined), LATENCY_MILLISECONDS)
  }

  return {
    add: (quads) => {
      for (const one of quads) pending.push(one)
      schedule()
    },
    status: (execution, current) => {
      const key = execution.value
      const written = changes.get(key)?.written ?? (running.has(key) ? 'RUNNING' : undefined)
      changes.set(key, { execution, written, current })
      schedule()
    },
    flush: start,
  }
}
