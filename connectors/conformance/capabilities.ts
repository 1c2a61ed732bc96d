import type { Expression, Plan } from '../../planner/algebra.ts'
import { expressionsOf, walk, walkExpression } from '../../planner/traverse.ts'
import type { Connector } from '../connector.ts'

/**
 * What a store may do beside describing itself and answering single patterns. `native`: queries of its own at all; the
 * others up to `limit`: a fragment with that operator. `exact-filters`: conditions are kept exactly, and not filtered
 * again. `keys`: blocks of keys of a bind join restrict what is answered. `references`: data references are met by
 * `resolve`. `estimates`, `access`: the members of those names. `dictionary`: ids of its own.
 */
export const CAPABILITIES = [
  'native',
  'join',
  'filter',
  'exact-filters',
  'exists',
  'optional',
  'union',
  'minus',
  'paths',
  'graphs',
  'values',
  'bind',
  'aggregate',
  'distinct',
  'order',
  'limit',
  'keys',
  'references',
  'estimates',
  'access',
  'dictionary',
] as const

export type Capability = (typeof CAPABILITIES)[number]

/** Whether a capability is switched on; asked only where the answer matters. */
export type Switches = (capability: Capability) => boolean

const OF_PLANS: Partial<Record<Plan['kind'], Capability>> = {
  join: 'join',
  filter: 'filter',
  leftJoin: 'optional',
  union: 'union',
  minus: 'minus',
  path: 'paths',
  graphs: 'graphs',
  values: 'values',
  extend: 'bind',
  group: 'aggregate',
  distinct: 'distinct',
  reduced: 'distinct',
  order: 'order',
  slice: 'limit',
}

/** What a store must be able to do to answer a plan whole. */
function neededFor(plan: Plan): ReadonlySet<Capability> {
  const needed = new Set<Capability>()
  for (const node of walk(plan, { exists: true })) {
    const own = OF_PLANS[node.kind]
    if (own !== undefined) needed.add(own)
    if (expressionsOf(node).some(hasExists)) needed.add('exists')
  }
  return needed
}

const hasExists = (expression: Expression): boolean =>
  [...walkExpression(expression)].some(({ kind }) => kind === 'exists')

/**
 * The connector as it would be without what is switched off: it refuses then, or does not have the member. Its
 * description stays as it is, and disposing the wrapper disposes nothing.
 */
export function withCapabilities(connector: Connector, has: Switches): Connector {
  const takes = (plan: Plan) => has('native') && [...neededFor(plan)].every(has)
  const member = <Name extends keyof Connector>(name: Name, value: Connector[Name] | undefined) =>
    connector[name] === undefined ? {} : { [name]: { value, enumerable: true } }
  return Object.create(connector, {
    describe: { value: async () => connector.description, enumerable: true },
    scan: {
      value: (request: Parameters<Connector['scan']>[0]) => connector.scan(withoutKeys(request, has)),
      enumerable: true,
    },
    [Symbol.asyncDispose]: { value: undefined },
    ...member('push', (plan) => {
      const pushed = connector.push!(plan)
      return pushed !== undefined && takes(plan) ? pushed : undefined
    }),
    ...member('accepts', (conjunct) => {
      const accepted = connector.accepts!(conjunct)
      if (accepted === 'no' || !has('native') || !has('filter')) return 'no'
      if (hasExists(conjunct) && !has('exists')) return 'no'
      return accepted === 'exact' && has('exact-filters') ? 'exact' : 'inexact'
    }),
    ...member('execute', (native, request) => connector.execute!(native, withoutKeys(request, has))),
    ...lazily(connector, 'resolve', 'references', has),
    ...lazily(connector, 'estimate', 'estimates', has),
    ...lazily(connector, 'access', 'access', has),
    ...lazily(connector, 'dictionary', 'dictionary', has),
  }) as Connector
}

/** A member that is there where its capability is switched on, which is asked when the member is. */
function lazily(connector: Connector, name: keyof Connector, capability: Capability, has: Switches) {
  if (connector[name] === undefined) return {}
  return { [name]: { get: () => (has(capability) ? connector[name] : undefined), enumerable: true } }
}

function withoutKeys<Request extends { readonly bindings?: unknown }>(request: Request, has: Switches): Request {
  if (request.bindings === undefined || has('keys')) return request
  const { bindings: _, ...rest } = request
  return rest as Request
}

/** How an exploration of the subsets went. */
export interface Explored {
  /** Capabilities that mattered in some run. */
  readonly mattered: ReadonlySet<Capability>
  readonly runs: number
}

/**
 * Runs something under every subset of the capabilities. A capability that a run never asks for makes no difference to
 * it, so that one run stands for all subsets that differ in such capabilities only: the runs are the leaves of the tree
 * of decisions, and together they are all subsets.
 */
export async function forEverySubset(run: (has: Switches) => Promise<void>): Promise<Explored> {
  const mattered = new Set<Capability>()
  let runs = 0
  const explore = async (given: ReadonlyMap<Capability, boolean>): Promise<void> => {
    const decided = new Map(given)
    const first: Capability[] = []
    await run((capability) => {
      const known = decided.get(capability)
      if (known !== undefined) return known
      decided.set(capability, true)
      mattered.add(capability)
      first.push(capability)
      return true
    })
    runs++
    const before = new Map(given)
    for (const capability of first) {
      await explore(new Map(before).set(capability, false))
      before.set(capability, true)
    }
  }
  await explore(new Map())
  return { mattered, runs }
}
