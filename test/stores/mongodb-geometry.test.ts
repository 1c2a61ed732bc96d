import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchBuilder } from '../../connectors/batch.ts'
import mongodb from '../../connectors/mongodb/index.ts'
import { call, filter, termExpression, variableExpression } from '../../planner/constructors.ts'
import { GEO, GEOF } from '../../planner/namespaces.ts'
import { iri, literal } from '../../planner/term.ts'
import { answer, store as fileStore, pattern, request, texts } from '../unit/documents/harness.ts'
import { serverOf } from './servers.ts'

const server = serverOf('MongoDB server', 'MONGODB_URL')
const url = server?.MONGODB_URL ?? 'mongodb://127.0.0.1:1'
const MAPPING = `
prefixes: { geo: "${GEO}" }
mappings:
  place: { s: $(@object), po: [[geo:asWKT, $(place.geometry), geo:wktLiteral]] }
`
const degree = fc.integer({ min: -16, max: 16 }).map((step) => step * 10)
const position = fc.tuple(
  degree,
  degree.map((each) => each / 2),
)
const line = fc.array(position, { minLength: 2, maxLength: 4 })
const ring = fc
  .tuple(position, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 10 }))
  .map(([[x, y], width, height]) => [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
    [x, y],
  ])
const geometry = fc.oneof(
  position.map((coordinates) => ({ type: 'Point', coordinates })),
  line.map((coordinates) => ({ type: 'LineString', coordinates })),
  line.map((coordinates) => ({ type: 'MultiPoint', coordinates })),
  ring.map((each) => ({ type: 'Polygon', coordinates: [each] })),
  fc.tuple(line, line).map((coordinates) => ({ type: 'MultiLineString', coordinates })),
  fc.tuple(ring, ring).map((rings) => ({ type: 'MultiPolygon', coordinates: rings.map((each) => [each]) })),
  position.map((coordinates) => ({ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates }] })),
  position.map(([x, y]) => `POINT (${x} ${y})`),
  fc.constantFrom(
    { type: 'Polygon', coordinates: 'x' },
    { type: 'Polygon', coordinates: [[1, 2], 'y'] },
    { type: 'Point' },
    7,
    null,
  ),
)
const asked = ring.map((each) => `POLYGON ((${each.map((at) => at.join(' ')).join(', ')}))`)

describe.skipIf(server === undefined)('geometries on a MongoDB server', () => {
  let folder = ''
  const client = new MongoClient(url)
  const db = client.db(`polyprov_${randomUUID().slice(0, 8)}`)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-mongodb-'))
    await writeFile(join(folder, 'views.yaml'), MAPPING)
  })
  afterAll(async () => {
    await db.dropDatabase()
    await client.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('of every kind are found as files find them, however long their edges are, and fewer are sent', async () => {
    const definition = { id: 'places', type: 'mongodb', url, database: db.databaseName, views: './views.yaml' }
    const connector = await mongodb(definition, { base: 'https://example.org/', folder, batch: batchBuilder })
    const all = pattern('s', iri(`${GEO}asWKT`), 'v')
    let bytes = 0
    let every = 0
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(geometry, fc.array(geometry, { maxLength: 2 })), { minLength: 1, maxLength: 10 }),
          fc.array(asked, { minLength: 4, maxLength: 4 }),
          async (geometries, constants) => {
            const documents = geometries.map((each, _id) => ({ _id, place: { geometry: each } }))
            await db.collection('place').deleteMany({})
            await db.collection<{ _id: number }>('place').insertMany(documents)
            await using files = await fileStore({ 'place.json': JSON.stringify(documents) }, MAPPING, 'places')
            for (const constant of constants) {
              for (const relation of ['sfIntersects', 'sfWithin', 'sfDisjoint']) {
                const wkt = termExpression(literal(constant, iri(`${GEO}wktLiteral`)))
                const plan = filter(all, call(GEOF + relation, variableExpression('v'), wkt))
                const own = request()
                expect(texts(await answer(connector, plan, undefined, own))).toEqual(
                  texts(await answer(files.connector, plan)),
                )
                if (relation === 'sfDisjoint') every += own.counted.bytes
                if (relation === 'sfIntersects') bytes += own.counted.bytes
              }
            }
          },
        ),
        { numRuns: 12, seed: 3 },
      )
      expect(bytes).toBeLessThan(every * 0.75)
    } finally {
      await connector[Symbol.asyncDispose]!()
    }
  }, 60_000)
})
