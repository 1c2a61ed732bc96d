import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readYarrrml } from '../../../connectors/mapping/yarrrml.ts'
import { fileEtag } from '../../../connectors/objects/files/index.ts'
import { readHdf5 } from '../../../examples/seismic/hdf5.ts'
import {
  buildSeismicExample,
  builtExample,
  isBuilt,
  type ProgressEvent,
  type Summary,
} from '../../../examples/seismic/index.ts'
import { type Well, wellsPath } from '../../../examples/seismic/wells.ts'
import { type ProvenanceSet, provenanceSet } from './provenance-set.ts'

const BASE = 'https://example.org/og/'
const object = (store: string, locator: string): string => `${BASE}store/${store}/object/${encodeURIComponent(locator)}`

let directory: string
let provenance: ProvenanceSet
let summary: Summary
const events: ProgressEvent[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seismic-'))
  provenance = provenanceSet()
  summary = await buildSeismicExample({
    directory,
    base: BASE,
    write: provenance.write,
    onProgress: (event) => events.push(event),
    settings: { tiles: 120, epochs: 4 },
  })
})

afterAll(() => rm(directory, { recursive: true, force: true }))

const executions = (type: string): readonly string[] => provenance.subjects('rdf:type', type)

describe('what is written', () => {
  test('surveys, training sets and models in the numbers that the six questions need', () => {
    expect(summary.surveys.map(({ locator }) => locator)).toEqual(['netherlands.sgy', 'parihaka.sgy', 'santos.sgy'])
    expect(summary.failedCurations).toEqual([])
    expect(summary.failedPreparations).toEqual([])
    expect(summary.trainingSets.length).toBeGreaterThanOrEqual(4)
    expect(new Set(summary.trainingSets.map(({ axis }) => axis))).toEqual(new Set(['inline', 'crossline']))
    expect(summary.models.length).toBeGreaterThanOrEqual(12)
    expect(summary.failedTrainings.map(({ reason }) => reason)).toEqual([expect.stringContaining('diverged')])
  })

  test('losses are measured, and training beats guessing', () => {
    for (const { loss } of summary.models) expect(loss).toBeGreaterThan(0)
    const accuracies = summary.models.map(({ accuracy }) => accuracy)
    expect(accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length).toBeGreaterThan(0.6)
  })

  test('every file that the provenance names is there', async () => {
    for (const store of ['seismic', 'tiles', 'models']) {
      const references = provenance.subjects('pl:isStoredInStore', `${BASE}store/${store}`)
      expect(references.length).toBeGreaterThanOrEqual(3)
      for (const reference of references) {
        const locator = decodeURIComponent(reference.slice(object(store, '').length))
        const content = await readFile(join(directory, store, locator))
        expect(provenance.objects(reference, 'pl:value')).toEqual([locator])
        expect(provenance.objects(reference, 'pl:sizeBytes')).toEqual([String(content.length)])
        const stats = await stat(join(directory, store, locator), { bigint: true })
        expect(provenance.objects(reference, 'pl:etag')).toEqual([fileEtag(stats)])
      }
    }
  })

  test('the configuration names the stores, and the view reads', async () => {
    const configuration = parse(await readFile(join(directory, 'polyprov.yaml'), 'utf8'))
    expect(configuration.base).toBe(BASE)
    expect(configuration.stores.map(({ id, type }: { id: string; type: string }) => [id, type])).toEqual([
      ['provenance', 'columnar'],
      ['annotations', 'rdf'],
      ['surveys', 'documents'],
      ['wells', 'documents'],
      ['seismic', 'files'],
      ['tiles', 'files'],
      ['models', 'files'],
    ])
    const text = await readFile(join(directory, 'surveys.yarrrml.yaml'), 'utf8')
    const objectPrefix = (collection: string): string => object('surveys', `${collection}/`)
    const views = readYarrrml(text, { file: 'surveys.yarrrml.yaml', objectPrefix })
    expect(views.map(({ name, collection }) => [name, collection])).toEqual([
      ['survey', 'surveys'],
      ['geometry', 'surveys'],
    ])
    expect(views[0]!.subject).toMatchObject({ kind: 'template', text: [object('surveys', 'surveys/'), ''] })
  })

  test('documents are polygons around the survey', async () => {
    const names = await readdir(join(directory, 'documents', 'surveys'))
    expect(names).toHaveLength(3)
    const document = JSON.parse(await readFile(join(directory, 'documents', 'surveys', 'netherlands.json'), 'utf8'))
    expect(document).toMatchObject({ _id: 'netherlands', crs: expect.stringContaining('EPSG') })
    const [longitude, latitude] = document.geometry.coordinates[0][0]
    expect(longitude).toBeCloseTo(4.64, 1)
    expect(latitude).toBeCloseTo(54.8, 1)
  })

  test('every survey has wells, drilled within its outline, which the provenance refers to', async () => {
    const lines = (await readFile(wellsPath(directory), 'utf8')).trim().split('\n')
    const wells = lines.map((line) => JSON.parse(line) as Well)
    expect(wells).toHaveLength(6)
    for (const { _id, survey, wellhead, spudded, depth } of wells) {
      const name = survey.split('/').at(-1)!
      expect(_id).toMatch(new RegExp(`^${name}-[12]$`))
      const document = JSON.parse(await readFile(join(directory, 'documents', 'surveys', `${name}.json`), 'utf8'))
      const outline: number[][] = document.geometry.coordinates[0]
      const [longitude, latitude] = /POINT\((\S+) (\S+)\)/.exec(wellhead)!.slice(1).map(Number) as [number, number]
      for (const [axis, value] of [longitude, latitude].entries()) {
        const along = outline.map((position) => position[axis]!)
        expect(value).toBeGreaterThan(Math.min(...along))
        expect(value).toBeLessThan(Math.max(...along))
      }
      expect(Number.isNaN(Date.parse(spudded))).toBe(false)
      expect(depth).toBeGreaterThan(1000)
      expect(provenance.objects(object('wells', `wells/${_id}`), 'pl:value')).toEqual([`wells/${_id}`])
    }
  })

  test('tiles are what the summary says', async () => {
    const [set] = summary.trainingSets
    const arrays = await readHdf5(join(directory, 'tiles', `${set!.name}.h5`), [
      '/training/tiles',
      '/validation/labels',
    ])
    expect(arrays['/training/tiles'].shape).toEqual([96, 8, 8])
    expect(arrays['/validation/labels'].shape).toEqual([24])
  })

  test('a folder is whole when all is done', async () => {
    expect(await isBuilt(directory)).toBe(true)
    expect(await builtExample(directory)).toEqual({ seed: 1 })
    expect(await isBuilt(join(directory, 'seismic'))).toBe(false)
  })

  test('progress ends with the last of each stage', () => {
    for (const stage of ['curation', 'preparation', 'learning'] as const) {
      const last = events.filter((event) => event.stage === stage).at(-1)!
      expect(last.done).toBe(last.total)
    }
  })
})

