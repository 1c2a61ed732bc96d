/** How large the example is. */
export interface Settings {
  /** Traces and samples of a tile, which is square. */
  readonly tileSize: number
  /** Training sets at least; every survey gets one. */
  readonly trainingSets: number
  /** Slices of a range at most. */
  readonly slices: number
  /** Traces and samples of a slice that are cut into tiles, at most. */
  readonly sliceTraces: number
  readonly sliceSamples: number
  /** Tiles of a training set at most, chosen at random beyond. */
  readonly tiles: number
  readonly epochs: number
  /** Epochs from one checkpoint to the next. */
  readonly checkpointEvery: number
}

export const DEFAULT_SETTINGS: Settings = {
  tileSize: 8,
  trainingSets: 5,
  slices: 24,
  sliceTraces: 128,
  sliceSamples: 256,
  tiles: 600,
  epochs: 8,
  checkpointEvery: 3,
}

/** Ids of the example's stores, as in its configuration. */
export const STORES = {
  annotations: 'annotations',
  surveys: 'surveys',
  wells: 'wells',
  seismic: 'seismic',
  tiles: 'tiles',
  models: 'models',
} as const

/** Mapping files of the stores whose records they give triples. */
export const VIEW_FILES = { surveys: 'surveys.yarrrml.yaml', wells: 'wells.yarrrml.yaml' } as const

/** Namespace of the example's own vocabulary. */
export const OG = 'https://w3id.org/polyprov/example/seismic#'

/** What the build tells its caller while it goes on. */
export interface ProgressEvent {
  readonly stage: 'curation' | 'preparation' | 'learning'
  /** The survey, training set or run that is done. */
  readonly name: string
  readonly done: number
  readonly total: number
}

/** What every step of the build needs. */
export interface BuildContext {
  /** The folder that the example is built in. */
  readonly directory: string
  readonly seed: number
  readonly settings: Settings
  readonly signal: AbortSignal | undefined
  readonly onProgress: (event: ProgressEvent) => void
}
