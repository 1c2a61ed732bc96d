import { storeIri } from '../../connectors/connector.ts'
import { GEO, HDF5, PL, PROV, PROVML, RDF, SEGY, XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Quad, quad, type Term } from '../../planner/term.ts'
import {
  annotationOf,
  annotationReference,
  BASE,
  datasetIri,
  linesOf,
  modelIri,
  OG,
  outlineReference,
  type Scale,
  STORES,
  seismicLocator,
  seismicReference,
  surveyOf,
  type TrainingSet,
  tilesOf,
  trainingSets,
  WELLS,
  wellOf,
  wellReference,
} from './dataset.ts'

const TYPE = iri(`${RDF}type`)
const node = iri
const about = (subject: string, predicate: string, object: Term | string): Quad =>
  quad(iri(subject), iri(predicate), typeof object === 'string' ? literal(object) : object)
const isA = (subject: string, ...classes: readonly string[]): readonly Quad[] =>
  classes.map((each) => quad(iri(subject), TYPE, iri(each)))
const integer = (value: number): Term => literal(`${value}`, iri(`${XSD}integer`))
const double = (value: number): Term => literal(`${value.toFixed(4)}E0`, iri(`${XSD}double`))

const EPOCHS = 5
const BATCHES = 4

/** A data reference: where a record is kept. */
function* reference(subject: string, store: string, locator: Term | string, schema?: string): Generator<Quad> {
  yield* isA(subject, `${PL}DataReference`)
  yield about(subject, `${PL}isStoredInStore`, node(storeIri(BASE, store)))
  yield about(subject, `${PL}value`, locator)
  if (schema !== undefined) yield about(subject, `${PL}ofSchema`, node(schema))
}

/** References to every record that something was derived from, and the learning that did so. */
export function* provenanceTriples(scale: Scale): Generator<Quad> {
  for (let k = 0; k < scale.size; k++) {
    yield* reference(wellReference(k), STORES.wells, `well/${k}`, `${PL}Table`)
    yield* reference(outlineReference(k), STORES.surveys, `surveys/s${k}`, `${PL}Collection`)
    yield* reference(annotationReference(k), STORES.annotations, node(annotationOf(k).iri))
    if (k >= scale.objects) continue
    yield* reference(seismicReference(k), STORES.lake, seismicLocator(k), `${PL}SeismicFile`)
    yield about(outlineReference(k), `${PROV}wasDerivedFrom`, node(seismicReference(k)))
    yield about(annotationReference(k), `${PROV}wasDerivedFrom`, node(seismicReference(k)))
  }
  for (const set of trainingSets(scale)) {
    yield* preparation(set, scale)
    yield* learning(set)
  }
}

function* preparation(set: TrainingSet, scale: Scale): Generator<Quad> {
  const dataset = datasetIri(set)
  const execution = `${BASE}preparation/${set.name}`
  yield* reference(dataset, STORES.lake, set.locator, `${PL}File`)
  yield* isA(dataset, `${PROVML}LearningDatasetReferenceValue`)
  for (const k of set.members) {
    yield about(dataset, `${PROV}wasDerivedFrom`, node(wellReference(k)))
    yield about(dataset, `${PROV}wasDerivedFrom`, node(outlineReference(k)))
    yield about(dataset, `${PROV}wasDerivedFrom`, node(annotationReference(k)))
    if (k < scale.objects) yield about(dataset, `${PROV}wasDerivedFrom`, node(seismicReference(k)))
  }
  yield* isA(execution, `${PL}DataTransformationExecution`, `${PROV}Activity`)
  yield about(dataset, `${PROV}wasGeneratedBy`, node(execution))
  yield* used(execution, `${execution}/tileSize`, 'tileSize', integer(8 + (set.members.length % 7)))
  yield* used(execution, `${execution}/noise`, 'noiseThreshold', double(0.25))
  for (const [index, axis] of ['inline', 'crossline'].entries()) {
    const range = `${execution}/range/${index}`
    yield* used(execution, range, 'range')
    yield about(range, `${PL}axis`, axis)
    yield about(range, `${PL}rangeStart`, integer(100 * (set.members[0]! % 20)))
    yield about(range, `${PL}rangeEnd`, integer(100 * (set.members[0]! % 20) + 50))
  }
}

function* used(execution: string, value: string, name: string, scalar?: Term): Generator<Quad> {
  yield about(execution, `${PROV}used`, node(value))
  yield* isA(value, `${PL}AttributeValue`)
  yield about(value, `${PL}attributeName`, name)
  if (scalar !== undefined) yield about(value, `${PL}value`, scalar)
}

function* learning(set: TrainingSet): Generator<Quad> {
  const run = `${BASE}run/${set.name}`
  const stage = `${run}/training`
  const model = modelIri(set)
  yield* isA(run, `${PL}WorkflowExecution`, `${PROVML}LearningProcessExecution`, `${PROV}Activity`)
  yield about(run, `${PL}status`, 'FINISHED')
  yield* isA(stage, `${PROVML}LearningStageExecution`, `${PROV}Activity`)
  yield about(stage, `${PL}partOf`, node(run))
  yield about(stage, `${PL}status`, 'FINISHED')
  yield about(stage, `${PROV}used`, node(datasetIri(set)))
  const rate = `${stage}/learningRate`
  yield* used(stage, rate, 'learningRate', double(0.01))
  yield about(stage, `${PROVML}hyperParameter`, node(rate))
  for (let epoch = 1; epoch <= EPOCHS; epoch++) yield* epochOf(stage, model, epoch)
  yield* reference(model, STORES.lake, `model-${set.name}.onnx`, `${PL}File`)
  yield* isA(model, `${PROVML}ModelReferenceValue`)
  yield about(model, `${PROV}wasDerivedFrom`, node(datasetIri(set)))
  yield about(model, `${PROV}wasGeneratedBy`, node(`${stage}/${EPOCHS}`))
}

