import type { ObjectInfo, ObjectStore } from '../../../connectors/objects/object-store.ts'
import type { Bucket } from './s3.ts'

/** A file that is to be an object. */
export interface PlannedObject {
  readonly key: string
  readonly size: number
  /** Tells one state of the file from another. */
  readonly stamp: string
  readonly folder: ObjectStore
  readonly info: ObjectInfo
}

/** Files that are larger go in parts of this size, one of them in memory at a time. */
const PART_BYTES = 16 * 2 ** 20
/** S3 takes 10,000 parts at most. */
const MOST_PARTS = 9_000

const NO_METER = { request: () => undefined, bytes: () => undefined, warn: () => undefined }

/** Milliseconds to undo an upload in. */
const UNDO_MILLISECONDS = 10_000

/** Puts a file into the bucket; an upload in parts that fails is undone. */
export async function upload({ send, s3, client, name }: Bucket, object: PlannedObject): Promise<void> {
  const { key, size, folder, info } = object
  const target = { Bucket: name, Key: key }
  const what = `The object '${key}' cannot be written`
  const file = await folder.open(info, { signal: new AbortController().signal, meter: NO_METER })
  try {
    if (size <= PART_BYTES) {
      const body = await file.read(0, size)
      await send(what, (to, options) =>
        to.send(new s3.PutObjectCommand({ ...target, Body: body, ContentLength: size }), options),
      )
      return
    }
    const { UploadId } = await send(what, (to, options) =>
      to.send(new s3.CreateMultipartUploadCommand(target), options),
    )
    const whole = { ...target, UploadId }
    try {
      const length = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS))
      const parts: { ETag: string | undefined; PartNumber: number }[] = []
      for (let offset = 0; offset < size; offset += length) {
        const body = await file.read(offset, Math.min(length, size - offset))
        const PartNumber = parts.length + 1
        const { ETag } = await send(what, (to, options) =>
          to.send(new s3.UploadPartCommand({ ...whole, PartNumber, Body: body, ContentLength: body.length }), options),
        )
        parts.push({ ETag, PartNumber })
      }
      await send(what, (to, options) =>
        to.send(new s3.CompleteMultipartUploadCommand({ ...whole, MultipartUpload: { Parts: parts } }), options),
      )
    } catch (error) {
      // Parts that nobody completes are kept, and paid for; the first error is the one to tell.
      const abortSignal = AbortSignal.timeout(UNDO_MILLISECONDS)
      await client.send(new s3.AbortMultipartUploadCommand(whole), { abortSignal }).catch(() => undefined)
      throw error
    }
  } finally {
    await file[Symbol.asyncDispose]()
  }
}
