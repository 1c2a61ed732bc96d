import type { RangedReader } from '../ranged-reader.ts'
import { readExactly } from './malformed.ts'
import { type TraceHeader, type TraceLayout, traceHeader } from './trace-header.ts'

/** How the traces of a file with equally long traces lie in it. */
export interface TraceArrangement {
  readonly little: boolean
  readonly layout: TraceLayout
  /** Bytes from the start of the file to the first trace header. */
  readonly firstTraceOffset: number
  /** Bytes of a trace, its headers included. */
  readonly traceSize: number
  /** Bytes of a trace's headers. */
  readonly headerSize: number
  readonly traceCount: number
}

/** Trace headers by index, each read once at most. */
export interface Traces extends TraceArrangement {
  get(index: number): Promise<TraceHeader>
  /** Headers seen so far. */
  seen(): ReadonlyMap<number, Promise<TraceHeader>>
  /** All headers in order, in blocks read ahead of use and kept nowhere. */
  all(onProgress?: (done: number, total: number) => void): AsyncIterable<TraceHeader>
}

/** Traces up to this size are read whole when all are wanted: fewer, larger reads. */
const WHOLE_TRACE = 32 * 1024
const BLOCK = 4 * 1024 * 1024
const CONCURRENCY = 8

export function openTraces(
  reader: RangedReader,
  head: Uint8Array,
  arrangement: TraceArrangement,
  signal: AbortSignal | undefined,
): Traces {
  const { little, layout, firstTraceOffset, traceSize, headerSize, traceCount } = arrangement
  const wanted = Math.min(headerSize, 480)
  const cache = new Map<number, Promise<TraceHeader>>()
  const parse = (bytes: Uint8Array) => traceHeader(bytes, little, layout)

  async function load(index: number): Promise<TraceHeader> {
    const start = firstTraceOffset + index * traceSize
    if (start + wanted <= head.length) return parse(head.subarray(start, start + wanted))
    return parse(await readExactly(reader, start, wanted, signal))
  }

  async function block(first: number, count: number): Promise<TraceHeader[]> {
    const start = firstTraceOffset + first * traceSize
    const end = Math.min(start + count * traceSize, reader.size)
    const bytes = end <= head.length ? head.subarray(start, end) : await readExactly(reader, start, end - start, signal)
    return Array.from({ length: count }, (_, index) =>
      parse(bytes.subarray(index * traceSize, index * traceSize + wanted)),
    )
  }

  async function* all(onProgress?: (done: number, total: number) => void): AsyncGenerator<TraceHeader> {
    const whole = traceSize <= WHOLE_TRACE
    const step = whole ? Math.max(1, Math.floor(BLOCK / traceSize)) : CONCURRENCY
    for (let first = 0; first < traceCount; first += step) {
      signal?.throwIfAborted()
      const count = Math.min(step, traceCount - first)
      if (whole) yield* await block(first, count)
      else yield* await Promise.all(Array.from({ length: count }, (_, index) => load(first + index)))
      onProgress?.(first + count, traceCount)
    }
  }

  return {
    ...arrangement,
    get(index) {
      let header = cache.get(index)
      if (header === undefined) {
        header = load(index)
        cache.set(index, header)
      }
      return header
    },
    seen: () => cache,
    all,
  }
}