/** An epoch, its batches, and its loss; the last one's is the model's. */
function* epochOf(stage: string, model: string, epoch: number): Generator<Quad> {
  const cycle = `${stage}/${epoch}`
  yield* isA(cycle, `${PL}EpochExecution`, `${PROV}Activity`)
  yield about(cycle, `${PL}partOf`, node(stage))
  yield about(cycle, `${PL}iteration`, integer(epoch))
  for (let batch = 1; batch <= BATCHES; batch++) {
    const execution = `${cycle}/${batch}`
    yield* isA(execution, `${PL}BatchExecution`, `${PROV}Activity`)
    yield about(execution, `${PL}partOf`, node(cycle))
    yield about(execution, `${PL}iteration`, integer(batch))
    yield about(execution, `${PL}status`, 'FINISHED')
    yield about(execution, `${PL}durationSeconds`, double(epoch / 4 + batch / 8))
  }
  const evaluation = `${cycle}/loss`
  yield* isA(evaluation, `${PROVML}ModelEvaluation`)
  yield about(evaluation, `${PROVML}measure`, node(`${PROVML}loss`))
  yield about(evaluation, `${PROVML}onStage`, node(`${PROVML}Validation`))
  yield about(evaluation, `${PL}value`, double(1 / epoch + (stage.length % 5) / 100))
  if (epoch === EPOCHS) yield about(model, `${PROVML}evaluatedBy`, node(evaluation))
  else yield about(evaluation, `${PROV}wasGeneratedBy`, node(cycle))
}

export function* annotationTriples({ records }: Scale): Generator<Quad> {
  for (let k = 0; k < records; k++) {
    const { iri: subject, basin, field, interpreter, note } = annotationOf(k)
    yield* isA(subject, `${OG}Survey`)
    yield about(subject, `${OG}basin`, basin)
    yield about(subject, `${OG}field`, field)
    yield about(subject, `${OG}interpreter`, node(interpreter))
    yield about(subject, `${OG}note`, note)
  }
}

/** What the views make of the documents: for those that cannot ask the database. */
export function* surveyTriples({ records }: Scale): Generator<Quad> {
  for (let k = 0; k < records; k++) {
    const { name, year, country, vessel, crs, survey, position } = surveyOf(k)
    const subject = outlineReference(k)
    yield* isA(subject, `${OG}SurveyOutline`)
    yield about(subject, `${OG}name`, name)
    yield about(subject, `${OG}year`, integer(year))
    yield about(subject, `${OG}country`, country)
    if (vessel !== undefined) yield about(subject, `${OG}vessel`, vessel)
    yield about(subject, `${OG}crs`, node(crs))
    yield about(subject, `${OG}survey`, node(annotationOf(survey).iri))
    yield about(subject, `${GEO}hasGeometry`, node(`${subject}#geometry`))
    yield about(`${subject}#geometry`, `${GEO}asWKT`, wkt(position.coordinates))
  }
}

const wkt = ([x, y]: readonly [number, number]): Term => literal(`POINT (${x} ${y})`, iri(`${GEO}wktLiteral`))

/** What the views make of the rows. */
export function* wellTriples(scale: Scale): Generator<Quad> {
  for (let k = 0; k < scale.records; k++) {
    const { name, operator, depth, spud, status, survey } = wellOf(k, scale)
    const subject = wellReference(k)
    yield* isA(subject, `${WELLS}Well`)
    yield about(subject, `${WELLS}name`, name)
    yield about(subject, `${WELLS}operator`, operator)
    yield about(subject, `${WELLS}depth`, integer(depth))
    yield about(subject, `${WELLS}spud`, literal(spud, iri(`${XSD}date`)))
    yield about(subject, `${WELLS}status`, status)
    yield about(subject, `${WELLS}survey`, node(annotationOf(survey).iri))
  }
}

/** Those of the header terms that the questions ask for. */
export function* lakeTriples(scale: Scale): Generator<Quad> {
  for (let k = 0; k < scale.objects; k++) {
    const { inlines, crosslines, samples } = linesOf(k)
    yield about(seismicReference(k), `${SEGY}inlineCount`, integer(inlines))
    yield about(seismicReference(k), `${SEGY}crosslineCount`, integer(crosslines))
    yield about(seismicReference(k), `${SEGY}sampleCount`, integer(samples))
  }
  for (const [index, set] of trainingSets(scale).entries()) {
    const tiles = `${datasetIri(set)}#%2Ftiles`
    yield about(datasetIri(set), `${HDF5}object`, node(tiles))
    yield about(tiles, `${HDF5}path`, '/tiles')
    yield about(tiles, `${HDF5}shape`, `[${tilesOf(index).join(', ')}]`)
  }
}
