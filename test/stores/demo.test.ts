import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, open as openFile, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serversOf } from '../../src/cli/demo-servers/environment.ts'
import { loadSurveys } from '../../src/cli/demo-servers/mongodb.ts'
import { type LoadContext, namesOf } from '../../src/cli/demo-servers/place.ts'
import { loadWells } from '../../src/cli/demo-servers/postgres.ts'
import { loadObjects } from '../../src/cli/demo-servers/s3.ts'
import { loadAnnotations } from '../../src/cli/demo-servers/sparql.ts'
import { updateOf } from '../../src/cli/demo-servers/sparql-update.ts'
import { iri, open, type Polystore, type QueryOptions, type Term } from '../../src/index.ts'
import { polyprov } from '../cli/running.ts'
import { datasets, models, ranges, readStores, type Stores } from '../example/answers.ts'
import { forwardQuery } from '../example/forward-query.ts'
import { RAW_Q1, RAW_Q3, RAW_Q6, rawQ5 } from '../example/raw-queries.ts'
import { type Answer, ask, run, sorted } from '../example/rows.ts'
import { serverOf } from './servers.ts'

const VARIABLES = [
  'POSTGRES_URL',
  'MONGODB_URL',
  'S3_ENDPOINT',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'SPARQL_ENDPOINT',
  'VIRTUOSO_ISQL',
] as const
const environment = serverOf('servers for the example', ...VARIABLES)
const region = process.env['S3_REGION'] ?? 'us-east-1'

/** A name that nobody else has, and what is to be removed under it in the end. */
const used: string[] = []
const newName = (): string => {
  const name = `test-${randomUUID().slice(0, 8)}`
  used.push(name)
  return name
}

