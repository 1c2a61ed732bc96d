import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decimal128, Int32, Long, MongoClient, ObjectId } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import { conformanceChecks } from '../../connectors/conformance.ts'
import { type Connector, objectIri } from '../../connectors/connector.ts'
import mongodb from '../../connectors/mongodb/index.ts'
import { GEO, RDF, XSD } from '../../planner/namespaces.ts'
import { defaultGraph, iri, literal, type Quad, type Term } from '../../planner/term.ts'
import { serverOf } from './servers.ts'

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
  const openStore = (more: object = {}): Promise<Connector & AsyncDisposable> =>
    mongodb(
      { id: STORE, type: 'mongodb', url, database, views: './views.yaml', ...more },
      { base: BASE, folder, batch: batchBuilder },
    ) as Promise<Connector & AsyncDisposable>

  describe('as a connector', () => {
    const checks = conformanceChecks({
      open: () => openStore(),
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
})
