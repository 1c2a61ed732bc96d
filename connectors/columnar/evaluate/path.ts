import type { Path } from '../../../planner/algebra.ts'
import { canBeEmpty } from '../../../planner/paths.ts'
import { type IdList, type IdSet, idList, idSet } from '../store/ids.ts'
import { READ_ROWS, type Reader, type Reading, reader, WORK_LIMIT } from './rows.ts'

/** Walks a path from one node within one graph (SPARQL 1.1, section 18.4). */
export interface Walker {
  /**
   * Appends the nodes at the other end to `out`, each as often as the path leads there; closures give each once. Pauses
   * now and then. `target`: the only node that is asked for, 0 for all.
   */
  walk(from: number, backward: boolean, graph: number, target: number, out: IdList): Generator<undefined, void>
  /** The nodes that a path with two free ends starts from: all that may have a solution. */
  starts(graph: number): Generator<undefined, IdSet>
  /** Whether a term is a subject or an object of the graph. */
  isNode(id: number, graph: number): boolean
}

/** One edge: with these predicates, or with any but these. */
interface Edge {
  readonly backward: boolean
  readonly predicate: number
  readonly excluded: ReadonlySet<number> | undefined
}

type Walk = (from: number, backward: boolean, graph: number, target: number, out: IdList) => Generator<undefined, void>

/** Compiles a path; `idOf` gives the id of a predicate, one above all of the snapshot's where it has none. */
export function walker(path: Path, reading: Reading, idOf: (predicate: string) => number): Walker {
  const { snapshot } = reading
  const read = reader(reading)
  const isNode = (id: number, graph: number): boolean => hasAny(read, id, 0, graph) || hasAny(read, 0, id, graph)
  const walk = compile(path, reading, read, idOf)
  return {
    walk,
    isNode,
    *starts(graph) {
      const nodes = idSet()
      const edges = canBeEmpty(path) ? undefined : firstEdges(path, false, idOf)
      const cursor = snapshot.cursor()
      const block = read.block
      for (const { backward, predicate } of edges ?? [ANY_FORWARD, ANY_BACKWARD]) {
        cursor.open(0, predicate, 0, graph)
        do {
          const found = cursor.read(block, READ_ROWS)
          const column = backward ? block.objects : block.subjects
          for (let row = 0; row < found; row++) nodes.add(column[row]!)
          reading.work += found
          if (reading.work > WORK_LIMIT) {
            reading.work = 0
            yield undefined
          }
        } while (!cursor.ended)
      }
      return nodes
    },
  }
}

const ANY_FORWARD: Edge = { backward: false, predicate: 0, excluded: undefined }
const ANY_BACKWARD: Edge = { ...ANY_FORWARD, backward: true }

function hasAny({ cursor, block }: Reader, subject: number, object: number, graph: number): boolean {
  cursor.open(subject, 0, object, graph)
  do if (cursor.read(block, 8) > 0) return true
  while (!cursor.ended)
  return false
}

/** The edges that a path may start with; `undefined` where they are not plain to see. */
function firstEdges(path: Path, backward: boolean, idOf: (predicate: string) => number): readonly Edge[] | undefined {
  switch (path.kind) {
    case 'oneOrMore':
      return firstEdges(path.path, backward, idOf)
    case 'inverse':
      return firstEdges(path.path, !backward, idOf)
    case 'sequence': {
      const first = backward ? path.paths.at(-1)! : path.paths[0]!
      return canBeEmpty(first) ? undefined : firstEdges(first, backward, idOf)
    }
    case 'alternative': {
      const parts = path.paths.map((each) => firstEdges(each, backward, idOf))
      return parts.includes(undefined) ? undefined : parts.flatMap((each) => each!)
    }
    case 'predicate':
    case 'negated':
      return edgesOf(path, backward, idOf)
    case 'zeroOrMore':
    case 'zeroOrOne':
      return undefined
  }
}

/** A path that is one edge, whichever of several, as these edges; `undefined` for a longer one. */
function edgesOf(path: Path, backward: boolean, idOf: (predicate: string) => number): readonly Edge[] | undefined {
  switch (path.kind) {
    case 'predicate':
      return [{ backward, predicate: idOf(path.predicate.value), excluded: undefined }]
    case 'inverse':
      return edgesOf(path.path, !backward, idOf)
    case 'alternative': {
      const parts = path.paths.map((each) => edgesOf(each, backward, idOf))
      return parts.includes(undefined) ? undefined : parts.flatMap((each) => each!)
    }
    case 'negated': {
      const without = (excluded: typeof path.forward, reversed: boolean): Edge => ({
        backward: reversed,
        predicate: 0,
        excluded: new Set(excluded.map(({ value }) => idOf(value))),
      })
      const forward = path.forward.length > 0 || path.backward.length === 0
      return [
        ...(forward ? [without(path.forward, backward)] : []),
        ...(path.backward.length > 0 ? [without(path.backward, !backward)] : []),
      ]
    }
    default:
      return undefined
  }
}

