import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Polystore } from '../../src/index.ts'
import {
  answer1,
  answer2,
  answer3,
  answer4,
  answer5,
  answer6,
  datasets,
  models,
  ranges,
  readStores,
  type Stores,
} from './answers.ts'
import { type Example, takeExample } from './fixture.ts'
import { type Row, run, sorted } from './rows.ts'

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

const COLUMNS = {
  q1: 'seismic path store inlines crosslines samples slices wkt crs basin field',
  q2: 'dataset tileSize noiseThreshold axis rangeStart rangeEnd',
  q3: 'model loss kind name value',
  q4: 'training epoch batches avgSeconds minSeconds maxSeconds',
  q5: 'dataset training epoch avgSeconds model measure value',
  q6: 'seismic path store inlines crosslines samples slices basin field',
} as const

async function answers(id: keyof typeof COLUMNS, parameters: Record<string, unknown>, expected: readonly Row[]) {
  const { variables, rows, warnings } = await run(polystore, id, parameters)
  expect(variables.join(' ')).toBe(COLUMNS[id])
  expect(warnings).toEqual([])
  expect(sorted(rows)).toEqual(sorted(expected))
  return rows
}

describe('every model, training set and range of the example', () => {
  test('the example is what it says it is', () => {
    expect(models(stores)).toHaveLength(45)
    expect(datasets(stores)).toEqual(example.summary.trainingSets.map(({ iri }) => iri).sort())
    expect(ranges(stores)).toHaveLength(5)
    expect([...stores.surveys.keys()].sort()).toEqual(['netherlands.sgy', 'parihaka.sgy', 'santos.sgy'])
    for (const { locator, inlines, crosslines, samples } of example.summary.surveys) {
      const survey = stores.surveys.get(locator)!
      expect([survey.inlines.size, survey.crosslines.size, survey.samples]).toEqual([inlines, crosslines, samples])
    }
  })

  test('q1 and q2', async () => {
    for (const model of models(stores)) {
      const seismic = await answers('q1', { model }, answer1(stores, model))
      expect(seismic).toHaveLength(1)
      expect(Object.keys(seismic[0]!)).toHaveLength(11)
      expect(await answers('q2', { model }, answer2(stores, model))).toHaveLength(1)
    }
  })

  test('q3, q4 and q6', async () => {
    for (const dataset of datasets(stores)) {
      const best = await answers('q3', { dataset }, answer3(stores, dataset))
      expect(new Set(best.map(({ kind }) => kind)).size).toBe(3)
      expect((await answers('q4', { dataset }, answer4(stores, dataset))).length).toBeGreaterThanOrEqual(24)
      expect(await answers('q6', { dataset }, answer6(stores, dataset))).toHaveLength(1)
    }
  })

  test('q5, exactly and by overlap', async () => {
    for (const { axis, start, end } of ranges(stores)) {
      for (const match of ['exact', 'overlap'] as const) {
        const range = { axis, start, end }
        const rows = await answers('q5', { ...range, match }, answer5(stores, range, match))
        expect(rows.length).toBeGreaterThan(100)
      }
      const shifted = { axis, start: end, end: end + 1000 }
      expect(await answers('q5', shifted, [])).toEqual([])
      await answers('q5', { ...shifted, match: 'overlap' }, answer5(stores, shifted, 'overlap'))
      const beside = { axis, start: end + 1, end: end + 1 }
      await answers('q5', { ...beside, match: 'overlap' }, answer5(stores, beside, 'overlap'))
    }
  })
})

test('what nobody knows has an empty answer', async () => {
  const nobody = { model: 'urn:nobody:knows', dataset: 'urn:nobody:knows' }
  for (const id of ['q1', 'q2'] as const) await answers(id, { model: nobody.model }, [])
  for (const id of ['q3', 'q4', 'q6'] as const) await answers(id, { dataset: nobody.dataset }, [])
  await answers('q5', { axis: 'inline', start: 1, end: 2 }, [])
})

test('rows of query() are JavaScript values', async () => {
  const [model] = models(stores)
  const { text } = polystore.queries.get('q1')
  const iri = { termType: 'NamedNode', value: model! } as never
  const [row] = await polystore.query(text, { parameters: { model: iri } }).toArray()
  const [expected] = answer1(stores, model!)
  expect(row).toMatchObject({
    inlines: Number.parseInt(expected!['inlines']!, 10),
    slices: Number.parseInt(expected!['slices']!, 10),
    path: JSON.parse(expected!['path']!),
    seismic: expected!['seismic']!.slice(1, -1),
  })
})
