import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Decimal128, Double, Int32, Long, MongoClient, ObjectId } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { serverOf } from './servers.ts'

const server = serverOf('MongoDB server', 'MONGODB_URL')
const url = server?.MONGODB_URL ?? 'mongodb://127.0.0.1:1'
const database = `polyprov_${randomUUID().slice(0, 8)}`
const EX = 'https://example.org/terms#'

const MAPPING = `
prefixes: { ex: "${EX}" }
mappings:
  thing:
    s: $(@object)
    po:
      - [a, ex:Thing]
      - [ex:name, $(name)]
      - [ex:group, $(group)]
      - [ex:kind, ex:kind/$(group)~iri]
      - [ex:size, $(size)]
      - [ex:inner, $(inner.depth)]
      - [ex:tag, $(tags)]
      - [ex:odd, $(odd)]
      - [ex:begun, $(begun)]
      - [ex:label, $(name), en~lang]
      - [ex:day, $(day), xsd:date]
      - { p: ex:owner, o: { mapping: owner, condition: { function: equal, parameters: [[str1, $(owner)], [str2, $(_id)]] } } }
  part:
    sources: [[thing.json~jsonpath, "$.items[*]"]]
    s: ex:part/$($._id)/$(@index)
    po: [[ex:code, $(code)], [ex:weight, $(weight)]]
  owner:
    s: ex:owner/$(code)
    po: [[ex:title, $(title)], [ex:rank, $(rank)]]
`

const OWNERS = [new ObjectId('65a000000000000000000001'), new ObjectId('65a000000000000000000002'), 'o3']
const hex = '65a000000000000000000009'
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((value) => new Int32(value)),
  fc.integer({ min: -3, max: 3 }).map((value) => new Double(value)),
  fc.constantFrom(
    Long.fromString('9007199254740993'),
    Long.fromNumber(3_000_000_000),
    Long.fromString('9223372036854775807'),
  ),
)
const text = fc.constantFrom('a', 'b', 'B', 'é', '😀', '\uFFFD', '', '$where', '$name', hex)
const odd = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 3, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      new Double(1.5),
      new Double(Number.NaN),
      Decimal128.fromString('1'),
      Decimal128.fromString('1.50'),
      Decimal128.fromString('NaN'),
      true,
      false,
      null,
      new ObjectId(hex),
      new Date('2024-05-01T00:00:00Z'),
      { a: 1 },
      [],
      [1, 1, 2],
      ['x', 'x'],
      [1, new Double(1), Decimal128.fromString('1')],
      [hex, new ObjectId(hex)],
      [[1]],
      [null, 'a'],
    ),
  },
)
const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 6 })
const thing = fc.record({
  name: optional(text),
  group: optional(fc.constantFrom('g1', 'g2', 'g3')),
  size: optional(fc.integer({ min: -5, max: 9 }).map((value) => new Int32(value))),
  inner: optional(fc.record({ depth: number })),
  tags: optional(fc.oneof(text, fc.array(text, { maxLength: 3 }))),
  odd: optional(odd),
  begun: optional(fc.integer({ min: 0, max: 5 }).map((day) => new Date(Date.UTC(2024, 0, 1 + day)))),
  day: optional(fc.constantFrom('2024-01-01', '2024-01-02', 'never')),
  owner: optional(fc.oneof(fc.constantFrom(...OWNERS), fc.array(fc.constantFrom(...OWNERS), { maxLength: 2 }))),
  items: optional(fc.array(fc.record({ code: fc.constantFrom('i', 'j', 'k'), weight: number }), { maxLength: 3 })),
})

