import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Connector } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { type OpenOptions, open } from '../../../src/index.ts'
import { deaf, fakeStore, never, refused } from './fake-store.ts'

const openWith = (connectors: readonly Connector[], limits: OpenOptions['limits'] = {}) =>
  open({ stores: [] }, { connectors, limits })

const P = 'SELECT ?o { ?s <urn:p> ?o }'
const Q = 'SELECT ?o { ?s <urn:q> ?o }'

describe('a store that does not answer', () => {
  test.each([
    ['that listens', never],
    ['that does not even listen', deaf],
  ])('%s is a named timeout, and is told', async (_, before) => {
    const silent = Object.assign(fakeStore('silent', { p: [['a', 1]] }), { before })
    await using polystore = await openWith([silent], { storeTimeout: 20 })
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({
      code: 'store-timeout',
      status: 504,
      message: 'The store silent did not answer within 20 ms',
      details: { store: 'silent' },
    })
    expect(silent.asked.count).toBe(1)
    expect(silent.asked.signals.every(({ aborted }) => aborted)).toBe(true)
    expect(polystore.running.list()).toEqual([])
  })

  test('has the deadline of its definition', async () => {
    const type = fileURLToPath(new URL('silent-store.ts', import.meta.url))
    await using polystore = await open(
      { stores: [{ id: 'silent', type, timeout: 15 }] },
      { limits: { storeTimeout: 60_000 } },
    )
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({ code: 'store-timeout', message: /15 ms/ })
  })

  test('is named where the query itself ends first', async () => {
    const silent = Object.assign(fakeStore('silent', { p: [['a', 1]] }), { before: never })
    await using polystore = await openWith([silent])
    await expect(polystore.query(P, { timeout: 20 }).toArray()).rejects.toMatchObject({
      code: 'timeout',
      message: 'The query did not end within 20 ms: it was waiting for silent',
      details: { store: 'silent' },
    })
  })

  test('is not one whose rows are worked on for long', async () => {
    const store = fakeStore('store', { p: [1, 2, 3].map((n) => [`s${n}`, n] as const) }, { block: 1 })
    await using polystore = await openWith([store], { storeTimeout: 15 })
    let rows = 0
    for await (const _ of polystore.query(P)) {
      rows++
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    expect(rows).toBe(3)
  })

  test('leaves a partial query the time for what others answer', async () => {
    const silent = Object.assign(fakeStore('silent', { p: [['a', 1]] }), { before: never })
    const well = fakeStore('well', { p: [['b', 2]] })
    await using polystore = await openWith([silent, well], { storeTimeout: 60_000 })
    const execution = await polystore.execute(P, { timeout: 1_500, partial: true })
    const found = []
    if (execution.kind === 'bindings') for await (const block of execution.blocks) found.push(...block)
    expect(found.map(([term]) => term?.value)).toEqual(['2'])
    expect(execution.warnings()).toEqual([expect.stringMatching(/^The store silent did not answer within/)])
  })
})

describe('a request that failed on the way', () => {
  const failing = (times: number, error: unknown) => {
    const store = fakeStore('store', { p: [['a', 1]] })
    store.before = (_, count) => {
      if (count <= times) throw error
    }
    return store
  }

  test('is sent again, and counted', async () => {
    const store = failing(2, refused('store'))
    await using polystore = await openWith([store])
    const rows = polystore.query(P)
    expect(await rows.toArray()).toHaveLength(1)
    expect(store.asked.count).toBe(3)
    expect(rows.stats()?.stores['store']).toMatchObject({ requests: 3, retries: 2 })
  })

  test.each([
    ['more often than may be', refused('store'), {}, 3],
    ['where that is switched off', refused('store'), { retries: 0 }, 1],
    ['by an error of the system', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), { retries: 1 }, 2],
    [
      'where the connector has tried already',
      new PolyprovError('store-failed', 'gone', { store: 'store', transient: true, attempts: 3 }),
      {},
      1,
    ],
    ['that the store itself refused', new PolyprovError('store-failed', 'no such table', { store: 'store' }), {}, 1],
    ['by a mistake', new TypeError('undefined is not a function'), {}, 1],
  ])('%s fails', async (_, error, limits, attempts) => {
    const store = failing(100, error)
    await using polystore = await openWith([store], limits)
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({
      code: 'store-failed',
      details: { store: 'store' },
    })
    expect(store.asked.count).toBe(attempts)
  })

  test('is not sent again once a row was handed on', async () => {
    const store = fakeStore('store', { p: [1, 2].map((n) => [`s${n}`, n] as const) }, { block: 1 })
    const scan = store.scan
    store.scan = async function* (request) {
      for await (const rows of scan(request)) {
        yield rows
        throw refused('store')
      }
    }
    await using polystore = await openWith([store])
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({ code: 'store-failed' })
    expect(store.asked.count).toBe(1)
  })

  test('ends with its own reason where no attempt fits into the time', async () => {
    const store = failing(100, refused('store'))
    await using polystore = await openWith([store], { storeTimeout: 20 })
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({ code: 'store-failed' })
    expect(store.asked.count).toBe(1)
  })
})

