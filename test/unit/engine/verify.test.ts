import { describe, expect, it } from 'vitest'
import { openColumnar } from '../../../connectors/columnar/index.ts'
import { type Batch, type Connector, objectIri, type Resolved, storeIri } from '../../../connectors/connector.ts'
import memory from '../../../connectors/memory/index.ts'
import { PL } from '../../../planner/namespaces.ts'
import { open } from '../../../src/open.ts'
import { BASE, QUADS, quadsOf } from '../../conformance/data.ts'

const altered = (connector: Connector, members: Partial<Connector>): Connector =>
  Object.create(
    connector,
    Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value }])),
  ) as Connector

type Change = (batch: Batch) => Batch
const first = (batch: Batch, length: number): Batch => ({ ...batch, length: Math.min(batch.length, length) })
const twice = (batch: Batch): Batch => ({
  ...batch,
  columns: batch.columns.map((column) => Uint32Array.from([...column.slice(0, batch.length), column[0]!])),
  length: batch.length + 1,
})

/** A store whose native answers are changed on the way; its scans are sound. */
async function lying(change: Change): Promise<Connector> {
  const sound = await openColumnar({ id: 'liar', type: 'columnar' }, { base: BASE, folder: '.' })
  await sound.write({ add: QUADS })
  return altered(sound, {
    async *execute(native, request) {
      for await (const batch of sound.execute!(native, request)) yield batch.length === 0 ? batch : change(batch)
    },
  })
}

async function verified(connectors: readonly Connector[], text: string): Promise<unknown> {
  await using polystore = await open({ base: BASE, stores: [] }, { connectors })
  return await polystore.query(`PREFIX x: <http://x/> ${text}`, { verify: true }).toArray()
}

const QUERIES: readonly (readonly [string, string])[] = [
  ['a join', 'SELECT * { ?s x:size ?n ; x:name ?t }'],
  ['a condition', 'SELECT * { ?s x:size ?n FILTER(isNumeric(?n)) }'],
  ['an aggregate', 'SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c'],
  ['a LIMIT', 'SELECT * { { SELECT * { ?s x:p ?o } LIMIT 3 } }'],
]

describe('verified fragments', () => {
  it.each(QUERIES)('pass where they are right: %s', async (_, text) => {
    expect(await verified([await lying((batch) => batch)], text)).not.toEqual([])
  })

  it.each(QUERIES)('that lose rows name the store and the fragment: %s', async (_, text) => {
    const answer = verified([await lying((batch) => first(batch, batch.length - 1))], text)
    await expect(answer).rejects.toMatchObject({ code: 'internal', details: { store: 'liar' } })
    await expect(answer).rejects.toThrow(
      /The store liar answers a fragment otherwise than its patterns do \(\d+ rows, \d+ recomputed.*\): ./s,
    )
  })

  it.each(QUERIES)('that have too many rows: %s', async (_, text) => {
    const answer = verified([await lying(twice)], text)
    await expect(answer).rejects.toMatchObject({ code: 'internal', details: { store: 'liar' } })
  })
})

describe('verified references', () => {
  const object = (locator: string) => objectIri(BASE, 'liar', locator)
  const header = 'http://x/header'
  const locators = ['one', 'two/2']
  const quads = quadsOf(locators.map((each, i) => `<${object(each)}> <${header}> ${i}, "${each}" .`).join('\n'))
  const provenance = memory(
    {
      id: 'provenance',
      type: 'memory',
      role: 'provenance',
      quads: [
        ...quadsOf(
          locators
            .map(
              (each, i) =>
                `<urn:r${i}> <${PL}isStoredInStore> <${storeIri(BASE, 'liar')}> ; <${PL}value> ${JSON.stringify(each)} .`,
            )
            .join('\n'),
        ),
      ],
    },
    { base: BASE },
  )
  const holder = (change: (resolved: Resolved) => Resolved): Connector => {
    const inner = memory({ id: 'liar', type: 'memory', quads: [...quads] }, { base: BASE })
    const description = { predicates: [], classes: [], referencePredicates: [{ iri: header }] }
    return altered(inner, {
      description,
      describe: async () => description,
      async *resolve(request) {
        const [pattern] = request.patterns
        for (const [index, locator] of request.locators.entries()) {
          const own = quads.filter(({ subject }) => subject.value === object(locator))
          yield change({ index, rows: own.map((each) => ({ [pattern!.object.value]: each.object })) })
        }
      },
    })
  }
  const text = `SELECT * { ?r <${header}> ?v }`

  it('pass where they are right', async () => {
    expect(await verified([holder((resolved) => resolved), provenance], text)).toHaveLength(4)
  })

  it.each<[string, (resolved: Resolved) => Resolved]>([
    ['lose rows', ({ index, rows }) => ({ index, rows: rows.slice(index) })],
    ['have too many rows', ({ index, rows }) => ({ index, rows: [...rows, ...rows.slice(0, index)] })],
    ['are of another object', ({ index, rows }) => ({ index: 1 - index, rows })],
  ])('that %s name the store and the locator', async (_, change) => {
    const answer = verified([holder(change), provenance], text)
    await expect(answer).rejects.toMatchObject({
      code: 'internal',
      details: { store: 'liar', locator: expect.any(String) },
    })
    await expect(answer).rejects.toThrow(/The store liar answers a data reference otherwise .*header/)
  })
})
