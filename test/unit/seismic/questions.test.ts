import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writer } from 'n3'
import { Store } from 'oxigraph'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildSeismicExample, type Summary } from '../../../examples/seismic/index.ts'
import { readHeader } from '../../../examples/seismic/survey.ts'
import { ask } from './ask.ts'
import { provenanceSet } from './provenance-set.ts'

let directory: string
let summary: Summary
let store: Store

const SEISMIC = 'urn:polyprov:store/seismic/object/'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seismic-'))
  const provenance = provenanceSet()
  summary = await buildSeismicExample({ directory, write: provenance.write, settings: { tiles: 120, epochs: 4 } })
  store = new Store()
  const writer = new Writer({ format: 'N-Triples' })
  for (const quad of provenance.quads.values()) writer.addQuad(quad as never)
  const text = await new Promise<string>((resolve, reject) =>
    writer.end((error: Error | null, result: string) => (error ? reject(error) : resolve(result))),
  )
  store.load(text, { format: 'application/n-triples' })
  for (const file of await readdir(join(directory, 'annotations'))) {
    store.load(await readFile(join(directory, 'annotations', file), 'utf8'), { format: 'text/turtle' })
  }
  for (const { locator } of summary.surveys) {
    const header = await readHeader(join(directory, 'seismic', locator), undefined)
    const counts = [header.inlines?.count, header.crosslines?.count, header.sampleCount]
    const names = ['inlineCount', 'crosslineCount', 'sampleCount']
    const facts = names.map((name, index) => `segy:${name} ${counts[index]}`)
    store.load(`PREFIX segy: <https://w3id.org/polyprov/segy#> <${SEISMIC}${locator}> ${facts.join(' ; ')} .`, {
      format: 'text/turtle',
    })
  }
})

afterAll(() => rm(directory, { recursive: true, force: true }))

test('q1 and q6: the survey behind every model and training set', () => {
  const fields = { netherlands: 'F3 block', parihaka: 'Parihaka', santos: 'Tupi' } as const
  for (const { iri, survey } of [...summary.models, ...summary.trainingSets]) {
    const isModel = summary.models.some((model) => model.iri === iri)
    const rows = isModel ? ask(store, 'q1', { model: iri }) : ask(store, 'q6', { dataset: iri })
    const { inlines, crosslines, samples } = summary.surveys.find(({ locator }) => locator === survey)!
    expect(rows).toEqual([
      expect.objectContaining({
        path: survey,
        inlines: String(inlines),
        crosslines: String(crosslines),
        samples: String(samples),
        slices: String(inlines + crosslines),
        field: fields[survey.replace('.sgy', '') as keyof typeof fields],
      }),
    ])
  }
})

test('q2: the preparation behind every model', () => {
  for (const model of summary.models) {
    const set = summary.trainingSets.find(({ name }) => name === model.trainingSet)!
    const rows = ask(store, 'q2', { model: model.iri })
    expect(rows).toEqual([
      expect.objectContaining({
        dataset: set.iri,
        tileSize: '8',
        axis: set.axis,
        rangeStart: String(set.rangeStart),
        rangeEnd: String(set.rangeEnd),
      }),
    ])
    expect(Number(rows[0]!['noiseThreshold'])).toBeGreaterThan(0)
  }
})

test('q3: no model of the training set has less loss than the best', () => {
  for (const set of summary.trainingSets) {
    const rows = ask(store, 'q3', { dataset: set.iri })
    const losses = summary.models.filter(({ trainingSet }) => trainingSet === set.name).map(({ loss }) => loss)
    expect(Number(rows[0]!['loss'])).toBeLessThanOrEqual(Math.min(...losses))
    const settings = rows.filter(({ kind }) => kind === 'hyperParameter').map(({ name }) => name)
    expect(new Set(settings)).toEqual(new Set(['batchSize', 'epochs', 'learningRate', 'weightDecay']))
    expect(rows.filter(({ kind }) => kind === 'modelHyperParameter').length).toBeGreaterThanOrEqual(2)
    expect(rows.filter(({ kind }) => kind === 'evaluation').length).toBeGreaterThanOrEqual(4)
  }
})

test('q4: every epoch of every training, with all of its batches', () => {
  const [first, second] = summary.trainingSets
  expect(ask(store, 'q4', { dataset: second!.iri })).toHaveLength(3 * 4)
  const rows = ask(store, 'q4', { dataset: first!.iri })
  expect(new Set(rows.map(({ training }) => training)).size).toBe(4)
  expect(new Set(rows.map(({ batches }) => batches))).toEqual(new Set(['3', '6', '2']))
  for (const { minSeconds, avgSeconds, maxSeconds } of rows) {
    expect(Number(minSeconds)).toBeLessThanOrEqual(Number(avgSeconds) * (1 + 1e-9))
    expect(Number(avgSeconds)).toBeLessThanOrEqual(Number(maxSeconds) * (1 + 1e-9))
  }
})

test('q5: epochs and evaluations of the range, the exact one and those that overlap it', () => {
  const { axis, rangeStart, rangeEnd, iri } = summary.trainingSets[1]!
  const exact = ask(store, 'q5', { axis, start: String(rangeStart), end: String(rangeEnd) })
  expect(new Set(exact.map(({ dataset }) => dataset))).toEqual(new Set([iri]))
  expect(exact.filter(({ avgSeconds }) => avgSeconds !== undefined)).toHaveLength(3 * 4)
  // Four values of each epoch, and four of each last model.
  expect(exact.filter(({ measure }) => measure !== undefined)).toHaveLength(3 * (4 * 4 + 4))
  const beside = { axis, start: String(rangeEnd), end: String(rangeEnd + 100) }
  expect(ask(store, 'q5', beside)).toEqual([])
  expect(ask(store, 'q5', { ...beside, match: 'overlap' })).toHaveLength(exact.length)
})

test('every file of the example is small', async () => {
  for (const { locator } of summary.surveys) {
    const { size } = await stat(join(directory, 'seismic', locator))
    expect(size).toBeLessThan(4_000_000)
  }
})
