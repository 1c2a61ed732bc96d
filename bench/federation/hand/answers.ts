import { storeIri } from '../../../connectors/connector.ts'
import { PL, PROV, PROVML } from '../../../planner/namespaces.ts'
import { annotationIri, BASE, OG, STORES } from '../dataset.ts'
import type { Question, Subjects } from '../questions.ts'
import type { Row } from '../rows.ts'
import type { HandClient } from './client.ts'
import { segyCounts, shapeOf } from './headers.ts'

/** An answer as a careful person would have it computed: see bench/README.md for the calls of each. */
export type HandAnswer = (client: HandClient, subjects: Subjects) => Promise<readonly Row[]>

const PREFIXES = `PREFIX prov: <${PROV}>
PREFIX pl: <${PL}>
PREFIX provml: <${PROVML}>
PREFIX og: <${OG}>
`
const stored = (store: string): string => `pl:isStoredInStore <${storeIri(BASE, store)}>`
const OBJECT = `${storeIri(BASE, '')}`

const wellOfLocator = (locator: unknown): number => Number(String(locator).slice('well/'.length))
const documentOfLocator = (locator: unknown): string => String(locator).slice('surveys/'.length)
const wellIri = (id: number): string => `${OBJECT}${STORES.wells}/object/${encodeURIComponent(`well/${id}`)}`
const outlineIri = (id: string): string => `${OBJECT}${STORES.surveys}/object/${encodeURIComponent(`surveys/${id}`)}`

/** References of a training set, or a model, to one store: IRI and locator. */
const referencesBehind = (client: HandClient, of: string, path: string, store: string) =>
  client.provenance(`${PREFIXES}SELECT ?reference ?locator {
    <${of}> ${path} ?reference . ?reference ${stored(store)} ; pl:value ?locator }`)

/** Seismic files behind something, with what annotates and outlines them. */
const seismicBehind = (client: HandClient, of: string) =>
  client.provenance(`${PREFIXES}SELECT DISTINCT ?seismic ?path ?store ?survey ?document {
    <${of}> prov:wasDerivedFrom+ ?seismic .
    ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ; pl:isStoredInStore ?store
    OPTIONAL { ?annotation prov:wasDerivedFrom ?seismic ; ${stored(STORES.annotations)} ; pl:value ?survey }
    OPTIONAL { ?outline prov:wasDerivedFrom ?seismic ; ${stored(STORES.surveys)} ; pl:value ?document } }`)

const textsOf = (rows: readonly Row[], column: string): readonly string[] => [
  ...new Set(rows.flatMap((row) => (row[column] === undefined ? [] : [String(row[column])]))),
]

const byKey = <Value>(values: readonly Value[], key: (value: Value) => string): ReadonlyMap<string, Value> =>
  new Map(values.map((value) => [key(value), value]))

const annotationsOf = (client: HandClient, surveys: readonly string[], ...terms: readonly string[]) =>
  client.solutions(
    (values) =>
      `PREFIX og: <${OG}> SELECT ?survey ${terms.map((term) => `?${term}`).join(' ')} { VALUES ?survey { ${values} } ${terms
        .map((term) => `OPTIONAL { ?survey og:${term} ?${term} }`)
        .join(' ')} }`,
    surveys,
  )

async function countsOf(client: HandClient, paths: readonly string[]) {
  const heads = await client.heads(paths)
  return new Map(paths.map((path, index) => [path, segyCounts(heads[index]!)]))
}

interface Position {
  readonly _id: string
  readonly crs: string
  readonly position: { readonly coordinates: readonly [number, number] }
}

const q1: HandAnswer = async (client, { model }) => {
  const references = await seismicBehind(client, model)
  const documents = textsOf(references, 'document').map(documentOfLocator)
  const [counts, annotations, outlines] = await Promise.all([
    countsOf(client, textsOf(references, 'path')),
    annotationsOf(client, textsOf(references, 'survey'), 'basin', 'field'),
    client.documents<Position>((ids) => ({ _id: { $in: ids as never[] } }), ['position', 'crs'], documents),
  ])
  const annotationOf = byKey(annotations, ({ survey }) => survey!)
  const outlineOf = byKey(outlines, ({ _id }) => _id)
  return references.map(({ seismic, path, store, survey, document }) => {
    const { inlines, crosslines, samples } = counts.get(String(path))!
    const { basin, field } = annotationOf.get(String(survey)) ?? {}
    const outline = outlineOf.get(documentOfLocator(document))
    const wkt = outline === undefined ? undefined : `POINT (${outline.position.coordinates.join(' ')})`
    const slices = inlines + crosslines
    return { seismic, path, store, inlines, crosslines, samples, slices, wkt, crs: outline?.crs, basin, field }
  })
}

