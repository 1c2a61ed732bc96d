import { GEO, GEOF, HDF5, PL, PROV, PROVML, SEGY } from '../../planner/namespaces.ts'
import { Q1 } from '../../src/queries/q1.ts'
import { Q2 } from '../../src/queries/q2.ts'
import { Q3 } from '../../src/queries/q3.ts'
import { Q4 } from '../../src/queries/q4.ts'
import { Q5 } from '../../src/queries/q5.ts'
import { Q6 } from '../../src/queries/q6.ts'
import { datasetIri, interpreterIri, modelIri, OG, type Scale, surveyOf, trainingSets, WELLS } from './dataset.ts'

/** What the questions are asked about, for a size. */
export interface Subjects {
  readonly model: string
  readonly dataset: string
  /** A small training set. */
  readonly part: string
  readonly range: { readonly axis: string; readonly start: number; readonly end: number }
  /** West, south, east, north. */
  readonly area: readonly [number, number, number, number]
  readonly depth: number
  readonly interpreter: string
  readonly note: string
  readonly year: number
  readonly country: string
}

export interface Question {
  readonly id: string
  readonly text: string
  /** Whether its rows come in one order. */
  readonly ordered: boolean
  /** Whether records of several stores are joined: what federation is about. */
  readonly crossStore: boolean
}

export function subjectsOf(scale: Scale): Subjects {
  const [all, part] = trainingSets(scale)
  return {
    model: modelIri(all!),
    dataset: datasetIri(all!),
    part: datasetIri(part!),
    range: { axis: 'inline', start: 20, end: 30 },
    area: [2.995, 51.995, 3.095, 52.005],
    depth: scale.size < 100 ? 1_000 : 5_980,
    interpreter: interpreterIri(1),
    note: scale.size < 100 ? 'salt dome' : 'salt dome to the east',
    year: surveyOf(1).year,
    country: surveyOf(1).country,
  }
}

const PREFIXES = `PREFIX prov: <${PROV}>
PREFIX pl: <${PL}>
PREFIX provml: <${PROVML}>
PREFIX segy: <${SEGY}>
PREFIX hdf5: <${HDF5}>
PREFIX geo: <${GEO}>
PREFIX geof: <${GEOF}>
PREFIX og: <${OG}>
PREFIX w: <${WELLS}>
`

