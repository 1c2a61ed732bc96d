import { join } from 'node:path'
import type { Term } from '../../src/index.ts'
import { BASE } from './fixture.ts'
import { double, integer, type Row, resource, text, textOf } from './rows.ts'
import {
  readDocuments,
  readProvenance,
  readSegy,
  readTurtle,
  type Survey,
  type SurveyDocument,
  type Triples,
} from './stores.ts'

/** The six questions, answered by walking maps: nothing here is shared with the engine. */

const PROV = 'http://www.w3.org/ns/prov#'
const PL = 'https://w3id.org/polyprov/provlake#'
const PROVML = 'https://w3id.org/polyprov/provml#'
const OG = 'https://w3id.org/polyprov/example/seismic#'
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
const WKT = 'http://www.opengis.net/ont/geosparql#wktLiteral'

export interface Stores {
  readonly provenance: Triples
  readonly annotations: Triples
  readonly documents: ReadonlyMap<string, SurveyDocument>
  /** By locator. */
  readonly surveys: ReadonlyMap<string, Survey>
}

/** Reads all four stores; SEG-Y files from the folder of the seismic store. */
export async function readStores(folder: string, seismic = join(folder, 'seismic')): Promise<Stores> {
  const provenance = await readProvenance(folder)
  const files = seismicFiles(provenance)
  const surveys = await Promise.all(
    files.map(async (locator) => [locator, await readSegy(join(seismic, locator))] as const),
  )
  const [annotations, documents] = [await readTurtle(folder), await readDocuments(folder)]
  return { provenance, annotations, documents, surveys: new Map(surveys) }
}

/** Locators of the seismic files that something was derived from. */
function seismicFiles(provenance: Triples): readonly string[] {
  const files = provenance.subjects(`${PL}ofSchema`, `${PL}SeismicFile`)
  return files
    .filter((file) => provenance.subjects(`${PROV}wasDerivedFrom`, file).length > 0)
    .map((file) => provenance.value(file, `${PL}value`)!)
}

const isA = ({ provenance }: Stores, node: string, type: string): boolean =>
  provenance.objects(node, TYPE).some(({ value }) => value === type)

/** Everything behind a node, along one property, itself left out. */
function behind(triples: Triples, node: string, predicate: string): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [node]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { value } of triples.objects(next, predicate)) {
      if (found.has(value)) continue
      found.add(value)
      open.push(value)
    }
  }
  return found
}

const derivedFrom = ({ provenance }: Stores, node: string): ReadonlySet<string> =>
  behind(provenance, node, `${PROV}wasDerivedFrom`)

export const models = ({ provenance }: Stores): readonly string[] =>
  [...new Set(provenance.subjects(TYPE, `${PROVML}ModelReferenceValue`))].sort()
export const datasets = ({ provenance }: Stores): readonly string[] =>
  [...new Set(provenance.subjects(TYPE, `${PROVML}LearningDatasetReferenceValue`))].sort()

export interface Range {
  readonly axis: string
  readonly start: number
  readonly end: number
}

/** The ranges of slices that any execution used. */
export function ranges(stores: Stores): readonly (Range & { readonly node: string })[] {
  const { provenance } = stores
  return ['inline', 'crossline'].flatMap((axis) =>
    provenance.subjects(`${PL}axis`, axis).map((node) => ({ node, ...rangeOf(stores, node)! })),
  )
}

function rangeOf({ provenance }: Stores, node: string): Range | undefined {
  const axis = provenance.value(node, `${PL}axis`)
  if (axis === undefined) return undefined
  const [start, end] = ['rangeStart', 'rangeEnd'].map((name) => Number(provenance.value(node, PL + name)))
  return { axis, start: start!, end: end! }
}