const q6: HandAnswer = async (client, { part }) => {
  const references = await seismicBehind(client, part)
  const [counts, annotations] = await Promise.all([
    countsOf(client, textsOf(references, 'path')),
    annotationsOf(client, textsOf(references, 'survey'), 'basin', 'field'),
  ])
  const annotationOf = byKey(annotations, ({ survey }) => survey!)
  return references.map(({ seismic, path, store, survey }) => {
    const { inlines, crosslines, samples } = counts.get(String(path))!
    const { basin, field } = annotationOf.get(String(survey)) ?? {}
    return { seismic, path, store, inlines, crosslines, samples, slices: inlines + crosslines, basin, field }
  })
}

interface Well {
  readonly id: number
  readonly name: string
  readonly operator: string
  readonly depth: number
  readonly survey: number
}

const h1: HandAnswer = async (client, { model }) => {
  const references = await referencesBehind(client, model, 'prov:wasDerivedFrom+', STORES.wells)
  const ids = references.map(({ locator }) => wellOfLocator(locator))
  const wells = await client.rows<Well>('SELECT id, name, operator, depth FROM well WHERE id = ANY($1::int[])', ids)
  return wells.map(({ id, name, operator, depth }) => ({ well: wellIri(id), name, operator, depth }))
}

interface Outline {
  readonly _id: string
  readonly name: string
  readonly vessel?: string
  readonly survey: number
}

const within = (client: HandClient, [west, south, east, north]: Subjects['area'], fields: readonly string[]) => {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ]
  const area = { $geometry: { type: 'Polygon', coordinates: [ring] } }
  return client.documents<Outline>(() => ({ position: { $geoWithin: area } }), fields)
}

const iriList = (iris: readonly string[]): string => iris.map((each) => `<${each}>`).join(' ')

const h2: HandAnswer = async (client, { area }) => {
  const outlines = await within(client, area, ['_id'])
  return client.provenance(`${PREFIXES}SELECT DISTINCT ?model {
    VALUES ?outline { ${iriList(outlines.map(({ _id }) => outlineIri(_id)))} }
    ?model prov:wasDerivedFrom+ ?outline ; a provml:ModelReferenceValue }`)
}

const h3: HandAnswer = async (client, { depth }) => {
  const wells = await client.rows<Well>(`SELECT id FROM well WHERE depth >= ${depth}`)
  return client.provenance(`${PREFIXES}SELECT DISTINCT ?dataset {
    VALUES ?well { ${iriList(wells.map(({ id }) => wellIri(id)))} }
    ?dataset prov:wasDerivedFrom ?well ; a provml:LearningDatasetReferenceValue }`)
}

