import { setImmediate } from 'node:timers/promises'
import type { Connector, LeafEvaluator } from '../../connectors/connector.ts'
import type { Fragment, Plan } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { EvaluationContext } from '../../planner/evaluate.ts'
import type { Guard } from './guard.ts'
import type { ServiceAccess } from './services.ts'
import type { Table } from './table.ts'
import type { TermTable } from './term-table.ts'
import type { Trace } from './trace.ts'

/** Everything that the operators of one query share. */
export interface QueryContext {
  readonly dictionary: TermTable
  readonly signal: AbortSignal
  readonly trace: Trace
  readonly evaluation: EvaluationContext
  /** Tells `BNODE("label")` that another solution begins. */
  newSolution(): void
  readonly partial: boolean
  /** Whether what stores answer natively is recomputed here and compared. */
  readonly verify: boolean
  readonly memory: MemoryBudget
  /** The fragment whose rows leave as they come, where the plan is one; ids are good for a batch then. */
  readonly passing?: Fragment
  readonly connectors: ReadonlyMap<string, Connector>
  /** How each store is asked. */
  readonly guards: ReadonlyMap<string, Guard>
  /** When the query is to have ended, on the clock of `performance.now()`. */
  readonly deadline: number
  /** Plans a logical subplan at run time: EXISTS with its substitution, paths over several stores. */
  plan(logical: Plan): Plan
  /** The same for one store alone and without any optimisation: what its fragments are verified by. */
  planAlone(logical: Plan, source: string): Plan
  /** Plans over one store, as if it were the only one. */
  planWithin(logical: Plan, source: string): Plan
  readonly services: ServiceAccess
  /** Leaves of a plan that a store in this process evaluates through the engine's operators; absent elsewhere. */
  readonly leaf?: LeafEvaluator
  /** Rows of the branches of shared fragments, by name. */
  readonly branches: ReadonlyMap<string, readonly Table[] | Promise<readonly Table[]>>
}

/** Bytes that a query may hold at once in tables of its operators. */
export interface MemoryBudget {
  /** Rejects with `memory` where the budget is passed. */
  reserve(bytes: number): void
  release(bytes: number): void
  /** Gives back all that is still held: the query has ended. */
  close(): void
}

/** What all queries together may hold. */
export const createCommonBudget = (limit: number): MemoryBudget =>
  createMemoryBudget(
    limit,
    undefined,
    (size) =>
      `All queries together need more than their budget of ${size}: try again later, or raise limits.totalMemory`,
  )

/** A budget of its own, and a share of one that several queries have in common. */
export function createMemoryBudget(
  limit: number,
  common?: MemoryBudget,
  passed = (size: string): string =>
    `The query needs more than its budget of ${size}: add a LIMIT or a more selective pattern, or raise limits.memory`,
): MemoryBudget {
  let used = 0
  let closed = false
  return {
    reserve(bytes) {
      if (closed) return
      used += bytes
      common?.reserve(bytes)
      if (used > limit) {
        throw new PolyprovError('memory', passed(`${Math.round(limit / 1_048_576)} MiB`))
      }
    },
    release(bytes) {
      if (closed) return
      used -= bytes
      common?.release(bytes)
    },
    close() {
      if (!closed) common?.release(used)
      closed = true
    },
  }
}

const SLICE_MILLISECONDS = 8
let sliceStart = 0

/**
 * Called between batches and inside long loops: rejects where the query was cancelled, and lets the event loop turn
 * when this turn has lasted long enough, so that timers, other queries and hang-ups are heard.
 */
export async function breathe(signal: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  const now = performance.now()
  if (now - sliceStart < SLICE_MILLISECONDS) return
  await setImmediate()
  sliceStart = performance.now()
  throwIfAborted(signal)
}

/** Whether this turn of the event loop has lasted long enough: asked where a single row may take long. */
export const isTurnOver = (): boolean => performance.now() - sliceStart >= SLICE_MILLISECONDS

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal)
}

/** The reason of an abort as one of our errors. */
export function abortError(signal: AbortSignal): PolyprovError {
  const reason: unknown = signal.reason
  return reason instanceof PolyprovError
    ? reason
    : new PolyprovError('cancelled', 'The query was cancelled', { cause: reason })
}