const prefixes = `PREFIX ex: <${EX}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> `
const scalar = fc.constantFrom('name', 'group', 'kind', 'size', 'inner', 'tag', 'odd', 'begun', 'day', 'label')
const aggregate = fc.constantFrom(
  'COUNT(*)',
  'COUNT(?v)',
  'COUNT(DISTINCT ?v)',
  'SUM(?v)',
  'AVG(?v)',
  'MIN(?v)',
  'MAX(?v)',
  'COUNT(DISTINCT ?s)',
  'SUM(DISTINCT ?v)',
)
const filters = fc.constantFrom(
  '',
  '',
  'FILTER(?v > 0)',
  'FILTER(?v = "a")',
  'FILTER(?v != 1)',
  'FILTER(?v IN (1, 2, "b"))',
  'FILTER(?v >= "2024-01-03T00:00:00Z"^^xsd:dateTime)',
  'FILTER(?v < 1.5)',
  'FILTER(?v <= 2e0)',
  'FILTER(STRSTARTS(STR(?v), "6"))',
  'FILTER(CONTAINS(?v, "e"))',
  'FILTER(REGEX(?v, "^[a-b]"))',
  'FILTER(REGEX(STR(?v), "B", "i"))',
  'FILTER(!(?v = 1))',
  'FILTER(?v = 1 || ?v = "a")',
  'FILTER(isNumeric(?v))',
  'FILTER(?v = true)',
  'FILTER(STRENDS(?v, "") && ?v > "a")',
)
const query = fc.oneof(
  fc.tuple(scalar, scalar, filters).map(([p, q, f]) => `SELECT ?s ?v ?w { ?s ex:${p} ?v ; ex:${q} ?w ${f} }`),
  fc.tuple(scalar, filters).map(([p, f]) => `SELECT DISTINCT ?v { ?s ex:${p} ?v ${f} }`),
  fc.tuple(scalar, scalar).map(([p, q]) => `SELECT DISTINCT ?v ?w { ?s ex:${p} ?v ; ex:${q} ?w }`),
  fc
    .tuple(scalar, scalar, aggregate, filters)
    .map(([k, p, a, f]) => `SELECT ?k (${a} AS ?n) { ?s ex:${k} ?k ; ex:${p} ?v ${f} } GROUP BY ?k`),
  fc
    .tuple(scalar, aggregate, aggregate, filters)
    .map(([p, a, b, f]) => `SELECT (${a} AS ?n) (${b} AS ?m) { ?s ex:${p} ?v ${f} }`),
  fc
    .tuple(scalar, aggregate)
    .map(([p, a]) => `SELECT ?w (${a} AS ?n) { ?s ex:tag "a" ; ex:${p} ?v ; ex:code ?w } GROUP BY ?w`),
  fc
    .tuple(fc.constantFrom('code', 'weight'), aggregate)
    .map(([p, a]) => `SELECT ?w (${a} AS ?n) { ?s ex:${p} ?v ; ex:code ?w } GROUP BY ?w`),
  fc
    .tuple(
      scalar,
      scalar,
      fc.constantFrom('?v', 'DESC(?v)', 'DESC(?v) ?w', '?w DESC(?v)'),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 3 }),
      filters,
    )
    .map(
      ([p, q, by, limit, offset, f]) =>
        `SELECT ?v ?w { ?s ex:${p} ?v ; ex:${q} ?w ${f} } ORDER BY ${by} ?w ?v ?s LIMIT ${limit} OFFSET ${offset}`,
    ),
  fc
    .tuple(scalar, fc.constantFrom('?v', 'DESC(?v)'), fc.integer({ min: 1, max: 6 }))
    .map(([p, by, limit]) => `SELECT ?v { ?s ex:${p} ?v } ORDER BY ${by} LIMIT ${limit}`),
  fc
    .tuple(scalar, scalar, filters)
    .map(([p, q, f]) => `SELECT ?s ?v ?w { ?s ex:${p} ?w OPTIONAL { ?s ex:${q} ?v ${f} } }`),
  fc.tuple(scalar, scalar).map(([p, q]) => `SELECT ?s ?v { { ?s ex:${p} ?v } UNION { ?s ex:${q} ?v } }`),
  fc.tuple(scalar, filters).map(([p, f]) => `SELECT ?s ?t ?v { ?s ex:owner ?o ; ex:${p} ?v . ?o ex:title ?t ${f} }`),
  fc
    .tuple(aggregate)
    .map(([a]) => `SELECT ?t (${a} AS ?n) { ?s ex:owner ?o ; ex:size ?v . ?o ex:title ?t } GROUP BY ?t`),
)