async function wellsBehind(client: HandClient, dataset: string, columns: string): Promise<readonly Well[]> {
  const references = await referencesBehind(client, dataset, 'prov:wasDerivedFrom', STORES.wells)
  const ids = references.map(({ locator }) => wellOfLocator(locator))
  return client.rows<Well>(`SELECT ${columns} FROM well WHERE id = ANY($1::int[])`, ids)
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const h4: HandAnswer = async (client, { dataset }) => {
  const wells = await wellsBehind(client, dataset, 'id, depth, survey')
  const deepest = wells
    .map(({ id, depth, survey }) => ({ well: wellIri(id), depth, survey: annotationIri(survey) }))
    .sort((one, other) => other.depth - one.depth || compare(one.well, other.well))
    .slice(0, 10)
  const annotations = await annotationsOf(client, [...new Set(deepest.map(({ survey }) => survey))], 'basin')
  const annotationOf = byKey(annotations, ({ survey }) => survey!)
  return deepest.map(({ well, depth, survey }) => ({ well, depth, basin: annotationOf.get(survey)?.['basin'] }))
}

const h5: HandAnswer = async (client, { dataset }) => {
  const wells = await wellsBehind(client, dataset, 'id, depth, survey')
  const surveys = [...new Set(wells.map(({ survey }) => annotationIri(survey)))]
  const basinOf = byKey(await annotationsOf(client, surveys, 'basin'), ({ survey }) => survey!)
  const groups = new Map<string, { wells: number; depth: number }>()
  for (const { depth, survey } of wells) {
    const basin = basinOf.get(annotationIri(survey))?.['basin']
    if (basin === undefined) continue
    const group = groups.get(basin) ?? { wells: 0, depth: 0 }
    group.wells++
    group.depth += depth
    groups.set(basin, group)
  }
  return [...groups].map(([basin, { wells: count, depth }]) => ({ basin, wells: count, average: depth / count }))
}

const h6: HandAnswer = async (client, { dataset }) => {
  const references = await referencesBehind(client, dataset, 'prov:wasDerivedFrom', STORES.surveys)
  const ids = references.map(({ locator }) => documentOfLocator(locator))
  const outlines = await client.documents<Outline>(
    (block) => ({ _id: { $in: block as never[] } }),
    ['name', 'vessel', 'survey'],
    ids,
  )
  const surveys = [...new Set(outlines.map(({ survey }) => annotationIri(survey)))]
  const fieldOf = byKey(await annotationsOf(client, surveys, 'field'), ({ survey }) => survey!)
  return outlines.map(({ _id, name, vessel, survey }) => ({
    ...{ outline: outlineIri(_id), name, vessel },
    field: fieldOf.get(annotationIri(survey))?.['field'],
  }))
}

const h7: HandAnswer = async (client, { dataset, interpreter }) => {
  const [wells, interpreted] = await Promise.all([
    wellsBehind(client, dataset, 'id, name, survey'),
    client.solutions(() => `PREFIX og: <${OG}> SELECT ?survey { ?survey og:interpreter <${interpreter}> }`),
  ])
  const surveys = new Set(interpreted.map(({ survey }) => survey))
  return wells
    .filter(({ survey }) => surveys.has(annotationIri(survey)))
    .map(({ id, name }) => ({ well: wellIri(id), name }))
}

const surveyNumber = (iri: string): number => Number(iri.slice(iri.lastIndexOf('/') + 1))

const h8: HandAnswer = async (client, { note }) => {
  const noted = await client.solutions(
    () => `PREFIX og: <${OG}> SELECT ?survey ?note { ?survey og:note ?note FILTER(CONTAINS(?note, "${note}")) }`,
  )
  const noteOf = new Map(noted.map(({ survey, note: text }) => [surveyNumber(survey!), text]))
  const wells = await client.rows<Well>('SELECT id, name, depth, survey FROM well WHERE survey = ANY($1::int[])', [
    ...noteOf.keys(),
  ])
  return wells.map(({ id, name, depth, survey }) => ({ well: wellIri(id), name, depth, note: noteOf.get(survey) }))
}

const h9: HandAnswer = async (client, { area }) => {
  const outlines = await within(client, area, ['name'])
  const nameOf = new Map(outlines.map(({ _id, name }) => [outlineIri(_id), name]))
  const references = await client.provenance(`${PREFIXES}SELECT ?outline ?seismic ?path {
    VALUES ?outline { ${iriList([...nameOf.keys()])} }
    ?outline prov:wasDerivedFrom ?seismic . ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path }`)
  const counts = await countsOf(client, textsOf(references, 'path'))
  return references.map(({ outline, seismic, path }) => {
    const { inlines, crosslines } = counts.get(String(path))!
    return { seismic, name: nameOf.get(String(outline)), inlines, crosslines }
  })
}

const h10: HandAnswer = async (client) => {
  const models = await client.provenance(`${PREFIXES}SELECT ?model ?loss ?path {
    ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom ?tiles ; provml:evaluatedBy ?evaluation .
    ?evaluation provml:measure provml:loss ; pl:value ?loss .
    ?tiles a provml:LearningDatasetReferenceValue ; pl:value ?path }`)
  const paths = textsOf(models, 'path')
  const heads = await client.heads(paths)
  const shapes = new Map<string, string>()
  for (const [index, path] of paths.entries()) shapes.set(path, await shapeOf(heads[index]!, '/tiles'))
  return models.map(({ model, loss, path }) => ({ model, loss, shape: shapes.get(String(path)) }))
}

const h11: HandAnswer = (client) =>
  client.rows<Row>('SELECT operator, count(*)::int AS wells, avg(depth)::float8 AS average FROM well GROUP BY operator')

const h12: HandAnswer = async (client, { year, country }) => {
  const outlines = await client.documents<Outline>(() => ({ year, country }), ['survey'])
  const numbers = [...new Set(outlines.map(({ survey }) => survey))]
  const [annotations, wells] = await Promise.all([
    annotationsOf(client, numbers.map(annotationIri), 'basin'),
    client.rows<Well>('SELECT id, depth, survey FROM well WHERE survey = ANY($1::int[])', numbers),
  ])
  const basinOf = byKey(annotations, ({ survey }) => survey!)
  const outlinesOf = new Map<number, Outline[]>()
  for (const outline of outlines) {
    const own = outlinesOf.get(outline.survey)
    if (own === undefined) outlinesOf.set(outline.survey, [outline])
    else own.push(outline)
  }
  return wells.flatMap(({ id, depth, survey }) =>
    (outlinesOf.get(survey) ?? []).flatMap(({ _id }) => {
      const basin = basinOf.get(annotationIri(survey))?.['basin']
      return basin === undefined ? [] : [{ outline: outlineIri(_id), basin, well: wellIri(id), depth }]
    }),
  )
}

const ANSWERS: Readonly<Record<string, HandAnswer>> = { q1, q6, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12 }

/** Questions that the provenance alone answers are asked of it as they are. */
export const handAnswer = ({ id, text }: Question): HandAnswer => ANSWERS[id] ?? ((client) => client.provenance(text))
