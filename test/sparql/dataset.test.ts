import { describe, expect, test } from 'vitest'
import { defaultGraph, iri, type Quad, quad } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'
import { difference, resultOf } from './compare.ts'
import { openParts, openWhole, overlapQuads } from './polystores.ts'
import type { Result } from './results.ts'

const BASE = 'http://x/'
const node = (name: string) => iri(BASE + name)
const edge = (subject: string, predicate: string, object: string, graph?: string): Quad =>
  quad(node(subject), node(predicate), node(object), graph === undefined ? defaultGraph : node(graph))

/** A ring over both graphs, an edge that both have, and graphs that no FROM names. */
const QUADS = [
  edge('a', 'p', 'b', 'g1'),
  edge('b', 'p', 'c', 'g2'),
  edge('c', 'p', 'a', 'g1'),
  edge('a', 'q', 'c', 'g1'),
  edge('a', 'q', 'c', 'g2'),
  edge('c', 'r', 'd', 'g2'),
  edge('d', 'p', 'e', 'g3'),
  edge('a', 'p', 'e'),
]
const MERGED = ['g1', 'g2']
const NAMED = ['g2', 'g3']

/** The dataset that the FROM clauses describe, as a store of its own. */
const DESCRIBED = [
  ...QUADS.filter(({ graph }) => MERGED.some((name) => graph.value === BASE + name)).map((each) => ({
    ...each,
    graph: defaultGraph,
  })),
  ...QUADS.filter(({ graph }) => NAMED.some((name) => graph.value === BASE + name)),
]

const GROUPS = [
  '?a :p ?b',
  '?a :q ?b . ?b :r ?c',
  '?a :p+ ?b',
  ':a :p+ ?b',
  '?a :p+ :c',
  '?a :p* ?b',
  ':a (:p|:q)/:r ?b',
  ':e :p* ?b',
  '?a :p? ?b',
  '?a !:p ?b',
  '?a !(:p|^:q) ?b',
  '?a ^:p/:q ?b',
  '?a :q ?b FILTER EXISTS { ?b :p+ ?a }',
  '?a ?p ?b FILTER NOT EXISTS { ?b (:r|:q)+ ?c }',
  '?a :p ?b OPTIONAL { ?b :q/:r ?c }',
  '?a ?p ?b MINUS { ?a :p+ ?a }',
  'GRAPH ?g { ?a :p ?b }',
  'GRAPH ?g { ?a :p* ?b }',
  'GRAPH :g1 { ?a :p ?b }',
  'GRAPH :g2 { ?a :p+ ?b }',
  'GRAPH ?g { }',
  '{ SELECT (COUNT(*) AS ?c) { ?a :q ?b } }',
  '{ SELECT ?b (COUNT(?a) AS ?c) { ?a (:p|:q)* ?b } GROUP BY ?b }',
]

const select = (dataset: string, group: string): string =>
  `PREFIX : <${BASE}> SELECT ?a ?b ?c ?g ?p ${dataset} { ${group} }`

async function answer(polystore: Polystore, text: string, options: object = {}): Promise<Result> {
  const shape: Result = { kind: 'bindings', variables: [], rows: [], ordered: false }
  return resultOf(await polystore.execute(text, options), shape)
}

const graphs = (keyword: string, names: readonly string[]): string =>
  names.map((name) => `${keyword} :${name}`).join(' ')

describe('FROM and FROM NAMED describe a dataset of their own', () => {
  test.each([
    ['one store', () => openWhole(BASE, QUADS)],
    ['several stores', () => openParts(BASE, overlapQuads(QUADS, 4, 0), 0)],
  ] as const)('over %s', async (_name, open) => {
    await using polystore = await open()
    await using described = await openWhole(BASE, DESCRIBED)
    const clauses = `${graphs('FROM', MERGED)} ${graphs('FROM NAMED', NAMED)}`
    const protocol = {
      defaultGraphs: MERGED.map((name) => BASE + name),
      namedGraphs: NAMED.map((name) => BASE + name),
    }
    const rowsOf = async (group: string): Promise<number> => {
      const result = await answer(polystore, select(clauses, group))
      return result.kind === 'bindings' ? result.rows.length : -1
    }
    // The ring is closed by the merge alone; an edge of two graphs is one.
    expect([await rowsOf('?a :p+ ?b'), await rowsOf('?a :q ?b'), await rowsOf('GRAPH ?g {}')]).toEqual([9, 1, 2])
    for (const group of GROUPS) {
      const expected = await answer(described, select('', group), { without: ['all'] })
      for (const options of [{}, { without: ['all'] }, { verify: true }]) {
        const found = await answer(polystore, select(clauses, group), options)
        const byProtocol = await answer(polystore, select('', group), { ...options, ...protocol })
        for (const each of [found, byProtocol]) {
          expect(difference(each, expected, { laxCardinality: false, byValue: false }), group).toBeUndefined()
        }
      }
    }
  })
})
