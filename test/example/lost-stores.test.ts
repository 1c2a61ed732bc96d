import { randomBytes } from 'node:crypto'
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { iri, PolyprovError, type Polystore, type QueryOptions } from '../../src/index.ts'
import { type Example, takeExample } from './fixture.ts'
import { type Answer, ask, type Row, run, sorted } from './rows.ts'

const SEISMIC_FILE = iri('https://w3id.org/polyprov/provlake#SeismicFile')

const modelOf = ({ summary }: Example, survey: string): string =>
  summary.models.find((model) => model.survey === `${survey}.sgy`)!.iri

async function errorOf(answer: Promise<unknown>): Promise<PolyprovError> {
  const error = await answer.then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  )
  if (error instanceof PolyprovError) return error
  throw error
}

const columnsOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))].sort()

describe('closed and opened again', () => {
  test('the answers are the same', async () => {
    await using example = await takeExample()
    const { summary } = example
    const answers = async (): Promise<readonly string[][]> => {
      await using polystore = await example.open()
      const all: string[][] = []
      const add = async (id: string, parameters: Record<string, unknown>) =>
        all.push(sorted((await run(polystore, id, parameters)).rows))
      for (const { iri: model } of summary.models) for (const id of ['q1', 'q2']) await add(id, { model })
      for (const { iri: dataset, axis, rangeStart, rangeEnd } of summary.trainingSets) {
        for (const id of ['q3', 'q4', 'q6']) await add(id, { dataset })
        await add('q5', { axis, start: rangeStart, end: rangeEnd })
      }
      return all
    }
    const first = await answers()
    expect(first.every((rows) => rows.length > 0)).toBe(true)
    expect(await answers()).toEqual(first)
  })

  test('what was captured is there, and closing twice is nothing', async () => {
    await using example = await takeExample()
    const polystore = await example.open()
    const captured = polystore.capture.workflow('learning', { id: 'kept', learning: true })
    captured.use('note', 'kept')
    // Closing writes what was captured, also where nobody waited for it.
    await Promise.all([polystore.close(), polystore.close()])
    for (const asked of [() => ask(polystore, 'ASK {}'), () => polystore.explain('ASK {}')]) {
      await expect(asked()).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('closed') })
    }
    await using again = await example.open()
    const { rows } = await ask(
      again,
      `PREFIX pl: <https://w3id.org/polyprov/provlake#> SELECT ?status { <${captured.iri.value}> pl:status ?status }`,
    )
    expect(rows).toEqual([{ status: '"RUNNING"' }])
  })
})

describe('a store that goes away beneath an open polystore', () => {
  /** What is left of q1 without it. */
  const STORES = [
    { id: 'seismic', folder: 'seismic', lost: ['crosslines', 'inlines', 'samples', 'slices'] },
    { id: 'surveys', folder: 'documents', lost: [] },
    { id: 'annotations', folder: 'annotations', lost: ['basin', 'field'] },
  ] as const

  test.each(STORES)('$id', async ({ id, folder, lost }) => {
    await using example = await takeExample()
    await using polystore = await example.open()
    const model = modelOf(example, 'santos')
    const whole = await run(polystore, 'q1', { model })
    await rm(join(example.folder, folder), { recursive: true })

    const error = await errorOf(run(polystore, 'q1', { model }))
    expect(error.kind).toBe('source')
    expect(error.details.store).toBe(id)
    expect(error.message).toContain(id)
    await expect(polystore.stores.check(id)).rejects.toMatchObject({ details: { store: id } })

    const partial = await run(polystore, 'q1', { model }, { partial: true })
    expect(partial.warnings).toHaveLength(1)
    expect(partial.warnings[0]).toContain(id)
    expect(partial.rows).toHaveLength(1)
    const left = columnsOf(partial.rows)
    expect(left).toEqual(
      expect.arrayContaining(columnsOf(whole.rows).filter((name) => !(lost as readonly string[]).includes(name))),
    )
    for (const name of lost) expect(left).not.toContain(name)
    // The header's outline stands in for the document's.
    const crs = id === 'surveys' ? '<http://www.opengis.net/def/crs/EPSG/0/32723>' : whole.rows[0]!['crs']
    expect(partial.rows[0]!['crs']).toBe(crs)
    expect(partial.rows[0]!['wkt'] === whole.rows[0]!['wkt']).toBe(id !== 'surveys')
    // Questions to the others are answered as before.
    expect((await run(polystore, 'q2', { model })).rows).toHaveLength(1)
    expect(polystore.running.list()).toEqual([])
  })

  test('the provenance is in memory while it is open', async () => {
    await using example = await takeExample()
    const model = modelOf(example, 'santos')
    await using polystore = await example.open()
    await rm(join(example.folder, 'provenance'), { recursive: true })
    expect((await run(polystore, 'q2', { model })).rows).toHaveLength(1)
  })
})

/** One reference captured beside the others, and the model that came of it. */
async function captureModel(
  polystore: Polystore,
  id: string,
  references: readonly { readonly store: string; readonly locator: string }[],
): Promise<string> {
  const learning = polystore.capture.workflow('learning', { id, learning: true })
  const stage = learning.stage('Training')
  for (const reference of references) stage.use('seismic', { ...reference, schema: SEISMIC_FILE })
  const model = stage.model('model', { store: 'models', locator: `${id}.json` })
  stage.end()
  await learning.close()
  return model.value
}

