import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import type { Connector } from '../../../connectors/connector.ts'
import memory from '../../../connectors/memory/index.ts'
import { createWorkers } from '../../../src/engine/tail/workers.ts'
import { open } from '../../../src/open.ts'
import type { Execution } from '../../../src/polystore.ts'
import { answerOf, BASE, openNumbers, openTwo, PREFIX } from './stores.ts'

const resources = () => process.getActiveResourcesInfo().filter((each) => each === 'MessagePort').length
const VALUES = `${PREFIX}SELECT ?s ?v { ?s ex:value ?v }`

async function read(execution: Execution): Promise<number> {
  let rows = 0
  if (execution.kind === 'bindings') for await (const block of execution.blocks) rows += block.length
  return rows
}

/** A store whose rows never come; `closed` tells whether it was told to stop. */
function silentStore(): { readonly connector: Connector; readonly state: { closed: boolean; asked: boolean } } {
  const state = { closed: false, asked: false }
  const base = memory({ id: 'silent', type: 'memory', data: '<urn:a> <urn:p> <urn:b> .' }, { base: BASE })
  const connector: Connector = {
    ...base,
    get description() {
      return base.description
    },
    async *scan({ signal }) {
      state.asked = true
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          state.closed = true
          reject(signal.reason)
        })
      })
    },
  }
  return { connector, state }
}

describe('threads', () => {
  test('none is started before a query needs one, and one serves query after query', async () => {
    const before = resources()
    await using polystore = await openTwo()
    await answerOf(await polystore.execute(`${PREFIX}SELECT * { ?s ex:from+ ?o }`))
    expect(resources()).toBe(before)
    for (let i = 0; i < 3; i++) await answerOf(await polystore.execute('SELECT * { ?s ?p ?o }', { tail: 'force' }))
    expect(resources()).toBeLessThanOrEqual(before + 1)
    expect(Object.keys(createRequire(import.meta.url).cache).filter((name) => name.includes('@comunica'))).toEqual([])
  })

  test('at most one is kept', async () => {
    const workers = createWorkers(0)
    const [one, two] = [workers.take(), workers.take()]
    expect(workers.count).toBe(2)
    workers.keep(one)
    workers.keep(two)
    await new Promise((resolve) => two.once('exit', resolve))
    expect(workers.count).toBe(1)
    expect(workers.take()).toBe(one)
    await workers.close()
    expect(workers.count).toBe(0)
  })
})

describe('a query through the tail ends', () => {
  test('when it is cancelled, and the stores hear of it', async () => {
    const { connector, state } = silentStore()
    await using polystore = await open({ base: BASE }, { connectors: [connector] })
    const controller = new AbortController()
    const reading = read(await polystore.execute('SELECT * { ?s ?p ?o }', { tail: 'force', signal: controller.signal }))
    while (!state.asked) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(polystore.running.list()).toMatchObject([{ waitingFor: ['silent'] }])
    controller.abort()
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
    expect(state.closed).toBe(true)
    expect(polystore.running.list()).toEqual([])
  })

  test('at its deadline, while Comunica is busy', async () => {
    await using polystore = await openNumbers(20_000)
    const slow = 'SELECT (COUNT(*) AS ?n) { ?a ex:value ?x . ?b ex:value ?y FILTER (?x + ?y < 0) }'
    const execution = polystore.execute(PREFIX + slow, { tail: 'force', timeout: 3_000 })
    await expect(execution.then(read)).rejects.toMatchObject({ code: 'timeout' })
    expect(await read(await polystore.execute(`${VALUES} LIMIT 3`, { tail: 'force' }))).toBe(3)
  })

  test('when its reader has enough', async () => {
    await using polystore = await openNumbers(20_000)
    const execution = await polystore.execute(VALUES, { tail: 'force' })
    if (execution.kind === 'bindings') for await (const _ of execution.blocks) break
    expect(polystore.running.list()).toEqual([])
    expect(execution.stats().stores['numbers']!.rows).toBeLessThan(20_000)
  })

  test('when it needs more memory than it may have', async () => {
    await using polystore = await openNumbers(30_000, { limits: { memory: 8 << 20 } })
    const groups = 'SELECT ?v (GROUP_CONCAT(?s) AS ?all) { ?s ex:value ?v } GROUP BY ?v'
    const execution = polystore.execute(PREFIX + groups, { tail: 'force' })
    await expect(execution.then(read)).rejects.toMatchObject({ code: 'memory' })
    expect(await read(await polystore.execute(`${VALUES} LIMIT 3`, { tail: 'force' }))).toBe(3)
  })

  test('with the error of the store that failed', async () => {
    const base = memory({ id: 'failing', type: 'memory', data: '<urn:a> <urn:p> <urn:b> .' }, { base: BASE })
    const connector: Connector = {
      ...base,
      description: base.description,
      // biome-ignore lint/correctness/useYield: it fails at once.
      async *scan() {
        throw new Error('the disk is gone')
      },
    }
    await using polystore = await open({ base: BASE }, { connectors: [connector] })
    const failed = polystore.execute('SELECT * { ?s ?p ?o }', { tail: 'force' }).then(read)
    await expect(failed).rejects.toMatchObject({ code: 'store-failed', details: { store: 'failing' } })
  })
})

test('many rows are a warning', async () => {
  await using polystore = await openNumbers(100_001)
  const execution = await polystore.execute(`${VALUES} LIMIT 100001`, { tail: 'force' })
  expect(await read(execution)).toBe(100_001)
  expect(execution.warnings()).toEqual([expect.stringContaining('more than 100000 rows')])
})
