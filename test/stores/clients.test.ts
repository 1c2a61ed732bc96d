import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { iri, literal, quad } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import { openUpdatable } from '../sparql/updatable.ts'

const run = promisify(execFile)

const { CI, POLYPROV_PYTHON_CLIENTS } = process.env
const script = resolve(POLYPROV_PYTHON_CLIENTS ?? join(import.meta.dirname, '../../../shared/stores/python-clients'))
const present = existsSync(script)
if (!present) {
  if (CI === 'true') throw new Error(`There is no ${script}, which finds a Python with clients`)
  console.log(`skipped: there is no ${script}, which finds a Python with clients`)
}

const EX = 'http://example.org/'
const QUADS = [
  quad(iri(`${EX}ada`), iri(`${EX}name`), literal('Ada "Ä" 😀')),
  quad(iri(`${EX}ada`), iri(`${EX}knows`), iri(`${EX}bob`)),
  quad(iri(`${EX}bob`), iri(`${EX}name`), literal('Bob', 'en')),
  quad(iri(`${EX}bob`), iri(`${EX}age`), literal('42', iri('http://www.w3.org/2001/XMLSchema#integer'))),
  quad(iri(`${EX}ada`), iri(`${EX}name`), literal('elsewhere'), iri(`${EX}graph`)),
]

let polystore: Polystore
let server: PolyprovServer
let endpoint: string
let python: string

beforeAll(async () => {
  polystore = await openUpdatable(QUADS, EX)
  server = createServer(polystore)
  endpoint = `${await server.listen(0)}/sparql`
  if (present) python = (await run(script)).stdout.trim()
})

afterAll(async () => {
  await server.close(0)
  await polystore.close()
})

/** What a Python program, given the endpoint, prints as JSON. */
async function answerOf(program: string): Promise<unknown> {
  const { stdout } = await run(python, ['-W', 'ignore', '-c', program, endpoint], { timeout: 60_000 })
  return JSON.parse(stdout)
}

describe.skipIf(!present)('SPARQLWrapper', () => {
  const HEAD = `
import sys, json
from SPARQLWrapper import SPARQLWrapper, JSON, XML, CSV, TSV, TURTLE, N3, JSONLD, RDFXML, GET, POST, URLENCODED, POSTDIRECTLY
wrapper = SPARQLWrapper(sys.argv[1])
`
  const NAMES = 'SELECT ?name { ?person <http://example.org/name> ?name } ORDER BY STR(?name)'

  it('reads solutions in every format', async () => {
    expect(
      await answerOf(`${HEAD}
wrapper.setQuery('${NAMES}')
answers = {}
wrapper.setReturnFormat(JSON)
answers['json'] = [[row['name']['value'], row['name'].get('xml:lang')] for row in wrapper.query().convert()['results']['bindings']]
wrapper.setReturnFormat(XML)
answers['xml'] = [e.firstChild.data for e in wrapper.query().convert().getElementsByTagName('literal')]
wrapper.setReturnFormat(CSV)
answers['csv'] = wrapper.query().convert().decode()
wrapper.setReturnFormat(TSV)
answers['tsv'] = wrapper.query().convert().decode()
print(json.dumps(answers))`),
    ).toEqual({
      json: [
        ['Ada "Ä" 😀', null],
        ['Bob', 'en'],
      ],
      xml: ['Ada "Ä" 😀', 'Bob'],
      csv: 'name\r\n"Ada ""Ä"" 😀"\r\nBob\r\n',
      tsv: '?name\n"Ada \\"Ä\\" 😀"\n"Bob"@en\n',
    })
  })

  it('asks by GET, by a form, and by the query as the body; with a default graph', async () => {
    expect(
      await answerOf(`${HEAD}
answers = []
wrapper.setReturnFormat(JSON)
for method, request in ((GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)):
    wrapper.setMethod(method)
    wrapper.setRequestMethod(request)
    wrapper.setQuery('ASK { <http://example.org/ada> <http://example.org/knows> ?someone }')
    answers.append(wrapper.query().convert()['boolean'])
wrapper = SPARQLWrapper(sys.argv[1], defaultGraph='http://example.org/graph')
wrapper.setReturnFormat(JSON)
wrapper.setQuery('${NAMES}')
answers.append([row['name']['value'] for row in wrapper.query().convert()['results']['bindings']])
print(json.dumps(answers))`),
    ).toEqual([true, true, true, ['elsewhere']])
  })

  it('reads graphs, also in the format that it asks for where it is told none', async () => {
    expect(
      await answerOf(`${HEAD}
import rdflib
answers = []
for form in (None, TURTLE, N3, RDFXML, JSONLD):
    wrapper = SPARQLWrapper(sys.argv[1])
    if form: wrapper.setReturnFormat(form)
    wrapper.setQuery('CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }')
    result = wrapper.query().convert()
    if isinstance(result, bytes):
        result = rdflib.Graph().parse(data=result, format='turtle')
    answers.append(len(result))
print(json.dumps(answers))`),
    ).toEqual([4, 4, 4, 4, 4])
  })

  it('updates', async () => {
    expect(
      await answerOf(`${HEAD}
wrapper.setMethod(POST)
answers = []
for text in ('INSERT DATA { <http://example.org/eve> <http://example.org/age> 7 }', 'DELETE WHERE { <http://example.org/eve> ?p ?o }'):
    wrapper.setQuery(text)
    wrapper.query()
    asking = SPARQLWrapper(sys.argv[1])
    asking.setReturnFormat(JSON)
    asking.setQuery('ASK { <http://example.org/eve> ?p ?o }')
    answers.append(asking.query().convert()['boolean'])
print(json.dumps(answers))`),
    ).toEqual([true, false])
  })

  it('is told what is wrong with a query', async () => {
    const told = await answerOf(`${HEAD}
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed
wrapper.setQuery('SELECT ?x {')
try:
    wrapper.query()
except QueryBadFormed as error:
    print(json.dumps(str(error)))`)
    expect(told).toMatch(/line 1/)
  })
})

