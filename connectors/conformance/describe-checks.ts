import { RDF } from '../../planner/namespaces.ts'
import type { TermStatistics } from '../../planner/source.ts'
import type { ConformanceCheck, ConformanceSubject } from '../conformance.ts'
import { expectThat, using } from './subject.ts'

export const describeChecks = (subject: ConformanceSubject): readonly ConformanceCheck[] => [
  {
    name: 'describes every predicate that it answers, with true counts',
    run: () =>
      using(subject, async ({ description }) => {
        const { predicates, referencePredicates } = description
        if (predicates === undefined) return
        const counts = countBy(subject.quads.map(({ predicate }) => predicate.value))
        const listed = new Set([...predicates, ...(referencePredicates ?? [])].map(({ iri }) => iri))
        for (const predicate of counts.keys()) {
          expectThat(listed.has(predicate), `the description leaves out the predicate ${predicate}`)
        }
        expectCounts(predicates, counts)
      }),
  },
  {
    name: 'describes every class that it answers, with true counts',
    run: () =>
      using(subject, async ({ description: { classes } }) => {
        if (classes === undefined) return
        const typed = subject.quads.filter(
          ({ predicate, object }) => predicate.value === `${RDF}type` && object.termType === 'NamedNode',
        )
        const counts = countBy(typed.map(({ object }) => object.value))
        const listed = new Set(classes.map(({ iri }) => iri))
        for (const name of counts.keys()) expectThat(listed.has(name), `the description leaves out the class ${name}`)
        expectCounts(classes, counts)
      }),
  },
  {
    name: 'describes whether it has named graphs, and what it tells later is what it told',
    run: () =>
      using(subject, async (connector) => {
        const named = subject.quads.some(({ graph }) => graph.termType !== 'DefaultGraph')
        expectThat(!named || connector.description.namedGraphs !== false, 'the description denies its named graphs')
        const again = await connector.describe(new AbortController().signal)
        expectThat(
          JSON.stringify(again.predicates) === JSON.stringify(connector.description.predicates),
          'describe() answers otherwise than description',
        )
      }),
  },
]

function countBy(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function expectCounts(told: readonly TermStatistics[], counts: ReadonlyMap<string, number>): void {
  for (const { iri, count } of told) {
    const own = counts.get(iri) ?? 0
    expectThat(count === undefined || count === own, `the description counts ${count} of ${iri}, and there are ${own}`)
  }
}
