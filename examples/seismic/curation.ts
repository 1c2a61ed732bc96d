import { readdir, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Quad } from 'n3'
import { PolyprovError } from '../../planner/errors.ts'
import { iri } from '../../planner/term.ts'
import type { CaptureClient, Reference, WorkflowRun } from '../../src/provenance/capture.ts'
import { pl } from '../../src/provenance/vocabulary.ts'
import {
  type Annotation,
  annotationOf,
  annotationPath,
  annotationTurtle,
  readAnnotations,
  writeAnnotations,
} from './annotations.ts'
import { epsgCode, outline } from './coordinates.ts'
import { reasonOf } from './failure.ts'
import { digestedReference, fileReference } from './files.ts'
import { writeSegy } from './segy-writer.ts'
import { type BuildContext, STORES } from './settings.ts'
import { type Geometry, geometryOf, readHeader } from './survey.ts'
import { SYNTHETIC_SURVEYS, type SyntheticSurvey } from './synthetic-survey.ts'
import { wellReferences, writeWells } from './wells.ts'

/** A survey that tiles can be cut from. */
export interface CuratedSurvey {
  /** The file's path in the seismic store. */
  readonly locator: string
  readonly path: string
  readonly reference: Reference
  readonly geometry: Geometry
  readonly annotation?: Annotation
}

/** A file that could not be curated, and why. */
export interface FailedCuration {
  readonly locator: string
  readonly reason: string
}

export interface Curation {
  readonly surveys: readonly CuratedSurvey[]
  readonly failed: readonly FailedCuration[]
}

const SEISMIC = { format: 'SEG-Y', schema: pl.SeismicFile } as const
const USER = iri('https://w3id.org/polyprov/example/seismic/geoscientist')

const annotationReference = (resource: string): Reference => ({
  store: STORES.annotations,
  locator: iri(resource),
  schema: pl.Resource,
})

/** Makes the synthetic surveys, and the annotations, outlines and wells that go with them. */
export async function curateSynthetic(build: BuildContext, capture: CaptureClient): Promise<Curation> {
  const surveys: CuratedSurvey[] = []
  await writeWells(build.directory, SYNTHETIC_SURVEYS)
  for (const [index, survey] of SYNTHETIC_SURVEYS.entries()) {
    build.signal?.throwIfAborted()
    surveys.push(await curateOne(build, capture, survey, build.seed + index))
    build.onProgress({ stage: 'curation', name: survey.name, done: index + 1, total: SYNTHETIC_SURVEYS.length })
  }
  return { surveys, failed: [] }
}

async function curateOne(
  build: BuildContext,
  capture: CaptureClient,
  survey: SyntheticSurvey,
  seed: number,
): Promise<CuratedSurvey> {
  const locator = `${survey.name}.sgy`
  const path = join(build.directory, 'seismic', locator)
  const run = capture.workflow('curation', { id: survey.name })
  try {
    const synthesis = run.task('synthesise')
    synthesis.use('seed', seed)
    synthesis.use('noise', survey.noise)
    await writeSegy(path, survey, seed, build.signal)
    const reference = await digestedReference(STORES.seismic, locator, path, SEISMIC)
    synthesis.generate('seismic', reference)
    synthesis.end()
    const geometry = await inspect(build, run, reference, path)
    tieWells(run, survey, reference)
    const annotation = await annotate(build, run, survey, reference, locator)
    await drawOutline(build, run, survey, reference)
    await run.close()
    return { locator, path, reference, geometry, annotation }
  } catch (error) {
    await run.close('FAILED')
    throw error
  }
}

/** Reads the headers; what makes the survey unfit is recorded with the execution, and thrown. */
async function inspect(build: BuildContext, run: WorkflowRun, reference: Reference, path: string): Promise<Geometry> {
  const task = run.task('inspectHeaders')
  task.use('seismic', reference)
  task.use('tileSize', build.settings.tileSize)
  try {
    const header = await readHeader(path, build.signal)
    task.generate('sampleFormat', header.sampleFormat)
    if (header.traceCount !== undefined) task.generate('traceCount', header.traceCount)
    const geometry = geometryOf(header, build.settings.tileSize)
    task.end()
    return geometry
  } catch (error) {
    task.generate('error', reasonOf(error))
    task.end('FAILED')
    throw error
  }
}

