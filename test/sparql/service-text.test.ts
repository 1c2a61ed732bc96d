import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { writeQuery } from '../../connectors/sparql/write.ts'
import { parse } from '../../planner/parse.ts'
import { iri } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'
import { endpointsOf } from './endpoints.ts'
import { SUITES_RUN } from './evaluation.ts'
import { isomorphic, type Tuple } from './isomorphism.ts'
import { type EvaluationTest, readManifest } from './manifest.ts'
import { baseOf, openWhole } from './polystores.ts'
import { readRdf } from './rdf-files.ts'
import { SUITES, suitesPresent } from './reference.ts'
import { answerOf, openTwo, PREFIX } from './two-stores.ts'

/*
 * What an endpoint is sent is the pattern written anew from the algebra: it must mean what the query's own text meant.
 */

const ENDPOINT = 'http://endpoint.example/sparql'

const QUERIES: [name: string, query: string][] = [
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
  ['blank nodes are joined', 'SELECT ?m ?name { ?m ex:by ?who . ?who ex:name ?name }'],
  ['blank nodes are shown', 'SELECT ?m ?who { ?m ex:by ?who FILTER isBlank(?who) }'],
  ['blank nodes as anonymous variables', 'SELECT ?m ?name { ?m ex:by [ ex:name ?name ] }'],
  ['languages', 'SELECT ?n (LANG(?n) AS ?l) { ?w ex:name ?n FILTER langMatches(LANG(?n), "en") }'],
  ['BIND and functions', 'SELECT ?m ?t { ?m ex:label ?l BIND (CONCAT(UCASE(?l), "-", STR(STRLEN(?l))) AS ?t) }'],
  ['operators', 'SELECT ?m ?v { ?m ex:loss ?l BIND (-?l * 2 + 1 AS ?v) FILTER (?l NOT IN (0.5, 7) && !(?l = 9)) }'],
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
  ['order and slice', 'SELECT ?m ?l { ?m ex:loss ?l } ORDER BY DESC(?l) ?m LIMIT 2 OFFSET 1'],
  ['rows of each graph', 'SELECT * { GRAPH ?g { { SELECT ?m ?s { ?m ex:state ?s } ORDER BY ?m LIMIT 1 } } }'],
  ['a group of no rows, with no aggregate', 'SELECT (1 AS ?x) { ?s ex:nothing ?o } HAVING (COUNT(*) = 0)'],
]

describe('through SERVICE as without', () => {
  let remote: Polystore
  let polystore: Polystore
  beforeAll(async () => {
    remote = await openTwo()
    polystore = await openTwo({ fetch: endpointsOf({ [ENDPOINT]: remote }).fetch })
  })
  afterAll(() => Promise.all([polystore.close(), remote.close()]))

  test.each(QUERIES)('%s', async (_name, query) => {
    const expected = await answerOf(await remote.execute(PREFIX + query))
    const asked = `${PREFIX}SELECT * { SERVICE <${ENDPOINT}> { ${query} } }`
    expect(await answerOf(await polystore.execute(asked))).toEqual(expected)
    expect(await answerOf(await polystore.execute(asked, { without: ['all'] }))).toEqual(expected)
  })
})

/** Answers that are others each time. */
const CHANCE = /\b(?:RAND|UUID|STRUUID|NOW|BNODE)\s*\(/i

async function rowsOf(polystore: Polystore, text: string, columns: readonly string[]): Promise<readonly Tuple[]> {
  const execution = await polystore.execute(text)
  if (execution.kind !== 'bindings') throw new Error('not a SELECT query')
  const rows: Tuple[] = []
  for await (const block of execution.blocks) {
    for (const row of block) rows.push(columns.map((name) => row[execution.variables.indexOf(name)]))
  }
  return rows
}

/** `undefined` where the answers are the same. */
async function differenceOf({ id, query, data, graphData }: EvaluationTest): Promise<string | undefined> {
  const text = readFileSync(query, 'utf8')
  const { plan, form, dataset, base } = parse(text, { base: baseOf(query) })
  if (form.kind !== 'select' || dataset !== undefined || CHANCE.test(text)) return undefined
  const graphs = graphData.flatMap((file) => readRdf(file, iri(pathToFileURL(file).href)))
  await using polystore = await openWhole(baseOf(query), [...data.flatMap((file) => readRdf(file)), ...graphs])
  const written = writeQuery(plan, undefined, base === undefined ? {} : { base })
  const columns = [...written.columns]
  try {
    const expected = columns.map(([, own]) => own)
    const found = columns.map(([name]) => name)
    const rows = await rowsOf(polystore, text, expected)
    return isomorphic(await rowsOf(polystore, written.text, found), rows) ? undefined : `${id}: ${written.text}`
  } catch (error) {
    return `${id}: ${written.text}: ${error}`
  }
}

describe.skipIf(!suitesPresent())('queries of the standard, written anew', () => {
  it.each(SUITES_RUN)('$name', { timeout: 120_000 }, async ({ manifest }) => {
    const { tests } = readManifest(join(SUITES, manifest))
    const differences: string[] = []
    for (const each of tests) {
      const difference = await differenceOf(each)
      if (difference !== undefined) differences.push(difference)
    }
    expect(differences).toEqual([])
  })
})
