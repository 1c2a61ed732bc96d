import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Connector, literal, PolyprovError, type Polystore } from '../../src/index.ts'
import { type Example, takeExample } from './fixture.ts'
import { ask, collect, run } from './rows.ts'

let example: Example
let polystore: Polystore
const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)

beforeAll(() => {
  process.on('unhandledRejection', note)
})

afterAll(() => {
  process.off('unhandledRejection', note)
})

beforeEach(async () => {
  example = await takeExample()
  polystore = await example.open()
})

afterEach(async () => {
  await polystore?.close()
  await example?.[Symbol.asyncDispose]()
  for (let count = 0; count < 5; count++) await turn()
  expect(unhandled).toEqual([])
})

const PATTERN = 'urn:never:answered'
const HEADER = 'urn:never:resolved'

/** Turns of the event loop that an answer may take once nobody waits for it any more. */
const FEW = 20

const never = <Value>(): Promise<Value> => new Promise(() => undefined)

interface Deaf extends Connector {
  /** How often it was asked. */
  asked: number
  readonly signals: AbortSignal[]
}

/** A store that takes every request and never says a word. */
function deaf(id = 'deaf'): Deaf {
  const description = { predicates: [{ iri: PATTERN }], classes: [], referencePredicates: [{ iri: HEADER }] }
  return {
    id,
    iri: `urn:polyprov:store/${id}`,
    type: 'deaf',
    description,
    asked: 0,
    signals: [],
    describe: async () => description,
    async *scan({ signal }) {
      this.asked++
      this.signals.push(signal)
      yield await never<never>()
    },
    async *resolve({ signal }) {
      this.asked++
      this.signals.push(signal)
      yield await never<never>()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A question that waits for a pattern, or for references, of a deaf store. */
const QUESTIONS = {
  scan: `SELECT * { ?s <${PATTERN}> ?o }`,
  'scan within a join': `PREFIX prov: <http://www.w3.org/ns/prov#> SELECT * { ?s prov:wasDerivedFrom ?t . ?t <${PATTERN}> ?o }`,
  'scan within OPTIONAL, ordered': `PREFIX prov: <http://www.w3.org/ns/prov#> SELECT * { ?s prov:used ?t OPTIONAL { ?t <${PATTERN}> ?o } } ORDER BY ?o`,
  'scan within EXISTS': `PREFIX prov: <http://www.w3.org/ns/prov#> SELECT * { ?s prov:used ?t FILTER NOT EXISTS { ?t <${PATTERN}> ?o } }`,
  'scan within a path': `PREFIX prov: <http://www.w3.org/ns/prov#> SELECT * { ?s (prov:used|<${PATTERN}>)+ ?t }`,
  'an aggregate': `SELECT (COUNT(*) AS ?count) { ?s <${PATTERN}> ?o }`,
  resolve: `SELECT * { ?reference <${HEADER}> ?o }`,
} as const

async function withReference(): Promise<void> {
  const captured = polystore.capture.workflow('captured')
  captured.use('kept', { store: 'deaf', locator: 'one' })
  await captured.close()
}

async function waitUntilAsked(store: Deaf): Promise<void> {
  for (let count = 0; store.asked === 0; count++) {
    if (count > 10_000) throw new Error('the store was never asked')
    await turn()
  }
}

/** Counts turns of the event loop until the promise is settled. */
async function turnsUntil(settled: Promise<unknown>): Promise<number> {
  let turns = 0
  let over = false
  const end = () => {
    over = true
  }
  settled.then(end, end)
  for (; !over; turns++) {
    if (turns > 100_000) throw new Error('it was never settled')
    await turn()
  }
  return turns
}

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )

describe.each(Object.entries(QUESTIONS))('a store that never answers: %s', (_, text) => {
  test('ends at once when it is cancelled', async () => {
    const store = deaf()
    await polystore.stores.register(store)
    await withReference()
    const controller = new AbortController()
    const answer = ask(polystore, text, { signal: controller.signal })
    answer.catch(() => undefined)
    await waitUntilAsked(store)
    expect(polystore.running.list()).toMatchObject([{ text, waitingFor: ['deaf'] }])
    controller.abort()
    expect(await turnsUntil(answer)).toBeLessThan(FEW)
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' })
    expect(polystore.running.list()).toEqual([])
    expect(store.signals.every(({ aborted }) => aborted)).toBe(true)
  })

  test('ends at its deadline', async () => {
    await polystore.stores.register(deaf())
    await withReference()
    const answer = ask(polystore, text, { timeout: 50 })
    await expect(answer).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('50 ms') })
    expect(polystore.running.list()).toEqual([])
    // A deadline is not a lost store: part of an answer is none.
    await expect(ask(polystore, text, { timeout: 50, partial: true })).rejects.toMatchObject({ code: 'timeout' })
  })
})

