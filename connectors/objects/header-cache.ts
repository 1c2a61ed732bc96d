import { LRUCache } from 'lru-cache'
import { type Quad, termKey } from '../../planner/term.ts'

/** Header triples of one object, under its object IRI. */
export interface CachedHeader {
  readonly etag: string
  /** `pl:format`; absent where no format recognises the object. */
  readonly format?: string
  /** Predicates that were read. */
  readonly predicates: ReadonlySet<string>
  readonly triples: readonly Quad[]
}

export interface HeaderCache {
  /** The header of the object in this state. */
  get(key: string, etag: string): CachedHeader | undefined
  set(key: string, header: CachedHeader): void
}

const MOST_BYTES = 64 * 2 ** 20
/** An object, its strings' headers, and its place in a map. */
const OVERHEAD = 300

/** Keeps what was used last, up to a number of bytes in all. */
export function headerCache(mostBytes: number = MOST_BYTES): HeaderCache {
  const headers = new LRUCache<string, CachedHeader>({ maxSize: mostBytes, sizeCalculation: sizeOf })
  return {
    get(key, etag) {
      const header = headers.get(key)
      return header?.etag === etag ? header : undefined
    },
    set(key, header) {
      headers.set(key, header)
    },
  }
}

const sizeOf = (header: CachedHeader, key: string): number =>
  header.triples.reduce(
    (total, { subject, object }) => total + OVERHEAD + 2 * (termKey(subject).length + termKey(object).length),
    OVERHEAD + 2 * key.length,
  )
