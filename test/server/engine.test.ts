import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, type Polystore } from '../../src/index.ts'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import { DATA } from '../memory-polystore.ts'
import { ask, rawRequest } from './serving.ts'

let polystore: Polystore
let server: PolyprovServer
let url: string
beforeAll(async () => {
  polystore = await open({ stores: [{ id: 'provenance', type: 'memory', data: DATA }] })
  server = createServer(polystore)
  url = await server.listen(0)
})
afterAll(async () => {
  await server.close(0)
  await polystore.close()
})

const json = async (path: string, init?: RequestInit): Promise<unknown> => (await fetch(url + path, init)).json()
const post = (path: string, body: unknown): Promise<Response> =>
  fetch(url + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

describe('over the engine itself', () => {
  test('the protocol answers', async () => {
    expect(await json(ask('SELECT ?slices { ?s <http://x/slices> ?slices }'))).toEqual({
      head: { vars: ['slices'] },
      results: {
        bindings: [{ slices: { type: 'literal', value: '951', datatype: 'http://www.w3.org/2001/XMLSchema#integer' } }],
      },
    })
    expect(await json(ask('ASK {}'))).toEqual({ head: {}, boolean: true })
    const construct = await fetch(url + ask('CONSTRUCT WHERE { ?s <http://x/slices> ?o }'))
    expect(await construct.text()).toContain('951 .')
    expect(await json(ask('SELECT ?x WHERE { ?x '))).toMatchObject({ code: 'query-syntax', line: 1 })
  })

  test('HEAD leaves no query behind', async () => {
    expect((await fetch(url + ask('SELECT * { ?s ?p ?o }'), { method: 'HEAD' })).status).toBe(200)
    expect(await json('/api/v1/running')).toEqual([])
  })

  test('the six questions are there, their parameters checked', async () => {
    const queries = (await json('/api/v1/queries')) as { id: string; parameters: { name: string }[] }[]
    expect(queries.map(({ id }) => id)).toEqual(['q1', 'q2', 'q3', 'q4', 'q5', 'q6'])
    expect(await json('/api/v1/queries/q2?model=http%3A%2F%2Fx%2Fmodel')).toMatchObject({
      columns: ['dataset', 'tileSize', 'noiseThreshold', 'axis', 'rangeStart', 'rangeEnd'],
      rows: [],
    })
    expect(await json('/api/v1/queries/q2?model=model')).toMatchObject({ status: 400, parameter: 'model' })
    expect(await json('/api/v1/queries/q5?axis=inline&start=x&end=2')).toMatchObject({
      status: 400,
      parameter: 'start',
    })
  })

  test('queries and stores come and go', async () => {
    const put = { method: 'PUT', headers: { 'Content-Type': 'application/sparql-query' } }
    const text = '# param loss decimal\nSELECT ?s { ?s <http://x/loss> $loss }'
    expect((await fetch(`${url}/api/v1/queries/mine`, { ...put, body: text })).status).toBe(201)
    expect(await json('/api/v1/queries/mine?loss=0.25')).toMatchObject({ rows: [{ s: 'http://x/model' }] })
    expect((await fetch(`${url}/api/v1/queries/q1`, { ...put, body: 'ASK {}' })).status).toBeGreaterThanOrEqual(400)
    const more = { id: 'more', type: 'memory', data: '<http://x/other> <http://x/slices> 7 .' }
    expect((await post('/api/v1/stores', more)).status).toBe(201)
    expect(await json(ask('SELECT (SUM(?n) AS ?sum) { ?s <http://x/slices> ?n }'))).toMatchObject({
      results: { bindings: [{ sum: { value: '958' } }] },
    })
    expect((await fetch(`${url}/api/v1/stores/more`, { method: 'DELETE' })).status).toBe(204)
    expect((await post('/api/v1/stores', { ...more, data: 'broken' })).status).toBeGreaterThanOrEqual(400)
  })

  test('a plan is explained, lineage drawn, health told', async () => {
    expect(
      await (await post('/api/v1/explain', { query: 'SELECT * { ?s <http://x/slices> ?n }', analyze: true })).json(),
    ).toMatchObject({
      plan: { operator: expect.any(String) },
      text: expect.stringContaining('slices'),
    })
    const lineage = (await json('/api/v1/lineage?of=http%3A%2F%2Fx%2Fmodel')) as { entity: object }
    expect(Object.keys(lineage.entity)).toContain('ns1:seismic')
    expect(await json('/health/ready')).toMatchObject({ status: 'up', stores: { provenance: { status: 'up' } } })
  })

  test('a query that takes long ends at its deadline', async () => {
    const cross = Array.from({ length: 12 }, (_, index) => `?s${index} ?p${index} ?o${index}`).join(' . ')
    const answer = await rawRequest(`${url}${ask(`SELECT (COUNT(*) AS ?n) { ${cross} }`)}&timeout=200`)
    expect(answer.broken || answer.status >= 500).toBe(true)
    expect(await json('/api/v1/running')).toEqual([])
  })
})
