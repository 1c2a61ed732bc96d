import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectIri, storeIri } from '../../connectors/connector.ts'
import { PL, SEGY } from '../../planner/namespaces.ts'
import { open } from '../../src/open.ts'
import type { Value } from '../../src/polystore.ts'
import { serverOf, startRelay } from './servers.ts'

const server = serverOf('S3 server', 'S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')
const folder = resolve(process.env['POLYPROV_REFERENCE'] ?? '../shared/reference', 'segy')
const present = existsSync(folder)
if (!present && process.env['CI'] === 'true') throw new Error(`reference data not found in ${folder}`)
if (!present) console.log(`skipped: no reference data in ${folder}`)

const BASE = 'urn:test:'
const bucket = `polyprov-${randomUUID()}`
const KEYS = ['ä/ö #?%&+ 😀.txt', 'x//y', '../up', 'line\nbreak', 'a\\b', `q"<>&'.txt`, 'a+b%20c', ' blank ']

const credentials = {
  accessKeyId: server?.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: server?.AWS_SECRET_ACCESS_KEY ?? '',
}
const definition = (more: object = {}) => ({
  id: 'lake',
  type: 's3',
  bucket,
  prefix: 'surveys/',
  endpoint: server?.S3_ENDPOINT,
  region: process.env['S3_REGION'] ?? 'us-east-1',
  credentials,
  ...more,
})
const polystoreOf = (...stores: object[]) => open({ base: BASE, stores }, { force: true })

async function rowsOf(
  stores: readonly object[],
  text: string,
  options = {},
): Promise<readonly Readonly<Record<string, Value | undefined>>[]> {
  await using polystore = await polystoreOf(...stores)
  return await polystore.query(text, options).toArray()
}

const inlinesOf = (name: string) =>
  `PREFIX segy: <${SEGY}> SELECT ?n { <${objectIri(BASE, 'lake', name)}> segy:inlineCount ?n }`

describe.skipIf(server === undefined || !present)('an S3 server', () => {
  const client = new S3Client({
    ...(server === undefined ? {} : { endpoint: server.S3_ENDPOINT }),
    region: process.env['S3_REGION'] ?? 'us-east-1',
    credentials: { ...credentials },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const put = (key: string, body: Uint8Array | string) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: `surveys/${key}`, Body: body }))
  const files = present ? readdirSync(folder).filter((name) => name.endsWith('.sgy')) : []

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    for (const name of files) await put(name, readFileSync(join(folder, name)))
    for (const key of KEYS) await put(key, key)
  })
  afterAll(async () => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }))
    for (const { Key } of Contents)
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: decodeURIComponent(Key!) }))
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    client.destroy()
  })

  it('holds headers equal to those of the files', async () => {
    const terms = ['inlineCount', 'crosslineCount', 'sampleCount', 'sampleInterval', 'traceCount', 'byteOrder', 'exact']
    const text = (store: string) => `PREFIX segy: <${SEGY}> PREFIX pl: <${PL}>
      SELECT ?path ${terms.map((term) => `?${term}`).join(' ')} { GRAPH <${storeIri(BASE, store)}> {
        ?ref pl:value ?path . FILTER(STRENDS(?path, ".sgy"))
        ${terms.map((term) => `OPTIONAL { ?ref segy:${term} ?${term} }`).join(' ')} } } ORDER BY ?path`
    const local = await rowsOf([{ id: 'local', type: 'files', path: folder }], text('local'))
    const remote = await rowsOf([definition()], text('lake'))
    expect(local.length).toBeGreaterThan(10)
    expect(remote).toEqual(local.filter(({ ['path']: path }) => files.includes(String(path))))
  })

  it('counts requests: one for an object of a few kilobytes', async () => {
    await using polystore = await polystoreOf(definition())
    const rows = polystore.query(inlinesOf('small.sgy'))
    expect(await rows.toArray()).toEqual([{ n: 5 }])
    expect(rows.stats()?.stores['lake']).toMatchObject({ requests: 1, bytes: 14600 })
    const again = polystore.query(inlinesOf('small.sgy'))
    expect(await again.toArray()).toEqual([{ n: 5 }])
    expect(again.stats()?.stores['lake']).toMatchObject({ requests: 1, bytes: 0 })
  })

  it('finds objects by any key, listed and named', async () => {
    const listed = await rowsOf(
      [definition()],
      `PREFIX pl: <${PL}> SELECT ?path { GRAPH <${storeIri(BASE, 'lake')}> { ?ref pl:value ?path } }`,
    )
    const paths = listed.map(({ ['path']: path }) => path)
    expect(paths).toEqual(expect.arrayContaining(KEYS))
    expect(paths).toHaveLength(KEYS.length + files.length)
    for (const key of KEYS) {
      const text = `PREFIX pl: <${PL}> SELECT ?size { <${objectIri(BASE, 'lake', key)}> pl:sizeBytes ?size }`
      expect(await rowsOf([definition()], text)).toEqual([{ size: Buffer.byteLength(key) }])
    }
  })

  it.each([
    ['a bucket that is not there', { bucket: 'no-such-bucket' }, /there is no bucket 'no-such-bucket'/],
    ['a wrong secret', { credentials: { ...credentials, secretAccessKey: 'a-wrong-secret' } }, /are not accepted/],
    ['another region', { region: 'eu-central-1' }, /region eu-central-1 is not the bucket's/],
  ])('%s is named', async (_, more, message) => {
    const opening = open({ base: BASE, stores: [definition(more)] })
    await expect(opening).rejects.toMatchObject({ code: 'store-failed', details: { store: 'lake' } })
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.not.toThrow(/a-wrong-secret/)
  })

  it('that is frozen in the middle of a query ends it in time', async () => {
    await using relay = await startRelay(server!.S3_ENDPOINT)
    const stores = [definition({ endpoint: relay.url, timeout: 400, retries: 0 })]
    await using polystore = await polystoreOf(...stores)
    expect(await polystore.query(inlinesOf('small.sgy')).toArray()).toEqual([{ n: 5 }])
    relay.freeze()
    await expect(polystore.query(inlinesOf('f3.sgy')).toArray()).rejects.toMatchObject({
      code: 'store-timeout',
      details: { store: 'lake', locator: 'f3.sgy' },
    })
    // The query's own deadline comes first where it is sooner.
    await expect(polystore.query(inlinesOf('f3.sgy'), { timeout: 200 }).toArray()).rejects.toMatchObject({
      code: 'timeout',
    })
    relay.thaw()
    expect((await polystore.query(inlinesOf('f3.sgy')).toArray()).length).toBe(1)
  })

  it('that goes away is told', async () => {
    await using relay = await startRelay(server!.S3_ENDPOINT)
    await using polystore = await polystoreOf(definition({ endpoint: relay.url, retries: 1 }))
    expect(await polystore.query(inlinesOf('small.sgy')).toArray()).toEqual([{ n: 5 }])
    await relay.kill()
    await expect(polystore.query(inlinesOf('small.sgy')).toArray()).rejects.toMatchObject({
      code: 'store-failed',
      details: { store: 'lake', locator: 'small.sgy' },
    })
  })
})
