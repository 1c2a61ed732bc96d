import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { iri } from '../../planner/term.ts'
import { client, PolyprovError, type RemotePolystore, sparql } from '../../src/index.ts'
import { type Serving, serve, until } from './serving.ts'

const X = 'http://x/'
const LOSS = sparql`SELECT ?s ?loss { ?s ${iri(`${X}loss`)} ?loss }`

let serving: Serving
let remote: RemotePolystore
beforeAll(async () => {
  serving = await serve({ token: 'sesame', allowLocalStores: true })
  remote = client(serving.url, { token: 'sesame' })
})
afterAll(async () => {
  await remote.close()
  await serving.server.close(0)
})

async function failure(promise: Promise<unknown>): Promise<PolyprovError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof PolyprovError) return error
  throw new Error(`a PolyprovError was expected, not ${String(error)}`)
}

describe('queries', () => {
  test('rows are typed values, asked for when they are read', async () => {
    const rows = remote.query<{ s: string; loss: number }>(LOSS)
    expect(await rows.toArray()).toEqual([{ s: `${X}model`, loss: 0.25 }])
    expect(await rows.first()).toEqual({ s: `${X}model`, loss: 0.25 })
    for await (const { loss } of rows) expect(loss).toBe(0.25)
    expect((await rows.explain()).plan.operator).toBe('fragment')
  })

  test('execute gives terms, booleans and quads', async () => {
    const bindings = await remote.execute(`SELECT ?name { <${X}model> <${X}name> ?name } #warn`)
    if (bindings.kind !== 'bindings') throw new Error('rows were expected')
    expect(bindings.variables).toEqual(['name'])
    const blocks = []
    for await (const block of bindings.blocks) blocks.push(...block)
    expect(blocks[0]![0]).toMatchObject({ value: 'modèle', language: 'fr' })
    expect(bindings.warnings()).toEqual(['the store “wells” is lost'])
    expect(bindings.id).not.toBe('')

    expect(await remote.execute(`ASK { <${X}model> ?p ?o }`)).toMatchObject({ kind: 'boolean', value: true })

    const quads = await remote.execute(`CONSTRUCT { ?s <${X}has> ?o } WHERE { ?s <${X}slices> ?o }`)
    if (quads.kind !== 'quads') throw new Error('quads were expected')
    for await (const [quad] of quads.blocks) {
      expect(quad).toMatchObject({ subject: { value: `${X}seismic` }, object: { value: '951' } })
    }
  })

  test('options reach the query, and those that a server does not take are refused', async () => {
    await remote.execute('ASK {}', { timeout: 4_321, partial: true, verify: true, defaultGraphs: [`${X}g`, `${X}h`] })
    expect(serving.polystore.lastOptions()).toMatchObject({
      partial: true,
      verify: true,
      defaultGraphs: [`${X}g`, `${X}h`],
    })
    expect((await failure(remote.execute('ASK {}', { parameters: {} } as never))).code).toBe('usage')
    expect((await failure(remote.execute('ASK {}', { timeout: -1 }))).details.parameter).toBe('timeout')
  })

  test('errors have the code and the details of the server', async () => {
    const syntax = await failure(remote.query('SELECT').toArray())
    expect([syntax.code, syntax.details.line, syntax.details.column]).toEqual(['query-syntax', 1, 1])
    const store = await failure(remote.execute('ASK {} #fail'))
    expect([store.code, store.details.store]).toEqual(['store-failed', 'memory'])
    expect(store.message).not.toContain('hunter2')
    expect((await failure(remote.query('ASK {}').toArray())).code).toBe('usage')
  })

  test('a result that breaks off is an error', async () => {
    const error = await failure(remote.query('SELECT * { ?s ?p ?o } #many #break').toArray())
    expect([error.code, error.message]).toEqual(['store-failed', 'the connection broke: the answer is not whole'])
  })

  test('a deadline', async () => {
    expect((await failure(remote.execute('SELECT * { ?s ?p ?o } #slow', { timeout: 30 }))).code).toBe('timeout')
  })
})

