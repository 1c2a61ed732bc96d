import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Captured, iri, type LearningStage, literal, type Polystore } from '../../src/index.ts'
import { answer3, answer4, answer5, readStores } from './answers.ts'
import { type Example, takeExample } from './fixture.ts'
import { RAW_Q3, RAW_Q4, rawQ5 } from './raw-queries.ts'
import { ask, collect, integer, resource, run, sorted } from './rows.ts'

let example: Example
let polystore: Polystore

beforeEach(async () => {
  example = await takeExample()
  polystore = await example.open()
})

afterEach(async () => {
  await polystore?.close()
  await example?.[Symbol.asyncDispose]()
})

const RANGE = { axis: 'inline', start: 7001, end: 7024 } as const

type SliceRange = Extract<Captured, { readonly axis: unknown }>

/** A training set of a range that no other was cut from. */
async function captureSet(id: string, range: SliceRange = RANGE) {
  const preparation = polystore.capture.workflow('preparation', { id })
  const select = preparation.task('selectSlices')
  select.use('seismic', { store: 'seismic', locator: 'santos.sgy' })
  select.use('sliceRange', range)
  const slices = { store: 'tiles', locator: `slices/${id}.h5` }
  select.generate('slices', slices)
  select.end()
  const cut = preparation.task('cutTiles')
  cut.use('slices', slices)
  cut.use('tileSize', 16)
  cut.use('noiseThreshold', 0.25)
  const set = { store: 'tiles', locator: `${id}.h5` }
  const dataset = cut.dataset('trainingSet', set)
  cut.end()
  await preparation.close()
  return { set, dataset: dataset.value }
}

const runWorkflow = (id: string) => polystore.capture.workflow('learning', { id, learning: true })

/** The answers to all questions on training sets, checked against the stores as they are now. */
async function checkAnswers(dataset: string): Promise<void> {
  await polystore.capture.flush()
  const stores = await readStores(example.folder)
  const terms = { dataset: iri(dataset) }
  const third = sorted(answer3(stores, dataset))
  expect(sorted((await run(polystore, 'q3', { dataset })).rows)).toEqual(third)
  expect(sorted((await ask(polystore, RAW_Q3, { parameters: terms })).rows)).toEqual(third)
  const fourth = sorted(answer4(stores, dataset))
  expect(sorted((await run(polystore, 'q4', { dataset })).rows)).toEqual(fourth)
  expect(sorted((await ask(polystore, RAW_Q4, { parameters: terms })).rows)).toEqual(fourth)
  const { axis, ...ends } = RANGE
  const integers = Object.entries(ends).map(([name, value]) => [
    name,
    literal(String(value), iri('http://www.w3.org/2001/XMLSchema#integer')),
  ])
  const parameters = { axis: literal(axis), ...Object.fromEntries(integers) }
  for (const match of ['exact', 'overlap'] as const) {
    const fifth = sorted(answer5(stores, RANGE, match))
    expect(sorted((await run(polystore, 'q5', { ...RANGE, match })).rows)).toEqual(fifth)
    expect(sorted((await ask(polystore, rawQ5(match), { parameters })).rows)).toEqual(fifth)
  }
}

