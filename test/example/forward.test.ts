import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Explanation, Polystore } from '../../src/index.ts'
import { models, readStores, type Stores, seismicBehind } from './answers.ts'
import { type Example, takeExample } from './fixture.ts'
import { forwardQuery } from './forward-query.ts'
import { intersects, type Position, type Ring } from './geometry.ts'
import { ask, type Row, resource, sorted } from './rows.ts'

let example: Example
let polystore: Polystore
let stores: Stores

beforeAll(async () => {
  example = await takeExample()
  stores = await readStores(example.folder)
  polystore = await example.open()
})

afterAll(async () => {
  await polystore?.close()
  await example?.[Symbol.asyncDispose]()
})

const outlineOf = (survey: string): Ring =>
  stores.documents.get(`surveys/${survey}`)!.geometry.coordinates[0]!.slice(0, -1) as unknown as Ring

/** A box around a point, half a width to each side. */
const box = ([x, y]: Position, width: number, height = width): Ring => {
  const [left, right, low, high] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2]
  return [
    [left, low],
    [right, low],
    [right, high],
    [left, high],
  ]
}

const middleOf = (ring: Ring): Position => {
  const mean = (axis: 0 | 1) => ring.reduce((sum, position) => sum + position[axis], 0) / ring.length
  return [mean(0), mean(1)]
}

/** Models of the surveys whose outline shares a point with the polygon. */
function expected(ring: Ring): readonly Row[] {
  const files = [...stores.documents.values()]
    .filter(({ _id }) => intersects(outlineOf(_id), ring))
    .map(({ _id }) => JSON.stringify(`${_id}.sgy`))
  return models(stores).flatMap((model) =>
    seismicBehind(stores, model)
      .filter(({ columns }) => files.includes(columns['path']!))
      .map(({ columns }) => ({ model: resource(model), path: columns['path']! })),
  )
}

/** The step that runs first: always the first input, down to a leaf. */
function leftmost(step: Explanation['plan']): Explanation['plan'] {
  const [first] = step.inputs
  return first === undefined ? step : leftmost(first)
}

const surveys = ['netherlands', 'parihaka', 'santos'] as const
/** Degrees of a bin: polygons of this size lie between corners. */
const SMALL = 0.0002

function polygons(): readonly Ring[] {
  const around = surveys.flatMap((survey) => {
    const ring = outlineOf(survey)
    const middle = middleOf(ring)
    const [corner] = ring
    const towards = (share: number): Position => [
      corner![0] + (middle[0] - corner![0]) * share,
      corner![1] + (middle[1] - corner![1]) * share,
    ]
    return [
      box(middle, SMALL),
      box(middle, 5),
      box(towards(0.05), SMALL),
      box(towards(-0.5), SMALL),
      box(corner!, SMALL),
    ]
  })
  const world = box([0, 0], 359, 170)
  const nowhere = box([10, 10], 1)
  const triangle: Ring = [
    [-60, -60],
    [10, 60],
    [-30, 0],
  ]
  const south = box([0, -45], 359, 80)
  return [...around, world, nowhere, triangle, south]
}

test('models of the surveys that a polygon meets', async () => {
  const counts = new Set<number>()
  for (const ring of polygons()) {
    const { rows, stats } = await ask(polystore, forwardQuery(ring))
    expect(sorted(rows), JSON.stringify(ring)).toEqual(sorted(expected(ring)))
    counts.add(new Set(rows.map(({ path }) => path)).size)
    expect(stats.stores['surveys']!.requests).toBe(1)
    expect(stats.stores['seismic']).toBeUndefined()
  }
  expect([...counts].sort()).toEqual([0, 1, 2, 3])
})

test('the documents are asked first, with the polygon', async () => {
  for (const ring of polygons()) {
    const { plan } = await polystore.explain(forwardQuery(ring))
    const first = leftmost(plan)
    expect(first.operator).toBe('fragment')
    expect(first.source).toBe('surveys')
    const { filter } = JSON.parse(first.native!.text) as { filter: object }
    const { coordinates } = (filter as { geometry: { $geoIntersects: { $geometry: { coordinates: number[][][] } } } })
      .geometry.$geoIntersects.$geometry
    expect(new Set(coordinates[0]!.map(String))).toEqual(new Set(ring.map(String)))
  }
})

test('only surveys that the polygon meets are handed on to the provenance', async () => {
  const ring = box(middleOf(outlineOf('santos')), 1)
  const { plan } = await polystore.explain(forwardQuery(ring), { analyze: true })
  expect(leftmost(plan).measured).toMatchObject({ rows: 1, requests: 1 })
})