describe('the provenance', () => {
  test('every execution carries its class, prov:Activity, a status and its times', () => {
    const activities = executions('prov:Activity')
    const own = ['pl:WorkflowExecution', 'pl:DataTransformationExecution', 'pl:EpochExecution', 'pl:BatchExecution']
    const classed = own.flatMap((name) => executions(name))
    expect([...classed].sort()).toEqual([...activities].sort())
    for (const activity of activities) {
      expect(provenance.objects(activity, 'pl:status')).toHaveLength(1)
      expect(['FINISHED', 'FAILED']).toContain(provenance.objects(activity, 'pl:status')[0])
      for (const property of ['prov:startedAtTime', 'prov:endedAtTime', 'pl:durationSeconds']) {
        expect(provenance.objects(activity, property)).toHaveLength(1)
      }
    }
  })

  test('a batch is part of an epoch, of a stage, of a whole run', () => {
    const [batch] = executions('pl:BatchExecution')
    const chain = [...provenance.closure(batch!, 'pl:partOf')]
    const classes = chain.map((execution) => provenance.objects(execution, 'rdf:type'))
    expect(classes[0]).toContain('https://w3id.org/polyprov/provlake#EpochExecution')
    expect(classes[1]).toContain('https://w3id.org/polyprov/provml#LearningStageExecution')
    expect(classes[2]).toContain('https://w3id.org/polyprov/provml#LearningProcessExecution')
    expect(chain).toHaveLength(3)
  })

  test('what is behind a model is its own survey, and no other', () => {
    for (const model of summary.models) {
      const behind = provenance.closure(model.iri, 'prov:wasDerivedFrom')
      const seismic = [...behind].filter((node) => node.startsWith(object('seismic', '')))
      expect(seismic).toEqual([object('seismic', model.survey)])
      const sets = summary.trainingSets.filter(({ iri }) => behind.has(iri)).map(({ name }) => name)
      expect(sets).toEqual([model.trainingSet])
    }
  })

  test('only references are derived, from references', () => {
    const derivations = [...provenance.quads.values()].filter(({ predicate }) =>
      /wasDerivedFrom$/.test(predicate.value),
    )
    const references = new Set(executions('pl:DataReference'))
    for (const { subject, object: source } of derivations) {
      expect(references).toContain(subject.value)
      expect(references).toContain(source.value)
    }
  })

  test('the parts of an epoch take no longer than the epoch', () => {
    const seconds = (execution: string): number => Number(provenance.objects(execution, 'pl:durationSeconds')[0])
    for (const epoch of executions('pl:EpochExecution')) {
      const batches = provenance.subjects('pl:partOf', epoch)
      expect(batches.length).toBeGreaterThan(0)
      expect(batches.reduce((sum, batch) => sum + seconds(batch), 0)).toBeLessThanOrEqual(seconds(epoch) + 1e-6)
    }
  })

  test('the run that diverged failed, with its epoch and its stage, and kept no model', () => {
    const failed = provenance.subjects('pl:status', 'FAILED')
    expect(failed).toHaveLength(3)
    const kept = failed.flatMap((execution) => provenance.subjects('prov:wasGeneratedBy', execution))
    const models = new Set(executions('provml:ModelReferenceValue'))
    expect(kept.some((entity) => models.has(entity))).toBe(false)
  })
})

test('a build can be cancelled, and leaves no marker', async () => {
  const half = await mkdtemp(join(tmpdir(), 'seismic-'))
  const controller = new AbortController()
  const building = buildSeismicExample({
    directory: half,
    write: provenanceSet().write,
    signal: controller.signal,
    onProgress: ({ stage }) => stage === 'preparation' && controller.abort(new Error('enough')),
  })
  await expect(building).rejects.toThrow('enough')
  expect(await isBuilt(half)).toBe(false)
  await rm(half, { recursive: true })
})

test('the same seed gives the same losses', async () => {
  const again = await mkdtemp(join(tmpdir(), 'seismic-'))
  const options = { directory: again, write: provenanceSet().write, settings: { tiles: 120, epochs: 4 } }
  const { models } = await buildSeismicExample(options)
  expect(models.map(({ loss }) => loss)).toEqual(summary.models.map(({ loss }) => loss))
  await rm(again, { recursive: true })
})
