/** An object of some store that can be read in pieces: a file, or an object behind ranged GETs. */
export interface RangedReader {
  /** Bytes in all. */
  readonly size: number
  /** Changes whenever the content does: an ETag, or size and modification time. */
  readonly etag: string
  /** Exactly `length` bytes from `offset`, fewer only where the object ends; rejects where the object has changed. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
}
