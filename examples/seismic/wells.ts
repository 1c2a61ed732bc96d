import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reference } from '../../src/provenance/capture.ts'
import { pl } from '../../src/provenance/vocabulary.ts'
import { annotationResource } from './annotations.ts'
import { binPosition, toLongitudeLatitude } from './coordinates.ts'
import { STORES } from './settings.ts'
import type { SyntheticSurvey } from './synthetic-survey.ts'

/** The name of the wells' collection, or of their table. */
export const WELLS = 'wells'

/** The file of the wells' documents in a folder of the example. */
export const wellsPath = (directory: string): string => join(directory, 'registry', `${WELLS}.ndjson`)

/** A well of the registry, as a document and as a row of a table. */
export interface Well {
  readonly _id: string
  readonly name: string
  /** IRI of the survey that it was drilled in. */
  readonly survey: string
  readonly status: string
  /** Day on which drilling began. */
  readonly spudded: string
  /** Metres along the hole. */
  readonly depth: number
  /** Well-known text, longitude before latitude on WGS 84. */
  readonly wellhead: string
}

const STATUSES = ['gas shows', 'dry', 'oil shows'] as const
const BINS = [
  [0.25, 0.3],
  [0.6, 0.75],
] as const

/** The synthetic wells of a synthetic survey: two of them, at a third and at three quarters of it. */
function wellsIn(survey: SyntheticSurvey, place: number): readonly Well[] {
  return BINS.map(([alongInlines, alongCrosslines], index) => {
    const [inline, crossline] = [survey.inlines * alongInlines, survey.crosslines * alongCrosslines].map(Math.floor)
    const position = toLongitudeLatitude(survey.origin, ...binPosition(survey, inline!, crossline!))
    return {
      _id: `${survey.name}-${index + 1}`,
      name: `${survey.title} ${index + 1}`,
      survey: annotationResource(survey),
      status: STATUSES[(place + index) % STATUSES.length]!,
      spudded: `${1987 + 6 * place + 3 * index}-0${index + 4}-1${place}`,
      depth: 1850.5 + 437.25 * place + 310 * index,
      wellhead: `POINT(${position.map((degrees) => Math.round(degrees * 1e6) / 1e6).join(' ')})`,
    }
  })
}

/** Writes the registry of wells of the surveys. */
export async function writeWells(directory: string, surveys: readonly SyntheticSurvey[]): Promise<void> {
  const wells = surveys.flatMap(wellsIn)
  await writeFile(wellsPath(directory), wells.map((well) => `${JSON.stringify(well)}\n`).join(''))
}

/** The provenance's references to a survey's wells. */
export const wellReferences = (survey: SyntheticSurvey): readonly Reference[] =>
  wellsIn(survey, 0).map(({ _id }) => ({ store: STORES.wells, locator: `${WELLS}/${_id}`, schema: pl.Table }))
