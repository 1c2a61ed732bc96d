import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { iri, literal } from '../../../planner/term.ts'
import type { Polystore } from '../../../src/polystore.ts'
import { answerOf, openTwo, PREFIX } from './stores.ts'

let polystore: Polystore
beforeAll(async () => {
  polystore = await openTwo()
})
afterAll(() => polystore.close())

/** Name, query, and whether its order counts. */
const QUERIES: [name: string, query: string, ordered?: boolean][] = [
  ['one pattern over both stores', 'SELECT * { ?s ex:from ?o }'],
  ['a join across stores', 'SELECT ?m ?label ?loss { ?m ex:loss ?loss ; ex:label ?label }'],
  ['a path over both stores', 'SELECT ?x { ex:m3 ex:from+ ?x }'],
  ['a path that may be empty', 'SELECT ?x ?y { VALUES ?x { ex:m1 ex:nobody } ?x ex:from* ?y }'],
  ['sequence, alternative and inverse', 'SELECT ?x ?y { ?x (ex:from/ex:kind)|^ex:from ?y }'],
  ['negated properties', 'SELECT ?x ?y { ?x !(ex:from|^ex:by|ex:loss|ex:name) ?y }'],
  [
    'groups',
    'SELECT ?kind (COUNT(*) AS ?n) (MIN(?label) AS ?least) { ?x ex:kind ?kind OPTIONAL { ?x ex:label ?label } } GROUP BY ?kind',
  ],
  ['one group over nothing', 'SELECT (COUNT(?x) AS ?n) (SUM(?x) AS ?sum) { ?x ex:nothing ?y }'],
  [
    'HAVING and GROUP_CONCAT',
    'SELECT ?o (GROUP_CONCAT(DISTINCT ?l; separator="|") AS ?all) { ?s ex:from ?o ; ex:label ?l } GROUP BY ?o HAVING (COUNT(*) < 2)',
  ],
  ['EXISTS across stores', 'SELECT ?m { ?m ex:loss ?l FILTER EXISTS { ?m ex:label ?n . ?m ex:from ?d } }'],
  ['NOT EXISTS across stores', 'SELECT ?m { ?m ex:loss ?l FILTER NOT EXISTS { ?m ex:kind ex:Model } }'],
  ['OPTIONAL across stores', 'SELECT ?m ?n { ?m ex:loss ?l OPTIONAL { ?m ex:label ?n FILTER (?l > 0.3) } }'],
  [
    'OPTIONAL with EXISTS in its filter',
    'SELECT ?m ?n { ?m ex:loss ?l OPTIONAL { ?m ex:label ?n FILTER EXISTS { ?m ex:state ?s } } }',
  ],
  ['OPTIONAL within OPTIONAL', 'SELECT * { ?m ex:loss ?l OPTIONAL { ?m ex:from ?d OPTIONAL { ?d ex:label ?n } } }'],
  [
    'OPTIONAL that names a variable of another group',
    'SELECT * { ?m ex:loss ?l { ?x ex:from ?d OPTIONAL { ?x ex:label ?n . ?m ex:from ?x } } }',
  ],
  ['a filter on a variable that is not in its group', 'SELECT * { ?m ex:loss ?l { ?m ex:from ?d FILTER (?l > 0.3) } }'],
  ['a filter that equals a value', 'SELECT ?m { ?m ex:loss ?l FILTER (?l = 0.50) }'],
  ['a filter over UNION', 'SELECT * { { ?a ex:from ?b } UNION { ?c ex:kind ?d } FILTER (?b = ex:d1) }'],
  [
    'a subquery with LIMIT, joined',
    'SELECT ?m ?l { ?m ex:from ex:d1 { SELECT ?m ?l { ?m ex:loss ?l } ORDER BY ?l LIMIT 2 } }',
  ],
  ['MINUS in a group of its own', 'SELECT ?m { ?m ex:loss ?l { ?m ex:from ?d MINUS { ?m ex:label ?n } } }'],
  ['BIND in a group of its own', 'SELECT ?m ?l { ?m ex:loss ?l { BIND (0.5 AS ?l) } }'],
  ['MINUS across stores', 'SELECT ?m { ?m ex:loss ?l MINUS { ?m ex:label ?n } }'],
  ['every named graph', 'SELECT * { GRAPH ?g { ?m ex:state ?s } }'],
  ['one named graph', 'SELECT * { GRAPH ex:g1 { ?m ex:state ?s OPTIONAL { ?m ex:note ?n } } }'],
  ['a path in each graph', 'SELECT * { GRAPH ?g { ?m ex:from+ ?x } }'],
  ['names of graphs', 'SELECT * { GRAPH ?g {} }'],
  ['FROM and FROM NAMED', 'SELECT * FROM ex:g1 FROM NAMED ex:g2 { ?m ex:state ?s GRAPH ?g { ?m ex:state ?t } }'],
  ['blank nodes are joined', 'SELECT ?m ?name { ?m ex:by ?who . ?who ex:name ?name }'],
  ['blank nodes are shown', 'SELECT ?m ?who { ?m ex:by ?who FILTER isBlank(?who) }'],
  ['blank nodes as anonymous variables', 'SELECT ?m ?name { ?m ex:by [ ex:name ?name ] }'],
  ['languages', 'SELECT ?n (LANG(?n) AS ?l) { ?w ex:name ?n FILTER langMatches(LANG(?n), "en") }'],
  ['BIND and functions', 'SELECT ?m ?t { ?m ex:label ?l BIND (CONCAT(UCASE(?l), "-", STR(STRLEN(?l))) AS ?t) }'],
  ['operators', 'SELECT ?m ?v { ?m ex:loss ?l BIND (-?l * 2 + 1 AS ?v) FILTER (?l NOT IN (0.5, 7) && !(?l = 9)) }'],
  ['order and slice', 'SELECT ?m ?l { ?m ex:loss ?l } ORDER BY DESC(?l) ?m LIMIT 2 OFFSET 1', true],
  ['subqueries', 'SELECT ?m ?l { { SELECT (MIN(?x) AS ?l) { ?any ex:loss ?x } } ?m ex:loss ?l }'],
  [
    'UNION and DISTINCT',
    'SELECT DISTINCT ?x { { ?x ex:kind ex:Model } UNION { ?x ex:loss ?l } UNION { ?x ex:from ?y } }',
  ],
  ['VALUES with UNDEF', 'SELECT * { VALUES (?m ?k) { (ex:m1 UNDEF) (UNDEF ex:Data) } ?m ex:kind ?k }'],
  [
    'functions of ours',
    'SELECT ?w { VALUES ?w { "POINT(1 1)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> } FILTER <http://www.opengis.net/def/function/geosparql/sfWithin>(?w, "POLYGON((0 0,2 0,2 2,0 2,0 0))"^^<http://www.opengis.net/ont/geosparql#wktLiteral>) }',
  ],
  ['casts', 'SELECT ?m (xsd:integer(?l * 8) AS ?i) { ?m ex:loss ?l }'],
  ['ASK', 'ASK { ?m ex:label "first" ; ex:loss ?l }'],
  ['ASK for nothing', 'ASK { ?m ex:label "third" }'],
  ['CONSTRUCT', 'CONSTRUCT { ?m ex:made [ ex:out ?d ] } { ?m ex:from ?d ; ex:label ?l }'],
  ['DESCRIBE', 'DESCRIBE ?m { ?m ex:label "first" }'],
]