describe('a store that fails again and again', () => {
  const down = () => {
    const store = fakeStore('down', { p: [['a', 1]] })
    store.before = () => {
      throw refused('down')
    }
    return store
  }
  const breaker = { failures: 3, pause: 60_000 }
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => 'answered',
      (error: PolyprovError) => error.code,
    )

  test('is not asked for a while, and queries that do not need it never notice', async () => {
    const store = down()
    await using polystore = await openWith([store, fakeStore('well', { q: [['b', 2]] })], { retries: 0, breaker })
    for (let i = 0; i < 3; i++) expect(await code(polystore.query(P).toArray())).toBe('store-failed')
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({
      code: 'store-failed',
      details: { store: 'down' },
      message:
        'The store down is not asked, because it failed several times in a row (The store down takes no connections): it is tried again in 60 s',
    })
    expect(store.asked.count).toBe(3)
    expect(await polystore.query(Q).toArray()).toEqual([{ o: '2' }])
    const [health, other] = polystore.stores.list().map((info) => info.health)
    expect(health).toMatchObject({ status: 'down', breaker: 'open', reason: 'The store down takes no connections' })
    expect(health?.retryAt?.getTime()).toBeGreaterThan(Date.now())
    expect(other).toMatchObject({ status: 'up', breaker: 'closed' })
  })

  test('is asked again by one query after the pause, and by all when that is answered', async () => {
    const store = down()
    await using polystore = await openWith([store], { retries: 0, breaker: { failures: 1, pause: 1 } })
    expect(await code(polystore.query(P).toArray())).toBe('store-failed')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(polystore.stores.list()[0]?.health?.breaker).toBe('half-open')
    store.before = () => {}
    expect(await polystore.query(P).toArray()).toHaveLength(1)
    expect(polystore.stores.list()[0]?.health).toMatchObject({ status: 'up', breaker: 'closed' })
  })

  test('is back when a check finds it so', async () => {
    const store = down()
    await using polystore = await openWith([store], { retries: 0, breaker: { failures: 1, pause: 60_000 } })
    expect(await code(polystore.query(P).toArray())).toBe('store-failed')
    store.before = () => {}
    expect(await code(polystore.query(P).toArray())).toBe('store-failed')
    await polystore.stores.check('down')
    expect(await code(polystore.query(P).toArray())).toBe('answered')
  })

  test('is always asked where that is switched off, and where it only refuses what it is asked', async () => {
    const store = down()
    await using polystore = await openWith([store], { retries: 0, breaker: false })
    for (let i = 0; i < 8; i++) expect(await code(polystore.query(P).toArray())).toBe('store-failed')
    expect(store.asked.count).toBe(8)
    const strict = fakeStore('strict', { q: [['a', 1]] })
    strict.before = () => {
      throw new PolyprovError('store-failed', 'no such table', { store: 'strict', transient: false })
    }
    await using other = await openWith([strict], { breaker: { failures: 1, pause: 60_000 } })
    for (let i = 0; i < 3; i++) expect(await code(other.query(Q).toArray())).toBe('store-failed')
    expect(strict.asked.count).toBe(3)
  })

  test('a cancelled query says nothing of its stores', async () => {
    const store = Object.assign(fakeStore('store', { p: [['a', 1]] }), { before: never })
    await using polystore = await openWith([store], { breaker: { failures: 1, pause: 60_000 } })
    expect(await code(polystore.query(P, { timeout: 10 }).toArray())).toBe('timeout')
    expect(polystore.stores.list()[0]?.health).toMatchObject({ status: 'up', breaker: 'closed' })
  })
})

