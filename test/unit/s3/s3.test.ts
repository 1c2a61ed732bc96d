import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connector } from '../../../connectors/connector.ts'
import { storeIri } from '../../../connectors/connector.ts'
import { segyFormat } from '../../../connectors/formats/segy/index.ts'
import s3 from '../../../connectors/objects/s3/index.ts'
import { PL, SEGY } from '../../../planner/namespaces.ts'
import { iri } from '../../../planner/term.ts'
import { BASE, pattern, query, resolveAll, scanAll, segyBytes } from '../files/support.ts'
import { type Stub, startStub } from './stub.ts'

const SECRET = 'a-very-secret-key'
const inlines = pattern('?ref', `${SEGY}inlineCount`, '?n')
const size = pattern('?ref', `${PL}sizeBytes`, '?size')

let stub: Stub
const opened: Connector[] = []
beforeEach(async () => {
  stub = await startStub()
  stub.objects.set('surveys/a.sgy', await segyBytes(3, 4))
  stub.objects.set('surveys/north/b c.sgy', await segyBytes(5, 2))
  stub.objects.set('surveys/large.sgy', await segyBytes(20, 30))
  stub.objects.set('other/x.sgy', await segyBytes(2, 2))
})
afterEach(async () => {
  for (const connector of opened.splice(0)) await connector[Symbol.asyncDispose]?.()
  await stub[Symbol.asyncDispose]()
})

async function open(more: Record<string, unknown> = {}): Promise<Connector> {
  const connector = await s3(
    {
      id: 'lake',
      type: 's3',
      bucket: 'bucket',
      prefix: 'surveys/',
      endpoint: stub.url,
      credentials: { accessKeyId: 'the-access-key', secretAccessKey: SECRET },
      ...more,
    },
    { base: BASE },
    [segyFormat()],
  )
  opened.push(connector)
  return connector
}

const failure = async (connector: Connector, locator = 'a.sgy') =>
  (await resolveAll(connector, [locator], [inlines]))[0]!.error as Error & { code: string; details: object }

describe('definition', () => {
  it.each([
    [{ bucket: undefined }, /bucket/],
    [{ endpoint: 'ftp://x' }, /endpoint: must be an http or https URL/],
    [{ endpoint: 'not a url' }, /endpoint/],
    [{ endpoint: 'http://user:hidden@x' }, /must hold no user name or password/],
    [{ pathstyle: true }, /pathstyle/],
    [{ credentials: { accessKeyId: 'x' } }, /credentials.secretAccessKey/],
    [{ timeout: 0 }, /timeout/],
  ])('%j is refused', async (wrong, message) => {
    const opening = open(wrong)
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.toMatchObject({ code: 'configuration', details: { store: 'lake' } })
    await expect(opening).rejects.not.toThrow(/hidden|very-secret/)
  })

  it('names the package that is missing', async () => {
    const missing = () => Promise.reject(Object.assign(new Error('Cannot find'), { code: 'ERR_MODULE_NOT_FOUND' }))
    const opening = s3({ id: 'lake', type: 's3', bucket: 'bucket' }, { base: BASE }, [], missing)
    await expect(opening).rejects.toMatchObject({ code: 'configuration' })
    await expect(opening).rejects.toThrow('npm install @aws-sdk/client-s3')
  })
})

