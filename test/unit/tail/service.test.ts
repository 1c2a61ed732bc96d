import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { iri } from '../../../planner/term.ts'
import type { Polystore } from '../../../src/polystore.ts'
import { createServer as createPolyprovServer, type PolyprovServer } from '../../../src/server/create-server.ts'
import { answerOf, openTwo, PREFIX } from './stores.ts'

let polystore: Polystore
let remote: Polystore
let server: PolyprovServer
let broken: Server
/** A polystore's endpoint, and addresses that answer with nothing of use. */
let endpoint: string
let brokenAt: string

beforeAll(async () => {
  polystore = await openTwo()
  remote = await openTwo()
  server = createPolyprovServer(remote, {})
  endpoint = `${await server.listen(0)}/sparql`
  broken = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/page') response.setHeader('Content-Type', 'text/html').end('<p>Welcome</p>')
    else if (pathname === '/half')
      response.setHeader('Content-Type', 'application/sparql-results+json').end('{"head":{')
    else response.writeHead(500).end()
  })
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve))
  brokenAt = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
})
afterAll(async () => {
  await polystore.close()
  await server.close()
  await remote.close()
  broken.close()
})

const ask = async (query: string, options = {}) => answerOf(await polystore.execute(PREFIX + query, options))

describe('SERVICE', () => {
  test('is joined with what the stores say', async () => {
    const execution = await polystore.execute(
      `${PREFIX}SELECT ?m ?loss ?label { ?m ex:loss ?loss SERVICE <${endpoint}> { ?m ex:label ?label } }`,
    )
    expect(await answerOf(execution)).toEqual(
      await ask('SELECT ?m ?loss ?label { ?m ex:loss ?loss ; ex:label ?label }'),
    )
    expect(execution.stats().tail).toBe(true)
  })

  test('takes OPTIONAL, subqueries, filters and anonymous nodes', async () => {
    const inner = '?m ex:loss ?l OPTIONAL { ?m ex:label ?n } FILTER (?l < 0.4) OPTIONAL { ?m ex:by [ ex:name ?name ] }'
    expect(await ask(`SELECT ?m ?n ?name { ?m ex:from ?x SERVICE <${endpoint}> { ${inner} } }`)).toEqual(
      await ask(`SELECT ?m ?n ?name { ?m ex:from ?x . ${inner} }`),
    )
    const least = '{ SELECT (MIN(?x) AS ?l) { ?any ex:loss ?x } }'
    expect(await ask(`SELECT ?m ?l { ?m ex:loss ?l SERVICE <${endpoint}> ${least} }`)).toEqual(
      await ask(`SELECT ?m ?l { ?m ex:loss ?l ${least} }`),
    )
  })

  test('stands alone, in ASK and CONSTRUCT, and within EXISTS', async () => {
    expect(await ask(`ASK { SERVICE <${endpoint}> { ?m ex:label "first" } }`)).toEqual(
      await ask('ASK { ?m ex:label "first" }'),
    )
    expect(await ask(`CONSTRUCT WHERE { ?m ex:label ?l }`)).toEqual(
      await ask(`CONSTRUCT { ?m ex:label ?l } WHERE { SERVICE <${endpoint}> { ?m ex:label ?l } }`),
    )
    expect(await ask(`SELECT ?m { ?m ex:loss ?l FILTER EXISTS { SERVICE <${endpoint}> { ?m ex:label ?n } } }`)).toEqual(
      await ask('SELECT ?m { ?m ex:loss ?l FILTER EXISTS { ?m ex:label ?n } }'),
    )
  })

  test('takes its endpoint from a parameter', async () => {
    const parameters = { where: iri(endpoint), m: iri('http://example.org/m1') }
    expect(await ask('SELECT ?l { SERVICE ?where { ?m ex:label ?l } }', { parameters })).toEqual(
      await ask('SELECT ?l { ex:m1 ex:label ?l }'),
    )
  })

  test('names of its own graphs are not touched by FROM', async () => {
    expect(await ask(`SELECT ?m ?l FROM ex:g1 { ?m ex:state ?s SERVICE <${endpoint}> { ?m ex:label ?l } }`)).toEqual(
      await ask('SELECT ?m ?l { GRAPH ex:g1 { ?m ex:state ?s } ?m ex:label ?l }'),
    )
  })

  test.each([
    ['/fault', 'status 500'],
    ['/page', 'text/html'],
    ['/half', 'breaks off'],
  ])('an endpoint that fails (%s) is named', async (path, reason) => {
    const failed = ask(`SELECT * { ?m ex:loss ?l SERVICE <${brokenAt}${path}> { ?m ex:label ?n } }`)
    await expect(failed).rejects.toMatchObject({ code: 'store-failed', details: { store: brokenAt + path } })
    await expect(failed).rejects.toThrow(reason)
  })

  test.each(['/fault', '/page', '/half'])('SILENT makes one empty solution of a failure (%s)', async (path) => {
    const execution = await polystore.execute(
      `${PREFIX}SELECT * { ?m ex:loss ?l SERVICE SILENT <${brokenAt}${path}> { ?m ex:label ?n } }`,
    )
    const lines = await answerOf(execution)
    expect(lines.filter((line) => line.includes('http://example.org/m'))).toHaveLength(3)
    expect(execution.warnings()).toEqual([expect.stringContaining(`SERVICE SILENT <${brokenAt}${path}> failed`)])
  })

  test('SILENT changes nothing where the endpoint answers', async () => {
    const query = (silent: string) => `SELECT * { ?m ex:loss ?l SERVICE ${silent} <${endpoint}> { ?m ex:label ?n } }`
    expect(await ask(query('SILENT'))).toEqual(await ask(query('')))
  })
})

describe('what SERVICE may not do', () => {
  test('be asked where it is switched off', async () => {
    await using strict = await openTwo({ limits: { service: 'none' } })
    await expect(strict.execute(`ASK { SERVICE SILENT <${endpoint}> { ?s ?p ?o } }`)).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(strict.running.list()).toEqual([])
  })

  test.each([
    ['a variable', 'SELECT * { ?m ?p ?e SERVICE ?e { ?s ?p ?o } }', 'unsupported'],
    ['another protocol', 'SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }', 'query-semantics'],
    ['another SERVICE within', 'SELECT * { SERVICE <http://a/> { SERVICE <http://b/> { ?s ?p ?o } } }', 'unsupported'],
  ])('%s', async (_name, query, code) => {
    await expect(polystore.execute(query)).rejects.toMatchObject({ code })
  })

  test('be answered without the tail', async () => {
    await expect(ask(`ASK { SERVICE <${endpoint}> {} }`, { tail: 'never' })).rejects.toMatchObject({
      code: 'unsupported',
    })
  })

  test('explain says why the tail answers', async () => {
    const { notes, text } = await polystore.explain('SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } }')
    expect(notes).toEqual(['answered by the long tail (Comunica), because it asks <http://a.example/> by SERVICE'])
    expect(text).toContain(`note: ${notes[0]}`)
  })
})
