import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import * as driver from 'mongodb'
import {
  type CommandStartedEvent,
  Decimal128,
  Int32,
  Long,
  MongoClient,
  type MongoClientOptions,
  ObjectId,
} from 'mongodb'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import { conformanceChecks } from '../../connectors/conformance.ts'
import { type Connector, objectIri, type Resolved, storeIri } from '../../connectors/connector.ts'
import type { MongodbPackage } from '../../connectors/mongodb/client.ts'
import mongodb from '../../connectors/mongodb/index.ts'
import type { Expression, Plan } from '../../planner/algebra.ts'
import { filter, slice } from '../../planner/constructors.ts'
import { GEO, PL, RDF, XSD } from '../../planner/namespaces.ts'
import { defaultGraph, iri, literal, type Quad, type Term, variable } from '../../planner/term.ts'
import { encodeValue } from '../../planner/views/encoding.ts'
import { open } from '../../src/open.ts'
import { answer, store as fileStore, keys, pattern, request, texts } from '../unit/documents/harness.ts'
import { serverOf, startRelay } from './servers.ts'

const server = serverOf('MongoDB server', 'MONGODB_URL')
const url = server?.MONGODB_URL ?? 'mongodb://127.0.0.1:1'
const database = `polyprov_${randomUUID().slice(0, 8)}`
const BASE = 'urn:test:'
const STORE = 'catalogue'
const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)
const typed = (text: string, datatype: string) => literal(text, iri(datatype))
const object = (locator: string) => iri(objectIri(BASE, STORE, locator))

const MAPPING = `
prefixes: { ex: "${EX}", geo: "${GEO}" }
mappings:
  survey:
    s: $(@object)
    po:
      - [a, ex:Survey]
      - [ex:name, $(name)]
      - [ex:title, $(title), en~lang]
      - [ex:depth, $(depth)]
      - [ex:public, $(public)]
      - [ex:begun, $(begun)]
      - [ex:cost, $(cost)]
      - [ex:digest, $(digest)]
      - [ex:tag, $(tags)]
      - [geo:hasGeometry, $(@object)#geometry~iri]
      - p: ex:country
        o: { mapping: country, condition: { function: equal, parameters: [[str1, $(country)], [str2, $(_id)]] } }
  geometry: { sources: [survey], s: $(@object)#geometry, po: [[geo:asWKT, $(geometry), geo:wktLiteral]] }
  country:
    s: ex:country/$(code)
    po: [[ex:label, $(label)]]
  listed:
    sources: [country]
    graph: ex:graph
    s: ex:country/$(code)
    po: [[ex:neighbour, ex:country/$(neighbours)~iri]]
`
const NL = new ObjectId('65a000000000000000000001')
const NO = new ObjectId('65a000000000000000000002')
const F3 = new ObjectId('65b000000000000000000001')
const DOCUMENTS = {
  survey: [
    {
      ...{ _id: F3, name: 'F3', title: 'North', depth: new Int32(1500), public: true, tags: ['x', 'y'], country: NL },
      ...{
        begun: new Date('2024-05-01T00:00:00Z'),
        cost: Decimal128.fromString('12.50'),
        digest: Buffer.from([1, 255]),
      },
      geometry: { type: 'Point', coordinates: [4.8, 54.9] },
    },
    {
      ...{
        _id: 'k 2/b',
        name: 'F3',
        depth: 20.5,
        public: false,
        tags: 'x',
        country: [NL, NO],
        cost: Long.fromString('9007199254740993'),
      },
    },
  ],
  country: [
    { _id: NL, code: 'nl', label: 'Netherlands', neighbours: ['be'] },
    { _id: NO, code: 'no', label: 'Noreg' },
  ],
}
const quad = (subject: Term, predicate: string, value: Term, graph?: Term): Quad =>
  ({ subject, predicate: iri(predicate), object: value, graph: graph ?? defaultGraph }) as Quad