/** Columns with values, those of `undefined` left out. */
const row = (columns: Readonly<Record<string, string | undefined>>): Row =>
  Object.fromEntries(Object.entries(columns).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

/** `"POLYGON ((…))"` of the document's ring. */
function polygonText({ geometry }: SurveyDocument): string {
  const rings = geometry.coordinates.map((ring) => `(${ring.map((position) => position.join(' ')).join(', ')})`)
  return `${JSON.stringify(`POLYGON (${rings.join(', ')})`)}^${WKT}`
}

interface SeismicRow {
  readonly columns: Row
  /** Corners of the header's outline, where no document says more. */
  readonly corners?: ReadonlySet<string>
}

/** The rows of q1; the outline of a header is left to be compared by its corners. */
export function seismicBehind(stores: Stores, node: string): readonly SeismicRow[] {
  const { provenance, annotations, documents, surveys } = stores
  const files = [...derivedFrom(stores, node)].filter(
    (each) => provenance.value(each, `${PL}ofSchema`) === `${PL}SeismicFile`,
  )
  return files.map((seismic) => {
    const path = provenance.value(seismic, `${PL}value`)!
    const survey = surveys.get(path)!
    const derived = provenance.subjects(`${PROV}wasDerivedFrom`, seismic)
    const locators = derived.map((each) => provenance.value(each, `${PL}value`)!)
    const annotation = locators.find((locator) => annotations.value(locator, TYPE) === `${OG}Survey`)
    const note = (name: string) => annotation && annotations.value(annotation, OG + name)
    const document = locators.map((locator) => documents.get(locator)).find((each) => each !== undefined)
    const columns = row({
      seismic: resource(seismic),
      path: text(path),
      store: resource(`${BASE}store/seismic`),
      inlines: integer(survey.inlines.size),
      crosslines: integer(survey.crosslines.size),
      samples: integer(survey.samples),
      slices: integer(survey.inlines.size + survey.crosslines.size),
      wkt: document && polygonText(document),
      crs: document && resource(document.crs),
      basin: optionalText(note('basin')),
      field: optionalText(note('field')),
    })
    return document === undefined ? { columns, corners: survey.corners } : { columns }
  })
}

const optionalText = (value: string | undefined): string | undefined => (value === undefined ? undefined : text(value))

const without = (columns: Row, ...names: readonly string[]): Row =>
  Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)))

export const answer1 = (stores: Stores, model: string): readonly Row[] =>
  seismicBehind(stores, model).map(({ columns }) => columns)

export const answer6 = (stores: Stores, dataset: string): readonly Row[] =>
  answer1(stores, dataset).map((columns) => without(columns, 'wkt', 'crs'))

/** Values that the executions behind a data set used. */
function valuesUsed(stores: Stores, dataset: string): readonly string[] {
  const { provenance } = stores
  const made = [dataset, ...derivedFrom(stores, dataset)]
  const executions = made.flatMap((node) => provenance.objects(node, `${PROV}wasGeneratedBy`))
  return executions.flatMap(({ value }) => provenance.objects(value, `${PROV}used`)).map(({ value }) => value)
}

export function answer2(stores: Stores, model: string): readonly Row[] {
  const { provenance } = stores
  const sets = [...derivedFrom(stores, model)].filter((node) =>
    isA(stores, node, `${PROVML}LearningDatasetReferenceValue`),
  )
  return sets.flatMap((dataset) => {
    const used = valuesUsed(stores, dataset)
    const named = (name: string): Term | undefined =>
      used
        .filter((value) => provenance.value(value, `${PL}attributeName`) === name)
        .flatMap((value) => provenance.objects(value, `${PL}value`))[0]
    const found = new Map(used.map((value) => [JSON.stringify(rangeOf(stores, value)), rangeOf(stores, value)]))
    return [...found.values()]
      .filter((range) => range !== undefined)
      .map(({ axis, start, end }) =>
        row({
          dataset: resource(dataset),
          tileSize: textOf(named('tileSize')!),
          noiseThreshold: textOf(named('noiseThreshold')!),
          axis: text(axis),
          rangeStart: integer(start),
          rangeEnd: integer(end),
        }),
      )
  })
}

/** The execution that made an entity and all that it is part of, from the inside out. */
function executionsAround({ provenance }: Stores, entity: string): readonly string[] {
  const own = provenance.value(entity, `${PROV}wasGeneratedBy`)
  return own === undefined ? [] : [own, ...behind(provenance, own, `${PL}partOf`)]
}

/** Its loss on validation where that was measured, else on training. */
function lossOf({ provenance }: Stores, model: string): number | undefined {
  const evaluations = provenance.objects(model, `${PROVML}evaluatedBy`).map(({ value }) => value)
  const losses = evaluations.filter((each) => provenance.value(each, `${PROVML}measure`) === `${PROVML}loss`)
  const on = (stage: string) => losses.find((each) => provenance.value(each, `${PROVML}onStage`) === PROVML + stage)
  const chosen = on('Validation') ?? on('Training')
  return chosen === undefined ? undefined : Number(provenance.value(chosen, `${PL}value`))
}

export function answer3(stores: Stores, dataset: string): readonly Row[] {
  const { provenance } = stores
  const candidates = models(stores).filter((model) => {
    const failed = executionsAround(stores, model).some((each) => provenance.value(each, `${PL}status`) === 'FAILED')
    const loss = lossOf(stores, model)
    return derivedFrom(stores, model).has(dataset) && !failed && loss !== undefined && !Number.isNaN(loss)
  })
  const least = Math.min(...candidates.map((model) => lossOf(stores, model)!))
  const best = candidates.filter((model) => lossOf(stores, model) === least)
  return best.flatMap((model) => {
    const rows = (kind: string, settings: readonly Term[]) =>
      settings.map(({ value: setting }) => ({
        model: resource(model),
        loss: double(least),
        kind: text(kind),
        name: text(provenance.value(setting, `${PL}attributeName`)!),
        value: textOf(provenance.objects(setting, `${PL}value`)[0]!),
      }))
    const around = executionsAround(stores, model)
    return [
      ...rows(
        'hyperParameter',
        around.flatMap((each) => provenance.objects(each, `${PROVML}hyperParameter`)),
      ),
      ...rows('modelHyperParameter', provenance.objects(model, `${PROVML}modelHyperParameter`)),
      ...rows('evaluation', provenance.objects(model, `${PROVML}evaluatedBy`)),
    ]
  })
}