describe('a partial answer', () => {
  const run = async (polystore: Awaited<ReturnType<typeof openWith>>, text: string) => {
    const execution = await polystore.execute(text, { partial: true })
    const rows = []
    if (execution.kind === 'bindings') for await (const block of execution.blocks) rows.push(...block)
    return { rows: rows.map((row) => row.map((term) => term?.value)), warnings: execution.warnings() }
  }

  test('has one warning for a store, however often it is needed, which is asked no more than once', async () => {
    const lost = fakeStore('lost', { p: [], q: [], r: [] }, { takesKeys: true, batch: 100 })
    lost.before = () => {
      throw refused('lost')
    }
    const well = fakeStore('well', { n: Array.from({ length: 1_000 }, (_, i) => [`s${i}`, i] as const) })
    await using polystore = await openWith([lost, well], { retries: 0, storeConcurrency: 1 })
    const { rows, warnings } = await run(
      polystore,
      'SELECT ?n { ?s <urn:n> ?n OPTIONAL { ?s <urn:p> ?p } OPTIONAL { ?s <urn:q> ?q } OPTIONAL { ?s <urn:r> ?r } }',
    )
    expect(rows).toHaveLength(1_000)
    expect(warnings).toEqual(['The store lost takes no connections'])
  })

  test('without it the query ends with the store’s name', async () => {
    const lost = fakeStore('lost', { p: [['a', 1]] })
    lost.before = () => {
      throw refused('lost')
    }
    await using polystore = await openWith([lost, fakeStore('well', { p: [['b', 2]] })], { retries: 0 })
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({ status: 502, details: { store: 'lost' } })
    expect(await run(polystore, P)).toEqual({ rows: [['2']], warnings: ['The store lost takes no connections'] })
  })
})

describe('limits', () => {
  const many = () =>
    fakeStore('many', { p: Array.from({ length: 100 }, (_, i) => [`s${i}`, i] as const) }, { block: 10 })

  test('of rows end a query', async () => {
    await using polystore = await openWith([many()], { rows: 50 })
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({
      code: 'limit',
      status: 503,
      message: /limits\.rows/,
    })
    expect(await polystore.query(`${P} LIMIT 50`).toArray()).toHaveLength(50)
  })

  test('of bytes end a query, and its requests', async () => {
    const store = many()
    const scan = store.scan
    store.scan = async function* (request) {
      for await (const rows of scan(request)) {
        request.meter.bytes(1_000)
        yield rows
      }
    }
    await using polystore = await openWith([store], { bytes: 3_500 })
    await expect(polystore.query(P).toArray()).rejects.toMatchObject({ code: 'limit', message: /limits\.bytes/ })
    expect(store.asked.signals.every(({ aborted }) => aborted)).toBe(true)
  })

  test('of requests to one store hold for all queries together', async () => {
    const store = fakeStore('store', { p: [['a', 1]] })
    store.before = () => new Promise((resolve) => setImmediate(resolve))
    await using polystore = await openWith([store], { storeConcurrency: 2 })
    await Promise.all(Array.from({ length: 10 }, () => polystore.query(P).toArray()))
    expect(store.asked.count).toBe(10)
    expect(store.asked.most).toBe(2)
  })
})
