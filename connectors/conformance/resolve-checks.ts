import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { defaultGraph, iri, type NamedNode, type Term, termKey, variable } from '../../planner/term.ts'
import type { ConformanceCheck, ConformanceSubject } from '../conformance.ts'
import { joined, matches, textsOf } from './answers.ts'
import { asking, resolved, resolvedByColumns } from './request.ts'
import { distinctTerms, expectSame, expectThat, inDefaultGraph, using } from './subject.ts'

const reference = variable('reference')

const wanted = (predicate: NamedNode, name: string): Pattern => ({
  kind: 'pattern',
  subject: reference,
  predicate,
  object: variable(name),
  graph: defaultGraph,
})

export function resolveChecks(subject: ConformanceSubject): readonly ConformanceCheck[] {
  const { references } = subject
  if (references === undefined) return []
  const locators = references.map(({ locator }) => locator)
  const terms = references.map((_, i) => iri(`urn:polyprov:conformance:reference${i}`))
  const ofObject = ({ object }: { readonly object: Term }) =>
    inDefaultGraph(subject.quads).filter((quad) => termKey(quad.subject) === termKey(object))
  /** The rows of patterns on the reference, from its object's own triples. */
  const expected = (patterns: readonly Pattern[], index: number) => {
    const own = ofObject(references[index]!)
    return patterns
      .map((pattern) => matches({ ...pattern, subject: references[index]!.object as NamedNode }, own))
      .reduce(joined, [{}])
  }
  const answerable = (connector: {
    readonly description: { readonly referencePredicates?: readonly { iri: string }[] }
  }) => {
    const told = new Set(connector.description.referencePredicates?.map(({ iri: name }) => name))
    return distinctTerms(references.flatMap(ofObject).map(({ predicate }) => predicate)).filter(({ value }) =>
      told.has(value),
    )
  }
  return [
    {
      name: 'resolves references to the rows of their patterns, each once',
      run: () =>
        using(subject, async (connector) => {
          if (connector.resolve === undefined) return
          const predicates = answerable(connector)
          const groups = [
            ...predicates.map((each) => [wanted(each, 'v')]),
            predicates.slice(0, 3).map((each, i) => wanted(each, `v${i}`)),
          ]
          for (const patterns of groups) {
            const answers = await resolved(connector, { locators, references: terms, reference, patterns })
            expectSame(
              answers.map(({ index }) => String(index)),
              locators.map((_, i) => String(i)),
              'indexes',
            )
            for (const { index, rows } of answers) {
              expectSame(textsOf(rows), textsOf(expected(patterns, index)), `the reference ${locators[index]}`)
            }
          }
        }),
    },
    {
      name: 'gives the same rows of references to one who takes batches',
      run: () =>
        using(subject, async (connector) => {
          if (connector.resolve === undefined) return
          const predicates = answerable(connector)
          const wants = predicates.slice(0, 3).map((each, i) => wanted(each, `v${i}`))
          const [first, ...others] = wants
          const nothing = wanted(iri('urn:polyprov:conformance:nothing'), 'x')
          const asked = [
            { patterns: wants },
            { patterns: [nothing], optional: [wants] },
            { patterns: [], optional: [...wants.map((each) => [each]), [nothing]] },
            ...(first === undefined ? [] : [{ patterns: [first], optional: [others, wants, [nothing]] }]),
          ]
          const twice = locators.slice(0, 1)
          const all = {
            locators: [...locators, ...twice, 'not/there'],
            references: [...terms, ...['again', 'lost'].map((name) => iri(`urn:polyprov:conformance:${name}`))],
          }
          for (const patterns of asked) {
            const request = { ...all, reference, ...patterns }
            const [one, other] = [await resolved(connector, request), await resolvedByColumns(connector, request)]
            for (const { index, rows, error } of other) {
              const same = one.find((each) => each.index === index)
              const name = `the reference ${all.locators[index]}`
              expectSame(textsOf(rows), textsOf(same?.rows ?? []), name)
              expectThat((error === undefined) === (same?.error === undefined), `${name} fails with ${error}`)
            }
          }
        }),
    },
    {
      name: 'left-joins OPTIONAL groups of a reference',
      run: () =>
        using(subject, async (connector) => {
          const [one, other] = answerable(connector)
          if (connector.resolve === undefined || one === undefined) return
          const optional = [[wanted(other ?? one, 'w')], [wanted(iri('urn:polyprov:conformance:nothing'), 'x')]]
          const answers = await resolved(connector, { locators, references: terms, reference, patterns: [], optional })
          for (const { index, rows } of answers) {
            const found = expected(optional[0]!, index)
            expectSame(textsOf(rows), textsOf(found.length === 0 ? [{}] : found), `the reference ${locators[index]}`)
          }
        }),
    },
    {
      name: 'tells which object is missing, and answers the others',
      run: () =>
        using(subject, async (connector) => {
          const [predicate] = answerable(connector)
          if (connector.resolve === undefined || predicate === undefined) return
          const answers = await resolved(connector, {
            locators: ['not/there', ...locators],
            references: [iri('urn:polyprov:conformance:missing'), ...terms],
            reference,
            patterns: [wanted(predicate, 'v')],
          })
          const { error, rows } = answers[0]!
          expectThat(error instanceof PolyprovError && error.code === 'missing-object', `a missing object is ${error}`)
          expectThat(rows.length === 0, 'a missing object has rows')
          const failed = answers.slice(1).find((each) => each.error !== undefined)
          expectThat(failed === undefined, `beside a missing object ${failed?.error} fails`)
        }),
    },
    {
      name: 'resolves nothing once the query is cancelled',
      run: () =>
        using(subject, async (connector) => {
          if (connector.resolve === undefined) return
          const request = {
            locators,
            references: terms,
            reference,
            patterns: answerable(connector).map((each) => wanted(each, 'v')),
          }
          const failed = await resolved(connector, request, asking(AbortSignal.abort(new Error('cancelled')))).then(
            () => false,
            () => true,
          )
          expectThat(failed, 'a cancelled query has answers')
        }),
    },
  ]
}
