import type { Plan } from '../../../planner/algebra.ts'
import type { AccessPattern } from '../../../planner/source.ts'
import { walk } from '../../../planner/traverse.ts'
import type { QueryContext } from '../context.ts'
import { SERVICE_ACCESS } from '../services.ts'

/** How the stores of a bind join's right side are asked. */
export interface Asking {
  /** Keys of the first block and of the largest. */
  readonly first: number
  readonly most: number
  /** Blocks asked for at once. */
  readonly concurrency: number
}

const FIRST_BLOCK = 1_000
const LARGEST_BLOCK = 16_000
const REMOTE_BLOCK = 1_000
const REMOTE_CONCURRENCY = 4

/**
 * A store in this process is asked for blocks that grow, one after the other: requests cost nothing, first rows come
 * early. Another store is asked for as many keys as it takes at once, since each request costs a round trip.
 */
export function askingOf(plan: Plan, context: QueryContext): Asking {
  const stores = new Set<string>()
  const services: AccessPattern[] = []
  let remote = false
  for (const node of walk(plan)) {
    if (node.kind === 'service') services.push(SERVICE_ACCESS)
    if (node.kind !== 'fragment') continue
    stores.add(node.source)
    if (node.native.language !== 'algebra') remote = true
  }
  if (!remote && services.length === 0) return { first: FIRST_BLOCK, most: LARGEST_BLOCK, concurrency: 1 }
  const accesses = [...services, ...[...stores].map((store) => context.connectors.get(store)?.access)]
  const most = Math.min(...accesses.map((access) => access?.batch ?? REMOTE_BLOCK))
  return {
    first: most,
    most,
    concurrency: Math.min(...accesses.map((access) => access?.concurrency ?? REMOTE_CONCURRENCY)),
  }
}
