import { QueryEngine } from '@comunica/query-sparql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import memory from '../../connectors/memory/index.ts'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'

/*
 * Another federated engine as a client of /sparql: it reads the description of the service, counts, and sends what it
 * makes of a query.
 */

const DATA = `@prefix ex: <http://example.org/> .
ex:m1 ex:from ex:d1 ; ex:loss 0.5 ; ex:label "first"@en . ex:m2 ex:from ex:d1 ; ex:loss 0.25 . ex:d1 ex:from ex:raw .
ex:g1 { ex:m1 ex:state "done" } ex:g2 { ex:m2 ex:state "failed" }`
const PREFIX = 'PREFIX ex: <http://example.org/>\n'

let polystore: Polystore
let server: PolyprovServer
let endpoint: string
const comunica = new QueryEngine()

beforeAll(async () => {
  polystore = await open(
    { base: 'urn:test:' },
    { connectors: [memory({ id: 'served', type: 'memory', data: DATA }, { base: 'urn:test:' })] },
  )
  server = createServer(polystore, {})
  endpoint = `${await server.listen(0)}/sparql`
})
afterAll(async () => {
  await server.close()
  await polystore.close()
})

type Sources = Parameters<QueryEngine['queryBindings']>[1]

async function rowsOf(query: string, type: string | undefined): Promise<readonly string[]> {
  const source = type === undefined ? endpoint : { type, value: endpoint }
  const bindings = await comunica.queryBindings(PREFIX + query, { sources: [source] } as Sources)
  const rows = await bindings.toArray()
  return rows
    .map((row) => [...row].map(([{ value: name }, term]) => `${name}=${term.value}`).sort())
    .map((row) => row.join(' ').replaceAll('http://example.org/', ''))
    .sort()
}

test.each<[string | undefined, string, string[]]>([
  [undefined, 'SELECT ?m ?l { ?m ex:loss ?l ; ex:from ex:d1 }', ['l=0.25 m=m2', 'l=0.5 m=m1']],
  ['sparql', 'SELECT ?m ?n { ?m ex:loss ?l OPTIONAL { ?m ex:label ?n } }', ['m=m1 n=first', 'm=m2']],
  ['sparql', 'SELECT ?x { ex:m2 ex:from+ ?x }', ['x=d1', 'x=raw']],
  ['sparql', 'SELECT ?g ?s { GRAPH ?g { ?m ex:state ?s } }', ['g=g1 s=done', 'g=g2 s=failed']],
  ['sparql', 'SELECT (COUNT(*) AS ?n) (MIN(?l) AS ?least) { ?m ex:loss ?l }', ['least=0.25 n=2']],
  [
    'sparql',
    'SELECT ?m { VALUES ?m { ex:m1 ex:nobody } ?m ex:from ?d FILTER NOT EXISTS { ?m ex:label "x" } }',
    ['m=m1'],
  ],
])('its SELECT (source: %s): %s', async (type, query, expected) => {
  expect(await rowsOf(query, type)).toEqual(expected)
})

test('its ASK and CONSTRUCT', async () => {
  const context = { sources: [{ type: 'sparql', value: endpoint }] } as Sources
  expect(await comunica.queryBoolean(`${PREFIX}ASK { ex:m1 ex:label "first"@en }`, context)).toBe(true)
  const quads = await comunica.queryQuads(`${PREFIX}CONSTRUCT { ?d ex:gave ?m } { ?m ex:from ?d }`, context)
  expect((await quads.toArray()).map(({ subject, object }) => `${subject.value} ${object.value}`).sort()).toEqual(
    ['d1 m1', 'd1 m2', 'raw d1'].map((pair) =>
      pair.replaceAll(/(\w+) (\w+)/g, 'http://example.org/$1 http://example.org/$2'),
    ),
  )
})

test('its SERVICE, joined with data of its own', async () => {
  const bindings = await comunica.queryBindings(
    `${PREFIX}SELECT ?m ?l { ?m ex:from ex:d1 SERVICE <${endpoint}> { ?m ex:loss ?l } }`,
    { sources: [{ type: 'sparql', value: endpoint }] } as Sources,
  )
  expect(await bindings.toArray()).toHaveLength(2)
})
