import type { Filter, Metadata } from 'h5wasm'

/** What one object may cost before its header is given up. */
export interface Hdf5Limits {
  /** Ranged reads of one object. */
  readonly requests: number
  /** Bytes read from one object. */
  readonly bytes: number
  /** Groups and datasets of one answer. */
  readonly nodes: number
  /** Levels of groups. */
  readonly depth: number
  /** Attributes of one group or dataset; the rest is left out, with a warning. */
  readonly attributes: number
  /** Bytes of one attribute's value; a larger value is left out, with a warning. */
  readonly attributeBytes: number
  /** Bytes of paths, names and values of one answer, roughly. */
  readonly answerBytes: number
  /** Time for one object, waiting for the store included. */
  readonly milliseconds: number
}

/** The parts of a header that somebody asked for. */
interface Wanted {
  /** Shapes, types, chunks and compression of datasets. */
  readonly layout: boolean
  readonly attributes: boolean
}

/** Main thread → worker: describe an object of `size` bytes. */
export interface DescribeMessage {
  readonly size: number
  /** Absent: every path. */
  readonly paths: readonly string[] | undefined
  readonly wanted: Wanted
  readonly limits: Hdf5Limits
}

/** Memory that the two sides share: `control` is [answered?, bytes], `data` the bytes of the last read. */
export interface SharedMemory {
  readonly control: Int32Array<SharedArrayBuffer>
  readonly data: Uint8Array<SharedArrayBuffer>
}

/** Largest ranged read, and the first one; the size of {@link SharedMemory.data}. */
export const READ_BYTES = 65_536

/** Worker → main thread. The worker sleeps after `read` until the bytes are in the shared memory. */
export type WorkerMessage =
  | { readonly kind: 'read'; readonly offset: number; readonly length: number }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly code: 'malformed-object' | 'too-large'; readonly message: string }

export interface Answer {
  readonly nodes: readonly Hdf5Node[]
  readonly warnings: readonly string[]
}

/** A group or, where `layout` says so, a dataset. */
export interface Hdf5Node {
  readonly path: string
  readonly layout?: Layout
  readonly attributes: readonly Hdf5Attribute[]
}

export interface Layout {
  readonly type: Metadata
  /** Absent for a dataset without a dataspace (`H5S_NULL`). */
  readonly shape: readonly number[] | null
  readonly chunks: readonly number[] | null
  readonly filters: readonly Filter[]
}

export interface Hdf5Attribute {
  readonly name: string
  readonly type: Metadata
  /** Absent where the type has no value outside its file (references), or the value was left out. */
  readonly value?: Value
}

/**
 * A value by its type: numbers, text, booleans; members of a compound, elements of an array and of a sequence as lists.
 * An attribute of one element, whatever its rank, is that element.
 */
export type Value = number | bigint | string | boolean | readonly Value[]