describe('through the tail as natively', () => {
  test.each(QUERIES)('%s', async (_name, query, ordered = false) => {
    const text = PREFIX + query
    const native = await polystore.execute(text, { tail: 'never' })
    const expected = await answerOf(native, ordered)
    const execution = await polystore.execute(text, { tail: 'force' })
    expect(await answerOf(execution, ordered)).toEqual(expected)
    expect(execution.stats().tail).toBe(true)
    expect(native.stats().tail).toBe(false)
  })

  test('with parameters and graphs of the protocol', async () => {
    const text = `${PREFIX}SELECT ?m ?kind ?label { ?m ex:kind ?kind ; ex:label ?label OPTIONAL { ?m ex:state ?s } }`
    for (const options of [
      { parameters: { kind: iri('http://example.org/Model') } },
      { parameters: { label: literal('data') } },
      { defaultGraphs: ['http://example.org/g1'] },
    ]) {
      const expected = await answerOf(await polystore.execute(text, options))
      expect(await answerOf(await polystore.execute(text, { ...options, tail: 'force' }))).toEqual(expected)
    }
  })

  test('counts what stores were asked', async () => {
    const execution = await polystore.execute(`${PREFIX}SELECT * { ?m ex:loss ?l }`, { tail: 'force' })
    await answerOf(execution)
    const { stores, rows, tail } = execution.stats()
    expect({ rows, tail, asked: Object.keys(stores) }).toEqual({ rows: 3, tail: true, asked: ['runs'] })
    expect(stores['runs']!.requests).toBeGreaterThan(0)
  })
})
