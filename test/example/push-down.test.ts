import { link, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { folderStore } from '../../connectors/objects/files/folder-store.ts'
import { objectFormats } from '../../connectors/objects/formats.ts'
import { objectConnector } from '../../connectors/objects/object-connector.ts'
import type { ObjectStore } from '../../connectors/objects/object-store.ts'
import { type Connector, iri, open, type Polystore } from '../../src/index.ts'
import { answer1, answer6, models, readStores, type Stores } from './answers.ts'
import { BASE, type Example, takeExample } from './fixture.ts'
import { run, sorted } from './rows.ts'

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

/** What the format's reader takes at once to recognise a file, and a trace header. */
const HEAD = 16 * 1024
const TRACE_HEADER = 240

test('q1 asks provenance, annotations and documents once, and reads headers alone', async () => {
  const seen = new Set<string>()
  for (const model of models(stores)) {
    const { rows, stats } = await run(polystore, 'q1', { model })
    const path = JSON.parse(rows[0]!['path']!) as string
    expect(Object.keys(stats.stores).sort()).toEqual(['annotations', 'provenance', 'seismic', 'surveys'])
    expect(stats.stores['provenance']!.requests).toBe(1)
    expect(stats.stores['annotations']!.requests).toBe(1)
    expect(stats.stores['surveys']!.requests).toBe(1)
    const { bytes, requests } = stats.stores['seismic']!
    if (seen.has(path)) {
      // Headers of an unchanged file are kept.
      expect([bytes, requests]).toEqual([0, 0])
      continue
    }
    seen.add(path)
    expect(bytes).toBeGreaterThan(3600)
    expect(bytes).toBeLessThanOrEqual(HEAD + 40 * TRACE_HEADER)
    expect(bytes).toBeLessThan(stores.surveys.get(path)!.bytes / 20)
  }
  expect(seen.size).toBe(3)
})

interface Range {
  readonly locator: string
  readonly offset: number
  readonly length: number
}

/** An object store that notes every range that is read of it. */
function recording(store: ObjectStore, ranges: Range[]): ObjectStore {
  return {
    ...store,
    async open(info, request) {
      const object = await store.open(info, request)
      return {
        size: object.size,
        etag: object.etag,
        read(offset, length, signal) {
          ranges.push({ locator: info.locator, offset, length })
          return object.read(offset, length, signal)
        },
        [Symbol.asyncDispose]: () => object[Symbol.asyncDispose](),
      }
    },
  }
}

/** The example with a seismic store of the test's own in the place of the configured one. */
async function openWith(folder: string, seismic: Connector): Promise<Polystore> {
  const configuration = parse(await readFile(join(folder, 'polyprov.yaml'), 'utf8')) as {
    readonly base: string
    readonly stores: readonly { readonly id: string; readonly path?: string }[]
  }
  const rest = configuration.stores.filter(({ id }) => id !== 'seismic')
  const placed = JSON.parse(JSON.stringify(rest).replaceAll('"./', `"${folder}/`)) as unknown[]
  return open({ base: configuration.base, stores: placed }, { connectors: [seismic] })
}

test('beyond the head of a file, trace headers are all that is read', async () => {
  await using copy = await takeExample()
  const ranges: Range[] = []
  const store = recording(folderStore({ store: 'seismic', path: join(copy.folder, 'seismic') }), ranges)
  const seismic = objectConnector(store, { id: 'seismic', type: 'files', base: BASE, formats: objectFormats() })
  await using recorded = await openWith(copy.folder, seismic)
  for (const { iri: dataset } of copy.summary.trainingSets) {
    const { rows } = await run(recorded, 'q6', { dataset })
    expect(sorted(rows)).toEqual(sorted(answer6(stores, dataset)))
  }
  expect(new Set(ranges.map(({ locator }) => locator)).size).toBe(3)
  for (const { locator, offset, length } of ranges) {
    if (offset === 0) {
      expect(length).toBe(HEAD)
      continue
    }
    const traceSize = TRACE_HEADER + 4 * stores.surveys.get(locator)!.samples
    expect(length).toBe(TRACE_HEADER)
    expect((offset - 3600) % traceSize).toBe(0)
  }
})

const COPIES = 40

/** Surveys of the same samples, each with an annotation and a document of its own. */
async function multiplySurveys(folder: string): Promise<readonly string[]> {
  const document = JSON.parse(await readFile(join(folder, 'documents/surveys/parihaka.json'), 'utf8')) as object
  const names = Array.from({ length: COPIES }, (_, index) => `survey-${index}`)
  for (const name of names) {
    await link(join(folder, 'seismic/parihaka.sgy'), join(folder, `seismic/${name}.sgy`))
    await writeFile(join(folder, `documents/surveys/${name}.json`), JSON.stringify({ ...document, _id: name }))
  }
  const notes = names.map(
    (name) => `<urn:survey:${name}> a og:Survey ; og:basin "Basin of ${name}" ; og:field "Field of ${name}" .`,
  )
  const prefix = '@prefix og: <https://w3id.org/polyprov/example/seismic#> .'
  await writeFile(join(folder, 'annotations/copies.ttl'), [prefix, ...notes].join('\n'))
  return names
}

test('however many surveys are behind a model, each of the three is asked once', async () => {
  await using copy = await takeExample()
  const names = await multiplySurveys(copy.folder)
  await using opened = await copy.open()
  const curation = opened.capture.workflow('curation', { id: 'copies' })
  for (const name of names) {
    const seismic = {
      store: 'seismic',
      locator: `${name}.sgy`,
      schema: iri('https://w3id.org/polyprov/provlake#SeismicFile'),
    }
    const task = curation.task('inspect')
    task.use('seismic', seismic)
    task.generate('annotation', { store: 'annotations', locator: iri(`urn:survey:${name}`) })
    task.generate('outline', { store: 'surveys', locator: `surveys/${name}` })
    task.end()
  }
  await curation.close()
  const run1 = opened.capture.workflow('learning', { id: 'merged', learning: true })
  const merge = run1.task('merge')
  for (const name of [...names, 'netherlands', 'santos']) merge.use(name, { store: 'seismic', locator: `${name}.sgy` })
  const set = { store: 'tiles', locator: 'merged.h5' }
  const dataset = merge.dataset('trainingSet', set)
  merge.end()
  const stage = run1.stage('Training')
  stage.use('trainingSet', set)
  const model = stage.model('model', { store: 'models', locator: 'merged.json' })
  stage.end()
  await run1.close()

  const all = await readStores(copy.folder)
  const first = await run(opened, 'q1', { model: model.value })
  expect(first.rows).toHaveLength(COPIES + 2)
  expect(sorted(first.rows)).toEqual(sorted(answer1(all, model.value)))
  expect(first.rows.every((row) => Object.keys(row).length === 11)).toBe(true)
  const requests = (stats: typeof first.stats) =>
    ['provenance', 'annotations', 'surveys'].map((id) => stats.stores[id]?.requests)
  expect(requests(first.stats)).toEqual([1, 1, 1])
  const { bytes } = first.stats.stores['seismic']!
  expect(bytes).toBeLessThanOrEqual((COPIES + 2) * (HEAD + 40 * TRACE_HEADER))
  const { size } = await stat(join(copy.folder, 'seismic/parihaka.sgy'))
  expect(bytes).toBeLessThan((size * COPIES) / 20)

  const second = await run(opened, 'q1', { model: model.value })
  expect(sorted(second.rows)).toEqual(sorted(first.rows))
  expect(requests(second.stats)).toEqual([1, 1, 1])
  expect(second.stats.stores['seismic']).toMatchObject({ requests: 0, bytes: 0 })

  const third = await run(opened, 'q6', { dataset: dataset.value })
  expect(sorted(third.rows)).toEqual(sorted(answer6(all, dataset.value)))
  expect([third.stats.stores['provenance']?.requests, third.stats.stores['annotations']?.requests]).toEqual([1, 1])
  expect(third.stats.stores['surveys']).toBeUndefined()
})
