import { Writable } from 'node:stream'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, rawRequest, type Serving, serve, until } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve()
})
afterAll(() => serving.server.close(0))

const MODEL = encodeURIComponent('http://x/model')
const json = async (response: Response): Promise<unknown> => response.json()

describe('stored queries', () => {
  test('are listed', async () => {
    expect(await json(await serving.get('/api/v1/queries'))).toMatchObject([{ id: 'q1' }, { id: 'q5' }])
  })

  const expected = {
    columns: ['seismic', 'slices'],
    rows: [{ seismic: 'http://x/seismic', slices: 951 }],
    warnings: [],
    stats: { stores: { memory: { requests: 1 } } },
  }

  test('run by GET and by POST', async () => {
    const got = await serving.get(`/api/v1/queries/q1?model=${MODEL}`)
    expect(got.headers.get('content-type')).toBe('application/json')
    expect(await json(got)).toMatchObject(expected)
    const posted = await serving.send('POST', '/api/v1/queries/q1', { model: 'http://x/model', timeout: 5000 })
    expect(await json(posted)).toMatchObject(expected)
    expect(serving.polystore.lastOptions()?.timeout).toBe(5000)
  })

  test.each([
    ['application/sparql-results+json', '{"head"'],
    ['text/csv', 'seismic,slices\r\n'],
    ['text/html', '<!doctype html>'],
  ])('answer %s', async (accept, start) => {
    const response = await serving.get(`/api/v1/queries/q1?model=${MODEL}`, { Accept: accept })
    expect(response.headers.get('content-type')).toContain(accept)
    expect((await response.text()).startsWith(start)).toBe(true)
  })

  test.each([
    ['a missing parameter', '/api/v1/queries/q1', 400, 'model'],
    ['an unknown parameter', `/api/v1/queries/q1?model=${MODEL}&depth=1`, 400, 'depth'],
    ['a parameter given twice', `/api/v1/queries/q1?model=${MODEL}&model=${MODEL}`, 400, 'model'],
    ['a wrong type', '/api/v1/queries/q5?start=first', 400, 'start'],
    ['a wrong choice', '/api/v1/queries/q5?start=1&match=roughly', 400, 'match'],
    ['a wrong timeout', '/api/v1/queries/q5?start=1&timeout=-1', 400, 'timeout'],
    ['an unknown query', '/api/v1/queries/q9', 404, undefined],
  ])('%s is a problem', async (_, path, status, parameter) => {
    const response = await serving.get(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(((await json(response)) as { parameter?: string }).parameter).toBe(parameter)
  })

  test('can be stored, replaced and removed', async () => {
    const text = '# label: Mine\n# param x iri\nASK { $x ?p ?o }'
    const created = await serving.send('PUT', '/api/v1/queries/mine', text, {
      'Content-Type': 'application/sparql-query',
    })
    expect(created.status).toBe(201)
    expect(await json(created)).toMatchObject({ label: 'Mine', parameters: [{ name: 'x', type: 'iri' }] })
    const again = await serving.send('PUT', '/api/v1/queries/mine', { label: 'Yours', text: 'ASK {}' })
    expect(again.status).toBe(200)
    expect(await json(await serving.get('/api/v1/queries/mine'))).toMatchObject({ rows: [{ answer: true }] })
    expect((await serving.send('DELETE', '/api/v1/queries/mine')).status).toBe(204)
    expect((await serving.send('DELETE', '/api/v1/queries/mine')).status).toBe(404)
  })

  test.each([
    ['an unknown member', { text: 'ASK {}', colour: 'red' }, 'colour'],
    ['no text', { label: 'x' }, 'text'],
    [
      'a parameter of a reserved name',
      { text: 'ASK {}', parameters: [{ name: 'timeout', type: 'integer' }] },
      'parameters.0.name',
    ],
  ])('%s is refused', async (_, body, parameter) => {
    const response = await serving.send('PUT', '/api/v1/queries/mine', body)
    expect(response.status).toBe(400)
    expect(await json(response)).toMatchObject({ code: 'parameter', parameter })
  })
})

describe('explain', () => {
  test('answers the plan as JSON and as text', async () => {
    const body = { query: 'ASK {}', analyze: true }
    expect(await json(await serving.send('POST', '/api/v1/explain', body))).toMatchObject({
      plan: { operator: 'fragment', native: { language: 'SPARQL' } },
      rules: ['pushFragments'],
    })
    const text = await serving.send('POST', '/api/v1/explain?analyze=true', 'ASK {}', {
      'Content-Type': 'application/sparql-query',
      Accept: 'text/plain',
    })
    expect(await text.text()).toBe('fragment memory\n  SELECT * { ?s ?p ?o }\n')
  })

  test('wants a query', async () => {
    const response = await serving.send('POST', '/api/v1/explain', { analyze: true })
    expect(await json(response)).toMatchObject({ status: 400, parameter: 'query' })
  })
})

describe('stores', () => {
  test('are registered, shown without credentials, checked and removed', async () => {
    const definition = { id: 'wells', type: 'postgres', url: 'postgres://u:hunter2@h/d', password: 'hunter2' }
    const created = await serving.send('POST', '/api/v1/stores', definition)
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/api/v1/stores/wells')
    expect(await created.text()).not.toContain('hunter2')
    expect(await (await serving.get('/api/v1/stores')).text()).not.toContain('hunter2')
    expect(await json(await serving.get('/api/v1/stores/wells'))).toMatchObject({ id: 'wells', type: 'postgres' })
    expect((await serving.send('POST', '/api/v1/stores', definition)).status).toBe(409)
    expect(await json(await serving.send('POST', '/api/v1/stores/wells/check'))).toEqual({ id: 'wells', status: 'up' })
    expect((await serving.send('DELETE', '/api/v1/stores/wells')).status).toBe(204)
    expect((await serving.get('/api/v1/stores/wells')).status).toBe(404)
  })

  test('one that cannot be used is 502, unless forced', async () => {
    const definition = { id: 'broken', type: 'mongodb', broken: true }
    const refused = await serving.send('POST', '/api/v1/stores', definition)
    expect(refused.status).toBe(502)
    expect(await refused.text()).not.toContain('hunter2')
    expect((await serving.send('POST', '/api/v1/stores?force=true', definition)).status).toBe(201)
    expect((await serving.send('POST', '/api/v1/stores/broken/check')).status).toBe(502)
    const ready = await serving.get('/health/ready')
    expect(ready.status).toBe(503)
    expect(await json(ready)).toMatchObject({ stores: { memory: { status: 'up' }, broken: { status: 'down' } } })
    await serving.send('DELETE', '/api/v1/stores/broken')
    expect((await serving.get('/health/ready')).status).toBe(200)
    expect((await serving.send('POST', '/api/v1/stores', { ...definition, force: true })).status).toBe(201)
    await serving.send('DELETE', '/api/v1/stores/broken')
  })

  test.each([
    ['a module', { id: 'a', type: './evil.js' }, 'type'],
    ['an absolute module', { id: 'a', type: '/tmp/evil.mjs' }, 'type'],
    ['a package', { id: 'a', type: 'some/module' }, 'type'],
    ['a path', { id: 'a', type: 'files', path: '/etc' }, 'path'],
    ['files', { id: 'a', type: 'rdf', files: './x.ttl' }, 'files'],
    ['a mapping file', { id: 'a', type: 'postgres', url: 'postgres://h/d', views: ['./x.yaml'] }, 'views'],
    ['a file URL', { id: 'a', type: 'rdf', endpoint: 'file:///etc/passwd' }, 'endpoint'],
    ['the environment', { id: 'a', type: 'rdf', endpoint: 'http://evil/${AWS_SECRET_ACCESS_KEY}' }, 'endpoint'],
    ['a secret file', { id: 'a', type: 'postgres', url: { file: '/etc/passwd' } }, 'url'],
  ])('%s is refused', async (_, definition, parameter) => {
    const response = await serving.send('POST', '/api/v1/stores', definition)
    expect(await json(response)).toMatchObject({ status: 403, code: 'forbidden', parameter })
  })

  test('local paths are taken where the configuration allows them', async () => {
    const open = await serve({ allowLocalStores: true })
    try {
      const response = await open.send('POST', '/api/v1/stores', { id: 'a', type: 'files', path: '/data' })
      expect(response.status).toBe(201)
    } finally {
      await open.server.close(0)
    }
  })
})

describe('the right to write', () => {
  const definition = { id: 'a', type: 'memory' }

  test('needs the token where there is one', async () => {
    const guarded = await serve({ token: 'sesame' })
    try {
      const without = await guarded.send('POST', '/api/v1/stores', definition)
      expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="polyprov"'])
      const wrong = await guarded.send('POST', '/api/v1/stores', definition, { Authorization: 'Bearer sesam' })
      expect(wrong.status).toBe(401)
      const right = await guarded.send('POST', '/api/v1/stores', definition, { Authorization: 'Bearer sesame' })
      expect(right.status).toBe(201)
      expect((await guarded.get(ask('ASK {}'))).status).toBe(200)
    } finally {
      await guarded.server.close(0)
    }
  })

  test.each([
    ['a page of another site', { Origin: 'http://evil.example' }],
    ['a name led to loopback', { Host: 'evil.example' }],
    ['a proxy', { 'X-Forwarded-For': '203.0.113.7' }],
  ])('is not given to %s', async (_, headers) => {
    const answer = await rawRequest(
      `${serving.url}/api/v1/stores`,
      'POST',
      { 'Content-Type': 'application/json', ...headers },
      JSON.stringify(definition),
    )
    expect(answer.status).toBe(403)
  })
})

describe('lineage', () => {
  const path = `/api/v1/lineage?of=${MODEL}&direction=backward&depth=5`

  test('is PROV-JSON', async () => {
    const response = await serving.get(path)
    expect(response.headers.get('content-type')).toBe('application/json')
    const document = (await json(response)) as Record<string, Record<string, Record<string, unknown>>>
    expect(document['prefix']).toMatchObject({ prov: 'http://www.w3.org/ns/prov#', ns1: 'http://x/' })
    expect(Object.keys(document['entity']!).sort()).toEqual(['ns1:dataset', 'ns1:model', 'ns1:seismic'])
    expect(document['entity']!['ns1:model']).toMatchObject({
      'ns1:loss': { $: '0.25', type: 'xsd:decimal' },
      'ns1:name': { $: 'modèle', lang: 'fr' },
    })
    expect(Object.keys(document['activity']!)).toEqual(['ns1:training'])
    expect(Object.values(document['used']!)).toEqual([
      { 'prov:activity': 'ns1:training', 'prov:entity': 'ns1:dataset' },
    ])
  })

  test.each([
    ['text/turtle', '@prefix'],
    ['text/vnd.graphviz', 'digraph provenance {'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"'],
    ['application/ld+json', '['],
  ])('is %s', async (accept, start) => {
    const response = await serving.get(path, { Accept: accept })
    expect(response.headers.get('content-type')).toContain(accept)
    expect((await response.text()).startsWith(start)).toBe(true)
  })

  test.each([
    ['/api/v1/lineage', 'of'],
    ['/api/v1/lineage?of=model', 'of'],
    [`/api/v1/lineage?of=${MODEL}&direction=sideways`, 'direction'],
    [`/api/v1/lineage?of=${MODEL}&depth=0`, 'depth'],
  ])('%s is a problem', async (address, parameter) => {
    expect(await json(await serving.get(address))).toMatchObject({ status: 400, parameter })
  })
})

describe('operations', () => {
  test('health, metrics, catalog', async () => {
    expect(await json(await serving.get('/health/live'))).toEqual({ status: 'up' })
    await (await serving.get(ask('SELECT * { ?s ?p ?o }'))).text()
    await until(() => serving.polystore.running.list().length === 0)
    const metrics = await (await serving.get('/metrics')).text()
    expect(metrics).toContain('polyprov_queries_total{kind="bindings",outcome="ok"}')
    expect(metrics).toContain('polyprov_store_requests_total{store="memory"}')
    expect(metrics).toContain('route="/sparql"')
    expect(await json(await serving.get('/api/v1/catalog'))).toMatchObject({
      predicates: [{ stores: [{ id: 'memory' }] }],
    })
  })

  test('unknown addresses, methods and bodies are problems', async () => {
    expect(await json(await serving.get('/nowhere'))).toMatchObject({ status: 404, code: 'not-found' })
    const wrong = await serving.send('DELETE', '/api/v1/catalog')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect((await serving.get('/api/v1/queries/%E0%A4%A')).status).toBe(400)
    const type = await serving.send('POST', '/api/v1/stores', 'x', { 'Content-Type': 'text/plain' })
    expect(type.status).toBe(415)
    const broken = await serving.send('POST', '/api/v1/stores', '{', { 'Content-Type': 'application/json' })
    expect(await json(broken)).toMatchObject({ status: 400, code: 'parameter' })
  })

  test('a body over the limit is refused', async () => {
    const small = await serve({ bodyLimit: 2_000 })
    try {
      const response = await small.send('POST', '/sparql', `ASK {} #${'x'.repeat(3_000)}`, {
        'Content-Type': 'application/sparql-query',
      })
      expect(await json(response)).toMatchObject({ status: 413, code: 'too-large' })
    } finally {
      await small.server.close(0)
    }
  })

  test('the log has neither query strings nor tokens', async () => {
    let text = ''
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk)
        done()
      },
    })
    const logged = await serve({ logger: pino(sink) })
    try {
      await logged.get(ask('ASK { ?s ?p "secret-literal" }'), { Authorization: 'Bearer sesame' })
      await logged.get(ask('secret-literal'))
      await logged.get(ask('ASK {} #fail'))
      await until(() => text.includes('"status":502'))
      expect(text).toContain('"path":"/sparql"')
      expect(text).not.toMatch(/secret-literal|sesame|hunter2/)
    } finally {
      await logged.server.close(0)
    }
  })

  test('a closing server ends what is under way within its grace', async () => {
    const closing = await serve()
    const pending = rawRequest(closing.url + ask('SELECT * { ?s ?p ?o } #stall'))
    await until(() => closing.polystore.running.list().length > 0)
    await closing.server.close(30)
    expect((await pending).broken).toBe(true)
    await until(() => closing.polystore.running.list().length === 0)
  })
})

