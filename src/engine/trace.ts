import type { Meter } from '../../connectors/connector.ts'
import type { Plan } from '../../planner/algebra.ts'
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
  stores(): Readonly<Record<string, StoreStats>>
}

interface StoreMeter {
  rows(count: number): void
  /** Time that passed while the store was waited for, in milliseconds. */
  waited(milliseconds: number): void
  waiting(yes: boolean): void
}

const zero = (): Measured => ({ rows: 0, requests: 0, bytes: 0, milliseconds: 0 })

export function createTrace(): Trace {
  const nodes = new Map<Plan, Measured>()
  const stores = new Map<string, Measured>()
  const waiting = new Map<string, number>()
  const warnings: string[] = []
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
        },
        warn(message) {
          if (!warnings.includes(message)) warnings.push(message)
        },
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
    get waitingFor() {
      return new Set(waiting.keys())
    },
    stores: () =>
      Object.fromEntries(
        [...stores].map(([id, measured]) => [id, { ...measured, milliseconds: round(measured.milliseconds) }]),
      ),
  }
}

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
