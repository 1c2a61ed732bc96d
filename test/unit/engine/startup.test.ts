import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connector } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { iri } from '../../../planner/term.ts'
import type { View } from '../../../planner/views/view.ts'
import { type OpenOptions, open } from '../../../src/index.ts'
import { fakeStore, never, refused } from './fake-store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-startup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const openWith = (connectors: readonly Connector[], limits: OpenOptions['limits'] = {}) =>
  open({ stores: [] }, { connectors, limits: { retries: 0, ...limits } })

const down = () => {
  const store = fakeStore('down', { p: [['a', 1]], both: [['a', 2]] })
  store.beforeDescription = () => {
    throw refused('down')
  }
  return store
}
const well = () => fakeStore('well', { q: [['b', 2]], both: [['b', 3]] })
const ask = (predicate: string) => `SELECT ?o { ?s <urn:${predicate}> ?o } ORDER BY ?o`

test('a store that is down does not keep the others from being opened, and is described when it is back', async () => {
  const store = down()
  await using polystore = await openWith([store, well()])
  expect(polystore.stores.list().map(({ id, health }) => [id, health?.status, health?.reason])).toEqual([
    ['down', 'down', 'The store down takes no connections'],
    ['well', 'up', undefined],
  ])
  expect(await polystore.query(ask('q')).toArray()).toEqual([{ o: '2' }])
  await expect(polystore.query(ask('p')).toArray()).rejects.toMatchObject({
    code: 'store-failed',
    details: { store: 'down' },
  })
  store.beforeDescription = () => {}
  expect(await polystore.query(ask('p')).toArray()).toEqual([{ o: '1' }])
  expect(polystore.stores.list()[0]?.health?.status).toBe('up')
  expect(await polystore.query(ask('both')).toArray()).toEqual([{ o: '2' }, { o: '3' }])
  expect(store.described).toBe(1)
})

test('what others answer too is answered by them, with a warning; the store is described meanwhile', async () => {
  const store = down()
  await using polystore = await openWith([store, well()])
  const execution = await polystore.execute(ask('both'))
  expect(execution.warnings()).toEqual([expect.stringMatching(/^Nothing is known of the store down/)])
  if (execution.kind === 'bindings') for await (const block of execution.blocks) expect(block).toHaveLength(1)
  store.beforeDescription = () => {}
  await polystore.query(ask('both')).toArray()
  await expect.poll(() => store.described).toBe(1)
  expect(await polystore.query(ask('both')).toArray()).toHaveLength(2)
  expect(await polystore.query('SELECT (1 AS ?one) {}').toArray()).toHaveLength(1)
})

test('with views it is needed for what they say, and for nothing else', async () => {
  const view: View = {
    name: 'thing',
    collection: 'things',
    iterator: [],
    subject: { kind: 'template', text: ['urn:', ''], fields: [['id']], termType: 'iri' },
    properties: [
      { predicate: { kind: 'constant', term: iri('urn:both') }, object: { kind: 'constant', term: iri('urn:x') } },
    ],
  } as unknown as View
  const store = down()
  Object.defineProperty(store, 'description', { get: () => ({ views: [view], predicates: [] }) })
  await using polystore = await openWith([store, well()])
  const execution = await polystore.execute(ask('q'))
  expect(execution.warnings()).toEqual([])
  expect(await polystore.query(ask('nobody')).toArray()).toEqual([])
  await expect(polystore.query(ask('both')).toArray()).rejects.toMatchObject({ details: { store: 'down' } })
  expect(await polystore.query(ask('both'), { partial: true }).toArray()).toHaveLength(1)
})

test('one that is silent is waited for no longer than it may take', async () => {
  const store = Object.assign(fakeStore('silent', { p: [['a', 1]] }), { beforeDescription: never })
  await using polystore = await openWith([store, well()], { storeTimeout: 20 })
  expect(polystore.stores.list()[0]?.health).toMatchObject({ status: 'down', reason: /did not answer within 20 ms/ })
  await expect(polystore.query(ask('p')).toArray()).rejects.toMatchObject({ code: 'store-timeout' })
})

test('one that is there and refuses is an error, as is a store that cannot be reached and is registered later', async () => {
  const refusing = fakeStore('refusing', { p: [['a', 1]] })
  refusing.beforeDescription = () => {
    throw new PolyprovError('store-failed', 'access is denied', { store: 'refusing', transient: false })
  }
  await expect(openWith([refusing])).rejects.toMatchObject({ code: 'store-failed', message: 'access is denied' })
  await using polystore = await openWith([well()])
  await expect(polystore.stores.register(down())).rejects.toMatchObject({ code: 'store-failed' })
  expect(polystore.stores.list()).toHaveLength(1)
  await polystore.stores.register(down(), { force: true })
  await expect(polystore.query(ask('p')).toArray()).rejects.toMatchObject({ details: { store: 'down' } })
  await polystore.stores.remove('down')
  expect(await polystore.query(ask('p')).toArray()).toEqual([])
})

test('a check tells why a store is down, and describes it when it is back', async () => {
  const store = down()
  let isUp = false
  store.check = async () => {
    if (!isUp) throw refused('down')
  }
  await using polystore = await openWith([store, well()])
  await expect(polystore.stores.check('down')).rejects.toMatchObject({ code: 'store-failed' })
  isUp = true
  store.beforeDescription = () => {}
  await polystore.stores.check('down')
  expect(store.described).toBe(1)
  expect(polystore.catalog().predicates.find(({ iri: name }) => name === 'urn:p')?.stores).toHaveLength(1)
})

test('a configuration opens although the server of one of its stores is not there', async () => {
  const closed = `http://127.0.0.1:${await freePort()}/sparql`
  const stores = [
    { id: 'provenance', type: 'columnar', path: join(folder, 'provenance'), role: 'provenance' },
    { id: 'annotations', type: 'sparql', endpoint: closed, retries: 0, timeout: 500 },
  ]
  await using polystore = await open({ stores })
  expect(polystore.stores.list().map(({ health }) => health?.status)).toEqual(['up', 'down'])
  await expect(polystore.query(ask('p')).toArray()).rejects.toMatchObject({ details: { store: 'annotations' } })
  expect(await polystore.query(ask('p'), { partial: true }).toArray()).toEqual([])
})