const [f3, k2] = [object(`survey/${F3}`), object('survey/k 2/b')]
const [nl, no] = [ex('country/nl'), ex('country/no')]
const QUADS: readonly Quad[] = [
  ...[f3, k2].flatMap((each) => [
    quad(each, `${RDF}type`, ex('Survey')),
    quad(each, `${EX}name`, literal('F3')),
    quad(each, `${EX}tag`, literal('x')),
    quad(each, `${EX}country`, nl),
    quad(each, `${GEO}hasGeometry`, iri(`${each.value}#geometry`)),
  ]),
  quad(f3, `${EX}title`, literal('North', 'en')),
  quad(f3, `${EX}depth`, typed('1500', `${XSD}integer`)),
  quad(k2, `${EX}depth`, typed('2.05E1', `${XSD}double`)),
  quad(f3, `${EX}public`, typed('true', `${XSD}boolean`)),
  quad(k2, `${EX}public`, typed('false', `${XSD}boolean`)),
  quad(f3, `${EX}begun`, typed('2024-05-01T00:00:00Z', `${XSD}dateTime`)),
  quad(f3, `${EX}cost`, typed('12.5', `${XSD}decimal`)),
  quad(k2, `${EX}cost`, typed('9007199254740993', `${XSD}integer`)),
  quad(f3, `${EX}digest`, typed('01FF', `${XSD}hexBinary`)),
  quad(f3, `${EX}tag`, literal('y')),
  quad(k2, `${EX}country`, no),
  quad(iri(`${f3.value}#geometry`), `${GEO}asWKT`, typed('POINT (4.8 54.9)', `${GEO}wktLiteral`)),
  quad(nl, `${EX}label`, literal('Netherlands')),
  quad(no, `${EX}label`, literal('Noreg')),
  quad(nl, `${EX}neighbour`, ex('country/be'), ex('graph')),
]

/** What a store's client sent, and which cursors it left open. */
interface Sent {
  readonly commands: CommandStartedEvent[]
  readonly cursors: Set<string>
}

/** The driver, with clients that note what they send. */
const noting = (sent: Sent) => async (): Promise<MongodbPackage> => ({
  ...driver,
  MongoClient: class extends MongoClient {
    constructor(to: string, options: MongoClientOptions) {
      super(to, { ...options, monitorCommands: true })
      this.on('commandStarted', (event) => {
        if (['find', 'getMore', 'killCursors'].includes(event.commandName)) sent.commands.push(event)
        for (const id of (event.command['cursors'] as unknown[] | undefined) ?? []) sent.cursors.delete(`${id}`)
      })
      this.on('commandSucceeded', ({ commandName, reply }) => {
        const id = `${(reply as { cursor?: { id?: unknown } }).cursor?.id ?? 0}`
        if (commandName === 'getMore' && id === '0') sent.cursors.clear()
        if (id !== '0') sent.cursors.add(id)
      })
    }
  },
})