describe('while a training runs', () => {
  test('its finished batches are there at once, and its best model after the end', async () => {
    const { set, dataset } = await captureSet('online')
    const learning = runWorkflow('online')
    const stage = learning.stage('Training')
    stage.use('trainingSet', set)
    stage.hyperParameter('learningRate', 0.125)
    const epochs = async () => {
      await polystore.capture.flush()
      const { rows } = await run(polystore, 'q4', { dataset })
      return rows.map(({ epoch, batches }) => [epoch, batches])
    }
    expect(await epochs()).toEqual([])
    for (let count = 1; count <= 3; count++) {
      const epoch = stage.epoch(count)
      const before = Array.from({ length: count - 1 }, (_, index) => [integer(index + 1), integer(2)])
      const [first, second, third] = [epoch.batch(1), epoch.batch(2), epoch.batch(3)]
      // None has ended: the epoch is not there yet.
      expect(await epochs()).toEqual(before)
      first.end()
      expect(await epochs()).toEqual([...before, [integer(count), integer(1)]])
      second.end()
      third.end('FAILED')
      expect(await epochs()).toEqual([...before, [integer(count), integer(2)]])
      epoch.evaluate('loss', 1 / count, { on: 'Training' })
      epoch.end()
      expect((await run(polystore, 'q3', { dataset })).rows).toEqual([])
    }
    await checkAnswers(dataset)
    const { rows: running } = await ask(
      polystore,
      `PREFIX pl: <https://w3id.org/polyprov/provlake#> SELECT ?status { <${stage.iri.value}> pl:status ?status }`,
    )
    expect(running).toEqual([{ status: '"RUNNING"' }])

    const model = stage.model('model', { store: 'models', locator: 'online.json' }, { hiddenUnits: 3 })
    stage.evaluate('loss', 0.375, { on: 'Training', model })
    stage.end()
    await learning.close()
    await checkAnswers(dataset)
    const { rows } = await run(polystore, 'q3', { dataset })
    expect(rows.map((row) => [row['model'], row['loss'], row['kind'], row['name'], row['value']])).toEqual([
      [resource(model.value), '0.375^double', '"evaluation"', '"loss"', '0.375^double'],
      [resource(model.value), '0.375^double', '"hyperParameter"', '"learningRate"', '0.125^double'],
      [resource(model.value), '0.375^double', '"modelHyperParameter"', '"hiddenUnits"', '3^integer'],
    ])
  })

  test('a query that began before a write does not see it', async () => {
    const { set, dataset } = await captureSet('before')
    const { iri: other } = example.summary.trainingSets[0]!
    const before = await polystore.queries.run('q4', { dataset })
    const whole = await polystore.queries.run('q4', { dataset: other })
    const learning = runWorkflow('before')
    const stage = learning.stage('Training')
    stage.use('trainingSet', set)
    const epoch = stage.epoch(1)
    epoch.batch(1).end()
    // The other training set is trained on as well.
    const locator = decodeURIComponent(other.replace(/^.*\/object\//, ''))
    const more = learning.stage('Training', 'more')
    more.use('trainingSet', { store: 'tiles', locator })
    more.epoch(1).batch(1).end()
    await polystore.capture.flush()
    const counted = await polystore.queries.run('q4', { dataset })
    expect((await collect(before)).rows).toEqual([])
    expect((await collect(counted)).rows).toHaveLength(1)
    const old = await collect(whole)
    const now = await run(polystore, 'q4', { dataset: other })
    expect(now.rows).toHaveLength(old.rows.length + 1)
  })
})

describe('the best model', () => {
  const model = (stage: LearningStage, id: string, losses: { readonly [on: string]: number }) => {
    const made = stage.model('model', { store: 'models', locator: `${id}.json` }, { id })
    for (const on of ['Training', 'Validation'] as const) {
      if (losses[on] !== undefined) stage.evaluate('loss', losses[on], { on, model: made })
    }
    return made.value
  }

  test('ties are all shown; NaN, failed runs and worse ones are not', async () => {
    const { set, dataset } = await captureSet('ties')
    const trained = async (id: string, losses: { readonly [on: string]: number }, status?: 'FAILED') => {
      const learning = runWorkflow(id)
      const stage = learning.stage('Training')
      stage.use('trainingSet', set)
      stage.hyperParameter('run', id)
      const made = model(stage, id, losses)
      stage.end(status)
      await learning.close(status)
      return made
    }
    const nan = Number.NaN
    const one = await trained('one', { Validation: 0.5, Training: 0.9 })
    const two = await trained('two', { Validation: 0.5, Training: 0.1 })
    const three = await trained('three', { Training: 0.5 })
    await trained('worse', { Validation: 0.75, Training: 0.01 })
    await trained('diverged', { Validation: nan, Training: 0.02 })
    await trained('diverged too', { Training: nan })
    await trained('infinite', { Training: Number.POSITIVE_INFINITY })
    await trained('failed', { Validation: 0.1, Training: 0.1 }, 'FAILED')
    await trained('unmeasured', {})
    await checkAnswers(dataset)
    const { rows } = await run(polystore, 'q3', { dataset })
    expect([...new Set(rows.map((row) => row['model']))].sort()).toEqual([one, two, three].map(resource).sort())
    expect(rows.filter(({ kind }) => kind === '"hyperParameter"')).toHaveLength(3)
    expect(rows.filter(({ kind }) => kind === '"evaluation"')).toHaveLength(5)
    expect(new Set(rows.map(({ loss }) => loss))).toEqual(new Set(['0.5^double']))
  })

  test('of models that all diverged there is none', async () => {
    const { set, dataset } = await captureSet('diverged')
    const learning = runWorkflow('diverged')
    const stage = learning.stage('Training')
    stage.use('trainingSet', set)
    model(stage, 'a', { Validation: Number.NaN })
    await learning.close()
    await checkAnswers(dataset)
    expect((await run(polystore, 'q3', { dataset })).rows).toEqual([])
  })

  test('checkpoints of a run that goes on count', async () => {
    const { set, dataset } = await captureSet('checkpoints')
    const learning = runWorkflow('checkpoints')
    const stage = learning.stage('Training')
    stage.use('trainingSet', set)
    const epoch = stage.epoch(1)
    epoch.batch(1).end()
    const checkpoint = epoch.model('checkpoint', { store: 'models', locator: 'checkpoint.json' })
    epoch.evaluate('loss', 0.25, { on: 'Validation', model: checkpoint })
    epoch.end()
    await checkAnswers(dataset)
    const { rows } = await run(polystore, 'q3', { dataset })
    expect(rows.map((row) => row['model'])).toEqual([resource(checkpoint.value)])
    await learning.close('FAILED')
    await checkAnswers(dataset)
    expect((await run(polystore, 'q3', { dataset })).rows).toEqual([])
  })
})

describe('ranges of slices', () => {
  test('several training sets of one range, and one of ranges that overlap', async () => {
    const sets = [await captureSet('a'), await captureSet('b'), await captureSet('c', { ...RANGE, end: 7100 })]
    for (const [index, { set }] of sets.entries()) {
      const learning = runWorkflow(`run ${index}`)
      const stage = learning.stage('Training')
      stage.use('trainingSet', set)
      for (let count = 1; count <= 2; count++) {
        const epoch = stage.epoch(count)
        for (let batch = 1; batch <= 3; batch++) epoch.batch(batch).end()
        epoch.evaluate('loss', count, { on: 'Training' })
        epoch.evaluate('accuracy', count, { on: 'Training' })
        epoch.end()
      }
      stage.end()
      await learning.close()
    }
    await checkAnswers(sets[0]!.dataset)
    const count = async (match: string) => (await run(polystore, 'q5', { ...RANGE, match })).rows.length
    // Two epochs a set, with one time and two values each: never times multiplied by values.
    expect(await count('exact')).toBe(2 * 2 * 3)
    expect(await count('overlap')).toBe(3 * 2 * 3)
  })
})
