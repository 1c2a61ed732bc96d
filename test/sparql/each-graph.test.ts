import { Store } from 'oxigraph'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import memory from '../../connectors/memory/index.ts'
import { iri, type Term, termKey } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import type { Polystore, QueryOptions } from '../../src/polystore.ts'

const PREFIX = 'PREFIX : <http://x/>\n'
const STATES = `@prefix : <http://x/> . :a :p :b .
:g1 { :a :p 1 , 2 , 3 . :b :p 4 . :a :q :b . :b :r :a }
:g2 { :c :p 5 , 6 . :c :q :c }`
const NOTES = `@prefix : <http://x/> . :g2 { :a :p 7 . :a :r :c . :d :q :a } :g3 { :d :q :d } :g1 { :a :s :a }`

let polystore: Polystore
let whole: Polystore
const oracle = new Store()

beforeAll(async () => {
  const place = { base: 'urn:polyprov:' }
  const store = (id: string, data: string) => memory({ id, type: 'memory', data }, place)
  polystore = await open(place, { connectors: [store('states', STATES), store('notes', NOTES)] })
  whole = await open(place, { connectors: [store('whole', `${STATES}\n${NOTES}`)] })
  for (const data of [STATES, NOTES]) oracle.load(data, { format: 'application/trig' })
})
afterAll(() => Promise.all([polystore.close(), whole.close()]))

async function answerOf(of: Polystore, query: string, options: QueryOptions = {}): Promise<readonly string[]> {
  const execution = await of.execute(PREFIX + query, options)
  if (execution.kind !== 'bindings') throw new Error('not a SELECT query')
  const rows: string[] = []
  for await (const block of execution.blocks) {
    for (const row of block) rows.push(shown(execution.variables.map((name, i) => [name, row[i]])))
  }
  return rows.sort()
}

const shown = (row: readonly (readonly [string, Term | undefined])[]): string =>
  [...row]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, term]) => (term === undefined ? [] : [`${name}=${termKey(term)}`]))
    .join(' ')

const oxigraph = (query: string): readonly string[] =>
  (oracle.query(PREFIX + query) as Map<string, Term>[]).map((row) => shown([...row]))

const GRAPHS = [':g1', ':g2', ':g3']

/** What each of the graphs has, its variable's name beside it: Oxigraph binds the variable of GRAPH within the pattern. */
function expectedOf(
  pattern: string,
  names = ['g', 'h'].filter((name) => pattern.includes(`GRAPH ?${name}`)),
): string[] {
  const [name, ...others] = names
  if (name === undefined) return [...oxigraph(`SELECT * { ${pattern} }`)].sort()
  return GRAPHS.flatMap((graph) =>
    expectedOf(`${pattern.replace(`GRAPH ?${name}`, `GRAPH ${graph}`)} VALUES ?${name} { ${graph} }`, others),
  ).sort()
}

