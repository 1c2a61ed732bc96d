import type { Meter } from '../../connectors/connector.ts'
import type { Plan } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { StoreStats } from '../polystore.ts'

/** What was measured at one node of the plan. */
export interface Measured {
  rows: number
  requests: number
  bytes: number
  milliseconds: number
}

/** Counters of one query: per plan node, per store, and the warnings. */
export interface Trace {
  readonly nodes: Map<Plan, Measured>
  readonly warnings: string[]
  node(plan: Plan): Measured
  /** A meter that counts for a store and for the plan node that asks it. */
  meter(store: string, plan: Plan): Meter & StoreMeter
  readonly waitingFor: ReadonlySet<string>
  warn(message: string): void
  /** A partial answer lacks what a store or an object would have given: one warning a store, a few of its objects. */
  lose(failure: PolyprovError, isStore: boolean): void
  /** Whether a store was given up: it is not asked again. */
  hasLost(store: string): boolean
  stores(): Readonly<Record<string, StoreStats>>
}

export interface StoreMeter {
  retry(): void
  rows(count: number): void
  /** Time that passed while the store was waited for, in milliseconds. */
  waited(milliseconds: number): void
  waiting(yes: boolean): void
}

const zero = (): Measured => ({ rows: 0, requests: 0, bytes: 0, milliseconds: 0 })

/** Objects of a store that a partial answer names one by one. */
const MOST_NAMED = 10

/** What a query may read, and who is told that it has read more. */
export interface ReadLimit {
  readonly bytes: number
  passed(error: PolyprovError): void
}

export function createTrace(limit?: ReadLimit): Trace {
  const nodes = new Map<Plan, Measured>()
  const stores = new Map<string, Measured>()
  const waiting = new Map<string, number>()
  const warnings: string[] = []
  const retries = new Map<string, number>()
  const lost = new Set<string>()
  const named = new Map<string, { count: number; at: number }>()
  let bytesRead = 0
  const warn = (message: string) => {
    if (!warnings.includes(message)) warnings.push(message)
  }
  const entry = <Key>(map: Map<Key, Measured>, key: Key): Measured => {
    const known = map.get(key)
    if (known !== undefined) return known
    const measured = zero()
    map.set(key, measured)
    return measured
  }
  return {
    nodes,
    warnings,
    warn,
    node: (plan) => entry(nodes, plan),
    meter(store, plan) {
      const ofStore = entry(stores, store)
      const ofNode = entry(nodes, plan)
      return {
        request(count = 1) {
          ofStore.requests += count
          ofNode.requests += count
        },
        bytes(count) {
          ofStore.bytes += count
          ofNode.bytes += count
          bytesRead += count
          if (limit !== undefined && bytesRead > limit.bytes) limit.passed(tooManyBytes(limit.bytes))
        },
        retry() {
          retries.set(store, (retries.get(store) ?? 0) + 1)
        },
        warn,
        rows(count) {
          ofStore.rows += count
        },
        waited(milliseconds) {
          ofStore.milliseconds += milliseconds
        },
        waiting(yes) {
          const now = (waiting.get(store) ?? 0) + (yes ? 1 : -1)
          if (now > 0) waiting.set(store, now)
          else waiting.delete(store)
        },
      }
    },
    lose(failure, isStore) {
      const { store = '' } = failure.details
      if (isStore) {
        if (!lost.has(store)) warn(failure.message)
        lost.add(store)
        return
      }
      if (warnings.includes(failure.message)) return
      const known = named.get(store) ?? { count: 0, at: -1 }
      named.set(store, known)
      known.count++
      if (known.count <= MOST_NAMED) warn(failure.message)
      else if (known.at < 0) known.at = warnings.push(moreOf(store, 1)) - 1
      else warnings[known.at] = moreOf(store, known.count - MOST_NAMED)
    },
    hasLost: (store) => lost.has(store),
    get waitingFor() {
      return new Set(waiting.keys())
    },
    stores: () =>
      Object.fromEntries(
        [...stores].map(([id, measured]) => [
          id,
          { ...measured, milliseconds: round(measured.milliseconds), ...retriesOf(retries.get(id)) },
        ]),
      ),
  }
}

const retriesOf = (count: number | undefined) => (count === undefined ? {} : { retries: count })

const moreOf = (store: string, count: number): string => `The store ${store} failed for ${count} more of its objects`

const tooManyBytes = (most: number): PolyprovError =>
  new PolyprovError(
    'limit',
    `The query reads more than ${most} bytes from its stores: make it more selective, or raise limits.bytes`,
  )

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
