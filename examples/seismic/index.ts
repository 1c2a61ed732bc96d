import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createCapture, type Write } from '../../src/provenance/capture.ts'
import { referenceIri } from '../../src/provenance/values.ts'
import { writeConfiguration } from './configuration.ts'
import { curateFolder, curateSynthetic, type FailedCuration } from './curation.ts'
import { type FailedLearning, learn, planLearning, type TrainedModel } from './learning.ts'
import { type FailedPreparation, planPreparations, prepare, type TrainingSet } from './preparation.ts'
import { type BuildContext, DEFAULT_SETTINGS, type ProgressEvent, type Settings } from './settings.ts'

export type { ProgressEvent } from './settings.ts'

export interface BuildOptions {
  /** The folder to build in; made where it is missing. */
  readonly directory: string
  /** A folder of real SEG-Y files to learn from, instead of synthetic surveys; they are not copied. */
  readonly surveys?: string
  /** Writes what is captured to the provenance store. */
  readonly write: Write
  /** Base of the IRIs of stores, objects and executions. */
  readonly base?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (event: ProgressEvent) => void
  /** Seed of the synthetic surveys, the choice of tiles and the first weights. */
  readonly seed?: number
  readonly settings?: Partial<Settings>
}

/** What was built. */
export interface Summary {
  readonly surveys: readonly {
    readonly locator: string
    readonly inlines: number
    readonly crosslines: number
    readonly samples: number
    readonly annotated: boolean
  }[]
  readonly failedCurations: readonly FailedCuration[]
  readonly trainingSets: readonly {
    readonly name: string
    readonly iri: string
    readonly survey: string
    readonly axis: 'inline' | 'crossline'
    readonly rangeStart: number
    readonly rangeEnd: number
    readonly tiles: number
    readonly labels: string
  }[]
  readonly failedPreparations: readonly FailedPreparation[]
  readonly models: readonly TrainedModel[]
  readonly failedTrainings: readonly FailedLearning[]
}

/** Written last: a folder without it is half-made. */
const MARKER = '.complete'

/** What a whole example was built from. */
export interface BuiltExample {
  readonly seed: number
  /** The folder of real surveys, where it was not built from synthetic ones. */
  readonly surveys?: string
}

/** What the example in a folder was built from; `undefined` where there is none, or a half-made one. */
export async function builtExample(directory: string): Promise<BuiltExample | undefined> {
  const text = await readFile(join(directory, MARKER), 'utf8').catch(() => undefined)
  try {
    return text === undefined ? undefined : (JSON.parse(text) as BuiltExample)
  } catch {
    return undefined
  }
}

/** Whether the folder holds a whole example. */
export const isBuilt = async (directory: string): Promise<boolean> => (await builtExample(directory)) !== undefined

/**
 * Builds the seismic example: curates surveys, prepares training sets, trains classifiers, and captures the provenance
 * of it all. Rejects with the signal's reason where it is cancelled; what cannot be read, cut or trained is recorded as
 * failed and listed in the summary.
 */
export async function buildSeismicExample(options: BuildOptions): Promise<Summary> {
  const { directory, base = 'urn:polyprov:', surveys: folder, signal } = options
  const build: BuildContext = {
    directory,
    seed: options.seed ?? 1,
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    signal,
    onProgress: options.onProgress ?? (() => undefined),
  }
  await writeConfiguration(directory, base, folder)
  const capture = createCapture({ base, write: options.write })
  const curation =
    folder === undefined ? await curateSynthetic(build, capture) : await curateFolder(build, capture, folder)

  const sets: TrainingSet[] = []
  const failedPreparations: FailedPreparation[] = []
  const preparations = planPreparations(build, curation.surveys)
  for (const [index, plan] of preparations.entries()) {
    signal?.throwIfAborted()
    const result = await prepare(build, capture, plan)
    if ('reason' in result) failedPreparations.push(result)
    else sets.push(result)
    build.onProgress({ stage: 'preparation', name: plan.name, done: index + 1, total: preparations.length })
  }

  const models: TrainedModel[] = []
  const failedTrainings: FailedLearning[] = []
  const trainings = planLearning(sets)
  for (const [index, plan] of trainings.entries()) {
    signal?.throwIfAborted()
    const result = await learn(build, capture, plan)
    if ('reason' in result) failedTrainings.push(result)
    else models.push(result)
    build.onProgress({ stage: 'learning', name: plan.name, done: index + 1, total: trainings.length })
  }
  await capture.flush()
  const built: BuiltExample = { seed: build.seed, ...(folder === undefined ? {} : { surveys: resolve(folder) }) }
  await writeFile(
    join(directory, MARKER),
    `${JSON.stringify(built)}
`,
  )
  return {
    surveys: curation.surveys.map(({ locator, geometry, annotation }) => ({
      locator,
      inlines: geometry.inlines.count,
      crosslines: geometry.crosslines.count,
      samples: geometry.sampleCount,
      annotated: annotation !== undefined,
    })),
    failedCurations: curation.failed,
    trainingSets: sets.map((set) => ({
      name: set.name,
      iri: referenceIri(base, set.reference).value,
      survey: set.survey.locator,
      axis: set.range.axis,
      rangeStart: set.range.start,
      rangeEnd: set.range.end,
      tiles: set.tiles,
      labels: set.labels,
    })),
    failedPreparations,
    models,
    failedTrainings,
  }
}
