import type { Path, PathPattern, Pattern, Plan } from '../../../planner/algebra.ts'
import { type GraphTerm, type PatternTerm, type Quad, type Term, termKey } from '../../../planner/term.ts'

/** Solutions by definition: every pattern on its own, joined term by term. */
export type Solution = Readonly<Record<string, string>>

export function solutionsOf(plan: Plan, quads: readonly Quad[]): Solution[] {
  switch (plan.kind) {
    case 'join':
      return plan.inputs.reduce<Solution[]>((rows, input) => joined(rows, solutionsOf(input, quads)), [{}])
    case 'pattern':
      return quads.flatMap((quad) => matched(plan, quad))
    case 'path':
      return pathSolutions(plan, quads)
    case 'graphs':
      return graphsIn(quads).flatMap((graph) => bind({}, plan.graph, graph))
    default:
      throw new Error(plan.kind)
  }
}

export const joined = (left: readonly Solution[], right: readonly Solution[]): Solution[] =>
  left.flatMap((a) =>
    right.flatMap((b) =>
      Object.keys(a).every((name) => b[name] === undefined || a[name] === b[name]) ? [{ ...a, ...b }] : [],
    ),
  )

const keyOf = (term: Term | Quad['graph']): string => (term.termType === 'DefaultGraph' ? '' : termKey(term))

const graphsIn = (quads: readonly Quad[]): string[] => [
  ...new Set(quads.map(({ graph }) => keyOf(graph)).filter((key) => key !== '')),
]

function bind(row: Solution, position: PatternTerm | GraphTerm, key: string): Solution[] {
  if (position.termType !== 'Variable') return keyOf(position) === key ? [row] : []
  const known = row[position.value]
  if (known !== undefined) return known === key ? [row] : []
  return [{ ...row, [position.value]: key }]
}

function matched(pattern: Pattern, quad: Quad): Solution[] {
  if (pattern.graph.termType === 'Variable' && quad.graph.termType === 'DefaultGraph') return []
  let rows: Solution[] = [{}]
  for (const place of ['subject', 'predicate', 'object', 'graph'] as const)
    rows = rows.flatMap((row) => bind(row, pattern[place], keyOf(quad[place])))
  return rows
}

function pathSolutions(pattern: PathPattern, quads: readonly Quad[]): Solution[] {
  const graphs = pattern.graph.termType === 'DefaultGraph' ? [''] : graphsIn(quads)
  return graphs.flatMap((graph) => {
    const edges = quads.filter((quad) => keyOf(quad.graph) === graph)
    const nodes = new Set(edges.flatMap(({ subject, object }) => [termKey(subject), termKey(object)]))
    for (const end of [pattern.subject, pattern.object]) if (end.termType !== 'Variable') nodes.add(termKey(end))
    const ends = [pattern.subject, pattern.object].map((end) => (end.termType === 'Variable' ? '' : termKey(end)))
    const real = new Set(edges.flatMap(({ subject, object }) => [termKey(subject), termKey(object)]))
    return (
      pairs(pattern.path, edges, nodes)
        // A constant that is no node stands for itself only where it was written.
        .filter(([from, to]) => real.has(from) || from === ends[0] || to === ends[1])
        .flatMap(([from, to]) =>
          bind({}, pattern.graph, graph)
            .flatMap((row) => bind(row, pattern.subject, from))
            .flatMap((row) => bind(row, pattern.object, to)),
        )
    )
  })
}

type Pair = readonly [string, string]

const distinct = (all: readonly Pair[]): Pair[] => [...new Map(all.map((pair) => [pair.join(' '), pair])).values()]

function pairs(path: Path, edges: readonly Quad[], nodes: ReadonlySet<string>): Pair[] {
  const self = (): Pair[] => [...nodes].map((node) => [node, node])
  const inner = (each: Path): Pair[] => pairs(each, edges, nodes)
  switch (path.kind) {
    case 'predicate':
      return edges
        .filter(({ predicate }) => predicate.value === path.predicate.value)
        .map(({ subject, object }) => [termKey(subject), termKey(object)])
    case 'inverse':
      return inner(path.path).map(([from, to]) => [to, from])
    case 'alternative':
      return path.paths.flatMap(inner)
    case 'sequence':
      return path.paths.map(inner).reduce(compose)
    case 'zeroOrOne':
      return distinct([...self(), ...inner(path.path)])
    case 'zeroOrMore':
      return closure([...self(), ...inner(path.path)], inner(path.path))
    case 'oneOrMore':
      return closure(inner(path.path), inner(path.path))
    case 'negated': {
      const without = (excluded: typeof path.forward): Pair[] =>
        edges
          .filter(({ predicate }) => excluded.every(({ value }) => value !== predicate.value))
          .map(({ subject, object }) => [termKey(subject), termKey(object)])
      const forward = path.forward.length > 0 || path.backward.length === 0 ? without(path.forward) : []
      const backward = path.backward.length > 0 ? without(path.backward) : []
      return [...forward, ...backward.map(([from, to]): Pair => [to, from])]
    }
  }
}

const compose = (left: readonly Pair[], right: readonly Pair[]): Pair[] =>
  left.flatMap(([from, middle]) => right.flatMap(([start, to]): Pair[] => (start === middle ? [[from, to]] : [])))

function closure(first: readonly Pair[], steps: readonly Pair[]): Pair[] {
  let all = distinct(first)
  for (;;) {
    const next = distinct([...all, ...compose(all, steps)])
    if (next.length === all.length) return all
    all = next
  }
}
