import type { Readable } from 'node:stream'
import type {
  GetObjectCommandOutput,
  HeadObjectCommandOutput,
  ListObjectsV2CommandOutput,
  S3Client,
} from '@aws-sdk/client-s3'
import { LRUCache } from 'lru-cache'
import { PolyprovError } from '../../../planner/errors.ts'
import type { Meter } from '../../connector.ts'
import type { ObjectInfo, ObjectRequest, ObjectStore, OpenObject } from '../object-store.ts'
import { readBody } from './body.ts'
import type { S3Package } from './client.ts'
import type { S3Config } from './config.ts'
import { failureOf, Truncated } from './failures.ts'
import { exchange } from './request.ts'

/** What the first look at an object brings along: as much as is read of it first as a rule. */
const HEAD = 16 * 1024
/** Bytes of heads that wait to be read. */
const MOST_HEADS = 16 * 2 ** 20
/** Objects whose last state is remembered, to be asked whether it still holds. */
const MOST_KNOWN = 10_000

/**
 * The objects of a bucket whose keys begin with the store's prefix; a locator is the rest of the key. One ranged GET
 * tells size, ETag and first bytes of an object at once; where its state is known already, the GET is conditional and
 * brings no bytes unless it changed.
 */
export function bucketStore(client: S3Client, commands: S3Package, config: S3Config): ObjectStore {
  const { id: store, bucket: Bucket, prefix } = config
  const heads = new LRUCache<ObjectInfo, Uint8Array>({
    maxSize: MOST_HEADS,
    sizeCalculation: ({ length }) => length + 1,
  })
  const known = new LRUCache<string, ObjectInfo>({ max: MOST_KNOWN })

  async function* list(within: string, request: ObjectRequest): AsyncGenerator<ObjectInfo> {
    let token: string | undefined
    do {
      const page = await exchange(client, config, request, undefined, (send) =>
        send<ListObjectsV2CommandOutput>(
          new commands.ListObjectsV2Command({
            Bucket,
            Prefix: prefix + within,
            // XML cannot spell every character of a key.
            EncodingType: 'url',
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      )
      for (const entry of page.Contents ?? []) {
        const info = listed(entry, page.EncodingType === 'url')
        if (info !== undefined) yield info
      }
      token = nextToken(page, token)
    } while (token !== undefined)
  }

  function listed(entry: NonNullable<ListObjectsV2CommandOutput['Contents']>[number], encoded: boolean) {
    const { Key = '', Size = 0, ETag, LastModified } = entry
    const key = encoded ? decodeKey(Key) : Key
    const locator = key.slice(prefix.length)
    // An empty object whose name ends in `/` stands for a folder.
    if (!key.startsWith(prefix) || locator === '' || (Size === 0 && key.endsWith('/'))) return undefined
    return infoOf(locator, Size, ETag, LastModified)
  }

  function nextToken(page: ListObjectsV2CommandOutput, last: string | undefined): string | undefined {
    if (page.IsTruncated !== true) return undefined
    const token = page.NextContinuationToken
    if (token !== undefined && token !== last) return token
    throw new PolyprovError(
      'store-failed',
      `The listing of the bucket '${Bucket}' of the store '${store}' does not go on where it was cut`,
      { store },
    )
  }

  async function stat(locator: string, request: ObjectRequest): Promise<ObjectInfo | undefined> {
    if (locator === '' || NO_KEY.test(locator)) return undefined
    const last = known.get(locator)
    const found = await exchange(client, config, request, locator, async (send, signal) => {
      try {
        const answer = await send<GetObjectCommandOutput>(
          new commands.GetObjectCommand({
            Bucket,
            Key: prefix + locator,
            Range: `bytes=0-${HEAD - 1}`,
            ...(last === undefined ? {} : { IfNoneMatch: quoted(last.etag) }),
          }),
        )
        return await firstLook(locator, answer, signal)
      } catch (error) {
        const { code, status } = failureOf(error)
        if (status === 304) return last
        if (code === 'NoSuchKey' || (status === 404 && code !== 'NoSuchBucket')) return undefined
        // An empty object has no first byte.
        if (status !== 416) throw error
        return headOf(locator, await send(new commands.HeadObjectCommand({ Bucket, Key: prefix + locator })))
      }
    })
    if (found === undefined) known.delete(locator)
    else known.set(locator, found)
    return found
  }

  async function firstLook(locator: string, answer: GetObjectCommandOutput, signal: AbortSignal): Promise<ObjectInfo> {
    const size = sizeOf(answer)
    const info = infoOf(locator, size, answer.ETag, answer.LastModified)
    heads.set(info, await readBody(answer.Body as Readable, Math.min(HEAD, size), signal))
    return info
  }

  const headOf = (locator: string, { ContentLength = 0, ETag, LastModified }: HeadObjectCommandOutput): ObjectInfo =>
    infoOf(locator, ContentLength, ETag, LastModified)

  function infoOf(locator: string, size: number, etag: string | undefined, modified: Date | undefined): ObjectInfo {
    if (etag === undefined) {
      throw new PolyprovError('store-failed', `The store '${store}' tells no ETag of its objects: it is no S3 server`, {
        store,
        locator,
      })
    }
    return { locator, size, etag: unquoted(etag), ...(modified === undefined ? {} : { modified }) }
  }

  function open(info: ObjectInfo, request: ObjectRequest): Promise<OpenObject> {
    const { size, etag } = info
    return Promise.resolve({
      size,
      etag,
      async read(offset, length, signal = request.signal) {
        signal.throwIfAborted()
        if (!Number.isSafeInteger(offset) || offset < 0 || !(length >= 0))
          throw new RangeError(`no range of bytes: ${length} from ${offset}`)
        const end = Math.min(offset + length, size)
        if (end <= offset) return new Uint8Array()
        const head = heads.get(info)
        if (head !== undefined && end <= head.length) return head.subarray(offset, end)
        return readRange(info, offset, end, { ...request, signal })
      },
      async [Symbol.asyncDispose]() {
        heads.delete(info)
      },
    })
  }

  function readRange(info: ObjectInfo, start: number, end: number, request: ObjectRequest): Promise<Uint8Array> {
    const { locator, etag, size } = info
    return exchange(client, config, request, locator, async (send, signal) => {
      try {
        const answer = await send<GetObjectCommandOutput>(
          new commands.GetObjectCommand({
            Bucket,
            Key: prefix + locator,
            Range: `bytes=${start}-${end - 1}`,
            IfMatch: quoted(etag),
          }),
        )
        const body = answer.Body as Readable
        if (unquoted(answer.ETag ?? '') !== etag || sizeOf(answer) !== size) {
          body.destroy()
          throw changed(locator)
        }
        if (answer.ContentRange === undefined && start > 0) {
          body.destroy()
          throw noRanges(locator)
        }
        return await readBody(body, end - start, signal)
      } catch (error) {
        const { code, status } = failureOf(error)
        if (status === 412) throw changed(locator)
        // The object was there when its state was taken, and may be shorter now.
        if (code === 'NoSuchKey') throw gone(locator)
        if (status === 416) throw changed(locator)
        throw error
      }
    })
  }

  const changed = (locator: string) =>
    new PolyprovError(
      'store-failed',
      `The object '${locator}' of the store '${store}' changed while it was read: ask again`,
      { store, locator },
    )
  const gone = (locator: string) =>
    new PolyprovError(
      'missing-object',
      `The object '${locator}' of the store '${store}' was removed while it was read`,
      {
        store,
        locator,
      },
    )
  const noRanges = (locator: string) =>
    new PolyprovError('store-failed', `The store '${store}' gives no ranges of an object, only the whole`, {
      store,
      locator,
    })

  async function check(signal: AbortSignal): Promise<void> {
    const command = new commands.ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 })
    await exchange(client, config, { signal, meter: NO_METER }, undefined, (send) => send(command))
  }

  return { list, stat, open, check }
}

const NO_METER: Meter = { request: () => undefined, bytes: () => undefined, warn: () => undefined }

/** What no key can hold: half a surrogate pair; and what no listing could tell, so that servers refuse it: a NUL. */
const NO_KEY = /[\0\ud800-\udfff]/u

/** Bytes in all, of a ranged answer or a whole one. */
function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const total = ContentRange === undefined ? ContentLength : Number(/\/(\d+)$/.exec(ContentRange)?.[1])
  if (total === undefined || !Number.isSafeInteger(total)) throw new Truncated('the answer does not tell the size')
  return total
}

/** Keys of a listing come percent-encoded, a blank as `+` or `%20`. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}

const unquoted = (etag: string): string => /^"(.*)"$/.exec(etag)?.[1] ?? etag
const quoted = (etag: string): string => (etag.startsWith('W/') ? etag : `"${etag}"`)