describe('documents', () => {
  test('OpenAPI 3.1 names every address', async () => {
    const document = (await json(await serving.get('/openapi.json'))) as {
      openapi: string
      paths: Record<string, Record<string, { parameters: { name: string }[] }>>
      components: { schemas: Record<string, unknown> }
    }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/sparql', '/api/v1/queries/{id}', '/api/v1/stores/{id}/check', '/openapi.json']),
    )
    expect(document.paths['/api/v1/lineage']!['get']!.parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['of', 'direction', 'depth']),
    )
    const text = JSON.stringify(document)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas).toHaveProperty([name!])
    }
    expect(text).not.toContain('#/$defs')
  })

  test.each(['/', '/docs'])('%s is a page that needs nothing from elsewhere', async (path) => {
    const response = await serving.get(path)
    const text = await response.text()
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(text).not.toMatch(/ style=|<style|<script>|onclick/)
  })

  test('the console has a form for each question', async () => {
    const text = await (await serving.get('/')).text()
    expect(text).toContain('action="/api/v1/queries/q1"')
    expect(text).toContain('<option selected>exact</option>')
    expect((await serving.get('/style.css')).headers.get('content-type')).toContain('text/css')
    expect((await serving.get('/console.js')).headers.get('content-type')).toContain('text/javascript')
  })

  test.each(['provml', 'provlake.ttl', 'segy', 'hdf5'])('/ns/%s is a vocabulary', async (name) => {
    const response = await serving.get(`/ns/${name}`)
    expect(response.headers.get('content-type')).toContain('text/turtle')
    expect(await response.text()).toContain('@prefix')
  })
  test('/ns/ has no others', async () => expect((await serving.get('/ns/constructor')).status).toBe(404))
})
