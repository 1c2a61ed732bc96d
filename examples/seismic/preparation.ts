import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { iri } from '../../planner/term.ts'
import type { CaptureClient, Reference, SliceRange, WorkflowRun } from '../../src/provenance/capture.ts'
import { pl, provml } from '../../src/provenance/vocabulary.ts'
import type { CuratedSurvey } from './curation.ts'
import { reasonOf } from './failure.ts'
import { digestedReference } from './files.ts'
import { readHdf5, writeHdf5 } from './hdf5.ts'
import { createRandom } from './random.ts'
import { type BuildContext, STORES } from './settings.ts'
import { type Lines, lineNumber, readSubvolume, type Selection } from './survey.ts'
import { type CutTiles, cutTiles, type LabelSource } from './tiles.ts'

/** What is to be cut from which survey. */
export interface PreparationPlan {
  readonly name: string
  readonly survey: CuratedSurvey
  readonly selection: Selection
  readonly range: SliceRange
  /** Tiles whose root mean square is below this share of the range's are left out. */
  readonly noiseThreshold: number
}

/** A training set on disk. */
export interface TrainingSet {
  readonly name: string
  readonly survey: CuratedSurvey
  readonly range: SliceRange
  readonly noiseThreshold: number
  readonly path: string
  readonly reference: Reference
  readonly tiles: number
  readonly labels: LabelSource
}

/** A training set that could not be made, and why. */
export interface FailedPreparation {
  readonly name: string
  readonly survey: string
  readonly reason: string
}

const NOISE_THRESHOLDS = [0.3, 0.5, 0.4] as const
/** Fewer tiles than this cannot be told apart into training and validation. */
const FEWEST_TILES = 10
/** Share of the tiles that is kept for validation. */
const VALIDATION_SHARE = 0.2

const HDF5 = { format: 'HDF5' } as const

/** Training sets in turn over the surveys, with inline and crossline ranges in turn, until there are enough. */
export function planPreparations(build: BuildContext, surveys: readonly CuratedSurvey[]): PreparationPlan[] {
  if (surveys.length === 0) return []
  const count = Math.max(build.settings.trainingSets, surveys.length)
  return Array.from({ length: count }, (_, index) => {
    const place = index % surveys.length
    return planPreparation(build, surveys, place, Math.floor(index / surveys.length))
  })
}

const stemOf = ({ locator }: CuratedSurvey): string => locator.replace(/\.[^./]+$/, '')

/** The file's path without its extension, unless another survey's is the same. */
function setStem(surveys: readonly CuratedSurvey[], survey: CuratedSurvey): string {
  const stem = stemOf(survey)
  return surveys.some((other) => other !== survey && stemOf(other) === stem) ? survey.locator : stem
}

function planPreparation(
  { settings }: BuildContext,
  surveys: readonly CuratedSurvey[],
  place: number,
  round: number,
): PreparationPlan {
  const survey = surveys[place]!
  const { inlines, crosslines, sampleCount } = survey.geometry
  const axis = (place + round) % 2 === 0 ? 'inline' : 'crossline'
  const [along, across]: readonly [Lines, Lines] = axis === 'inline' ? [inlines, crosslines] : [crosslines, inlines]
  const slices = Math.min(settings.slices, Math.ceil(along.count / 2))
  const room = along.count - slices
  const from = room === 0 ? 0 : (Math.floor(room / 4) + Math.ceil(slices / 2) * round) % (room + 1)
  const ends = [lineNumber(along, from), lineNumber(along, from + slices - 1)]
  const range = { axis, start: Math.min(...ends), end: Math.max(...ends) } as const
  return {
    name: `${setStem(surveys, survey)}-${axis}-${range.start}-${range.end}${round > 1 ? `-${round}` : ''}`,
    survey,
    range,
    selection: {
      axis,
      from,
      slices,
      traces: Math.min(across.count, settings.sliceTraces),
      samples: Math.min(sampleCount, settings.sliceSamples),
    },
    noiseThreshold: NOISE_THRESHOLDS[(place + round) % NOISE_THRESHOLDS.length]!,
  }
}

/** Selects slices, cuts tiles and labels them; one run of the workflow a training set. */
export async function prepare(
  build: BuildContext,
  capture: CaptureClient,
  plan: PreparationPlan,
): Promise<TrainingSet | FailedPreparation> {
  const run = capture.workflow('preparation', { id: plan.name })
  try {
    const slices = await selectSlices(build, run, plan)
    const set = await makeTiles(build, run, plan, slices)
    await run.close()
    return set
  } catch (error) {
    await run.close('FAILED')
    build.signal?.throwIfAborted()
    return { name: plan.name, survey: plan.survey.locator, reason: reasonOf(error) }
  }
}