describe.skipIf(environment === undefined)('the example in servers', () => {
  const servers = environment === undefined ? undefined! : serversOf({ ...environment, S3_REGION: region })
  const s3 = new S3Client({
    endpoint: environment?.S3_ENDPOINT ?? '',
    region,
    credentials: { ...(servers?.s3.credentials ?? { accessKeyId: '', secretAccessKey: '' }) },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const mongo = new MongoClient(environment?.MONGODB_URL ?? 'mongodb://127.0.0.1:1')
  const postgres = new pg.Client({ connectionString: environment?.POSTGRES_URL })
  const update = environment === undefined ? undefined! : updateOf(servers.sparql)
  const { signal } = new AbortController()
  let folder: string

  const demo = (data: string, ...more: readonly string[]) =>
    polyprov(['demo', '--data', data, ...more], { open, environment: { ...environment!, S3_REGION: region } })

  async function keysOf(bucket: string): Promise<readonly string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    return Contents.map(({ Key }) => Key!).sort()
  }

  async function removeAll(name: string): Promise<void> {
    const { database, schema, bucket, graph } = namesOf(name)
    await postgres.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await mongo.db(database).dropDatabase()
    for (const each of [graph, `${graph}:mark`]) await update(`CLEAR SILENT GRAPH <${each}>`, signal)
    for (const Key of await keysOf(bucket).catch(() => []))
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    await s3.send(new DeleteBucketCommand({ Bucket: bucket })).catch(() => undefined)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-demo-'))
    await postgres.connect()
  })
  afterAll(async () => {
    for (const name of used) await removeAll(name)
    await postgres.end()
    await mongo.close()
    s3.destroy()
    await rm(folder, { recursive: true, force: true })
  })

  describe('gives the answers of the embedded one', () => {
    const name = newName()
    let data: string
    let stores: Stores
    let embedded: Polystore
    let real: Polystore
    let printed: string

    beforeAll(async () => {
      data = join(folder, 'example')
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

  /** A folder with the little that the loaders read. */
  async function littleExample(): Promise<{
    readonly data: string
    readonly context: LoadContext
    readonly warnings: string[]
  }> {
    const data = await mkdtemp(join(folder, 'little-'))
    for (const each of ['annotations', 'documents/surveys', 'registry', 'seismic'])
      await mkdir(join(data, each), { recursive: true })
    await writeFile(join(data, 'annotations/a.ttl'), '<http://x/a> <http://x/p> "a", 1.5 .')
    await writeFile(join(data, 'documents/surveys/a.json'), '{ "_id": "a", "name": "A" }')
    await writeFile(
      join(data, 'registry/wells.ndjson'),
      `${JSON.stringify({ _id: 'w', name: "O'Hara; --", survey: 'http://x/a', status: 'dry', spudded: '1999-01-02', depth: 10.5, wellhead: 'POINT(1 2)' })}\n`,
    )
    await writeFile(join(data, 'seismic/a.txt'), 'a')
    const warnings: string[] = []
    const context = {
      directory: data,
      names: namesOf(newName()),
      signal,
      progress: () => undefined,
      warn: (message: string) => void warnings.push(message),
    }
    return { data, context, warnings }
  }
  const objects = (context: LoadContext) =>
    loadObjects(servers.s3, [{ id: 'seismic', path: join(context.directory, 'seismic') }], context)
  const rowsOf = async ({ names: { schema } }: LoadContext) =>
    (await postgres.query(`SELECT * FROM ${schema}.wells`)).rows as readonly Record<string, unknown>[]
  const documentsOf = ({ names: { database } }: LoadContext) =>
    mongo.db(database).collection('surveys').find().toArray()
  const triplesOf = async ({ names: { graph } }: LoadContext) => {
    const store = { id: 'a', type: 'sparql', endpoint: environment!.SPARQL_ENDPOINT, graph }
    await using polystore = await open({ stores: [store] })
    return (await ask(polystore, 'SELECT ?s ?p ?o { ?s ?p ?o }')).rows
  }

  test('what has changed is loaded, what is gone is removed, the rest is left alone', async () => {
    const { data, context } = await littleExample()
    const all = async () => [
      await loadAnnotations(servers.sparql, context),
      await loadSurveys(servers.mongodb, context),
      await loadWells(servers.postgres, context),
      await objects(context),
    ]
    expect((await all()).map(({ isKept }) => isKept)).toEqual([false, false, false, false])
    expect((await all()).map(({ isKept }) => isKept)).toEqual([true, true, true, true])
    await writeFile(join(data, 'annotations/a.ttl'), '<http://x/a> <http://x/p> "b" .')
    await rm(join(data, 'documents/surveys/a.json'))
    await writeFile(join(data, 'documents/surveys/b.json'), '{ "_id": "b", "name": "B" }')
    await writeFile(join(data, 'registry/wells.ndjson'), '')
    await writeFile(join(data, 'seismic/b.txt'), 'b')
    await rm(join(data, 'seismic/a.txt'))
    expect((await all()).map(({ isKept }) => isKept)).toEqual([false, false, false, false])
    expect(await triplesOf(context)).toEqual([{ s: '<http://x/a>', p: '<http://x/p>', o: '"b"' }])
    expect(await documentsOf(context)).toEqual([{ _id: 'b', name: 'B' }])
    expect(await rowsOf(context)).toEqual([])
    expect(await keysOf(context.names.bucket)).toEqual(['.polyprov-demo.json', 'seismic/b.txt'])
    expect((await all()).map(({ isKept }) => isKept)).toEqual([true, true, true, true])
    // An object that somebody has changed since is put there anew.
    await s3.send(new PutObjectCommand({ Bucket: context.names.bucket, Key: 'seismic/b.txt', Body: 'changed' }))
    expect((await objects(context)).isKept).toBe(false)
    expect((await objects(context)).isKept).toBe(true)
  })

  test('a table has the types that it should, and text stays text', async () => {
    const { context } = await littleExample()
    await loadWells(servers.postgres, context)
    const [row] = await rowsOf(context)
    expect(row).toMatchObject({ id: 'w', name: "O'Hara; --", status: 'dry', depth: '10.5' })
  })

  const refused = (loading: Promise<unknown>) =>
    expect(loading).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('--name') })

  test('what others have made is never touched', async () => {
    const { context } = await littleExample()
    const { schema, database, bucket, graph } = context.names
    await postgres.query(
      `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.wells (mine int); INSERT INTO ${schema}.wells VALUES (7)`,
    )
    await refused(loadWells(servers.postgres, context))
    expect(await rowsOf(context)).toEqual([{ mine: 7 }])

    await mongo.db(database).collection<{ _id: string }>('surveys').insertOne({ _id: 'mine' })
    await refused(loadSurveys(servers.mongodb, context))
    expect(await documentsOf(context)).toEqual([{ _id: 'mine' }])

    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'mine', Body: 'x' }))
    await refused(objects(context))
    expect(await keysOf(bucket)).toEqual(['mine'])

    await update(`INSERT DATA { GRAPH <${graph}> { <http://mine> <http://is> "mine" } }`, signal)
    await refused(loadAnnotations(servers.sparql, context))
    expect(await triplesOf(context)).toHaveLength(1)
  })

  test('nor what others have put beside it', async () => {
    const { context } = await littleExample()
    const { schema, database, bucket } = context.names
    await loadWells(servers.postgres, context)
    await postgres.query(`CREATE VIEW ${schema}.mine AS SELECT * FROM ${schema}.wells`)
    await refused(loadWells(servers.postgres, context))
    await loadSurveys(servers.mongodb, context)
    await mongo.db(database).collection<{ _id: string }>('notes').insertOne({ _id: 'mine' })
    await refused(loadSurveys(servers.mongodb, context))
    await objects(context)
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'seismic/mine', Body: 'x' }))
    await refused(objects(context))
    expect(await keysOf(bucket)).toContain('seismic/mine')
  })

  test('a bucket and a schema that are empty are taken', async () => {
    const { context } = await littleExample()
    await s3.send(new CreateBucketCommand({ Bucket: context.names.bucket }))
    await postgres.query(`CREATE SCHEMA ${context.names.schema}`)
    expect((await objects(context)).isKept).toBe(false)
    expect((await loadWells(servers.postgres, context)).isKept).toBe(false)
  })

  const DIFFICULT = `
<http://x/a;b> <http://x/$U(HOME)> "it's; $U{HOME} \\"q\\" \\\\ \\n line\\ttab é 😀 ?--" ;
  <http://x/p> "x"@en-GB, "9"^^<http://www.w3.org/2001/XMLSchema#decimal>, 1.5, -2, true, 2.5E0 .
<http://x/c> <http://x/q> [ <http://x/r> [ <http://x/s> "deep" ] ] .`

  test.each([
    ['isql', {}],
    [
      'HTTP, as who it asks for',
      {
        SPARQL_UPDATE_ENDPOINT: environment?.SPARQL_ENDPOINT.replace(/sparql$/, 'sparql-auth'),
        SPARQL_USER: 'dba',
        SPARQL_PASSWORD: 'dba',
      },
    ],
  ])('any text goes into the triple store through %s, and what changes there is told', async (_, more) => {
    const { data, context, warnings } = await littleExample()
    await writeFile(join(data, 'annotations/a.ttl'), DIFFICULT)
    const many = Array.from({ length: 1_200 }, (_, index) => `<http://x/${index}> <http://x/n> ${index} .`)
    await writeFile(join(data, 'annotations/b.ttl'), many.join('\n'))
    const { sparql } = serversOf({ ...environment, ...more })
    await loadAnnotations(sparql, context)
    const rows = await triplesOf(context)
    expect(rows).toHaveLength(1_210)
    expect(rows.map(({ o }) => o)).toContain(JSON.stringify(`it's; $U{HOME} "q" \\ \n line\ttab é 😀 ?--`))
    expect(rows.filter(({ s, o }) => s === '[]' || o === '[]')).toHaveLength(3)
    // Virtuoso has no booleans but numbers.
    expect(warnings).toEqual([expect.stringMatching(/1 of 1210 triples do not come back.*true/)])
  })

  test('an account that is wrong is told without the password', async () => {
    const { context } = await littleExample()
    const endpoint = environment!.SPARQL_ENDPOINT.replace(/sparql$/, 'sparql-auth')
    const access = { ...environment, SPARQL_UPDATE_ENDPOINT: endpoint, SPARQL_USER: 'dba', SPARQL_PASSWORD: 'hunter2' }
    const loading = loadAnnotations(serversOf(access).sparql, context)
    await expect(loading).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/SPARQL_PASSWORD/),
    })
    await expect(loading).rejects.not.toThrow(/hunter2/)
    const wrong = { ...environment, SPARQL_PASSWORD: 'hunter2', SPARQL_USER: 'dba' }
    const second = loadAnnotations(serversOf(wrong).sparql, context)
    await expect(second).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/VIRTUOSO_ISQL/),
    })
    await expect(second).rejects.not.toThrow(/hunter2/)
  })

  test('servers that are not there are told without their addresses’ secrets', async () => {
    const { context } = await littleExample()
    const secret = 'someone:hunter2@127.0.0.1:1'
    const lost: readonly (() => Promise<unknown>)[] = [
      () => loadWells({ url: `postgresql://${secret}/x` }, context),
      () => loadSurveys({ url: `mongodb://${secret}` }, context),
      () => loadObjects({ ...servers.s3, endpoint: 'http://127.0.0.1:1' }, [], context),
    ]
    for (const load of lost) {
      const loading = load()
      await expect(loading).rejects.toMatchObject({ code: 'store-failed' })
      await expect(loading).rejects.not.toThrow(/hunter2/)
    }
  })

  test('large files go in parts', async () => {
    const { data, context } = await littleExample()
    const path = join(data, 'seismic/large.bin')
    const file = await openFile(path, 'w')
    await file.truncate(40 * 2 ** 20)
    await file.close()
    await appendFile(path, 'end')
    await objects(context)
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: context.names.bucket, Prefix: 'seismic/large' }),
    )
    expect(Contents[0]?.Size).toBe(40 * 2 ** 20 + 3)
    expect((await objects(context)).isKept).toBe(true)
    await utimes(path, new Date(), new Date(0))
    expect((await objects(context)).isKept).toBe(false)
  })

  test('loading can be cancelled, and goes on where it ended', async () => {
    const { data, context } = await littleExample()
    for (let index = 0; index < 20; index++) await writeFile(join(data, `seismic/${index}.txt`), `${index}`)
    const controller = new AbortController()
    const cancelled = { ...context, signal: controller.signal, progress: () => controller.abort(new Error('enough')) }
    await expect(objects(cancelled)).rejects.toThrow('enough')
    const half = (await keysOf(context.names.bucket)).length
    expect(half).toBeGreaterThan(1)
    expect(half).toBeLessThan(22)
    expect((await objects(context)).isKept).toBe(false)
    expect(await keysOf(context.names.bucket)).toHaveLength(22)
    await expect(loadWells(servers.postgres, cancelled)).rejects.toThrow('enough')
    await expect(loadSurveys(servers.mongodb, cancelled)).rejects.toThrow('enough')
    await expect(loadAnnotations(servers.sparql, cancelled)).rejects.toThrow('enough')
  })
})
