import { describe, expect, test } from 'vitest'
import type { Connector } from '../../../connectors/connector.ts'
import { type OpenOptions, open } from '../../../src/index.ts'
import { fakeStore, gate, meet, never, refused } from './fake-store.ts'

const openWith = (connectors: readonly Connector[], limits: OpenOptions['limits'] = {}) =>
  open({ stores: [] }, { connectors, limits: { retries: 0, ...limits } })

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => [`s${from + i}`, i] as const)

describe('stores that a query asks independently of each other are asked at once', () => {
  const trio = () => {
    const stores = [
      fakeStore('one', { p: [['a', 1]] }),
      fakeStore('two', { q: [['a', 2]] }),
      fakeStore('three', { r: [['a', 3]] }),
    ] as const
    meet(...stores)
    return stores
  }

  test.each([
    ['a join', '?s <urn:p> ?x . ?s <urn:q> ?y . ?s <urn:r> ?z', [{ s: 'urn:a', x: '1', y: '2', z: '3' }]],
    ['OPTIONAL', '?s <urn:p> ?x OPTIONAL { ?s <urn:q> ?y . ?s <urn:r> ?z }', [{ s: 'urn:a', x: '1', y: '2', z: '3' }]],
    [
      'OPTIONALs',
      '?s <urn:p> ?x OPTIONAL { ?s <urn:q> ?y } OPTIONAL { ?s <urn:r> ?z }',
      [{ s: 'urn:a', x: '1', y: '2', z: '3' }],
    ],
    ['MINUS', '?s <urn:p> ?x MINUS { ?s <urn:q> 7 . ?s <urn:r> ?z }', [{ s: 'urn:a', x: '1' }]],
    ['NOT EXISTS', '?s <urn:p> ?x FILTER NOT EXISTS { ?s <urn:q> ?y . ?t <urn:r> 5 }', [{ s: 'urn:a', x: '1' }]],
    ['EXISTS', '?s <urn:p> ?x FILTER EXISTS { ?s <urn:q> ?y . ?s <urn:r> ?z }', [{ s: 'urn:a', x: '1' }]],
  ])('by %s', async (_, text, rows) => {
    const stores = trio()
    await using polystore = await openWith(stores)
    expect(await polystore.query(`SELECT * { ${text} }`).toArray()).toEqual(rows)
    expect(stores.map(({ asked }) => asked.count)).toEqual([1, 1, 1])
  })

  test('by UNION, and by a pattern that each can answer', async () => {
    const stores = ['one', 'two', 'three'].map((id, i) => fakeStore(id, { p: [[id, i]] }))
    meet(...stores)
    await using polystore = await openWith(stores)
    expect(await polystore.query('SELECT ?s { ?s <urn:p> ?o } ORDER BY ?s').toArray()).toHaveLength(3)
    meet(...stores)
    const text = 'SELECT ?s { { ?s <urn:p> "0" } UNION { ?s <urn:p> "1" } UNION { ?s <urn:p> "2" } } ORDER BY ?s'
    expect(await polystore.query(text).toArray()).toHaveLength(3)
  })
})

test('the first rows of a union do not wait for the last store, which is told to stop', async () => {
  const slow = Object.assign(fakeStore('slow', { p: [['a', 1]] }), { before: never })
  await using polystore = await openWith([slow, fakeStore('quick', { p: [['b', 2]] })])
  expect(await polystore.query('SELECT ?o { ?s <urn:p> ?o } LIMIT 1').toArray()).toEqual([{ o: '2' }])
  expect(slow.asked.count).toBe(1)
  expect(slow.asked.signals[0]?.aborted).toBe(true)
})

test('the failure of one ends the others at once, and is what the query ends with', async () => {
  const others = [
    Object.assign(fakeStore('one', { p: [['a', 1]] }), { before: never }),
    Object.assign(fakeStore('two', { q: [['a', 1]] }), { before: never }),
  ]
  const failing = fakeStore('failing', { r: [['a', 1]] })
  failing.before = () => {
    throw refused('failing')
  }
  await using polystore = await openWith([...others, failing])
  for (const text of [
    '{ ?s <urn:p> ?x . ?s <urn:q> ?y . ?s <urn:r> ?z }',
    '{ ?s <urn:r> ?x OPTIONAL { ?s <urn:p> ?y } MINUS { ?s <urn:q> ?z } }',
    '{ { ?s <urn:p> ?x } UNION { ?s <urn:q> ?x } UNION { ?s <urn:r> ?x } }',
  ]) {
    await expect(polystore.query(`SELECT * ${text}`).toArray()).rejects.toMatchObject({
      code: 'store-failed',
      details: { store: 'failing' },
    })
  }
  const signals = others.flatMap(({ asked }) => asked.signals)
  expect(signals).toHaveLength(6)
  expect(signals.every(({ aborted }) => aborted)).toBe(true)
  expect(polystore.stores.list().map(({ health }) => health?.status)).toEqual(['up', 'up', 'down'])
})

test('what is read ahead of a join is bounded', async () => {
  const endless = fakeStore('endless', { p: numbers(100_000) }, { block: 1_000 })
  let blocks = 0
  const full = gate()
  const scan = endless.scan
  endless.scan = async function* (request) {
    for await (const rows of scan(request)) {
      if (++blocks > 16) full.open()
      yield rows
    }
  }
  const waiting = fakeStore('waiting', { q: numbers(10) })
  waiting.before = async () => {
    await full.opened
    // Long enough for whoever would read on.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await using polystore = await openWith([endless, waiting], { bytes: Number.MAX_SAFE_INTEGER })
  const rows = polystore.query('SELECT * { ?s <urn:p> ?x OPTIONAL { ?s <urn:q> ?y } } LIMIT 5')
  expect(await rows.toArray()).toHaveLength(5)
  expect(blocks).toBeLessThan(22)
})

test('an inner join with nothing needs no more of the other side', async () => {
  const left = fakeStore('left', { p: numbers(50_000) }, { block: 500 })
  const empty = fakeStore(
    'empty',
    { q: [] },
    {
      description: { predicates: [{ iri: 'urn:q', count: 1_000_000 }] },
    },
  )
  await using polystore = await openWith([left, empty])
  const rows = polystore.query('SELECT * { ?s <urn:p> ?x . ?s <urn:q> ?y }')
  expect(await rows.toArray()).toEqual([])
  expect(rows.stats()?.stores['left']?.rows ?? 0).toBeLessThan(50_000)
})

describe('OPTIONAL and EXISTS', () => {
  test.each([
    ['OPTIONAL { ?s <urn:q> ?y }', 2_500],
    ['FILTER EXISTS { ?s <urn:q> ?y }', 1_000],
    ['FILTER NOT EXISTS { ?s <urn:q> ?y }', 1_500],
  ])('%s ask once a block of keys', async (text, count) => {
    const right = fakeStore('right', { q: numbers(1_000) }, { takesKeys: true, batch: 1_000 })
    await using polystore = await openWith([fakeStore('left', { p: numbers(2_500) }), right])
    expect(await polystore.query(`SELECT ?s { ?s <urn:p> ?x ${text} }`).toArray()).toHaveLength(count)
    expect(right.asked.count).toBeLessThanOrEqual(3)
    expect(right.blocks.reduce((sum, length) => sum + length, 0)).toBe(2_500)
  })
})