describe('reading', () => {
  it('takes one request for size, ETag and header of a small object', async () => {
    const request = query()
    const asked = [inlines, size, pattern('?ref', `${PL}etag`, '?etag'), pattern('?ref', `${PL}modified`, '?time')]
    const [found] = await resolveAll(await open(), ['a.sgy'], asked, { request })
    expect(found).toMatchObject({
      rows: [{ n: { value: '3' }, size: { value: '6960' }, time: { value: '2020-11-21T10:00:00.000Z' } }],
    })
    expect(request.counted).toEqual({ requests: 1, bytes: 6960, warnings: [] })
    expect(stub.asked).toHaveLength(1)
    expect(stub.asked[0]).toMatchObject({ path: expect.stringMatching(/^\/bucket\/surveys\/a\.sgy/) })
    expect(stub.asked[0]!.headers['range']).toBe('bytes=0-16383')
  })

  it('asks whether the object is still the same in the next query, for no bytes', async () => {
    const connector = await open()
    await resolveAll(connector, ['a.sgy', 'large.sgy'], [inlines])
    const before = stub.asked.length
    const request = query()
    const found = await resolveAll(connector, ['a.sgy', 'large.sgy'], [inlines], { request })
    expect(found.map(({ rows }) => rows[0]!['n']!.value)).toEqual(['3', '20'])
    expect(request.counted).toMatchObject({ requests: 2, bytes: 0 })
    expect(stub.asked.length - before).toBe(2)
    stub.objects.set('surveys/a.sgy', await segyBytes(7, 2))
    const [changed] = await resolveAll(connector, ['a.sgy'], [inlines])
    expect(changed!.rows[0]!['n']!.value).toBe('7')
  })

  it('reads ranges of the state that it saw', async () => {
    const request = query()
    const [found] = await resolveAll(await open(), ['large.sgy'], [inlines], { request })
    expect(found!.rows[0]!['n']!.value).toBe('20')
    const [first, ...others] = stub.asked
    expect(first!.headers['if-match']).toBeUndefined()
    expect(others.length).toBeGreaterThan(0)
    for (const each of others) expect(each.headers['if-match']).toMatch(/^"[0-9a-f]{32}"$/)
    expect(request.counted.requests).toBe(stub.asked.length)
  })

  it('lists page by page beneath the prefix', async () => {
    stub.pageSize = 2
    stub.objects.set('surveys/folder/', new Uint8Array())
    stub.objects.set('surveys/', new Uint8Array())
    for (const name of ['ä & <ö>', 'a+b%20c', 'line\nbreak', '\u0001', '#?', '//', '..'])
      stub.objects.set(`surveys/${name}`, new Uint8Array([1]))
    const request = query()
    const graph = iri(storeIri(BASE, 'lake'))
    const rows = await scanAll(await open(), pattern('?ref', `${PL}value`, '?path', graph), request)
    expect(rows.map((row) => row['path']!.value).sort()).toEqual(
      ['a.sgy', 'north/b c.sgy', 'large.sgy', 'ä & <ö>', 'a+b%20c', 'line\nbreak', '\u0001', '#?', '//', '..'].sort(),
    )
    expect(request.counted.requests).toBe(6)
    expect(request.counted.bytes).toBeGreaterThan(1_000)
  })

  it('finds an object by any key', async () => {
    const keys = ['ä ö', 'a+b%20c', 'line\nbreak', '#?&=', 'x//y', 'q\'"<>', '\\', '*!()', '%', '😀', 'dir/']
    for (const key of keys) stub.objects.set(`surveys/${key}`, new Uint8Array([1, 2]))
    const found = await resolveAll(await open(), keys, [size])
    expect(found.map(({ rows, error }) => error ?? rows[0]!['size']!.value)).toEqual(keys.map(() => '2'))
  })

  it('knows an empty object, and one that is not there', async () => {
    stub.objects.set('surveys/empty', new Uint8Array())
    const found = await resolveAll(await open(), ['empty', 'nope', '', '\ud800'], [size], {
      references: ['a', 'b', 'c', 'd'].map((name) => iri(`urn:ref:${name}`)),
    })
    expect(found[0]!.rows).toMatchObject([{ size: { value: '0' } }])
    expect(found.slice(1).map(({ error }) => (error as { code?: string }).code)).toEqual([
      'missing-object',
      'missing-object',
      'missing-object',
    ])
  })

  it('puts the bucket into the host where that is wanted', async () => {
    const { port } = new URL(stub.url)
    const connector = await open({ pathStyle: false, endpoint: `http://localhost:${port}`, retries: 0 })
    stub.fault = () => ({ kind: 'status', status: 404, code: 'NoSuchKey' })
    await failure(connector)
    // Where the host's name does not resolve nothing was asked; where it does, the key alone is the path.
    for (const { path, headers } of stub.asked) {
      expect(headers.host).toBe(`bucket.localhost:${port}`)
      expect(path).toMatch(/^\/surveys\/a\.sgy/)
    }
  })
})

