import type { S3Client } from '@aws-sdk/client-s3'
import { folderStore } from '../../../connectors/objects/files/folder-store.ts'
import { createClient } from '../../../connectors/objects/s3/client.ts'
import { type S3Config, s3Config } from '../../../connectors/objects/s3/config.ts'
import { type Failure, failureOf } from '../../../connectors/objects/s3/failures.ts'
import { isPassingCode, pause, pauseAfter } from '../../../connectors/retry.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import type { Servers } from './environment.ts'
import { demoPackage, type LoadContext, type Loaded, limited, MARK, notOurs } from './place.ts'
import { type PlannedObject, upload } from './s3-upload.ts'

/** A folder of files, and the prefix that its objects get in the bucket. */
export interface FileStore {
  readonly id: string
  readonly path: string
}

/** The object that says whose the bucket is, and what was put into it. */
const OWNER = '.polyprov-demo.json'
const REQUEST_MILLISECONDS = 120_000
const ATTEMPTS = 3
const UPLOADS_AT_ONCE = 4

type S3 = typeof import('@aws-sdk/client-s3')

/** A bucket, and how it is asked. */
export interface Bucket {
  readonly name: string
  readonly s3: S3
  readonly client: S3Client
  /** A request to its server: again where it failed on the way, and never longer than it may take. */
  send<Result>(
    what: string,
    run: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<Result>,
  ): Promise<Result>
}

/** What was put under a key: the file's size and time, and the object's etag once it is there. */
interface Put {
  readonly stamp: string
  readonly etag?: string
}

interface Owner {
  readonly madeBy: string
  readonly objects: Readonly<Record<string, Put>>
}

/** The prefix of a store's objects in the bucket. */
export const prefixOf = (store: string): string => `${store}/`

/**
 * Loads folders of files into a bucket, each under the prefix of its store; what is there already stays.
 * @throws `conflict` where the bucket is somebody else's; `store-failed`, without credentials
 */
export async function loadObjects(
  server: Servers['s3'],
  stores: readonly FileStore[],
  context: LoadContext,
): Promise<Loaded> {
  const { names, signal } = context
  const s3 = await demoPackage('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'))
  const config = s3Config({ id: 'seismic', type: 's3', bucket: names.bucket, ...server })
  const client = createClient(s3, config)
  const bucket: Bucket = {
    name: names.bucket,
    s3,
    client,
    send: (what, run) => requested(config, what, signal, (within) => run(client, { abortSignal: within })),
  }
  try {
    return await load(bucket, await planned(stores, signal), server.region, context)
  } finally {
    client.destroy()
  }
}

async function load(
  bucket: Bucket,
  objects: readonly PlannedObject[],
  region: string,
  { progress }: LoadContext,
): Promise<Loaded> {
  const bytes = objects.reduce((sum, { size }) => sum + size, 0)
  const what = `${objects.length} objects, ${(bytes / 1e6).toFixed(1)} MB, in the bucket ${bucket.name}`
  const owner = await ownerOf(bucket)
  const there = owner === undefined ? new Map<string, string>() : await listed(bucket)
  const stranger = [...there.keys()].find((key) => key !== OWNER && owner?.objects[key] === undefined)
  if (stranger !== undefined) throw notOurs(`The bucket ${bucket.name}`, `the object '${stranger}'`)
  const isThere = ({ key, stamp }: PlannedObject): boolean => {
    const put = owner?.objects[key]
    return put?.stamp === stamp && put.etag !== undefined && there.get(key) === put.etag
  }
  const missing = objects.filter((object) => !isThere(object))
  const wanted = new Set([OWNER, ...objects.map(({ key }) => key)])
  const old = [...there.keys()].filter((key) => !wanted.has(key))
  if (owner !== undefined && missing.length === 0 && old.length === 0) return { what, isKept: true }

  if (owner === undefined) await createBucket(bucket, region)
  const stamps = Object.fromEntries(objects.map(({ key, stamp }) => [key, { stamp }]))
  // Before the first object: what is there when loading breaks off is known as our own then.
  await writeOwner(bucket, {
    ...Object.fromEntries(old.map((key) => [key, { stamp: '' }])),
    ...stamps,
    ...keptOf(owner, objects, isThere),
  })
  let done = 0
  await concurrently(missing, UPLOADS_AT_ONCE, async (object) => {
    await upload(bucket, object)
    progress(object.key, ++done, missing.length)
  })
  for (const key of old) await remove(bucket, key)
  const now = await listed(bucket)
  await writeOwner(
    bucket,
    Object.fromEntries(objects.map(({ key, stamp }) => [key, { stamp, etag: now.get(key) ?? '' }])),
  )
  return { what, isKept: false }
}

const keptOf = (
  owner: Owner | undefined,
  objects: readonly PlannedObject[],
  isThere: (object: PlannedObject) => boolean,
): Owner['objects'] => Object.fromEntries(objects.filter(isThere).map(({ key }) => [key, owner!.objects[key]!]))

