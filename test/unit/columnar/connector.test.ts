import { describe, expect, it } from 'vitest'
import { openColumnar } from '../../../connectors/columnar/index.ts'
import { objectIri } from '../../../connectors/connector.ts'
import type { Expression, Plan } from '../../../planner/algebra.ts'
import { PL, PROV, RDF } from '../../../planner/namespaces.ts'
import { defaultGraph, iri, literal, type Quad, quad, type Term, variable } from '../../../planner/term.ts'

const place = { base: 'urn:polyprov:', folder: '.' }
const type = iri(`${RDF}type`)
const derived = iri(`${PROV}wasDerivedFrom`)
const [a, b, entity] = ['urn:a', 'urn:b', `${PROV}Entity`].map(iri) as [
  ReturnType<typeof iri>,
  ReturnType<typeof iri>,
  ReturnType<typeof iri>,
]

const closure: Plan = {
  kind: 'path',
  subject: a,
  path: {
    kind: 'oneOrMore',
    path: {
      kind: 'alternative',
      paths: [
        { kind: 'predicate', predicate: derived },
        { kind: 'inverse', path: { kind: 'predicate', predicate: b } },
      ],
    },
  },
  object: variable('x'),
  graph: iri('urn:g'),
}
const call = (operator: string, ...operands: Expression[]): Expression => ({
  kind: 'call',
  operator,
  arguments: operands,
})

describe('the connector of the triple store', () => {
  it('tells the stores that references lead to, and those of other names than their objects', async () => {
    await using store = await openColumnar({ id: 'provenance', type: 'columnar', role: 'provenance' }, place)
    const [stored, value] = [iri(`${PL}isStoredInStore`), iri(`${PL}value`)]
    const [wells, rocks] = [iri('urn:polyprov:store/wells'), iri('urn:polyprov:store/rocks')]
    const own = iri(objectIri('urn:polyprov:', 'wells', 'well/7 b'))
    const reference = (name: Quad['subject'], kept: typeof wells, locator: Term) => [
      quad(name, stored, kept),
      quad(name, value, locator),
    ]
    await store.write({ add: reference(own, wells, literal('well/7 b')) })
    expect(store.description.renamedReferences).toEqual(new Set())
    expect(store.description.referencedStores).toEqual(new Set([wells.value]))
    await store.write({ add: reference(iri('urn:mine'), rocks, iri('urn:rock')) })
    expect(store.description.renamedReferences).toEqual(new Set([rocks.value]))
    expect(store.description.referencedStores).toEqual(new Set([wells.value, rocks.value]))
    await store.write({ add: [quad(own, stored, rocks), quad(own, value, literal('well/8'))] })
    expect(store.description.renamedReferences).toEqual(new Set([rocks.value, wells.value]))
  })

  it('describes what the store holds now', async () => {
    await using store = await openColumnar({ id: 'provenance', type: 'columnar', role: 'provenance' }, place)
    expect(store).toMatchObject({ iri: 'urn:polyprov:store/provenance', role: 'provenance' })
    const none = { renamedReferences: new Set(), referencedStores: new Set() }
    expect(store.description).toEqual({ predicates: [], classes: [], triples: 0, namedGraphs: false, ...none })
    await store.write({ add: [quad(a, type, entity), quad(b, type, entity), quad(b, derived, a, iri('urn:g'))] })
    expect(store.description).toEqual({
      predicates: [
        { iri: type.value, count: 2, distinctSubjects: 2, distinctObjects: 1 },
        { iri: derived.value, count: 1, distinctSubjects: 1, distinctObjects: 1 },
      ],
      classes: [{ iri: entity.value, count: 2 }],
      triples: 3,
      namedGraphs: true,
      ...none,
    })
    await store.write({ remove: [quad(b, derived, a, iri('urn:g'))] })
    expect(await store.describe(new AbortController().signal)).toMatchObject({ triples: 2, namedGraphs: false })
    const pattern: Plan = {
      kind: 'pattern',
      subject: variable('x'),
      predicate: type,
      object: entity,
      graph: defaultGraph,
    }
    expect(store.estimate!(pattern)).toEqual({ rows: 2 })
    expect(store.estimate!({ ...pattern, object: iri('urn:unknown') })).toEqual({ rows: 0 })
    // What a rule has put there is no condition.
    expect(store.estimate!({ ...pattern, object: iri('urn:unknown'), narrowed: true })).toEqual({ rows: 2 })
  })

  it('takes logical plans whole, and shows them', async () => {
    await using store = await openColumnar({ id: 'provenance', type: 'columnar' }, place)
    const plan: Plan = {
      kind: 'slice',
      offset: 0,
      limit: 5,
      input: {
        kind: 'filter',
        input: { kind: 'leftJoin', left: closure, right: { kind: 'graphs', graph: variable('g') } },
        condition: call('>', { kind: 'variable', name: 'x' }, { kind: 'term', term: literal('a "b"', 'en') }),
      },
    }
    const pushed = store.push!(plan)!
    expect(pushed).toMatchObject({ ordered: true, limited: true, native: { language: 'algebra', query: plan } })
    expect(pushed.native.text).toBe(
      'GRAPH <urn:g> { <urn:a> (prov:wasDerivedFrom|^<urn:b>)+ ?x } OPTIONAL { GRAPH ?g {} } FILTER ((?x > "a \\"b\\""@en)) LIMIT 5',
    )
    const service: Plan = { kind: 'service', endpoint: a, silent: false, pattern: closure }
    expect(store.push!({ kind: 'union', inputs: [closure, service] })).toBeUndefined()
    const random = call('<', call('RAND'), { kind: 'variable', name: 'x' })
    expect(store.push!({ kind: 'filter', input: closure, condition: random })).toBeUndefined()
    expect(store.accepts!(random)).toBe('no')
    expect(store.accepts!({ kind: 'exists', plan: service, negated: false })).toBe('no')
    expect(store.accepts!({ kind: 'exists', plan: closure, negated: false })).toBe('exact')
  })
})
