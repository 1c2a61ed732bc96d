import { objectIri } from '../../connectors/connector.ts'

/** Base of the IRIs of stores and objects. */
export const BASE = 'urn:bench:'
export const OG = 'https://w3id.org/polyprov/example/seismic#'
export const WELLS = 'https://example.org/wells#'
export const ANNOTATIONS = 'https://example.org/annotations/'
export const EPSG_4326 = 'http://www.opengis.net/def/crs/EPSG/0/4326'

export const STORES = {
  provenance: 'provenance',
  annotations: 'annotations',
  surveys: 'surveys',
  wells: 'wells',
  lake: 'lake',
} as const

export interface Well {
  readonly id: number
  readonly name: string
  readonly operator: string
  readonly depth: number
  readonly spud: string
  readonly status: string
  readonly survey: number
  readonly remarks: string
}

export interface Survey {
  readonly _id: string
  readonly name: string
  readonly year: number
  readonly country: string
  readonly vessel?: string
  readonly crs: string
  readonly survey: number
  readonly position: { readonly type: 'Point'; readonly coordinates: readonly [number, number] }
  readonly report: string
}

export interface Annotation {
  readonly iri: string
  readonly basin: string
  readonly field: string
  readonly interpreter: string
  readonly note: string
}

/** A training set: `k` of the records that it was derived from. */
export interface TrainingSet {
  readonly name: string
  readonly locator: string
  readonly members: readonly number[]
}

/** How many there are of what, for a size. */
export interface Scale {
  /** References to each of the databases behind the training set `all`. */
  readonly size: number
  /** Records of each database: half of them are referred to. */
  readonly records: number
  readonly objects: number
  readonly sets: number
}

const MOST_OBJECTS = 100
const MOST_SETS = 20
const MEMBERS = 10
/** Columns of the grid of positions, a hundredth of a degree apart. */
const GRID = 500

export const scaleOf = (size: number): Scale => ({
  size,
  records: 2 * size,
  objects: Math.min(size, MOST_OBJECTS),
  sets: Math.min(size, MOST_SETS),
})

const OPERATORS = ['Aker', 'Bluefin', 'Cormorant', 'Dana', 'Eider', 'Fulmar', 'Gannet', 'Heron']
const COUNTRIES = ['NL', 'NO', 'NZ', 'BR']
const FILLING = 'Plugged and abandoned after testing; cores kept at the national archive. '

/** Spreads neighbouring numbers: a prime larger than any size. */
const spread = (k: number): number => (k * 7_919) % 1_000_003

export const wellOf = (k: number, { size }: Scale): Well => ({
  id: k,
  name: `Well ${k}`,
  operator: OPERATORS[k % OPERATORS.length]!,
  depth: 1_000 + (spread(k) % 5_000),
  spud: `${1970 + (k % 50)}-0${1 + (k % 9)}-1${k % 10}`,
  status: k % 3 === 0 ? 'producing' : 'abandoned',
  survey: k < size ? k : k - size,
  remarks: FILLING.repeat(4),
})

export const surveyOf = (k: number): Survey => ({
  _id: `s${k}`,
  name: `Survey ${k}`,
  year: 1980 + (k % 40),
  country: COUNTRIES[Math.floor(k / 40) % COUNTRIES.length]!,
  ...(k % 3 === 2 ? {} : { vessel: `Vessel ${k % 30}` }),
  crs: EPSG_4326,
  survey: k,
  position: { type: 'Point', coordinates: [(k % GRID) / 100 + 3, Math.floor(k / GRID) / 100 + 52] },
  report: FILLING.repeat(5),
})

export const annotationOf = (k: number): Annotation => ({
  iri: annotationIri(k),
  basin: `Basin ${spread(k) % 20}`,
  field: `Field ${k % 97}`,
  interpreter: interpreterIri(k % 50),
  note: `Horizon ${k % 13} picked; ${k % 100 === 2 ? 'salt dome to the east' : 'no structure of note'}.`,
})

export const annotationIri = (k: number): string => `${ANNOTATIONS}${k}`
export const interpreterIri = (person: number): string => `https://example.org/people/${person}`

export const seismicLocator = (k: number): string => `${k}.sgy`
export const wellReference = (k: number): string => objectIri(BASE, STORES.wells, `well/${k}`)
export const outlineReference = (k: number): string => objectIri(BASE, STORES.surveys, `surveys/s${k}`)
export const seismicReference = (k: number): string => objectIri(BASE, STORES.lake, seismicLocator(k))
export const annotationReference = (k: number): string => objectIri(BASE, STORES.annotations, annotationIri(k))
export const datasetIri = ({ locator }: Pick<TrainingSet, 'locator'>): string => objectIri(BASE, STORES.lake, locator)
export const modelIri = ({ name }: Pick<TrainingSet, 'name'>): string =>
  objectIri(BASE, STORES.lake, `model-${name}.onnx`)

/** The large training set and the small ones. */
export function trainingSets({ size, sets }: Scale): readonly TrainingSet[] {
  const all = { name: 'all', locator: 'tiles-all.h5', members: Array.from({ length: size }, (_, k) => k) }
  const small = Array.from({ length: sets }, (_, t): TrainingSet => {
    const members = Array.from({ length: MEMBERS }, (__, j) => (MEMBERS * t + j) % size)
    return { name: `${t}`, locator: `tiles-${t}.h5`, members: [...new Set(members)] }
  })
  return [all, ...small]
}

/** Geometry of an object's seismic data: small, and no two neighbours alike. */
export const linesOf = (k: number) => ({ inlines: 3 + (k % 3), crosslines: 4 + (k % 2), samples: 16 + (k % 5) })
/** Tiles of a training set's file. */
export const tilesOf = (set: number): readonly [number, number, number] => [4 + set, 8, 8]
