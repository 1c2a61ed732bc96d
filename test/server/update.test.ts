import { Writable } from 'node:stream'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { client } from '../../src/client/client.ts'
import { rawRequest } from './serving.ts'
import { serveUpdatable } from './updatable.ts'

const UPDATE = { 'Content-Type': 'application/sparql-update' }
const TURTLE = { 'Content-Type': 'text/turtle' }
const token = 'a-token-of-the-server'
const authorised = { Authorization: `Bearer ${token}` }

const post = (url: string, body: string, headers: Record<string, string> = UPDATE) =>
  fetch(url, { method: 'POST', headers, body })

describe('updates over HTTP', () => {
  it('need the token, and say so before anything else', async () => {
    await using serving = await serveUpdatable({ token })
    const endpoint = `${serving.url}/sparql`
    for (const [path, method, headers, body] of [
      ['/sparql', 'POST', UPDATE, 'INSERT DATA { <a> <p> 1 }'],
      ['/sparql', 'POST', UPDATE, 'no update'],
      ['/graphs?default', 'PUT', TURTLE, '<a> <p> 1 .'],
      ['/graphs?default', 'POST', TURTLE, '<a> <p> 1 .'],
      ['/graphs', 'POST', TURTLE, '<a> <p> 1 .'],
      ['/graphs/a', 'PUT', TURTLE, '<a> <p> 1 .'],
      ['/graphs?graph=urn:g', 'DELETE', {}, undefined],
    ] as const) {
      const init = { method, ...(body === undefined ? {} : { body }) }
      expect((await fetch(serving.url + path, { ...init, headers })).status).toBe(401)
      expect(
        (await fetch(serving.url + path, { ...init, headers: { ...headers, Authorization: 'Bearer no' } })).status,
      ).toBe(401)
    }
    expect(await (await post(endpoint, 'INSERT DATA { <a> <p> 1 }', { ...UPDATE, ...authorised })).json()).toEqual({
      store: 'store',
      added: 1,
      removed: 0,
    })
    expect((await fetch(`${serving.url}/graphs?default`)).status).toBe(200)
  })

  it('are taken from this machine only where there is no token, and from no page', async () => {
    await using serving = await serveUpdatable()
    const endpoint = `${serving.url}/sparql`
    expect((await post(endpoint, 'CLEAR ALL')).status).toBe(200)
    expect((await post(endpoint, 'CLEAR ALL', { ...UPDATE, Origin: 'http://elsewhere.example' })).status).toBe(403)
    expect((await post(endpoint, 'CLEAR ALL', { ...UPDATE, 'X-Forwarded-For': '192.0.2.1' })).status).toBe(403)
    expect((await rawRequest(endpoint, 'POST', { ...UPDATE, Host: 'elsewhere.example' }, 'CLEAR ALL')).status).toBe(403)
  })

  it('are off by default, and the answer says what to do', async () => {
    await using serving = await serveUpdatable({}, { update: false })
    const response = await post(`${serving.url}/sparql`, 'CLEAR ALL')
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('`update: true`'),
    })
    expect((await fetch(`${serving.url}/graphs?default`, { method: 'PUT', headers: TURTLE, body: '' })).status).toBe(
      403,
    )
    expect((await fetch(`${serving.url}/graphs?default`)).status).toBe(403)
    expect((await fetch(`${serving.url}/graphs?default&store=store`)).status).toBe(200)
    expect(await (await fetch(`${serving.url}/sparql`)).text()).not.toContain('SPARQL11Update')
  })

  it('are told of in the service description and in the list of stores', async () => {
    await using serving = await serveUpdatable()
    expect(await (await fetch(`${serving.url}/sparql`)).text()).toContain('SPARQL11Update')
    expect(await (await fetch(`${serving.url}/api/v1/stores`)).json()).toMatchObject([{ id: 'store', updates: true }])
  })

  it.each([
    ['a query and an update', 'POST', '', 'query=ASK%7B%7D&update=CLEAR+ALL', 'application/x-www-form-urlencoded', 400],
    ['a query in the body of an update', 'POST', '', 'SELECT * { ?s ?p ?o }', 'application/sparql-update', 400],
    ['an update in the body of a query', 'POST', '', 'CLEAR ALL', 'application/sparql-query', 400],
    ['an update in the address', 'POST', '?update=CLEAR+ALL', '', 'application/x-www-form-urlencoded', 400],
    ['an update by QUERY', 'QUERY', '', 'CLEAR ALL', 'application/sparql-update', 400],
    ['a parameter of queries', 'POST', '?default-graph-uri=urn:g', 'CLEAR ALL', 'application/sparql-update', 400],
    ['a relative graph', 'POST', '?using-graph-uri=g', 'CLEAR ALL', 'application/sparql-update', 400],
    ['another store', 'POST', '?store=none', 'CLEAR ALL', 'application/sparql-update', 404],
    ['another charset', 'POST', '', 'CLEAR ALL', 'application/sparql-update; charset=utf-16', 415],
    ['an operation that fails', 'POST', '', 'CLEAR ALL ; DROP GRAPH <urn:none>', 'application/sparql-update', 404],
  ])('refuses %s', async (_, method, search, body, type, status) => {
    await using serving = await serveUpdatable()
    await post(`${serving.url}/sparql`, 'INSERT DATA { <urn:a> <urn:p> 1 }')
    const response = await fetch(`${serving.url}/sparql${search}`, { method, headers: { 'Content-Type': type }, body })
    expect(response.status).toBe(status)
    expect(await serving.polystore.query('SELECT * { ?s ?p ?o }').toArray()).toHaveLength(1)
  })

  it('reach the client, and errors their place in the text', async () => {
    await using serving = await serveUpdatable({ token })
    await using remote = client(serving.url, { token })
    expect(await remote.update('INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1, 2 } }', { store: 'store' })).toEqual({
      store: 'store',
      added: 2,
      removed: 0,
    })
    expect(
      await remote.update('INSERT { ?s <urn:q> ?o } WHERE { ?s ?p ?o }', { usingGraphs: ['urn:g'] }),
    ).toMatchObject({
      added: 2,
    })
    await expect(remote.update('INSERT DATA {\n <urn:a> }')).rejects.toMatchObject({
      code: 'query-syntax',
      details: { line: 2 },
    })
    await expect(client(serving.url).update('CLEAR ALL')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('are counted and logged, without what they say', async () => {
    let log = ''
    const logger = pino(
      new Writable({
        write(chunk, _encoding, done) {
          log += chunk
          done()
        },
      }),
    )
    await using serving = await serveUpdatable({ logger })
    await post(`${serving.url}/sparql`, 'INSERT DATA { <urn:a> <urn:p> "confidential" }')
    await post(`${serving.url}/sparql`, 'DROP GRAPH <urn:confidential>')
    const metrics = await (await fetch(`${serving.url}/metrics`)).text()
    expect(metrics).toContain('polyprov_updates_total{outcome="ok"} 1')
    expect(metrics).toContain('polyprov_updates_total{outcome="not-found"} 1')
    expect(metrics).toContain('polyprov_update_triples_total{change="added"} 1')
    expect(log).toContain('"update":{"store":"store","added":1,"removed":0}')
    expect(log).not.toContain('confidential')
  })

  it('cannot be given files of the server by who registers a store', async () => {
    await using serving = await serveUpdatable()
    const register = (update: unknown) =>
      post(`${serving.url}/api/v1/stores`, JSON.stringify({ id: 'more', type: 'columnar', update }), {
        'Content-Type': 'application/json',
      })
    expect((await register({ load: ['/'] })).status).toBe(403)
    expect((await register({ load: ['http://169.254.169.254/'] })).status).toBe(403)
    expect((await register(true)).status).toBe(201)
  })
})

describe('the graph store protocol', () => {
  const DATA = '<urn:a> <urn:p> _:b . _:b <urn:q> 1 .'

  it('answers with the right status', async () => {
    await using serving = await serveUpdatable()
    const call = async (method: string, path: string, body?: string, headers: Record<string, string> = TURTLE) =>
      (await fetch(serving.url + path, { method, headers, ...(body === undefined ? {} : { body }) })).status
    const graph = '/graphs?graph=urn:g'
    expect(await call('GET', graph)).toBe(404)
    expect(await call('HEAD', graph)).toBe(404)
    expect(await call('DELETE', graph)).toBe(404)
    expect(await call('PUT', graph, DATA)).toBe(201)
    expect(await call('PUT', graph, DATA)).toBe(204)
    expect(await call('POST', graph, '<urn:c> <urn:p> 1 .')).toBe(204)
    expect(await call('GET', graph)).toBe(200)
    expect(await call('HEAD', graph)).toBe(200)
    expect(await call('GET', graph, undefined, { Accept: 'text/html' })).toBe(406)
    expect(await call('PUT', graph, DATA, { 'Content-Type': 'text/plain' })).toBe(415)
    expect(await call('PUT', graph, DATA, { 'Content-Type': 'application/trig' })).toBe(415)
    expect(await call('PUT', graph, '<urn:a> <urn:p', TURTLE)).toBe(400)
    expect(await call('PATCH', graph, DATA)).toBe(405)
    expect(await call('GET', '/graphs')).toBe(400)
    expect(await call('PUT', '/graphs', DATA)).toBe(400)
    expect(await call('GET', `${graph}&default`)).toBe(400)
    expect(await call('GET', '/graphs?graph=relative')).toBe(400)
    expect(await call('GET', '/graphs/x?graph=urn:g')).toBe(400)
    expect(await call('GET', `${graph}&store=none`)).toBe(404)
    expect(await call('DELETE', graph)).toBe(204)
    expect(await call('GET', graph)).toBe(404)
    expect(await call('GET', '/graphs?default')).toBe(200)
    expect(await call('DELETE', '/graphs?default')).toBe(204)
    // There are no empty named graphs: putting nothing makes none.
    expect(await call('PUT', graph, '')).toBe(204)
    expect(await call('GET', graph)).toBe(404)
  })

  it('leaves a graph as it was where its new triples do not parse', async () => {
    await using serving = await serveUpdatable()
    const url = `${serving.url}/graphs?graph=urn:g`
    await fetch(url, { method: 'PUT', headers: TURTLE, body: DATA })
    const broken = `${'<urn:x> <urn:y> <urn:z> .\n'.repeat(5_000)}<urn:broken`
    expect((await fetch(url, { method: 'PUT', headers: TURTLE, body: broken })).status).toBe(400)
    const text = await (await fetch(url, { headers: { Accept: 'application/n-triples' } })).text()
    expect(text.trim().split('\n')).toHaveLength(2)
  })

  it('speaks N-Triples and JSON-LD, and names new graphs', async () => {
    await using serving = await serveUpdatable()
    const created = await post(`${serving.url}/graphs`, '{"@id":"urn:a","urn:p":"x"}', {
      'Content-Type': 'application/ld+json',
    })
    expect(created.status).toBe(201)
    const location = created.headers.get('location')!
    expect(location.startsWith(`${serving.url}/graphs/`)).toBe(true)
    const answer = await fetch(location, { headers: { Accept: 'application/n-triples' } })
    expect(await answer.text()).toBe('<urn:a> <urn:p> "x" .\n')
    const remote = '{"@context":"http://127.0.0.1:1/context","@id":"urn:a"}'
    expect((await post(`${serving.url}/graphs`, remote, { 'Content-Type': 'application/ld+json' })).status).toBe(400)
  })
})
