import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import fc from 'fast-check'
import { Double, Long, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import type { Dictionary } from '../../connectors/connector.ts'
import mongodb from '../../connectors/mongodb/index.ts'
import type { Expression } from '../../planner/algebra.ts'
import { call, filter, join, project, termExpression, variableExpression } from '../../planner/constructors.ts'
import { GEO, GEOF, XSD } from '../../planner/namespaces.ts'
import { iri, literal } from '../../planner/term.ts'
import { answer, pattern, request, texts } from '../unit/documents/harness.ts'
import { serverOf } from './servers.ts'

const server = serverOf('MongoDB server', 'MONGODB_URL')
const url = server?.MONGODB_URL ?? 'mongodb://127.0.0.1:1'
const EX = 'https://example.org/terms#'
const MAPPING = `
prefixes: { geo: "${GEO}", ex: "${EX}" }
mappings:
  place: { s: $(@object), po: [[ex:name, $(name)], [ex:size, $(size)], [geo:asWKT, $(at), geo:wktLiteral]] }
`
/** Told of the same documents: with it MongoDB decides conditions, without it they are decided on the terms. */
const SCHEMA = {
  bsonType: 'object',
  properties: {
    name: { bsonType: 'string' },
    size: { bsonType: ['int', 'long', 'double', 'string', 'null'] },
    at: {
      bsonType: 'object',
      required: ['type', 'coordinates'],
      properties: {
        type: { enum: ['Point'] },
        coordinates: { bsonType: 'array', items: { bsonType: ['int', 'double'] } },
      },
    },
  },
}

const degree = fc.constantFrom(4, 4.5, 5, 5.000000000000001, 6)
const coordinates = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(degree, degree) },
  { weight: 1, arbitrary: fc.constantFrom([4.5, 4.5, 7], []) },
)
const size = fc.oneof(
  fc.constantFrom<unknown>(1, 2, '2', '', null, undefined, new Double(Number.NaN)),
  fc.constantFrom(new Double(1.5), Long.fromString('9007199254740993')),
)
const documentsOf = fc.array(fc.record({ at: fc.option(coordinates, { nil: undefined }), size }), { maxLength: 8 })

const [w, s, e, n] = [4, 4.5, 5, 5]
const rectangle = `POLYGON ((${w} ${s}, ${e} ${s}, ${e} ${n}, ${w} ${n}, ${w} ${s}))`
const triangle = 'POLYGON ((4 4, 6 4, 6 6, 4 4))'
const v = variableExpression('v')
const wkt = (text: string): Expression => termExpression(literal(text, iri(`${GEO}wktLiteral`)))
const typed = (text: string, type: string): Expression => termExpression(literal(text, iri(XSD + type)))
const position = pattern('s', iri(`${GEO}asWKT`), 'v')
const amount = pattern('s', iri(`${EX}size`), 'v')
const named = pattern('s', iri(`${EX}name`), 'name')

const fragments = [
  ...[rectangle, triangle].flatMap((shape) =>
    ['sfWithin', 'sfContains', 'sfIntersects', 'sfDisjoint', 'sfTouches'].flatMap((relation) => [
      filter(join([named, position]), call(GEOF + relation, v, wkt(shape))),
      filter(join([named, position]), call(GEOF + relation, wkt(shape), v)),
    ]),
  ),
  ...['<', '<=', '=', '!=', '>='].flatMap((operator) =>
    [typed('2', 'integer'), typed('1.5', 'double'), typed('9007199254740993', 'integer'), typed('2', 'string')].map(
      (constant) => filter(join([named, amount]), call(operator, v, constant)),
    ),
  ),
  filter(join([named, amount]), call('IN', v, typed('1', 'integer'), typed('2', 'string'))),
  ...[literal('n1'), literal('n1', 'en'), literal('1', iri(`${XSD}integer`)), literal('')].map((name) =>
    join([pattern('s', iri(`${EX}name`), name), pattern('s', iri(`${EX}name`), 'name')]),
  ),
  ...['2', '02', '9007199254740993'].map((text) =>
    join([named, pattern('s', iri(`${EX}size`), literal(text, iri(`${XSD}integer`)))]),
  ),
].map((plan) => project(plan, ['s', 'name']))

describe.skipIf(server === undefined)('conditions that MongoDB decides', () => {
  let folder = ''
  const client = new MongoClient(url)
  const db = client.db(`polyprov_${randomUUID().slice(0, 8)}`)
  beforeAll(async () => {
    folder = await mkdtemp(joinPath(tmpdir(), 'polyprov-mongodb-'))
    await writeFile(joinPath(folder, 'views.yaml'), MAPPING)
  })
  afterAll(async () => {
    await db.dropDatabase()
    await client.close()
    await rm(folder, { recursive: true, force: true })
  })

  const definition = { id: 'places', type: 'mongodb', url, database: db.databaseName, views: './views.yaml' }
  const opened = (more: object = {}) =>
    mongodb({ ...definition, ...more }, { base: 'https://example.org/', folder, batch: batchBuilder })

  it('are answered as they are on the terms, and what only they read is not sent', async () => {
    const told = await opened({ fields: { place: SCHEMA } })
    const untold = await opened()
    const { signal } = new AbortController()
    let [sent, whole] = [0, 0]
    try {
      await told.describe(signal)
      await fc.assert(
        fc.asyncProperty(documentsOf, async (found) => {
          const documents = found.map(({ at, ...more }, _id) => {
            const place = at === undefined ? {} : { at: { type: 'Point', coordinates: at } }
            return { _id, name: `n${_id % 3}`, ...more, ...place }
          })
          await db.collection('place').deleteMany({})
          if (documents.length > 0) await db.collection<{ _id: number }>('place').insertMany(documents)
          for (const [index, plan] of fragments.entries()) {
            const [one, other] = [request(), request()]
            expect(texts(await answer(told, plan, undefined, one))).toEqual(
              texts(await answer(untold, plan, undefined, other)),
            )
            if (index > 0) continue
            sent += one.counted.bytes
            whole += other.counted.bytes
          }
        }),
        { numRuns: 20, seed: 7 },
      )
      expect(sent).toBeLessThan(whole * 0.5)
    } finally {
      await told[Symbol.asyncDispose]!()
      await untold[Symbol.asyncDispose]!()
    }
  }, 60_000)

  it('are so for keys as well, which are read', async () => {
    await db.collection('place').deleteMany({})
    await db
      .collection<{ _id: number }>('place')
      .insertMany([1, 2, 3].map((each) => ({ _id: each, name: 'n', size: each })))
    const told = await opened({
      fields: { place: { ...SCHEMA, properties: { ...SCHEMA.properties, size: { bsonType: 'int' } } } },
    })
    try {
      await told.describe(new AbortController().signal)
      const plan = project(filter(join([named, amount]), call('>', v, typed('1', 'integer'))), ['s', 'name'])
      const keys = (dictionary: Dictionary) => {
        const builder = batchBuilder(['v'])
        for (const each of ['1', '2']) builder.add([dictionary.encode(literal(each, iri(`${XSD}integer`)))])
        return builder.build()
      }
      const rows = texts(await answer(told, plan, keys))
      expect(rows).toHaveLength(1)
      expect(JSON.stringify(rows)).toContain('place%2F2')
      expect(told.push!(plan)!.native.text).toContain('"projection":{"_id":1,"name":1}')
    } finally {
      await told[Symbol.asyncDispose]!()
    }
  })
})