interface Slices {
  readonly path: string
  readonly reference: Reference
}

async function selectSlices(build: BuildContext, run: WorkflowRun, plan: PreparationPlan): Promise<Slices> {
  const task = run.task('selectSlices')
  task.use('seismic', plan.survey.reference)
  task.use('sliceRange', plan.range)
  try {
    const { survey, selection, range } = plan
    const box = await readSubvolume(survey.path, survey.geometry, selection, build.signal)
    const locator = `slices/${plan.name}.h5`
    const path = join(build.directory, 'tiles', locator)
    await mkdir(dirname(path), { recursive: true })
    const [slices, traces] = box.shape
    await writeHdf5(
      path,
      {
        '/amplitudes': { data: box.amplitudes, shape: box.shape },
        '/slices': { data: box.slices, shape: [slices] },
        '/traces': { data: box.traces, shape: [traces] },
      },
      { axis: range.axis, survey: survey.locator },
    )
    const reference = await digestedReference(STORES.tiles, locator, path, HDF5)
    task.generate('slices', reference)
    task.end()
    return { path, reference }
  } catch (error) {
    task.generate('error', reasonOf(error))
    task.end('FAILED')
    throw error
  }
}

async function makeTiles(
  build: BuildContext,
  run: WorkflowRun,
  plan: PreparationPlan,
  slices: Slices,
): Promise<TrainingSet> {
  const { survey, range, noiseThreshold } = plan
  const { tileSize, tiles: most } = build.settings
  const faults = survey.annotation?.faults ?? []
  const task = run.task('cutTiles')
  task.use('slices', slices.reference)
  task.use('tileSize', tileSize, { unit: 'samples' })
  task.use('noiseThreshold', noiseThreshold)
  if (survey.annotation && faults.length > 0) {
    task.use('annotation', { store: STORES.annotations, locator: iri(survey.annotation.resource), schema: pl.Resource })
  }
  try {
    const box = await readHdf5(slices.path, ['/amplitudes', '/slices', '/traces'])
    const cut = cutTiles(
      {
        amplitudes: box['/amplitudes'].data as Float32Array,
        shape: box['/amplitudes'].shape as readonly [number, number, number],
        slices: box['/slices'].data as Int32Array,
        traces: box['/traces'].data as Int32Array,
      },
      {
        axis: range.axis,
        firstInline: survey.geometry.inlines.first,
        tileSize,
        noiseThreshold,
        most,
        faults,
        random: createRandom(build.seed),
      },
    )
    if (cut.count < FEWEST_TILES) {
      throw new Error(
        `${cut.count} tiles are above the noise threshold ${noiseThreshold}, at least ${FEWEST_TILES} are needed`,
      )
    }
    task.use('labels', cut.source, { classes: [provml.LearningTaskValue] })
    const locator = `${plan.name}.h5`
    const path = join(build.directory, 'tiles', locator)
    await writeTiles(path, cut, tileSize, plan)
    const reference = await digestedReference(STORES.tiles, locator, path, HDF5)
    task.dataset('trainingSet', reference, {
      tiles: cut.count,
      positiveShare: cut.labels.reduce((sum, label) => sum + label, 0) / cut.count,
    })
    task.end()
    const { count: tiles, source: labels } = cut
    return { name: plan.name, survey, range, noiseThreshold, path, reference, tiles, labels }
  } catch (error) {
    task.generate('error', reasonOf(error))
    task.end('FAILED')
    throw error
  }
}

async function writeTiles(path: string, cut: CutTiles, tileSize: number, plan: PreparationPlan): Promise<void> {
  const validation = Math.max(1, Math.round(cut.count * VALIDATION_SHARE))
  const training = cut.count - validation
  const area = tileSize * tileSize
  const part = (from: number, count: number) => ({
    tiles: { data: cut.tiles.subarray(from * area, (from + count) * area), shape: [count, tileSize, tileSize] },
    labels: { data: cut.labels.subarray(from, from + count), shape: [count] },
    positions: { data: cut.positions.subarray(from * 3, (from + count) * 3), shape: [count, 3] },
  })
  const [first, second] = [part(0, training), part(training, validation)]
  await mkdir(dirname(path), { recursive: true })
  await writeHdf5(
    path,
    {
      '/training/tiles': first.tiles,
      '/training/labels': first.labels,
      '/training/positions': first.positions,
      '/validation/tiles': second.tiles,
      '/validation/labels': second.labels,
      '/validation/positions': second.positions,
    },
    {
      survey: plan.survey.locator,
      axis: plan.range.axis,
      rangeStart: plan.range.start,
      rangeEnd: plan.range.end,
      tileSize,
      noiseThreshold: plan.noiseThreshold,
      labels: cut.source,
    },
  )
}