describe('a server that fails', () => {
  it('is asked again where that may help', async () => {
    stub.fault = (_, number) =>
      number === 1
        ? { kind: 'status', status: 503, code: 'SlowDown' }
        : number === 2
          ? { kind: 'reset' }
          : number === 3
            ? { kind: 'truncated', bytes: 100 }
            : undefined
    const request = query()
    const [found] = await resolveAll(await open(), ['a.sgy'], [inlines], { request })
    expect(found!.rows[0]!['n']!.value).toBe('3')
    expect(stub.asked).toHaveLength(4)
    expect(request.counted.requests).toBe(4)
    expect(request.counted.bytes).toBeGreaterThan(6960 + 100)
  })

  it('is given up after so many times', async () => {
    stub.fault = () => ({ kind: 'status', status: 503, code: 'SlowDown' })
    const error = await failure(await open({ retries: 2 }))
    expect(error).toMatchObject({ code: 'store-failed', details: { store: 'lake', locator: 'a.sgy' } })
    expect(error.message).toMatch(/'a\.sgy'.*'lake'.*503 SlowDown/)
    expect(stub.asked).toHaveLength(3)
  })

  it('is told by truncated answers', async () => {
    stub.fault = () => ({ kind: 'truncated', bytes: 50 })
    const error = await failure(await open({ retries: 1 }))
    expect(error).toMatchObject({ code: 'store-failed', details: { locator: 'a.sgy' } })
    expect(stub.asked).toHaveLength(2)
  })

  it.each([
    [403, 'AccessDenied', /access is denied/],
    [403, 'SignatureDoesNotMatch', /the credentials are not accepted/],
    [403, 'InvalidAccessKeyId', /the credentials are not accepted/],
    [404, 'NoSuchBucket', /there is no bucket 'bucket'/],
    [301, 'PermanentRedirect', /region/],
    [400, 'AuthorizationHeaderMalformed', /region/],
    [501, 'NotImplemented', /501 NotImplemented/],
  ])('%d %s is told at once', async (status, code, message) => {
    const words = `The key the-access-key and ${SECRET} are wrong`
    stub.fault = () => ({ kind: 'status', status, code, message: words })
    const connector = await open()
    const error = await failure(connector)
    expect(error).toMatchObject({ code: 'store-failed', details: { store: 'lake', locator: 'a.sgy' } })
    expect(error.message).toMatch(message)
    expect(stub.asked).toHaveLength(1)
    const checked = await connector.check!(new AbortController().signal).catch((each: unknown) => each)
    expect(checked).toMatchObject({ code: 'store-failed', details: { store: 'lake' } })
    for (const each of [error, checked]) {
      const everything = JSON.stringify(each, Object.getOwnPropertyNames(each)) + String((each as Error).stack)
      expect(everything).not.toContain(SECRET)
      expect(everything).not.toContain('the-access-key')
    }
  })

  it.each(['silent', 'stalled'] as const)('is not waited for where it is %s', async (kind) => {
    stub.fault = () => (kind === 'silent' ? { kind } : { kind, bytes: 10 })
    const error = await failure(await open({ timeout: 100 }))
    expect(error).toMatchObject({ code: 'store-timeout', details: { store: 'lake', locator: 'a.sgy' } })
    expect(error.message).toMatch(/100 ms/)
    expect(stub.asked).toHaveLength(1)
    await expect.poll(() => stub.asked[0]!.aborted).toBe(true)
  })

  it('is hung up on by a cancelled query', async () => {
    for (const kind of ['silent', 'stalled'] as const) {
      stub.asked.length = 0
      const controller = new AbortController()
      stub.fault = () => {
        setTimeout(() => controller.abort(new Error('enough')), 20)
        return kind === 'silent' ? { kind } : { kind, bytes: 10 }
      }
      const asking = resolveAll(await open(), ['a.sgy'], [inlines], { request: query(controller.signal) })
      await expect(asking).rejects.toThrow('enough')
      await expect.poll(() => stub.asked.map(({ aborted }) => aborted)).toEqual([true])
    }
  })

  it('does not keep a cancelled query in its pause', async () => {
    const controller = new AbortController()
    stub.fault = () => {
      setTimeout(() => controller.abort(new Error('enough')), 20)
      return { kind: 'status', status: 503, code: 'SlowDown' }
    }
    const asking = resolveAll(await open(), ['a.sgy'], [inlines], { request: query(controller.signal) })
    await expect(asking).rejects.toThrow('enough')
    expect(stub.asked).toHaveLength(1)
  })

  it('that changes an object under a read is told', async () => {
    const other = await segyBytes(9, 9)
    stub.fault = (_, number) => {
      if (number === 2) stub.objects.set('surveys/large.sgy', other)
      return undefined
    }
    const error = await failure(await open(), 'large.sgy')
    expect(error).toMatchObject({ code: 'store-failed', details: { locator: 'large.sgy' } })
    expect(error.message).toMatch(/changed while it was read/)
  })

  it('that loses an object under a read is told', async () => {
    stub.fault = (_, number) => {
      if (number === 2) stub.objects.delete('surveys/large.sgy')
      return undefined
    }
    expect(await failure(await open(), 'large.sgy')).toMatchObject({ code: 'missing-object' })
  })

  it('that knows no ranges is not read to the end', async () => {
    stub.fault = () => ({ kind: 'whole' })
    stub.objects.set('surveys/larger.sgy', await segyBytes(60, 100))
    const connector = await open()
    const [small] = await resolveAll(connector, ['a.sgy'], [inlines])
    expect(small!.rows[0]!['n']!.value).toBe('3')
    expect((await failure(connector, 'larger.sgy')).message).toMatch(/no ranges/)
  })

  it('that nobody listens on, or that nobody knows, is named', async () => {
    const silent = await open({ endpoint: 'http://127.0.0.1:1', retries: 1 })
    expect((await failure(silent)).message).toMatch(/http:\/\/127\.0\.0\.1:1 takes no connections/)
    const unknown = await open({ endpoint: 'http://no-such-host.invalid' })
    expect((await failure(unknown)).message).toMatch(/the host of http:\/\/no-such-host\.invalid is not known/)
  })
})

describe('many objects', () => {
  it('are read a few at a time', async () => {
    let now = 0
    let most = 0
    for (let index = 0; index < 40; index++) stub.objects.set(`surveys/many/${index}`, new Uint8Array(3600))
    stub.fault = () => {
      most = Math.max(most, ++now)
      setImmediate(() => now--)
      return undefined
    }
    const locators = Array.from({ length: 40 }, (_, index) => `many/${index}`)
    const found = await resolveAll(await open({ concurrency: 4 }), locators, [size])
    expect(found.every(({ rows }) => rows.length === 1)).toBe(true)
    expect(most).toBeLessThanOrEqual(4)
    expect(stub.asked).toHaveLength(40)
  })
})