/** The stored questions have parameters: here they are terms of the text, so that every contestant reads the same. */
const stored = (text: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((put, [name, value]) => put.replaceAll(`$${name}`, value), text)

const polygon = ([west, south, east, north]: Subjects['area']): string =>
  `"POLYGON ((${west} ${south}, ${east} ${south}, ${east} ${north}, ${west} ${north}, ${west} ${south}))"^^geo:wktLiteral`

export function questionsOf(scale: Scale): readonly Question[] {
  const { model, dataset, part, range, area, depth, interpreter, note, year, country } = subjectsOf(scale)
  const federated = (id: string, body: string, ordered = false, crossStore = true): Question => ({
    id,
    text: PREFIXES + body,
    ordered,
    crossStore,
  })
  const fromTheSix = (id: string, text: string, values: Readonly<Record<string, string>>, crossStore = false) => ({
    id,
    text: stored(text, values),
    ordered: false,
    crossStore,
  })
  return [
    fromTheSix('q1', Q1, { model: `<${model}>` }, true),
    fromTheSix('q2', Q2, { model: `<${model}>` }),
    fromTheSix('q3', Q3, { dataset: `<${dataset}>` }),
    fromTheSix('q4', Q4, { dataset: `<${dataset}>` }),
    fromTheSix('q5', Q5, { axis: `"${range.axis}"`, start: `${range.start}`, end: `${range.end}`, match: '"overlap"' }),
    fromTheSix('q6', Q6, { dataset: `<${part}>` }, true),
    federated(
      'h1',
      `SELECT ?well ?name ?operator ?depth WHERE {
  <${model}> prov:wasDerivedFrom+ ?well .
  ?well w:name ?name ; w:operator ?operator ; w:depth ?depth
}`,
    ),
    federated(
      'h2',
      `SELECT DISTINCT ?model WHERE {
  ?outline geo:hasGeometry/geo:asWKT ?wkt FILTER(geof:sfWithin(?wkt, ${polygon(area)}))
  ?model prov:wasDerivedFrom+ ?outline ; a provml:ModelReferenceValue
}`,
    ),
    federated(
      'h3',
      `SELECT DISTINCT ?dataset WHERE {
  ?well w:depth ?depth FILTER(?depth >= ${depth})
  ?dataset prov:wasDerivedFrom ?well ; a provml:LearningDatasetReferenceValue
}`,
    ),
    federated(
      'h4',
      `SELECT ?well ?depth ?basin WHERE {
  { SELECT ?well ?depth ?survey WHERE {
    <${dataset}> prov:wasDerivedFrom ?well . ?well w:depth ?depth ; w:survey ?survey
  } ORDER BY DESC(?depth) ?well LIMIT 10 }
  OPTIONAL { ?survey og:basin ?basin }
} ORDER BY DESC(?depth) ?well`,
      true,
    ),
    federated(
      'h5',
      `SELECT ?basin (COUNT(*) AS ?wells) (AVG(?depth) AS ?average) WHERE {
  <${dataset}> prov:wasDerivedFrom ?well . ?well w:depth ?depth ; w:survey ?survey . ?survey og:basin ?basin
} GROUP BY ?basin`,
    ),
    federated(
      'h6',
      `SELECT ?outline ?name ?vessel ?field WHERE {
  <${dataset}> prov:wasDerivedFrom ?outline . ?outline og:name ?name ; og:survey ?survey
  OPTIONAL { ?outline og:vessel ?vessel }
  OPTIONAL { ?survey og:field ?field }
}`,
    ),
    federated(
      'h7',
      `SELECT ?well ?name WHERE {
  <${dataset}> prov:wasDerivedFrom ?well . ?well w:name ?name ; w:survey ?survey
  FILTER EXISTS { ?survey og:interpreter <${interpreter}> }
}`,
    ),
    federated(
      'h8',
      `SELECT ?well ?name ?depth ?note WHERE {
  ?survey og:note ?note FILTER(CONTAINS(?note, "${note}"))
  ?well w:survey ?survey ; w:name ?name ; w:depth ?depth
}`,
    ),
    federated(
      'h9',
      `SELECT ?seismic ?name ?inlines ?crosslines WHERE {
  ?outline og:name ?name ; geo:hasGeometry/geo:asWKT ?wkt FILTER(geof:sfWithin(?wkt, ${polygon(area)}))
  ?outline prov:wasDerivedFrom ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile ; segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines
}`,
    ),
    federated(
      'h10',
      `SELECT ?model ?loss ?shape WHERE {
  ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom ?tiles ; provml:evaluatedBy ?evaluation .
  ?evaluation provml:measure provml:loss ; pl:value ?loss .
  ?tiles a provml:LearningDatasetReferenceValue ; hdf5:object ?node .
  ?node hdf5:path "/tiles" ; hdf5:shape ?shape
}`,
    ),
    federated(
      'h11',
      `SELECT ?operator (COUNT(?well) AS ?wells) (AVG(?depth) AS ?average) WHERE {
  ?well a w:Well ; w:operator ?operator ; w:depth ?depth
} GROUP BY ?operator`,
      false,
      false,
    ),
    federated(
      'h12',
      `SELECT ?outline ?basin ?well ?depth WHERE {
  ?outline og:year ${year} ; og:country "${country}" ; og:survey ?survey .
  ?survey og:basin ?basin .
  ?well w:survey ?survey ; w:depth ?depth
}`,
    ),
  ]
}
