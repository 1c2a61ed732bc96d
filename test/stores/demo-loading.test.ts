import { appendFile, mkdir, mkdtemp, open as openFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { serversOf } from '../../src/cli/demo-servers/environment.ts'
import { loadSurveys } from '../../src/cli/demo-servers/mongodb.ts'
import { type LoadContext, namesOf } from '../../src/cli/demo-servers/place.ts'
import { loadWells } from '../../src/cli/demo-servers/postgres.ts'
import { loadObjects } from '../../src/cli/demo-servers/s3.ts'
import { loadAnnotations } from '../../src/cli/demo-servers/sparql.ts'
import { open } from '../../src/index.ts'
import { ask } from '../example/rows.ts'
import { environment, useServers } from './demo-places.ts'

describe.skipIf(environment === undefined)('loading the example', () => {
  const { servers, s3, mongo, postgres, update, signal, keysOf, folder, newName } = useServers()

  /** A folder with the little that the loaders read. */
  async function littleExample(): Promise<{
    readonly data: string
    readonly context: LoadContext
    readonly warnings: string[]
  }> {
    const data = await mkdtemp(join(folder(), 'little-'))
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