describe.skipIf(!present)('rdflib', () => {
  it('sees a graph in the endpoint', async () => {
    expect(
      await answerOf(`
import sys, json
from rdflib import Graph, URIRef, Literal, Namespace
from rdflib.plugins.stores.sparqlstore import SPARQLStore
ex = Namespace('http://example.org/')
graph = Graph(SPARQLStore(sys.argv[1]))
print(json.dumps({
    'triples': len(graph),
    'names': sorted(str(name) for name in graph.objects(None, ex.name)),
    'has': (ex.ada, ex.knows, ex.bob) in graph,
    'typed': [name.toPython() for name in graph.objects(ex.bob, ex.age)],
    'rows': [[str(cell) for cell in row] for row in graph.query('SELECT ?who { ?person <http://example.org/knows> ?who }', initBindings={'person': ex.ada})],
    'ask': bool(graph.query('ASK { ?s <http://example.org/age> 42 }').askAnswer),
    'constructed': len(graph.query('CONSTRUCT WHERE { ?s <http://example.org/name> ?o }').graph),
}))`),
    ).toEqual({
      triples: 4,
      names: ['Ada "Ä" 😀', 'Bob'],
      has: true,
      typed: [42],
      rows: [['http://example.org/bob']],
      ask: true,
      constructed: 2,
    })
  })

  it('writes to a named graph', async () => {
    expect(
      await answerOf(`
import sys, json
from rdflib import Graph, URIRef, Literal, Namespace
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore
ex = Namespace('http://example.org/')
store = SPARQLUpdateStore(sys.argv[1], sys.argv[1])
graph = Graph(store, identifier=ex.written)
counts = [len(graph)]
graph.add((ex.eve, ex.age, Literal(7)))
graph.add((ex.eve, ex.name, Literal('E"v\\\\e')))
counts.append(len(graph))
names = [str(name) for name in graph.objects(ex.eve, ex.name)]
graph.remove((ex.eve, None, None))
counts.append(len(graph))
print(json.dumps([counts, names]))`),
    ).toEqual([[0, 2, 0], ['E"v\\e']])
  })
})

describe('curl', () => {
  const curl = async (...parts: readonly string[]): Promise<string> =>
    (await run('curl', ['--silent', '--show-error', '--max-time', '30', ...parts])).stdout

  it('asks by GET and POST, and reads what it accepts', async () => {
    const query = 'query=SELECT ?name { <http://example.org/bob> <http://example.org/name> ?name }'
    expect(JSON.parse(await curl('--get', endpoint, '--data-urlencode', query)).results.bindings).toEqual([
      { name: { type: 'literal', value: 'Bob', 'xml:lang': 'en' } },
    ])
    expect(await curl(endpoint, '--data-urlencode', query, '-H', 'Accept: text/csv')).toBe('name\r\nBob\r\n')
    expect(
      await curl('--compressed', endpoint, '--data-urlencode', query, '-H', 'Accept: text/tab-separated-values'),
    ).toBe('?name\n"Bob"@en\n')
    expect(
      await curl(endpoint, '-H', 'Content-Type: application/sparql-query', '--data', 'ASK { ?s ?p 42 }'),
    ).toContain('"boolean":true')
  })

  it('sees the head of an answer, and the status of a wrong query', async () => {
    const head = await curl('--head', '--get', endpoint, '--data-urlencode', 'query=ASK {}')
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head).toMatch(/^Content-Type: application\/sparql-results\+json/im)
    const status = await curl(endpoint, '--data-urlencode', 'query=ASK {', '-o', '/dev/null', '-w', '%{http_code}')
    expect(status).toBe('400')
  })
})