function compile(path: Path, reading: Reading, read: Reader, idOf: (predicate: string) => number): Walk {
  const edges = edgesOf(path, false, idOf)
  if (edges !== undefined) return walkEdges(edges, reading, read)
  const inner = (each: Path): Walk => compile(each, reading, read, idOf)
  switch (path.kind) {
    case 'inverse': {
      const walk = inner(path.path)
      return (from, backward, graph, target, out) => walk(from, !backward, graph, target, out)
    }
    case 'sequence':
      return walkSequence(path.paths.map(inner))
    case 'alternative': {
      const parts = path.paths.map(inner)
      return function* (from, backward, graph, target, out) {
        for (const part of parts) yield* part(from, backward, graph, target, out)
      }
    }
    case 'zeroOrOne':
      return walkOnce(inner(path.path))
    case 'zeroOrMore':
      return walkClosure(inner(path.path), true)
    case 'oneOrMore':
      return walkClosure(inner(path.path), false)
    default:
      throw new Error('a path of one edge has edges')
  }
}

function walkEdges(edges: readonly Edge[], reading: Reading, { cursor, block }: Reader): Walk {
  return function* (from, backward, graph, target, out) {
    for (const edge of edges) {
      const reversed = edge.backward !== backward
      if (reversed) cursor.open(target, edge.predicate, from, graph)
      else cursor.open(from, edge.predicate, target, graph)
      const column = reversed ? block.subjects : block.objects
      // No pause within: the cursor is shared by all walks of the path, which pause between nodes.
      do {
        const found = cursor.read(block, READ_ROWS)
        reading.work += found + 4
        for (let row = 0; row < found; row++)
          if (edge.excluded?.has(block.predicates[row]!) !== true) out.push(column[row]!)
      } while (!cursor.ended)
    }
    if (reading.work > WORK_LIMIT) {
      reading.work = 0
      yield undefined
    }
  }
}

function walkSequence(parts: readonly Walk[]): Walk {
  return function* (from, backward, graph, target, out) {
    const order = backward ? parts.toReversed() : parts
    let frontier = idList()
    frontier.push(from)
    for (const [index, part] of order.entries()) {
      const last = index === order.length - 1
      const next = last ? out : idList()
      for (let each = 0; each < frontier.length; each++)
        yield* part(frontier.at(each), backward, graph, last ? target : 0, next)
      frontier = next
    }
  }
}

function walkOnce(walk: Walk): Walk {
  return function* (from, backward, graph, target, out) {
    const ends = idList()
    ends.push(from)
    yield* walk(from, backward, graph, target, ends)
    pushDistinct(ends, target, out)
  }
}

function pushDistinct(ends: IdList, target: number, out: IdList): void {
  const seen = idSet()
  for (let index = 0; index < ends.length; index++) {
    const end = ends.at(index)
    if ((target === 0 || end === target) && seen.add(end)) out.push(end)
  }
}

/** Breadth first; each node is expanded once. */
function walkClosure(walk: Walk, reflexive: boolean): Walk {
  return function* (from, backward, graph, target, out) {
    const reached = idSet()
    const queue = idList()
    const ends = idList()
    if (reflexive) {
      reached.add(from)
      queue.push(from)
      if (target === from) {
        out.push(from)
        return
      }
    } else {
      yield* walk(from, backward, graph, 0, ends)
      if (takeNew(ends, reached, queue, target)) {
        out.push(target)
        return
      }
    }
    for (let next = 0; next < queue.length; next++) {
      ends.clear()
      yield* walk(queue.at(next), backward, graph, 0, ends)
      if (takeNew(ends, reached, queue, target)) {
        out.push(target)
        return
      }
    }
    if (target === 0) for (let index = 0; index < queue.length; index++) out.push(queue.at(index))
  }
}

/** Queues the ends that are new; whether the target is among them. */
function takeNew(ends: IdList, reached: IdSet, queue: IdList, target: number): boolean {
  for (let index = 0; index < ends.length; index++) {
    const end = ends.at(index)
    if (!reached.add(end)) continue
    if (end === target) return true
    queue.push(end)
  }
  return false
}