describe('while a store does not answer', () => {
  test('other questions are answered, and writes go on', async () => {
    const store = deaf()
    await polystore.stores.register(store)
    const answer = ask(polystore, QUESTIONS.scan)
    answer.catch(() => undefined)
    await waitUntilAsked(store)
    for (const { iri: model } of example.summary.models) {
      expect((await run(polystore, 'q1', { model })).rows).toHaveLength(1)
    }
    await polystore.capture.workflow('beside').close()
    expect(polystore.running.list()).toHaveLength(1)
    const id = polystore.running.list()[0]!.id
    expect(polystore.running.cancel(id)).toBe(true)
    expect(await turnsUntil(answer)).toBeLessThan(FEW)
    expect(await failure(answer)).toMatchObject({ code: 'cancelled' })
    expect(polystore.running.cancel(id)).toBe(false)
    expect(polystore.running.list()).toEqual([])
  })

  test('closing ends what runs', async () => {
    const store = deaf()
    await polystore.stores.register(store)
    const answer = ask(polystore, QUESTIONS.scan)
    answer.catch(() => undefined)
    await waitUntilAsked(store)
    await polystore.close()
    expect(await failure(answer)).toMatchObject({ code: 'cancelled' })
    expect(polystore.running.list()).toEqual([])
  })

  test('a store that never describes itself is not registered', async () => {
    const controller = new AbortController()
    const registered = polystore.stores.register({ ...deaf(), describe: () => never() }, { signal: controller.signal })
    registered.catch(() => undefined)
    await turn()
    controller.abort()
    expect(await turnsUntil(registered)).toBeLessThan(FEW)
    expect(await failure(registered)).toBeInstanceOf(PolyprovError)
    expect(polystore.stores.list().map(({ id }) => id)).not.toContain('deaf')
  })

  test('no more questions run at once than are allowed, and cancelled ones make room', async () => {
    await using narrow = await takeExample()
    await using limited = await narrow.open({ limits: { queries: 2 }, connectors: [deaf()] })
    const controller = new AbortController()
    const answers = [1, 2].map(() => ask(limited, QUESTIONS.scan, { signal: controller.signal }))
    for (const answer of answers) answer.catch(() => undefined)
    await turn()
    await expect(ask(limited, 'SELECT * {}')).rejects.toMatchObject({ code: 'busy' })
    controller.abort()
    await Promise.allSettled(answers)
    expect((await ask(limited, 'SELECT * {}')).rows).toEqual([{}])
  })
})

describe('questions that nobody reads to the end', () => {
  const EVERYTHING = 'SELECT * { ?s ?p ?o }'

  test('leaving the loop ends them', async () => {
    for await (const row of polystore.query(EVERYTHING)) {
      expect(row).toHaveProperty('s')
      break
    }
    expect(polystore.running.list()).toEqual([])
    expect(await polystore.query(EVERYTHING).first()).toHaveProperty('p')
    expect(polystore.running.list()).toEqual([])
  })

  test('what was never begun to be read ends at its deadline, or when it is cancelled', async () => {
    await polystore.execute(EVERYTHING, { timeout: 20 })
    const controller = new AbortController()
    const dropped = await polystore.execute(EVERYTHING, { signal: controller.signal })
    expect(polystore.running.list()).toHaveLength(2)
    controller.abort()
    expect(polystore.running.list().map(({ id }) => id)).not.toContain(dropped.id)
    for (let count = 0; polystore.running.list().length > 0 && count < 1_000_000; count++) await turn()
    expect(polystore.running.list()).toEqual([])
    await expect(collect(dropped)).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('a signal that has fired already stops them before they ask', async () => {
    const store = deaf()
    await polystore.stores.register(store)
    await expect(ask(polystore, QUESTIONS.scan, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(store.asked).toBe(0)
    expect(polystore.running.list()).toEqual([])
  })

  test('a mistake in the text leaves nothing behind', async () => {
    await expect(ask(polystore, 'SELECT * {')).rejects.toMatchObject({ code: 'query-syntax' })
    await expect(
      ask(polystore, 'SELECT * { ?s ?p ?o }', { parameters: { x: literal('unused') } }),
    ).resolves.toBeDefined()
    expect(polystore.running.list()).toEqual([])
  })
})