const remove = ({ send, s3, name }: Bucket, key: string): Promise<unknown> =>
  send(`The object '${key}' cannot be deleted`, (client, options) =>
    client.send(new s3.DeleteObjectCommand({ Bucket: name, Key: key }), options),
  )

/** The files as objects; `stamp` tells one state of a file from another. */
async function planned(stores: readonly FileStore[], signal: AbortSignal): Promise<readonly PlannedObject[]> {
  const meter = { request: () => undefined, bytes: () => undefined, warn: () => undefined }
  const objects: PlannedObject[] = []
  for (const { id, path } of stores) {
    const folder = folderStore({ store: id, path })
    for await (const info of folder.list('', { signal, meter })) {
      objects.push({ key: prefixOf(id) + info.locator, size: info.size, stamp: info.etag, folder, info })
    }
  }
  return objects
}

/** Of a bucket that is empty. */
const NOTHING: Owner = { madeBy: MARK, objects: {} }

/** What was put into the bucket; `undefined` where there is none. @throws `conflict` where it is somebody else's */
async function ownerOf({ send, s3, name: bucket }: Bucket): Promise<Owner | undefined> {
  const place = `The bucket ${bucket}`
  const found = await send(`${place} cannot be read`, async (client, options) => {
    try {
      const answer = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: OWNER }), options)
      return await answer.Body?.transformToString()
    } catch (error) {
      const { code } = failureOf(error)
      if (code === 'NoSuchBucket') return 'no bucket'
      if (code !== 'NoSuchKey') throw error
      const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), options)
      const [stranger] = Contents
      if (stranger !== undefined) throw notOurs(place, `the object '${stranger.Key}'`)
      return JSON.stringify(NOTHING)
    }
  })
  if (found === 'no bucket') return undefined
  try {
    const owner = JSON.parse(found ?? '') as Owner
    if (owner.madeBy === MARK && typeof owner.objects === 'object') return owner
  } catch {
    // Told below.
  }
  throw notOurs(place, `the object '${OWNER}'`)
}

async function createBucket({ send, s3, name: bucket }: Bucket, region: string): Promise<void> {
  // The oldest region is none to be named (CreateBucket, LocationConstraint).
  const place = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } }
  await send(`The bucket ${bucket} cannot be made`, (client, options) =>
    client.send(new s3.CreateBucketCommand({ Bucket: bucket, ...place }), options),
  )
}

/** Etags by key. */
async function listed({ send, s3, name: bucket }: Bucket): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  let token: string | undefined
  do {
    const page = await send(`The bucket ${bucket} cannot be listed`, (client, options) =>
      client.send(
        new s3.ListObjectsV2Command({ Bucket: bucket, ...(token === undefined ? {} : { ContinuationToken: token }) }),
        options,
      ),
    )
    for (const { Key, ETag } of page.Contents ?? []) if (Key !== undefined) found.set(Key, ETag ?? '')
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (token !== undefined)
  return found
}

async function writeOwner({ send, s3, name: bucket }: Bucket, objects: Owner['objects']): Promise<void> {
  const owner: Owner = { madeBy: MARK, objects }
  await send(`The bucket ${bucket} cannot be written to`, (client, options) =>
    client.send(
      new s3.PutObjectCommand({
        Bucket: bucket,
        Key: OWNER,
        Body: JSON.stringify(owner),
        ContentType: 'application/json',
      }),
      options,
    ),
  )
}

async function requested<Result>(
  config: S3Config,
  what: string,
  signal: AbortSignal,
  run: (within: AbortSignal) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await limited(signal, REQUEST_MILLISECONDS, run)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof PolyprovError) throw error
      const failure = failureOf(error)
      if (attempt >= ATTEMPTS || !isPassing(failure)) {
        const reason = withoutSecrets(reasonOf(failure), config)
        throw new PolyprovError('store-failed', `${what}: ${reason} (${config.endpoint})`)
      }
    }
    await pause(pauseAfter(attempt), signal)
  }
}

const isPassing = ({ code, status = 0 }: Failure): boolean =>
  isPassingCode(code) || status === 429 || (status >= 500 && status !== 501)

function reasonOf({ code, status, message }: Failure): string {
  if (code === 'ECONNREFUSED') return 'the server takes no connections'
  if (code === 'BucketAlreadyExists') return 'somebody else has one of that name; choose another with --name'
  if (status === 403) return `access is denied (${code}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and S3_REGION`
  return `${status === undefined ? '' : `${status} `}${code}: ${message}`
}

function withoutSecrets(text: string, { credentials }: S3Config): string {
  const secrets = Object.values(credentials ?? {}).filter((secret) => secret !== undefined)
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
}

async function concurrently<Item>(
  items: readonly Item[],
  most: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item)
  }
  try {
    await Promise.all(Array.from({ length: most }, work))
  } finally {
    waiting.length = 0
  }
}
