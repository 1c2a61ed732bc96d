import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, rawRequest, type Serving, serve, until } from './serving.ts'

let serving: Serving
beforeAll(async () => {
  serving = await serve({ maximumTimeout: 20_000 })
})
afterAll(() => serving.server.close(0))

const SELECT = 'SELECT ?loss { <http://x/model> <http://x/loss> ?loss }'
const problem = async (response: Response): Promise<Record<string, unknown>> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = (await response.json()) as Record<string, unknown>
  expect(body).toMatchObject({ status: response.status, type: expect.stringContaining(String(body['code'])) })
  return body
}

describe('content negotiation', () => {
  test.each([
    [SELECT, undefined, 'application/sparql-results+json'],
    [SELECT, '*/*', 'application/sparql-results+json'],
    [SELECT, 'application/json', 'application/sparql-results+json'],
    [SELECT, 'application/sparql-results+xml', 'application/sparql-results+xml'],
    [SELECT, 'text/csv', 'text/csv; charset=utf-8; header=present'],
    [SELECT, 'text/tab-separated-values', 'text/tab-separated-values; charset=utf-8'],
    [SELECT, 'text/csv;q=0.5, application/sparql-results+xml;q=0.8', 'application/sparql-results+xml'],
    [SELECT, 'text/csv;q=0.5, */*;q=0.1', 'text/csv; charset=utf-8; header=present'],
    [SELECT, 'application/*, application/sparql-results+json;q=0', 'application/sparql-results+xml'],
    [SELECT, 'text/turtle, text/csv;q=0.1', 'text/csv; charset=utf-8; header=present'],
    [SELECT, 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['ASK {}', 'application/sparql-results+xml', 'application/sparql-results+xml'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', undefined, 'text/turtle; charset=utf-8'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/n-triples', 'application/n-triples'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/n-quads', 'application/n-quads'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'application/json', 'application/ld+json'],
  ])('%s with Accept %s', async (query, accept, contentType) => {
    const response = await serving.get(ask(query), accept === undefined ? {} : { Accept: accept })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(contentType)
    expect(response.headers.get('vary')).toContain('Accept')
    expect((await response.text()).length).toBeGreaterThan(0)
  })

  test.each([
    [SELECT, 'image/png'],
    [SELECT, 'text/turtle'],
    ['CONSTRUCT WHERE { ?s ?p ?o }', 'text/csv'],
  ])('%s with Accept %s is refused', async (query, accept) => {
    expect(await problem(await serving.get(ask(query), { Accept: accept }))).toMatchObject({
      status: 406,
      code: 'not-acceptable',
    })
  })
})

describe('the protocol', () => {
  const check = async (response: Response) => {
    const { results } = (await response.json()) as { results: { bindings: { loss: { value: string } }[] } }
    expect(results.bindings.map(({ loss }) => loss.value)).toEqual(['0.25'])
  }

  test('GET', async () => check(await serving.get(ask(SELECT))))
  test('POST of a form', async () =>
    check(
      await serving.send('POST', '/sparql', new URLSearchParams({ query: SELECT }).toString(), {
        'Content-Type': 'application/x-www-form-urlencoded',
      }),
    ))
  test('POST of a query', async () =>
    check(await serving.send('POST', '/sparql', SELECT, { 'Content-Type': 'application/sparql-query; charset=UTF-8' })))
  test('QUERY', async () =>
    check(await serving.send('QUERY', '/sparql', SELECT, { 'Content-Type': 'application/sparql-query' })))

  test('HEAD has the headers only, and ends the query', async () => {
    const response = await serving.send('HEAD', ask(SELECT))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/sparql-results+json')
    expect(await response.text()).toBe('')
  })

  test('graphs, timeout, partial and verify reach the engine', async () => {
    const graphs =
      'default-graph-uri=http%3A%2F%2Fg%2F1&default-graph-uri=http%3A%2F%2Fg%2F2&named-graph-uri=http%3A%2F%2Fg%2F3'
    await (await serving.get(`${ask(SELECT)}&${graphs}&timeout=1234&partial=true&verify=false`)).text()
    expect(serving.polystore.lastOptions()).toMatchObject({
      defaultGraphs: ['http://g/1', 'http://g/2'],
      namedGraphs: ['http://g/3'],
      timeout: 1234,
      partial: true,
      verify: false,
    })
  })

  test('a timeout over the longest is cut to it', async () => {
    await (await serving.get(`${ask(SELECT)}&timeout=80000000`)).text()
    expect(serving.polystore.lastOptions()?.timeout).toBe(20_000)
  })

  test.each([
    ['no query', 'POST', '/sparql', '', 'application/x-www-form-urlencoded', 400, 'query'],
    ['an empty query', 'GET', '/sparql?query=', undefined, undefined, 400, 'query'],
    ['two queries', 'GET', '/sparql?query=ASK%7B%7D&query=ASK%7B%7D', undefined, undefined, 400, 'query'],
    ['a query twice over', 'POST', '/sparql?query=ASK%7B%7D', 'ASK {}', 'application/sparql-query', 400, 'query'],
    ['a wrong timeout', 'GET', '/sparql?query=ASK%7B%7D&timeout=soon', undefined, undefined, 400, 'timeout'],
    ['a timeout of nothing', 'GET', '/sparql?query=ASK%7B%7D&timeout=0', undefined, undefined, 400, 'timeout'],
    ['a wrong boolean', 'GET', '/sparql?query=ASK%7B%7D&partial=maybe', undefined, undefined, 400, 'partial'],
    [
      'a relative graph',
      'GET',
      '/sparql?query=ASK%7B%7D&default-graph-uri=g',
      undefined,
      undefined,
      400,
      'default-graph-uri.0',
    ],
    ['an unknown parameter', 'GET', '/sparql?query=ASK%7B%7D&limit=5', undefined, undefined, 400, 'limit'],
    ['no media type', 'POST', '/sparql', 'ASK {}', 'text/plain', 415, undefined],
    ['another charset', 'POST', '/sparql', 'ASK {}', 'application/sparql-query; charset=utf-16', 415, undefined],
    [
      'an update where none is taken',
      'POST',
      '/sparql',
      'update=CLEAR+ALL',
      'application/x-www-form-urlencoded',
      403,
      undefined,
    ],
    ['another method', 'PUT', '/sparql', 'ASK {}', 'application/sparql-query', 405, undefined],
  ])('%s is a problem', async (_, method, path, body, type, status, parameter) => {
    const response = await serving.send(method, path, body, type === undefined ? {} : { 'Content-Type': type })
    expect(response.status).toBe(status)
    const { parameter: named } = await problem(response)
    expect(named).toBe(parameter)
    if (status === 405) expect(response.headers.get('allow')).toBe('GET, POST, QUERY, HEAD, OPTIONS')
  })

  test('bytes that are not UTF-8 are a problem', async () => {
    const response = await fetch(`${serving.url}/sparql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sparql-query' },
      body: new Uint8Array([0x41, 0xff, 0xfe]),
    })
    expect(response.status).toBe(400)
  })

  test('a syntax error has line and column', async () => {
    expect(await problem(await serving.get(ask('SELEC ?x')))).toMatchObject({
      code: 'query-syntax',
      line: 1,
      column: 1,
    })
  })

  test('a failing store is named, its credentials are not', async () => {
    const body = await problem(await serving.get(ask(`${SELECT} #fail`)))
    expect(body).toMatchObject({ status: 502, code: 'store-failed', store: 'memory' })
    expect(JSON.stringify(body)).not.toContain('hunter2')
  })

  test('without a query there is a description of the service', async () => {
    const response = await serving.get('/sparql', { Accept: 'text/turtle' })
    const text = await response.text()
    expect(text).toContain('sd:supportedLanguage sd:SPARQL11Query')
    expect(text).toContain(`sd:endpoint <${serving.url}/sparql>`)
    const page = await serving.get('/sparql', { Accept: 'text/html' })
    expect([page.status, page.headers.get('location')]).toEqual([303, '/'])
  })

  test('pages of other sites may ask', async () => {
    const headers = { Origin: 'http://elsewhere', 'Access-Control-Request-Method': 'QUERY' }
    const preflight = await serving.send('OPTIONS', '/sparql', undefined, headers)
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('QUERY')
    const response = await serving.get(ask(SELECT), { Origin: 'http://elsewhere' })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('results under way', () => {
  test('warnings are a member of JSON, else a trailer', async () => {
    const json = (await (await serving.get(ask(`${SELECT} #warn`))).json()) as { warnings: string[] }
    expect(json.warnings).toEqual(['the store “wells” is lost'])
    const csv = await rawRequest(serving.url + ask(`${SELECT} #warn`), 'GET', { Accept: 'text/csv' })
    expect(csv.headers['trailer']).toBe('Polyprov-Warnings')
    expect(JSON.parse(csv.trailers['polyprov-warnings']!)).toEqual(['the store “wells” is lost'])
  })

  test.each(['identity', 'gzip'])('an error after the first byte breaks the connection (%s)', async (encoding) => {
    const answer = await rawRequest(serving.url + ask(`${SELECT} #break`), 'GET', { 'Accept-Encoding': encoding })
    expect(answer.status).toBe(200)
    expect(answer.broken).toBe(true)
  })

  test('a short result has a length, and is not compressed', async () => {
    const response = await serving.get(ask(SELECT), { 'Accept-Encoding': 'gzip' })
    const body = await response.text()
    expect(response.headers.get('content-encoding')).toBeNull()
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)))
  })

  test('large results are compressed, and whole', async () => {
    const response = await serving.get(ask(`${SELECT} #many`), { 'Accept-Encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    const { results } = (await response.json()) as { results: { bindings: unknown[] } }
    expect(results.bindings).toHaveLength(20_000)
  })

  test.each(['#slow', '#stall', '#many'])('a client that hangs up ends the query (%s)', async (comment) => {
    const text = `${SELECT} ${comment} hang up`
    const controller = new AbortController()
    const response = fetch(serving.url + ask(text), { signal: controller.signal })
    response.catch(() => undefined)
    if (comment === '#slow') await until(() => serving.polystore.running.list().some((query) => query.text === text))
    else await (await response).body!.getReader().read()
    controller.abort()
    await until(() => serving.polystore.aborted.includes(text) || comment === '#many')
    await until(() => serving.polystore.running.list().every((query) => query.text !== text))
  })

  test('a query that never answers ends at its deadline', async () => {
    expect(await problem(await serving.get(`${ask(`${SELECT} #slow deadline`)}&timeout=50`))).toMatchObject({
      status: 504,
      code: 'timeout',
    })
    expect(serving.polystore.aborted).toContain(`${SELECT} #slow deadline`)
  })

  test('a query can be stopped by its id', async () => {
    const response = serving.get(ask(`${SELECT} #slow stop`))
    await until(() => serving.polystore.running.list().length > 0)
    const [query] = (await (await serving.get('/api/v1/running')).json()) as { id: string; waitingFor: string[] }[]
    expect(query).toMatchObject({ text: `${SELECT} #slow stop`, waitingFor: ['memory'] })
    expect((await serving.send('DELETE', `/api/v1/running/${query!.id}`)).status).toBe(204)
    expect(await problem(await response)).toMatchObject({ code: 'cancelled' })
    expect((await serving.send('DELETE', `/api/v1/running/${query!.id}`)).status).toBe(404)
  })
})

test('one query more than the limit is refused', async () => {
  const small = await serve({ concurrency: 1 })
  try {
    const controller = new AbortController()
    const first = fetch(small.url + ask(`${SELECT} #slow`), { signal: controller.signal })
    first.catch(() => undefined)
    await until(() => small.polystore.running.list().length > 0)
    const response = await small.get(ask(SELECT))
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await problem(response)).toMatchObject({ status: 503, code: 'busy' })
    controller.abort()
    await until(() => small.polystore.running.list().length === 0)
    expect((await small.get(ask(SELECT))).status).toBe(200)
  } finally {
    await small.server.close(0)
  }
})