interface Lost {
  readonly polystore: Polystore
  readonly model: string
  readonly store: string
  readonly locator: string
}

/** Asks q1 of a model that came from one lost reference and from santos.sgy, whole and in part. */
async function expectLost({ polystore, model, store, locator }: Lost, code: string): Promise<Answer> {
  const error = await errorOf(run(polystore, 'q1', { model }))
  expect(error.code).toBe(code)
  expect(error.kind).toBe('source')
  expect(error.message).toContain(store)
  expect(error.message).toContain(locator)
  expect(error.details).toMatchObject({ locator })
  const partial = await run(polystore, 'q1', { model }, { partial: true })
  expect(partial.warnings).toHaveLength(1)
  expect(partial.warnings[0]).toContain(store)
  expect(partial.warnings[0]).toContain(locator)
  expect(partial.rows.map(({ path }) => path).sort()).toEqual([JSON.stringify(locator), '"santos.sgy"'].sort())
  const [santos, lost] = [true, false].map((known) =>
    partial.rows.find(({ path }) => (path === '"santos.sgy"') === known),
  )
  expect(santos).toHaveProperty('inlines')
  expect(Object.keys(lost!).filter((name) => ['inlines', 'samples', 'slices'].includes(name))).toEqual([])
  return partial
}

describe('references that lead nowhere', () => {
  test('a file that vanished', async () => {
    await using example = await takeExample()
    await using polystore = await example.open()
    const locators = ['parihaka.sgy', 'santos.sgy']
    const model = await captureModel(
      polystore,
      'vanished',
      locators.map((locator) => ({ store: 'seismic', locator })),
    )
    expect((await run(polystore, 'q1', { model })).rows).toHaveLength(2)
    await rm(join(example.folder, 'seismic/parihaka.sgy'))
    await expectLost({ polystore, model, store: 'seismic', locator: 'parihaka.sgy' }, 'missing-object')
  })

  const DAMAGES = [
    ['cut off within its traces', async (path: string) => truncate(path, 100_001)],
    ['cut off within its headers', async (path: string) => truncate(path, 3_500)],
    ['empty', async (path: string) => truncate(path, 0)],
    ['of random bytes', async (path: string) => writeFile(path, randomBytes(50_000))],
  ] as const

  test.each(DAMAGES)('a file that is %s', async (_, damage) => {
    await using example = await takeExample()
    await using polystore = await example.open()
    const locators = ['parihaka.sgy', 'santos.sgy']
    const model = await captureModel(
      polystore,
      'damaged',
      locators.map((locator) => ({ store: 'seismic', locator })),
    )
    expect((await run(polystore, 'q1', { model })).rows).toHaveLength(2)
    await damage(join(example.folder, 'seismic/parihaka.sgy'))
    await expectLost({ polystore, model, store: 'seismic', locator: 'parihaka.sgy' }, 'malformed-object')
  })

  test('a store that is not registered', async () => {
    await using example = await takeExample()
    await using polystore = await example.open()
    const model = await captureModel(polystore, 'unknown', [
      { store: 'lake', locator: 'north/one.sgy' },
      { store: 'seismic', locator: 'santos.sgy' },
    ])
    await expectLost({ polystore, model, store: 'urn:polyprov:store/lake', locator: 'north/one.sgy' }, 'unknown-store')
    // Registered later, it answers.
    await mkdir(join(example.folder, 'lake/north'), { recursive: true })
    await writeFile(join(example.folder, 'lake/north/one.sgy'), '')
    await polystore.stores.register({ id: 'lake', type: 'files', path: join(example.folder, 'lake') })
    await expectLost({ polystore, model, store: 'lake', locator: 'north/one.sgy' }, 'malformed-object')
    await polystore.stores.remove('lake')
    expect((await errorOf(run(polystore, 'q1', { model }))).code).toBe('unknown-store')
  })

  const OUTSIDE = ['../polyprov.yaml', 'a/../../polyprov.yaml', '/etc/passwd', '..', 'C:\\secret.sgy', 'a\0b']

  test.each(OUTSIDE)('a locator that leads out of its store: %j', async (locator) => {
    await using example = await takeExample()
    await using polystore = await example.open()
    const model = await captureModel(polystore, 'outside', [{ store: 'seismic', locator }])
    for (const options of [{}, { partial: true }] satisfies QueryOptions[]) {
      const error = await errorOf(run(polystore, 'q1', { model }, options))
      expect(error.code).toBe('forbidden')
      expect(error.details).toMatchObject({ store: 'seismic', locator })
    }
    // The provenance itself can still be asked.
    const { rows } = await ask(
      polystore,
      `PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX pl: <https://w3id.org/polyprov/provlake#>
      SELECT ?path { <${model}> prov:wasDerivedFrom ?file . ?file a pl:DataReference ; pl:value ?path }`,
    )
    expect(rows).toEqual([{ path: JSON.stringify(locator) }])
  })
})