describe.skipIf(server === undefined)('what a MongoDB server is asked for', () => {
  let folder = ''
  const client = new MongoClient(url)
  const db = client.db(database)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-mongodb-'))
    await writeFile(join(folder, 'views.yaml'), MAPPING)
    await db.collection('owner').insertMany([
      { _id: OWNERS[0] as ObjectId, code: 'x', title: 'X', rank: 1 },
      { _id: OWNERS[1] as ObjectId, code: 'y', title: 'Y', rank: 2 },
      { _id: OWNERS[2] as never, code: 'z', title: 'X' },
    ])
  })
  afterAll(async () => {
    await db.dropDatabase()
    await client.close()
    await rm(folder, { recursive: true, force: true })
  })

  const ask = async (polystore: Polystore, text: string, without: readonly string[] = []) => {
    const rows = await polystore.query(prefixes + text, { without } as never).toArray()
    const texts = rows.map((row) =>
      JSON.stringify(Object.entries(row as object).sort(), (_, value) =>
        typeof value === 'bigint' ? `${value}n` : value,
      ),
    )
    return /ORDER BY/.test(text) ? texts : texts.sort()
  }

  it('is what it answers: random documents, random queries, with and without pushing', async () => {
    const counts = { queries: 0, pipelines: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(thing, { minLength: 1, maxLength: 14 }),
        fc.array(query, { minLength: 8, maxLength: 8 }),
        async (things, queries) => {
          await db.collection('thing').deleteMany({})
          await db
            .collection<{ _id: unknown }>('thing')
            .insertMany(things.map((each, index) => ({ _id: index, ...each })) as never)
          await using polystore = await open(
            {
              base: 'urn:test:',
              stores: [{ id: 'm', type: 'mongodb', url, database, views: join(folder, 'views.yaml') }],
            },
            { force: true },
          )
          for (const text of queries) {
            const expected = await ask(polystore, text, ['all'])
            expect(await ask(polystore, text), text).toEqual(expected)
            counts.queries++
            if ((await polystore.query(prefixes + text).explain()).text.includes('"aggregate"')) counts.pipelines++
          }
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 12), seed: Number(process.env['SEED'] ?? 11), endOnFailure: true },
    )
    expect(counts.pipelines).toBeGreaterThan(counts.queries / 10)
  }, 120_000)

  it('comes in rows of groups, of distinct values and of the first of an order, in place of documents', async () => {
    const documents = Array.from({ length: 3_000 }, (_, _id) => ({
      _id,
      size: new Int32(_id),
      group: `g${_id % 5}`,
      name: 'x'.repeat(50),
    }))
    await db.collection('thing').deleteMany({})
    await db.collection<{ _id: number }>('thing').insertMany(documents)
    const stores = [{ id: 'm', type: 'mongodb', url, database, views: join(folder, 'views.yaml') }]
    await using polystore = await open({ base: 'urn:test:', stores }, { force: true })
    const bytesOf = async (text: string, without: readonly string[] = []) => {
      const rows = polystore.query(prefixes + text, { without } as never)
      await rows.toArray()
      return rows.stats()!.stores['m']!.bytes
    }
    for (const text of [
      'SELECT ?g (COUNT(*) AS ?n) (SUM(?v) AS ?sum) (MAX(?v) AS ?most) { ?s ex:group ?g ; ex:size ?v } GROUP BY ?g',
      'SELECT DISTINCT ?g { ?s ex:group ?g }',
      'SELECT ?s ?v { ?s ex:size ?v ; ex:name ?n } ORDER BY DESC(?v) LIMIT 10',
    ]) {
      const [own, all] = [await bytesOf(text), await bytesOf(text, ['push-into-stores'])]
      expect(own, text).toBeGreaterThan(0)
      expect(own, text).toBeLessThan(all / 50)
    }
  }, 60_000)
})
