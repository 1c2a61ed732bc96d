import type { AggregationCursor, Collection, Document, FindCursor } from 'mongodb'
import type { Request } from '../connector.ts'
import type { Filter } from '../documents/compile.ts'
import { untilAborted } from '../until-aborted.ts'
import type { MongodbConfig } from './config.ts'
import { failureOf, TOO_SLOW } from './failures.ts'
import type { Projection } from './projection.ts'
import { type BsonClasses, type RawDocument, readDocument, readRaw } from './values.ts'

/** The server keeps to 16 MiB whatever is asked for. */
const BATCH_DOCUMENTS = 4_096

type Cursor = FindCursor | AggregationCursor

/** What a collection is asked for. */
export interface Asked {
  readonly filter: Filter
  readonly projection: Projection
  /** Documents of one block; fewer where few rows are wanted. */
  readonly batch?: number | undefined
}

/** The documents that satisfy a filter, by batches of the server's cursor. */
export function find(
  collection: Collection,
  { filter, projection, batch = BATCH_DOCUMENTS }: Asked,
  request: Pick<Request, 'signal' | 'meter'>,
  config: MongodbConfig,
  bson: BsonClasses,
): AsyncGenerator<readonly unknown[]> {
  const open = (signal: AbortSignal) =>
    collection.find(filter as Document, {
      ...(projection === undefined ? {} : { projection }),
      batchSize: Math.min(batch, BATCH_DOCUMENTS),
      maxTimeMS: config.timeout,
      raw: true,
      signal,
    })
  return batchesOf(open, (bytes) => readDocument(bytes, bson), request, config)
}

/** The rows of a pipeline, as BSON has them, by batches of the server's cursor; texts are compared by code points. */
export function aggregate(
  collection: Collection,
  pipeline: readonly Document[],
  isCollated: boolean,
  request: Pick<Request, 'signal' | 'meter'>,
  config: MongodbConfig,
  bson: BsonClasses,
): AsyncGenerator<readonly RawDocument[]> {
  const open = (signal: AbortSignal) =>
    collection.aggregate([...pipeline], {
      batchSize: BATCH_DOCUMENTS,
      maxTimeMS: config.timeout,
      allowDiskUse: true,
      ...(isCollated ? { collation: { locale: 'simple' } } : {}),
      raw: true,
      signal,
    })
  return batchesOf(open, (bytes) => readRaw(bytes, bson), request, config)
}

/**
 * What a cursor gives, by its batches, one in memory at a time. The cursor is closed whenever the reader goes away.
 */
async function* batchesOf<Value>(
  open: (signal: AbortSignal) => Cursor,
  read: (bytes: Uint8Array) => Value,
  { signal, meter }: Pick<Request, 'signal' | 'meter'>,
  config: MongodbConfig,
): AsyncGenerator<readonly Value[]> {
  signal.throwIfAborted()
  const limit = new AbortController()
  const within = AbortSignal.any([signal, limit.signal])
  const cursor = open(within)
  let isWell = false
  try {
    do {
      meter.request()
      const timer = setTimeout(() => limit.abort(TOO_SLOW), config.timeout)
      const isMore = await untilAborted(cursor.hasNext(), within).finally(() => clearTimeout(timer))
      within.throwIfAborted()
      if (!isMore) break
      const raw = cursor.readBufferedDocuments() as readonly unknown[] as readonly Uint8Array[]
      meter.bytes(raw.reduce((sum, { length }) => sum + length, 0))
      isWell = true
      yield raw.map(read)
      isWell = false
      // The driver closes the cursor of a cancelled query: that is no end of the answer.
      signal.throwIfAborted()
    } while (cursor.id?.isZero() === false)
    isWell = true
  } catch (error) {
    throw failureOf(limit.signal.aborted ? TOO_SLOW : error, config, signal)
  } finally {
    await close(cursor, isWell && !signal.aborted ? config.timeout : 0)
  }
}

/** Kills the cursor on the server; one that does not answer is left after so many milliseconds. */
async function close(cursor: Cursor, most: number): Promise<void> {
  const closed = cursor.close().catch(() => undefined)
  if (most === 0) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, most)
  })
  await Promise.race([closed, late]).finally(() => clearTimeout(timer))
}

/** Runs one command of the server within the store's timeout. */
export async function ask<Value>(
  command: (signal: AbortSignal) => Promise<Value>,
  config: MongodbConfig,
  signal: AbortSignal,
): Promise<Value> {
  signal.throwIfAborted()
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(TOO_SLOW), config.timeout)
  const within = AbortSignal.any([signal, limit.signal])
  try {
    return await untilAborted(command(within), within)
  } catch (error) {
    throw failureOf(limit.signal.aborted ? TOO_SLOW : error, config, signal)
  } finally {
    clearTimeout(timer)
  }
}
