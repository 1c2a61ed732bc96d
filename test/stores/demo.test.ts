import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { iri, open, type Polystore, type QueryOptions, type Term } from '../../src/index.ts'
import { polyprov } from '../cli/running.ts'
import { datasets, models, ranges, readStores, type Stores } from '../example/answers.ts'
import { forwardQuery } from '../example/forward-query.ts'
import { RAW_Q1, RAW_Q3, RAW_Q6, rawQ5 } from '../example/raw-queries.ts'
import { type Answer, ask, run, sorted } from '../example/rows.ts'
import { environment, useServers } from './demo-places.ts'

describe.skipIf(environment === undefined)('the example in servers', () => {
  const { folder, newName } = useServers()

  const demo = (data: string, ...more: readonly string[]) =>
    polyprov(['demo', '--data', data, ...more], { open, environment: { ...environment! } })

  describe('gives the answers of the embedded one', () => {
    const name = newName()
    let data: string
    let stores: Stores
    let embedded: Polystore
    let real: Polystore
    let printed: string

    beforeAll(async () => {
      data = join(folder(), 'example')
      const { code, stdout, stderr } = await demo(data, '--stores', 'real', '--name', name)
      expect([code, stderr]).toEqual([0, expect.stringContaining('building the example')])
      printed = stdout + stderr
      stores = await readStores(data)
      // Two of them at a time: the provenance's folder has one writer, and these only read.
      embedded = await open(await readOnly('polyprov.yaml'))
      real = await open(await readOnly('polyprov.real.yaml'))
    })
    afterAll(async () => {
      await embedded?.close()
      await real?.close()
    })

    /** A configuration whose provenance is opened for reading alone. */
    async function readOnly(file: string): Promise<string> {
      const text = await readFile(join(data, file), 'utf8')
      const path = join(data, `read-only.${file}`)
      await writeFile(path, text.replace('path: ./provenance', 'path: ./provenance\n    readOnly: true'))
      return path
    }

    async function same(question: (polystore: Polystore) => Promise<Answer>, least = 1): Promise<Answer> {
      const [expected, found] = [await question(embedded), await question(real)]
      expect(found.variables).toEqual(expected.variables)
      expect(sorted(found.rows)).toEqual(sorted(expected.rows))
      expect(found.rows.length).toBeGreaterThanOrEqual(least)
      expect(found.warnings).toEqual([])
      return found
    }
    const sameText = (text: string, least?: number, options: QueryOptions = {}) =>
      same((polystore) => ask(polystore, text, options), least)

    test('of six questions', async () => {
      for (const model of models(stores).filter((_, index) => index % 4 === 0)) {
        const { stats } = await same((polystore) => run(polystore, 'q1', { model }))
        expect(Object.keys(stats.stores)).toEqual(
          expect.arrayContaining(['provenance', 'annotations', 'surveys', 'seismic']),
        )
        await same((polystore) => run(polystore, 'q2', { model }))
      }
      for (const dataset of datasets(stores)) {
        for (const id of ['q3', 'q4', 'q6']) await same((polystore) => run(polystore, id, { dataset }))
      }
      for (const { axis, start, end } of ranges(stores)) {
        for (const match of ['exact', 'overlap']) {
          await same((polystore) => run(polystore, 'q5', { axis, start, end, match }))
        }
      }
    })

    test('of the questions as somebody would write them', async () => {
      const [model, dataset, range] = [models(stores)[0]!, datasets(stores)[0]!, ranges(stores)[0]!]
      const parameters = (values: Readonly<Record<string, Term>>) => ({ parameters: values })
      await sameText(RAW_Q1, 1, parameters({ model: iri(model) }))
      await sameText(RAW_Q3, 1, parameters({ dataset: iri(dataset) }))
      await sameText(RAW_Q6, 1, parameters({ dataset: iri(dataset) }))
      await same((polystore) =>
        ask(
          polystore,
          rawQ5('overlap')
            .replace('$axis', `"${range.axis}"`)
            .replaceAll('$start', `${range.start}`)
            .replaceAll('$end', `${range.end}`),
        ),
      )
    })

    test('forward from a place', async () => {
      const outline = stores.documents.get('surveys/santos')!.geometry.coordinates[0]!
      const [[x, y]] = outline as unknown as readonly (readonly [number, number])[] as [readonly [number, number]]
      const box = (width: number) =>
        [
          [x - width, y - width],
          [x + width, y - width],
          [x + width, y + width],
          [x - width, y + width],
        ] as const
      const found = await sameText(forwardQuery(box(0.5)), 9)
      expect(new Set(found.rows.map(({ path }) => path))).toEqual(new Set(['"santos.sgy"']))
      await sameText(forwardQuery(box(0.0001)), 9)
      await sameText(
        forwardQuery([
          [-179, -85],
          [179, -85],
          [179, 85],
          [-179, 85],
        ]),
        45,
      )
      await sameText(
        forwardQuery([
          [9, 9],
          [11, 9],
          [11, 11],
          [9, 11],
        ]),
        0,
      )
    })

    const PREFIXES = `
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
PREFIX hdf5: <https://w3id.org/polyprov/hdf5#>
PREFIX segy: <https://w3id.org/polyprov/segy#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX og: <https://w3id.org/polyprov/example/seismic#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
`
    const HYBRID: readonly (readonly [what: string, least: number, query: string])[] = [
      [
        'from models to the wells of their surveys: provenance, triple store and tables',
        45,
        `SELECT ?model ?name ?depth ?day ?status {
          ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom+ ?seismic . ?seismic pl:ofSchema pl:SeismicFile .
          ?note prov:wasDerivedFrom ?seismic ; pl:value ?survey .
          ?well og:drilledIn ?survey ; og:wellName ?name ; og:totalDepth ?depth ; og:spudded ?day ; og:wellStatus ?status .
          FILTER(?depth > 1900.25) }`,
      ],
      [
        'from wells forward to models',
        9,
        `SELECT DISTINCT ?model ?basin {
          ?well og:spudded ?day ; og:drilledIn ?survey . FILTER(?day >= "1999-01-01"^^xsd:date)
          ?survey og:basin ?basin . ?note pl:value ?survey ; prov:wasDerivedFrom ?seismic .
          ?model prov:wasDerivedFrom+ ?seismic ; a provml:ModelReferenceValue }`,
      ],
      [
        'data references to rows of a table',
        6,
        'SELECT ?task ?well ?status ?depth { ?task prov:used ?well . ?well a og:Well ; og:wellStatus ?status ; og:totalDepth ?depth }',
      ],
      [
        'the place of a well, and what contains it',
        6,
        `SELECT ?name ?survey { ?well og:wellName ?name ; og:wellhead ?at . ?survey geo:hasGeometry/geo:asWKT ?outline
          FILTER(geof:sfContains(?outline, ?at)) }`,
      ],
      [
        'wells within a polygon',
        2,
        `SELECT ?well ?at { ?well og:wellhead ?at
          FILTER(geof:sfWithin(?at, "POLYGON ((4 54, 5 54, 5 55, 4 55, 4 54))"^^geo:wktLiteral)) }`,
      ],
      [
        'sums over tables by what triples say',
        3,
        `SELECT ?basin (COUNT(*) AS ?wells) (SUM(?depth) AS ?metres) (AVG(?depth) AS ?mean) (MIN(?day) AS ?first) {
          ?survey og:basin ?basin . ?well og:drilledIn ?survey ; og:totalDepth ?depth ; og:spudded ?day } GROUP BY ?basin`,
      ],
      [
        'numbers in the triple store',
        5,
        `SELECT ?fault ?field ?throw ?slope (?throw * ?slope AS ?product) {
          ?fault a og:Fault ; og:inSurvey ?survey ; og:throwSamples ?throw ; og:crosslinesPerInline ?slope .
          ?survey og:field ?field FILTER(?throw > -6) }`,
      ],
      [
        'documents beside triples',
        3,
        `SELECT ?name ?crs ?basin ?wkt { ?outline a og:SurveyOutline ; og:name ?name ; og:crs ?crs ; prov:wasDerivedFrom ?seismic ;
          geo:hasGeometry/geo:asWKT ?wkt . ?note prov:wasDerivedFrom ?seismic ; pl:value ?survey . ?survey og:basin ?basin }`,
      ],
      [
        'attributes of HDF5 files',
        20,
        `SELECT ?set ?name ?value { ?set a provml:LearningDatasetReferenceValue ; hdf5:object ?root .
          ?root hdf5:path "/" ; hdf5:attribute [ hdf5:name ?name ; hdf5:value ?value ] }`,
      ],
      [
        'models by the shape of their tiles',
        5,
        `SELECT ?set (COUNT(DISTINCT ?model) AS ?models) {
          ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom ?set .
          ?set a provml:LearningDatasetReferenceValue ; hdf5:object ?object .
          ?object hdf5:path "/validation/tiles" ; hdf5:dimension [ hdf5:index 2 ; hdf5:size 8 ] } GROUP BY ?set`,
      ],
      [
        'headers of every file that was referred to',
        3,
        `SELECT ?path ?inlines ?crosslines ?interval ?format ?footprint ?size { ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ;
          segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines ; segy:sampleInterval ?interval ; pl:format ?format ;
          segy:footprint ?footprint ; pl:sizeBytes ?size }`,
      ],
      [
        'what is not known of whom',
        1,
        `SELECT ?seismic ?name { ?seismic pl:ofSchema pl:SeismicFile . ?note prov:wasDerivedFrom ?seismic ; pl:value ?survey .
          OPTIONAL { ?well og:drilledIn ?survey ; og:wellStatus "dry" ; og:wellName ?name } FILTER NOT EXISTS { ?survey og:field "Tupi" } }`,
      ],
      ['all that is said of surveys', 12, 'SELECT ?survey ?p ?o { ?survey a og:Survey ; ?p ?o }'],
      ['all that is said of faults', 30, 'SELECT ?fault ?p ?o { ?fault a og:Fault ; ?p ?o }'],
      ['all that is said of wells', 42, 'SELECT ?well ?p ?o { ?well a og:Well ; ?p ?o }'],
      ['all that is said of outlines', 9, 'SELECT ?outline ?p ?o { ?outline a og:SurveyOutline ; ?p ?o }'],
    ]

    test.each(HYBRID)('%s', async (_, least, query) => {
      await sameText(PREFIXES + query, least)
    })

    test('the lineage of a training set', async () => {
      const [dataset] = datasets(stores)
      const triplesOf = async (polystore: Polystore) =>
        (await polystore.lineage(dataset!))
          .map(({ subject, predicate, object }) => JSON.stringify([subject, predicate, object]))
          .sort()
      const expected = await triplesOf(embedded)
      expect(await triplesOf(real)).toEqual(expected)
      expect(expected.length).toBeGreaterThan(10)
    })

    test('as they are printed', async () => {
      const answers = (text: string) => text.slice(0, text.indexOf('The plan of q1')).split('\n').sort()
      const here = await demo(data)
      const there = await demo(data, '--stores', 'real', '--name', name)
      expect([here.code, there.code]).toEqual([0, 0])
      expect(answers(there.stdout)).toEqual(answers(here.stdout))
      expect(there.stdout).toContain(`serve --config ${join(data, 'polyprov.real.yaml')}`)
      // The second time nothing is loaded.
      expect(there.stderr.match(/, as they were$/gm)).toHaveLength(4)
      printed += there.stdout + there.stderr
    })

    test('no address with credentials, and no credential, is written or printed', async () => {
      const written = await readFile(join(data, 'polyprov.real.yaml'), 'utf8')
      for (const variable of [
        'POSTGRES_URL',
        'MONGODB_URL',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'SPARQL_ENDPOINT',
      ] as const) {
        expect(written).toContain(`\${${variable}}`)
        expect(written).not.toContain(environment![variable])
      }
      for (const variable of ['POSTGRES_URL', 'MONGODB_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const) {
        expect(printed).not.toContain(environment![variable])
      }
      const { code, stdout } = await polyprov(['check', '--config', join(data, 'read-only.polyprov.real.yaml')], {
        open,
      })
      expect(code).toBe(0)
      expect(stdout.match(/\tup\t/g)).toHaveLength(7)
      expect(stdout).not.toContain(environment!.POSTGRES_URL)
    })

    test('stores have the same ids, and answer the same predicates and classes', () => {
      expect(real.stores.list().map(({ id }) => id)).toEqual(embedded.stores.list().map(({ id }) => id))
      const ofOwn = (polystore: Polystore) => {
        const { predicates, classes } = polystore.catalog()
        return [...predicates, ...classes]
          .map(({ iri: term, stores: all }) => `${term} ${all.map(({ id }) => id).join(' ')}`)
          .filter((line) => line.startsWith('https://w3id.org/polyprov/example'))
          .sort()
      }
      expect(ofOwn(real)).toEqual(ofOwn(embedded))
      expect(ofOwn(real).length).toBeGreaterThan(15)
    })
  })
})