describe.each<[string, string]>([
  ['LIMIT', 'GRAPH ?g { { SELECT ?s ?o { ?s :p ?o } ORDER BY ?o LIMIT 2 } }'],
  ['OFFSET', 'GRAPH ?g { { SELECT ?s ?o { ?s :p ?o } ORDER BY DESC(?o) OFFSET 1 } }'],
  ['LIMIT of groups', 'GRAPH ?g { { SELECT ?s (COUNT(*) AS ?n) { ?s :p ?o } GROUP BY ?s ORDER BY DESC(?n) LIMIT 1 } }'],
  ['LIMIT of one group', 'GRAPH ?g { { SELECT (MAX(?o) AS ?m) { ?s :p ?o } LIMIT 1 } }'],
  ['LIMIT of DISTINCT', 'GRAPH ?g { ?s :p ?o { SELECT DISTINCT ?s { ?s :p ?x } ORDER BY ?s LIMIT 1 } }'],
  [
    'LIMIT, joined with another graph',
    'GRAPH ?g { { SELECT ?s { ?s :q ?o } ORDER BY ?s LIMIT 1 } } GRAPH ?h { ?s :r ?x }',
  ],
  ['LIMIT with EXISTS', 'GRAPH ?g { { SELECT ?s ?o { ?s :p ?o FILTER EXISTS { ?s :q ?x } } ORDER BY ?o LIMIT 1 } }'],
  ['LIMIT beneath OPTIONAL', 'GRAPH ?g { ?s :q ?x OPTIONAL { { SELECT ?s ?o { ?s :p ?o } ORDER BY ?o LIMIT 1 } } }'],
  [
    'LIMIT with another graph within',
    'GRAPH ?g { { SELECT ?s ?k { ?s :q ?x GRAPH ?k { ?s :p ?o } } ORDER BY ?s ?k LIMIT 1 } }',
  ],
  [
    'a graph within that is counted',
    'GRAPH ?g { ?s :q ?x GRAPH ?h { { SELECT ?s ?o { ?s :p ?o } ORDER BY ?o LIMIT 1 } } }',
  ],
  ['LIMIT and a path', 'GRAPH ?g { { SELECT ?s ?o { ?s (:q|:r)+ ?o } ORDER BY ?s ?o LIMIT 2 } }'],
  ['MINUS of what may be unbound', 'GRAPH ?g { ?s :q ?x OPTIONAL { ?s :p ?o } MINUS { ?y :p ?o } }'],
  ['MINUS by what may be unbound', 'GRAPH ?g { ?s :p ?o MINUS { ?x :r ?y OPTIONAL { ?x :q ?s } } }'],
  ['MINUS of UNION', 'GRAPH ?g { { ?s :q ?x } UNION { ?o :r ?x } MINUS { { ?s :p ?y } UNION { ?o :p ?y } } }'],
  ['one that is counted, by name', 'GRAPH :g1 { { SELECT ?s ?o { ?s :p ?o } ORDER BY ?o LIMIT 2 } }'],
  ['of VALUES', 'VALUES ?g { :g1 :g3 } GRAPH ?g { { SELECT ?s { ?s :q ?o } ORDER BY ?s LIMIT 1 } }'],
])('each graph: %s', (_name, pattern) => {
  const query = `SELECT * { ${pattern} }`

  test('as Oxigraph', async () => {
    const expected = expectedOf(pattern)
    expect(await answerOf(whole, query)).toEqual(expected)
    expect(await answerOf(polystore, query)).toEqual(expected)
    expect(await answerOf(polystore, query, { without: ['all'] })).toEqual(expected)
  })

  test('through SERVICE to a store of the polystore', async () => {
    expect(await answerOf(whole, `SELECT * { SERVICE <urn:polyprov:store/whole> { ${pattern} } }`)).toEqual(
      await answerOf(whole, query),
    )
  })
})

test('graphs of FROM NAMED and of the protocol', async () => {
  const pattern = '{ GRAPH ?g { { SELECT ?s ?o { ?s :p ?o } ORDER BY ?o LIMIT 1 } } }'
  const expected = expectedOf(pattern.slice(1, -1)).filter((row) => !row.includes('g1'))
  expect(expected).toHaveLength(1)
  expect(await answerOf(polystore, `SELECT * FROM NAMED :g2 FROM NAMED :g3 ${pattern}`)).toEqual(expected)
  expect(await answerOf(polystore, `SELECT * ${pattern}`, { namedGraphs: ['http://x/g2'] })).toEqual(expected)
})

test('a graph as a parameter', async () => {
  const execution = await polystore.execute(
    `${PREFIX}SELECT ?o { GRAPH ?g { { SELECT ?o { ?s :p ?o } ORDER BY ?o LIMIT 1 } } }`,
    { parameters: { g: iri('http://x/g2') } },
  )
  if (execution.kind !== 'bindings') throw new Error('not a SELECT query')
  const rows = []
  for await (const block of execution.blocks) rows.push(...block)
  expect(rows.map(([term]) => term?.value)).toEqual(['5'])
})