describe.skipIf(server === undefined)('a MongoDB server', () => {
  let folder = ''
  const client = new MongoClient(url)
  const db = client.db(database)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-mongodb-'))
    await writeFile(join(folder, 'views.yaml'), MAPPING)
    for (const [name, documents] of Object.entries(DOCUMENTS))
      await db.collection(name).insertMany(documents as object[])
  })
  afterAll(async () => {
    await db.dropDatabase()
    await client.close()
    await rm(folder, { recursive: true, force: true })
  })
  const openStore = (
    more: object = {},
    sent: Sent = { commands: [], cursors: new Set() },
  ): Promise<Connector & AsyncDisposable> =>
    mongodb(
      { id: STORE, type: 'mongodb', url, database, views: './views.yaml', ...more },
      { base: BASE, folder, batch: batchBuilder },
      noting(sent),
    ) as Promise<Connector & AsyncDisposable>

  describe('as a connector', () => {
    const sent: Sent = { commands: [], cursors: new Set() }
    const checks = conformanceChecks({
      open: () => openStore({}, sent),
      openCursors: () => sent.cursors.size,
      quads: QUADS,
      references: [
        { locator: `survey/${F3}`, object: f3 },
        { locator: 'survey/k 2/b', object: k2 },
      ],
      async stalled() {
        const silent = createServer(() => {}).unref()
        await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
        const { port } = silent.address() as AddressInfo
        return openStore({ url: `mongodb://127.0.0.1:${port}`, timeout: 30_000 })
      },
    })
    for (const { name, run } of checks) it(name, run)
  })

  it('is ready only where the collections of its views are there', async () => {
    await using store = await openStore({ database: `${database}_none` })
    const checking = store.check!(new AbortController().signal)
    await expect(checking).rejects.toMatchObject({ code: 'store-failed', details: { store: STORE } })
  })

  it('answers SPARQL, joined by ids and by references', async () => {
    const definition = { id: STORE, type: 'mongodb', url, database, views: join(folder, 'views.yaml') }
    await writeFile(
      join(folder, 'runs.ttl'),
      `@prefix pl: <${PL}> . @prefix ex: <${EX}> .
       ex:run ex:used ex:data . ex:data pl:isStoredInStore <${storeIri(BASE, STORE)}> ; pl:value "survey/${F3}" .`,
    )
    const runs = { id: 'runs', type: 'rdf', role: 'provenance', files: join(folder, 'runs.ttl') }
    await using polystore = await open({ base: BASE, stores: [definition, runs] }, { force: true })
    const alone = polystore.query(`PREFIX ex: <${EX}> SELECT DISTINCT ?name ?label {
      ?survey ex:name ?name ; ex:depth ?depth ; ex:country/ex:label ?label FILTER(?depth > 100) }`)
    expect(await alone.toArray()).toEqual([{ name: 'F3', label: 'Netherlands' }])
    const referred = polystore.query(`PREFIX ex: <${EX}> PREFIX geo: <${GEO}>
      SELECT ?depth ?wkt { ex:run ex:used ?data . ?data ex:depth ?depth ; geo:hasGeometry/geo:asWKT ?wkt }`)
    expect(await referred.toArray()).toMatchObject([{ depth: 1500, wkt: 'POINT (4.8 54.9)' }])
    expect(referred.stats()?.stores[STORE]).toMatchObject({ requests: 1 })
  })

  describe('with many documents', () => {
    const COUNT = 6_000
    const many = `many_${randomUUID().slice(0, 8)}`
    const views = `
prefixes: { ex: "${EX}" }
mappings:
  ${many}:
    s: $(@object)
    po: [[ex:n, $(n)], [ex:group, $(groups)], [ex:rare, $(rare)]]
`
    const at = (n: number) => object(`${many}/${n}`)
    const n = pattern('s', ex('n'), 'n')
    const group = pattern('s', ex('group'), 'g')
    beforeAll(async () => {
      await writeFile(join(folder, 'many.yaml'), views)
      const documents = Array.from({ length: COUNT }, (_, i) => ({ _id: i, n: i, groups: [`g${i % 7}`, `h${i % 3}`] }))
      await db.collection<{ _id: number }>(many).insertMany(documents)
    })
    const openMany = (more: object = {}, sent?: Sent) => openStore({ views: './many.yaml', ...more }, sent)

    it('streams them, one request for each batch, and counts their bytes', async () => {
      const sent: Sent = { commands: [], cursors: new Set() }
      await using store = await openMany({}, sent)
      const asked = request()
      expect(await answer(store, n, undefined, asked)).toHaveLength(COUNT)
      expect(asked.counted.requests).toBe(2)
      expect(sent.commands.map(({ commandName }) => commandName)).toEqual(['find', 'getMore'])
      expect(sent.commands[0]!.command).toMatchObject({
        ...{ filter: { n: { $exists: true } }, projection: { _id: 1, n: 1 }, maxTimeMS: 60_000 },
      })
      const size = (
        await db
          .collection(many)
          .find({}, { projection: { n: 1 }, raw: true })
          .toArray()
      ).reduce((sum, bytes) => sum + (bytes as unknown as Uint8Array).length, 0)
      expect(asked.counted.bytes).toBe(size)
    })

    it('asks for keys in blocks, each row once', async () => {
      await using store = await openMany({ keys: 100 })
      const asked = request()
      const subjects = Array.from({ length: 250 }, (_, i) => at(i * 2))
      const rows = await answer(store, n, keys('s', subjects), asked)
      expect(rows.map(({ s }) => s!.value).sort()).toEqual(subjects.map(({ value }) => value).sort())
      expect(asked.counted.requests).toBe(3)
      // A document is found by several blocks of the values of an array.
      const groups = Array.from({ length: 120 }, (_, i) => literal(`${i < 60 ? 'g' : 'h'}${i % 60}`))
      const grouped = await answer(store, group, keys('g', groups))
      expect(grouped).toHaveLength(COUNT * 2)
      expect(new Set(texts(grouped)).size).toBe(COUNT * 2)
    })

    it('closes its cursor when its reader goes away, or is cancelled', async () => {
      const sent: Sent = { commands: [], cursors: new Set() }
      await using store = await openMany({}, sent)
      for (const isCancelled of [false, true]) {
        const controller = new AbortController()
        const rows = store.scan({ ...request(controller.signal), pattern: n })[Symbol.asyncIterator]()
        await rows.next()
        expect(sent.cursors.size).toBe(1)
        if (isCancelled) {
          controller.abort(new Error('cancelled'))
          await expect(
            (async () => {
              while ((await rows.next()).done !== true);
            })(),
          ).rejects.toThrow('cancelled')
        } else await rows.return?.()
        await vi.waitFor(() => expect(sent.cursors.size).toBe(0))
      }
      expect(sent.commands.filter(({ commandName }) => commandName === 'killCursors')).toHaveLength(2)
    })

    it('asks no more than a limit needs', async () => {
      await using store = await openMany()
      const asked = request()
      const rows = await answer(store, slice(n, 2, 5), undefined, asked)
      expect(rows).toHaveLength(5)
      expect(asked.counted.requests).toBe(1)
    })

    it('meets any number of references by one find, OPTIONAL groups and missing ones among them', async () => {
      await using store = await openMany()
      await store.describe(new AbortController().signal)
      const asked = request()
      const locators = [...Array.from({ length: 900 }, (_, i) => `${many}/${i}`), `${many}/x`, 'nowhere/1', `${many}/5`]
      const found: Resolved[] = []
      const references = locators.map((locator) => iri(`urn:alias:${locator}`))
      const optional = [[pattern('s', ex('group'), 'g')], [pattern('s', ex('rare'), 'r')]]
      for await (const each of store.resolve!({ ...asked, locators, references, patterns: [n], optional }))
        found.push(each)
      expect(asked.counted.requests).toBe(1)
      expect(found.map(({ index }) => index).sort((one, other) => one - other)).toEqual(locators.map((_, i) => i))
      expect(found.filter(({ error }) => error !== undefined).map(({ index }) => locators[index])).toEqual([
        `${many}/x`,
        'nowhere/1',
      ])
      for (const { index, rows, error } of found) if (error === undefined) expect(rows, locators[index]).toHaveLength(2)
    })

    it('describes itself by samples: estimates are near', async () => {
      await using store = await openMany()
      await store.describe(new AbortController().signal)
      expect(store.estimate!(n)!.rows).toBe(COUNT)
      expect(store.estimate!(group)!.rows).toBe(COUNT * 2)
      expect(store.estimate!(group)!.distinct!['g']).toBe(10)
      expect(store.estimate!(pattern(at(3), ex('n'), 'n'))!.rows).toBeLessThan(3)
    })
  })

  describe('that fails', () => {
    const name = pattern('s', ex('name'), 'n')
    it('in the middle is told, and serves again when it is back', async () => {
      const relay = await startRelay(url.replace('mongodb:', 'http:'))
      await using store = await openStore({ url: relay.url.replace('http:', 'mongodb:'), timeout: 1_000 })
      expect(await answer(store, name)).toHaveLength(2)
      relay.freeze()
      await expect(answer(store, name)).rejects.toMatchObject({ code: 'store-timeout', details: { store: STORE } })
      relay.thaw()
      expect(await answer(store, name)).toHaveLength(2)
      await relay.kill()
      const failing = answer(store, name)
      await expect(failing).rejects.toMatchObject({ code: 'store-failed', details: { store: STORE } })
      await expect(failing).rejects.not.toThrow(/127\.0\.0\.1/)
    })
  })

  describe('has the answers of files with the same documents', () => {
    const values = fc.oneof(
      fc.constantFrom(
        '$where',
        '$gt',
        '{"$gt":""}',
        "'; db.dropDatabase(); '",
        'a.b',
        '',
        '"',
        '\\',
        'x\0y',
        '__proto__',
      ),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom(NL.toHexString(), '7', '1.5', 'true', 'null', '2024-05-01T00:00:00Z'),
    )
    const stored = fc.record({
      v: fc.oneof(values, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
      k: values,
    })

    it('whatever stands in a literal, a key or a document', async () => {
      const name = `fuzz_${randomUUID().slice(0, 8)}`
      const mapping = `
prefixes: { ex: "${EX}" }
mappings:
  ${name}: { s: ex:thing/$(k), po: [[ex:v, $(v)], [ex:k, $(k)], [ex:pair, $(k)-$(v)]] }
`
      await writeFile(join(folder, 'fuzz.yaml'), mapping)
      await using store = await openStore({ views: './fuzz.yaml' })
      const collection = db.collection<{ _id: number }>(name)
      await fc.assert(
        fc.asyncProperty(
          fc.array(stored, { maxLength: 6 }),
          fc.array(values, { maxLength: 4 }),
          async (documents, others) => {
            await collection.deleteMany({})
            const all = documents.map((document, _id) => ({ _id, ...document }))
            if (all.length > 0) await collection.insertMany(all)
            await using files = await fileStore({ [`${name}.json`]: JSON.stringify(all) }, mapping, STORE)
            const texts_ = [...new Set([...others, ...documents.flatMap(({ k, v }) => [k, `${v}`])])]
            const literals = texts_.flatMap((text) => [
              literal(text),
              typed(text, `${XSD}integer`),
              typed(text, `${XSD}double`),
            ])
            const v = pattern('s', ex('v'), 'o')
            const plans: Plan[] = [
              ...literals.map((term) => pattern('s', ex('v'), term)),
              ...texts_.map((text) => pattern(iri(`${EX}thing/${encodeValue(text, 'iri')}`), variable('p'), 'o')),
              ...texts_.map((text) => pattern('s', ex('pair'), literal(text))),
              ...literals.flatMap((term) =>
                ['=', '<=', '!='].map((operator) => filter(v, compare(operator, 'o', term))),
              ),
            ]
            for (const plan of plans)
              expect(texts(await answer(store, plan))).toEqual(texts(await answer(files.connector, plan)))
            const bound = keys('o', literals)
            expect(texts(await answer(store, v, bound))).toEqual(texts(await answer(files.connector, v, bound)))
          },
        ),
        { numRuns: 25, seed: 7 },
      )
    })
  })
})

const compare = (operator: string, name: string, term: Term): Expression => ({
  kind: 'call',
  operator,
  arguments: [
    { kind: 'variable', name },
    { kind: 'term', term },
  ],
})