/** The samples are tied to what the wells met: nothing new comes of it. */
function tieWells(run: WorkflowRun, survey: SyntheticSurvey, reference: Reference): void {
  const task = run.task('tieWells')
  task.associate(USER)
  task.use('seismic', reference)
  for (const well of wellReferences(survey)) task.use('well', well)
  task.end()
}

async function annotate(
  build: BuildContext,
  run: WorkflowRun,
  survey: SyntheticSurvey,
  reference: Reference,
  locator: string,
): Promise<Annotation> {
  const task = run.task('annotate')
  task.associate(USER)
  task.use('seismic', reference)
  const path = annotationPath(build.directory, survey.name)
  await writeFile(path, annotationTurtle(survey, locator))
  const annotation = annotationOf(await readAnnotations(path), locator)
  if (annotation === undefined) throw new PolyprovError('internal', `${path} does not annotate ${locator}`)
  task.generate('annotation', annotationReference(annotation.resource))
  task.end()
  return annotation
}

async function drawOutline(
  build: BuildContext,
  run: WorkflowRun,
  survey: SyntheticSurvey,
  reference: Reference,
): Promise<void> {
  const task = run.task('drawOutline')
  task.use('seismic', reference)
  task.use('coordinates', `EPSG:${epsgCode(survey.origin)}`)
  const document = {
    _id: survey.name,
    name: survey.title,
    geometry: outline(survey),
    crs: 'http://www.opengis.net/def/crs/EPSG/0/4326',
  }
  await writeFile(
    join(build.directory, 'documents', 'surveys', `${survey.name}.json`),
    `${JSON.stringify(document, undefined, 2)}\n`,
  )
  task.generate('outline', { store: STORES.surveys, locator: `surveys/${survey.name}`, schema: pl.Collection })
  task.end()
}

/** Files of real surveys beneath a folder, and the annotations beside them. */
async function findFiles(folder: string): Promise<{ readonly seismic: string[]; readonly annotations: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: Error) => {
    throw new PolyprovError('usage', `--surveys ${folder} cannot be read: ${error.message}`, { cause: error })
  })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
  const seismic = paths.filter((path) => /\.se?gy$/i.test(path))
  if (seismic.length === 0) {
    throw new PolyprovError('usage', `--surveys ${folder} holds no .sgy or .segy file: at least one is needed`)
  }
  return { seismic, annotations: paths.filter((path) => /(^|\/)annotations\.ttl$/.test(path)) }
}

/** Looks through the files of a folder; one that is unfit is recorded as a failed curation and listed. */
export async function curateFolder(build: BuildContext, capture: CaptureClient, folder: string): Promise<Curation> {
  const files = await findFiles(folder)
  await writeWells(build.directory, [])
  const annotations: Quad[] = []
  for (const file of files.annotations) annotations.push(...(await readAnnotations(join(folder, file))))
  await writeAnnotations(annotationPath(build.directory, 'surveys'), annotations)
  const surveys: CuratedSurvey[] = []
  const failed: FailedCuration[] = []
  for (const [index, locator] of files.seismic.entries()) {
    build.signal?.throwIfAborted()
    try {
      surveys.push(await curateFile(build, capture, folder, locator, annotations))
    } catch (error) {
      build.signal?.throwIfAborted()
      failed.push({ locator, reason: reasonOf(error) })
    }
    build.onProgress({ stage: 'curation', name: locator, done: index + 1, total: files.seismic.length })
  }
  return { surveys, failed }
}

async function curateFile(
  build: BuildContext,
  capture: CaptureClient,
  folder: string,
  locator: string,
  annotations: readonly Quad[],
): Promise<CuratedSurvey> {
  const path = join(folder, locator)
  const run = capture.workflow('curation', { id: locator })
  try {
    const reference = await fileReference(STORES.seismic, locator, path, SEISMIC)
    const geometry = await inspect(build, run, reference, path)
    const annotation = annotationOf(annotations, locator)
    if (annotation !== undefined) {
      const task = run.task('annotate')
      task.use('seismic', reference)
      task.generate('annotation', annotationReference(annotation.resource))
      task.end()
    }
    await run.close()
    return { locator, path, reference, geometry, ...(annotation ? { annotation } : {}) }
  } catch (error) {
    await run.close('FAILED')
    throw error
  }
}