interface Epoch {
  readonly node: string
  readonly training: string
  readonly iteration: string
  /** Of the batches that have ended well. */
  readonly seconds: readonly number[]
}

/** The epochs of every execution that used a data set. */
function epochsOn(stores: Stores, dataset: string): readonly Epoch[] {
  const { provenance } = stores
  const users = provenance.subjects(`${PROV}used`, dataset)
  return users.flatMap((training) =>
    provenance
      .subjects(`${PL}partOf`, training)
      .filter((node) => isA(stores, node, `${PL}EpochExecution`))
      .map((node) => {
        const batches = provenance
          .subjects(`${PL}partOf`, node)
          .filter((each) => isA(stores, each, `${PL}BatchExecution`))
        const finished = batches.filter((batch) => provenance.value(batch, `${PL}status`) === 'FINISHED')
        return {
          node,
          training,
          iteration: textOf(provenance.objects(node, `${PL}iteration`)[0]!),
          seconds: finished.map((batch) => Number(provenance.value(batch, `${PL}durationSeconds`))),
        }
      }),
  )
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export const answer4 = (stores: Stores, dataset: string): readonly Row[] =>
  epochsOn(stores, dataset)
    .filter(({ seconds }) => seconds.length > 0)
    .map(({ training, iteration, seconds }) => ({
      training: resource(training),
      epoch: iteration,
      batches: integer(seconds.length),
      avgSeconds: double(average(seconds)),
      minSeconds: double(Math.min(...seconds)),
      maxSeconds: double(Math.max(...seconds)),
    }))

/** The data sets that were cut from a range which the test accepts. */
function datasetsOf(stores: Stores, accepts: (range: Range) => boolean): readonly string[] {
  return datasets(stores).filter((dataset) => {
    const found = valuesUsed(stores, dataset).map((value) => rangeOf(stores, value))
    return found.some((range) => range !== undefined && accepts(range))
  })
}

export function answer5(stores: Stores, asked: Range, match: 'exact' | 'overlap'): readonly Row[] {
  const accepts = ({ axis, start, end }: Range): boolean =>
    axis === asked.axis &&
    (match === 'exact' ? start === asked.start && end === asked.end : start <= asked.end && end >= asked.start)
  return datasetsOf(stores, accepts).flatMap((dataset) => {
    const epochs = epochsOn(stores, dataset)
    const trainings = new Set(stores.provenance.subjects(`${PROV}used`, dataset))
    return [
      ...epochs.flatMap((epoch) => epochRows(stores, dataset, epoch)),
      ...[...trainings].flatMap((training) => lastModelRows(stores, dataset, training)),
    ]
  })
}

function epochRows({ provenance }: Stores, dataset: string, epoch: Epoch): readonly Row[] {
  const place = { dataset: resource(dataset), training: resource(epoch.training), epoch: epoch.iteration }
  const time = epoch.seconds.length === 0 ? [] : [{ ...place, avgSeconds: double(average(epoch.seconds)) }]
  const evaluations = provenance
    .subjects(`${PROV}wasGeneratedBy`, epoch.node)
    .filter((entity) => provenance.value(entity, `${PROVML}measure`) !== undefined)
  return [
    ...time,
    ...evaluations.map((evaluation) => {
      const [model] = provenance.subjects(`${PROVML}evaluatedBy`, evaluation)
      return row({ ...place, model: model && resource(model), ...measured(provenance, evaluation) })
    }),
  ]
}

function lastModelRows({ provenance }: Stores, dataset: string, training: string): readonly Row[] {
  return provenance.subjects(`${PROV}wasGeneratedBy`, training).flatMap((model) =>
    provenance.objects(model, `${PROVML}evaluatedBy`).map(({ value: evaluation }) => ({
      dataset: resource(dataset),
      training: resource(training),
      model: resource(model),
      ...measured(provenance, evaluation),
    })),
  )
}

const measured = (provenance: Triples, evaluation: string) => ({
  measure: resource(provenance.value(evaluation, `${PROVML}measure`)!),
  value: textOf(provenance.objects(evaluation, `${PL}value`)[0]!),
})
