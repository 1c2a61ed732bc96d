import type { Pattern } from '../../../planner/algebra.ts'
import { defaultGraph, type GraphTerm, type PatternTerm, type Term, termKey } from '../../../planner/term.ts'
import { recordsOf, type ViewRecord, valuesAt } from '../../../planner/views/record.ts'
import { type TermContext, termsOf } from '../../../planner/views/term-map.ts'
import { propertiesOf } from '../../../planner/views/unfold.ts'
import type { TermMap, View, ViewJoin } from '../../../planner/views/view.ts'

/** A quad as four term keys; the default graph is the empty text. */
export type QuadKeys = readonly [subject: string, predicate: string, object: string, graph: string]

export type Collections = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

const records = (view: View, collections: Collections): readonly ViewRecord[] =>
  (collections[view.collection] ?? []).flatMap((root) => recordsOf(root, view.iterator))

const json = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each))

const product = (lists: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  lists.reduce<readonly (readonly string[])[]>(
    (all, list) => all.flatMap((one) => list.map((each) => [...one, each])),
    [[]],
  )

/** Every triple that the views give, by the definition: no plan, no filter, no index. */
export function materialise(views: readonly View[], collections: Collections, context: TermContext) {
  const terms = new Map<string, Term>()
  const quads = new Map<string, QuadKeys>()
  const keyOf = (term: Term): string => {
    terms.set(termKey(term), term)
    return termKey(term)
  }
  for (const view of views) {
    for (const record of records(view, collections)) {
      const keys = (map: TermMap): readonly string[] => termsOf(map, record, context).map(keyOf)
      for (const { predicate, object, graph } of propertiesOf(view)) {
        const objects = object.kind === 'join' ? joined(object, view, record).map(keyOf) : keys(object)
        const graphs = graph === undefined ? [''] : keys(graph)
        for (const quad of product([keys(view.subject), keys(predicate), objects, graphs])) {
          quads.set(quad.join(' '), quad as unknown as QuadKeys)
        }
      }
    }
  }
  return { quads: [...quads.values()], terms }

  function joined(join: ViewJoin, view: View, child: ViewRecord): readonly Term[] {
    const parent = views.find(({ name }) => name === join.view)
    if (parent === undefined) return []
    const isSame =
      join.on.length === 0 &&
      parent.collection === view.collection &&
      (parent.iterator ?? []).join('/') === (view.iterator ?? []).join('/')
    const others = isSame ? [child] : records(parent, collections)
    const agree = (other: ViewRecord) =>
      join.on.every(({ child: field, parent: theirs }) =>
        valuesAt(child, field).some((one) => valuesAt(other, theirs).some((two) => json(one) === json(two))),
      )
    return others.filter(agree).flatMap((other) => termsOf(parent.subject, other, context))
  }
}

/** The distinct solutions of a basic graph pattern over quads, as `name=key` texts, sorted. */
export function match(patterns: readonly Pattern[], quads: readonly QuadKeys[]): readonly string[] {
  let solutions: readonly ReadonlyMap<string, string>[] = [new Map()]
  for (const { subject, predicate, object, graph } of patterns) {
    solutions = solutions.flatMap((solution) =>
      quads.flatMap((quad) => extended(solution, [subject, predicate, object, graph], quad) ?? []),
    )
  }
  return [...new Set(solutions.map(textOf))].sort()
}

function extended(
  solution: ReadonlyMap<string, string>,
  terms: readonly (PatternTerm | GraphTerm)[],
  quad: QuadKeys,
): ReadonlyMap<string, string> | undefined {
  const next = new Map(solution)
  for (const [index, term] of terms.entries()) {
    const key = quad[index]!
    if (term.termType === 'Variable') {
      if (key === '' || (next.get(term.value) ?? key) !== key) return undefined
      next.set(term.value, key)
    } else if ((term.equals(defaultGraph) ? '' : termKey(term as Term)) !== key) return undefined
  }
  return next
}

const textOf = (solution: ReadonlyMap<string, string>): string =>
  [...solution]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, key]) => `${name}=${key}`)
    .join(' ')
