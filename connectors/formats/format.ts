import type { Quad, Term } from '../../planner/term.ts'
import type { RangedReader } from './ranged-reader.ts'

/** What a query wants of an object, so that a format need not read more. */
export interface HeaderRequest {
  /** Predicates asked for. */
  readonly predicates: ReadonlySet<string>
  /** Paths within the object that are named (`hdf5:path "/a/b"`); absent: all of them. */
  readonly paths?: readonly string[]
  readonly signal: AbortSignal
  /** Told what was left out of an answer, and why. */
  readonly warn?: (message: string) => void
}

/** A format whose headers answer patterns: whatever store the object is in. */
export interface ObjectFormat {
  /** As in `pl:format`: `SEG-Y`, `HDF5`, `NetCDF4`. */
  readonly name: string
  /** IRIs of the header terms it can answer. */
  readonly predicates: readonly string[]
  /** Those of them whose subjects are nodes within the object. */
  readonly nodePredicates?: readonly string[]
  /** The byte ranges it reads of an object, in words: what explain shows. */
  readonly reads?: string
  /** Its triples are always the whole header, whatever was asked: they answer later requests too. */
  readonly whole?: boolean
  /** Whether an object is of this format, by its name and its first bytes. */
  recognises(locator: string, head: Uint8Array): boolean
  /** The `pl:format` of an object it recognises, where that is not always `name`: NetCDF4 is HDF5 too. */
  nameOf?(locator: string, head: Uint8Array): string
  /**
   * The header as triples: `reference` carries the terms of the object itself, nodes within it are IRIs that begin
   * with `object` + `#`. Rejects with `malformed-object` where the bytes are not what the format demands.
   */
  triples(reader: RangedReader, about: About, request: HeaderRequest): Promise<readonly Quad[]>
  [Symbol.asyncDispose]?(): Promise<void>
}

export interface About {
  readonly reference: Term
  /** IRI of the object: `<base>store/<id>/object/<locator>`. */
  readonly object: string
}
