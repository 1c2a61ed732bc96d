import type { Meter } from '../connector.ts'
import type { RangedReader } from '../formats/ranged-reader.ts'

/** What a store says of an object without reading it. */
export interface ObjectInfo {
  /** Relative to the store's path or prefix, parted by `/`. */
  readonly locator: string
  readonly size: number
  /** Changes whenever the content does. */
  readonly etag: string
  readonly modified?: Date
}

export interface ObjectRequest {
  readonly signal: AbortSignal
  readonly meter: Meter
}

/** An open object; closing it frees what it holds. */
export type OpenObject = RangedReader & AsyncDisposable

/**
 * How a kind of store gives access to its objects; it counts its own requests and bytes. Every method rejects with
 * `store-failed` where the store itself cannot be used, and with the signal's reason when it is aborted.
 */
export interface ObjectStore {
  /** The objects whose locators begin with `prefix`, in no order to rely on. */
  list(prefix: string, request: ObjectRequest): AsyncIterable<ObjectInfo>
  /** `undefined` where there is no such object; rejects with `forbidden` for a locator that leads out of the store. */
  stat(locator: string, request: ObjectRequest): Promise<ObjectInfo | undefined>
  /** The object as it was when `info` was taken; a read rejects with `store-failed` once it has changed. */
  open(info: ObjectInfo, request: ObjectRequest): Promise<OpenObject>
  /** Rejects with the reason where the store cannot be used. */
  check(signal: AbortSignal): Promise<void>
}
