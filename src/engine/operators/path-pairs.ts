import type { Path } from '../../../planner/algebra.ts'
import type { NamedNode } from '../../../planner/term.ts'

/** Pairs of nodes that a path connects; a multiset. */
export interface Pairs {
  readonly from: readonly number[]
  readonly to: readonly number[]
}

/** One step over an edge: all pairs whose near end is in `from`, or all there are. */
export interface PathSteps {
  predicate(predicate: NamedNode, from: ReadonlySet<number> | undefined, backward: boolean): Promise<Pairs>
  /** Edges whose predicate is none of the excluded. */
  others(excluded: readonly NamedNode[], from: ReadonlySet<number> | undefined, backward: boolean): Promise<Pairs>
  /** Every subject and object of the graph: what zero-length paths with free ends range over. */
  nodes(): Promise<ReadonlySet<number>>
}

/** The pairs of a path from some nodes, or from all (SPARQL 1.1, section 18.4). */
export async function evaluatePath(
  path: Path,
  from: ReadonlySet<number> | undefined,
  steps: PathSteps,
  backward = false,
): Promise<Pairs> {
  switch (path.kind) {
    case 'predicate':
      return steps.predicate(path.predicate, from, backward)
    case 'inverse':
      return evaluatePath(path.path, from, steps, !backward)
    case 'sequence':
      return sequence(backward ? path.paths.toReversed() : path.paths, from, steps, backward)
    case 'alternative': {
      const parts: Pairs[] = []
      for (const each of path.paths) parts.push(await evaluatePath(each, from, steps, backward))
      return concat(parts)
    }
    case 'negated': {
      const parts: Pairs[] = []
      if (path.forward.length > 0 || path.backward.length === 0) {
        parts.push(await steps.others(path.forward, from, backward))
      }
      if (path.backward.length > 0) parts.push(await steps.others(path.backward, from, !backward))
      return concat(parts)
    }
    case 'zeroOrOne': {
      const starts = from ?? (await steps.nodes())
      const once = await evaluatePath(path.path, starts, steps, backward)
      return distinctPairs(concat([{ from: [...starts], to: [...starts] }, once]))
    }
    case 'zeroOrMore':
      return closure(path.path, from ?? (await steps.nodes()), steps, backward, true)
    case 'oneOrMore': {
      const starts = from ?? new Set((await evaluatePath(path.path, undefined, steps, backward)).from)
      return closure(path.path, starts, steps, backward, false)
    }
  }
}

async function sequence(
  paths: readonly Path[],
  from: ReadonlySet<number> | undefined,
  steps: PathSteps,
  backward: boolean,
): Promise<Pairs> {
  let pairs = await evaluatePath(paths[0]!, from, steps, backward)
  for (const path of paths.slice(1)) {
    const next = adjacency(await evaluatePath(path, new Set(pairs.to), steps, backward))
    const joined = { from: [] as number[], to: [] as number[] }
    pairs.to.forEach((middle, i) => {
      for (const end of next.get(middle) ?? []) {
        joined.from.push(pairs.from[i]!)
        joined.to.push(end)
      }
    })
    pairs = joined
  }
  return pairs
}

/** All starts walk together: each level asks once for the edges of the nodes that no level has asked for. */
async function closure(
  path: Path,
  starts: ReadonlySet<number>,
  steps: PathSteps,
  backward: boolean,
  reflexive: boolean,
): Promise<Pairs> {
  const edges = new Map<number, readonly number[]>()
  let frontier: ReadonlySet<number> = starts
  while (frontier.size > 0) {
    const found = adjacency(await evaluatePath(path, frontier, steps, backward))
    for (const node of frontier) edges.set(node, found.get(node) ?? [])
    frontier = new Set([...found.values()].flat().filter((end) => !edges.has(end)))
  }
  const from: number[] = []
  const to: number[] = []
  for (const start of starts) {
    for (const end of reachableFrom(start, edges, reflexive)) {
      from.push(start)
      to.push(end)
    }
  }
  return { from, to }
}

function reachableFrom(
  start: number,
  edges: ReadonlyMap<number, readonly number[]>,
  reflexive: boolean,
): ReadonlySet<number> {
  const reached = new Set<number>(reflexive ? [start] : [])
  const stack = [start]
  while (stack.length > 0) {
    for (const end of edges.get(stack.pop()!) ?? []) {
      if (reached.has(end)) continue
      reached.add(end)
      stack.push(end)
    }
  }
  return reached
}

function adjacency(pairs: Pairs): Map<number, number[]> {
  const ends = new Map<number, number[]>()
  pairs.from.forEach((from, i) => {
    const own = ends.get(from)
    if (own === undefined) ends.set(from, [pairs.to[i]!])
    else own.push(pairs.to[i]!)
  })
  return ends
}

const concat = (parts: readonly Pairs[]): Pairs => ({
  from: parts.flatMap(({ from }) => from),
  to: parts.flatMap(({ to }) => to),
})

function distinctPairs(pairs: Pairs): Pairs {
  const from: number[] = []
  const to: number[] = []
  for (const [start, ends] of adjacency(pairs)) {
    for (const end of new Set(ends)) {
      from.push(start)
      to.push(end)
    }
  }
  return { from, to }
}