describe('cancelling', () => {
  const text = 'SELECT * { ?s ?p ?o } #stall'

  test('by the signal, before rows and among them', async () => {
    const { aborted } = serving.polystore
    const controller = new AbortController()
    const before = aborted.length
    const waiting = failure(remote.execute(`${text} #slow`, { signal: controller.signal }))
    await until(() => serving.polystore.running.list().length > 0)
    controller.abort()
    expect((await waiting).code).toBe('cancelled')
    await until(() => aborted.length > before)

    const other = new AbortController()
    const rows = failure(
      (async () => {
        for await (const _ of remote.query(text, { signal: other.signal })) other.abort()
      })(),
    )
    expect((await rows).code).toBe('cancelled')
    await until(() => aborted.length > before + 1)
    expect((await failure(remote.execute('ASK {}', { signal: AbortSignal.abort() }))).code).toBe('cancelled')
  })

  test('by reading no further', async () => {
    const { aborted } = serving.polystore
    const before = aborted.length
    expect(await remote.query(text).first()).toBeDefined()
    await until(() => aborted.length > before)
  })

  test('by closing the client', async () => {
    const closing = client(serving.url)
    const waiting = failure(closing.execute(`${text} #slow`))
    await closing.close()
    expect((await waiting).code).toBe('cancelled')
    expect((await failure(closing.catalog())).code).toBe('cancelled')
  })
})

describe('the other members', () => {
  test('stores', async () => {
    const { stores } = remote
    const info = await stores.register({ id: 'wells', type: 'memory' })
    expect(info).toMatchObject({ id: 'wells', iri: 'urn:polyprov:store/wells' })
    expect((await stores.list()).map(({ id }) => id)).toEqual(['memory', 'wells'])
    await stores.check('wells')
    expect((await failure(stores.register({ id: 'wells', type: 'memory' }))).code).toBe('conflict')
    expect((await failure(stores.register({ id: 'lost', type: 'memory', broken: true }))).code).toBe('store-failed')
    await stores.register({ id: 'lost', type: 'memory', broken: true }, { force: true })
    expect((await failure(stores.check('lost'))).details.store).toBe('lost')
    for (const id of ['wells', 'lost']) await stores.remove(id)
    expect((await failure(stores.remove('wells'))).code).toBe('not-found')
    expect((await failure(client(serving.url).stores.remove('memory'))).code).toBe('unauthorized')
  })

  test('stored queries', async () => {
    const { queries } = remote
    const result = await queries.run('q1', { model: `${X}model` })
    if (result.kind !== 'bindings') throw new Error('rows were expected')
    for await (const [row] of result.blocks) expect(row!.map((term) => term?.value)).toEqual([`${X}seismic`, '951'])
    expect((await failure(queries.run('q1', {}))).details.parameter).toBe('model')
    const started = await queries.run('q5', { start: 12n }, { timeout: 1_000 })
    if (started.kind === 'bindings') for await (const [row] of started.blocks) expect(row![0]!.value).toBe('12')

    await queries.put({ id: 'mine', label: 'Mine', text: 'ASK {}', parameters: [] })
    expect(await queries.get('mine')).toMatchObject({ label: 'Mine', builtin: false })
    await queries.remove('mine')
    expect((await failure(queries.get('mine'))).code).toBe('not-found')
  })

  test('catalog, lineage, running', async () => {
    expect((await remote.catalog()).predicates[0]!.stores[0]!.id).toBe('memory')
    const quads = await remote.lineage(`${X}model`, { direction: 'backward', depth: 3 })
    expect(quads.some(({ predicate }) => predicate.value.endsWith('wasDerivedFrom'))).toBe(true)

    const query = failure(remote.query('SELECT * { ?s ?p ?o } #stall').toArray())
    await until(() => serving.polystore.running.list().length > 0)
    const [running] = await remote.running.list()
    expect(running!.startedAt).toBeInstanceOf(Date)
    expect(await remote.running.cancel(running!.id)).toBe(true)
    expect((await query).code).toBe('store-failed')
    expect(await remote.running.cancel('nobody')).toBe(false)
  })
})

describe('servers that are none', () => {
  test.each(['nowhere', 'ftp://x/', 'http://u:hunter2@x/'])('%s is no URL to ask', async (url) => {
    const error = await failure(client(url).catalog())
    expect(error.code).toBe('usage')
    expect(error.message).not.toContain('hunter2')
  })

  test('nobody listens, or something else does', async () => {
    expect((await failure(client('http://127.0.0.1:1').catalog())).message).toContain('cannot be reached')
    const other = createHttpServer((_, response) => response.end('<html>')).listen(0)
    const { port } = other.address() as AddressInfo
    await using elsewhere = client(`http://127.0.0.1:${port}/base/`)
    expect((await failure(elsewhere.catalog())).code).toBe('store-failed')
    expect((await failure(elsewhere.execute('ASK {}'))).code).toBe('store-failed')
    other.close()
  })

  test('a fetch of one’s own', async () => {
    const asked: string[] = []
    const own: typeof fetch = async (input, init) => {
      asked.push(`${init?.method} ${String(input)} ${new Headers(init?.headers).get('authorization')}`)
      return new Response('[]')
    }
    expect(await client('http://h/base', { fetch: own, token: 't' }).queries.list()).toEqual([])
    expect(asked).toEqual(['GET http://h/base/api/v1/queries Bearer t'])
  })
})
