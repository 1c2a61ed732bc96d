import { bytesOf, type Figures, requestsOf, storeRequests } from './figures.ts'
import type { Streamed } from './memory.ts'

/** One question at one size. */
export interface Entry {
  readonly size: number
  readonly id: string
  readonly rows: number
  readonly crossStore: boolean
  readonly hand: Figures
  readonly warm: Figures
  readonly cold: Figures
  /** At each latency, in milliseconds of a round trip. */
  readonly delayed: Readonly<Record<string, { readonly hand: Figures; readonly warm: Figures }>>
  readonly materialised: Figures
}

/** A question that was not answered, or not by all alike. */
export interface Unanswered {
  readonly size: number
  readonly id: string
  readonly reason: string
}

/** A bar, and where it is missed. */
export interface Bar {
  readonly what: string
  readonly bar: string
  readonly reached: string
  readonly missed: readonly string[]
}

const MOST_BYTES = 1.2
const MOST_TIME = 1.3
const TIME_ALLOWANCE = 3
const MOST_PATH = 1.1
const MOST_MEGABYTES = 300

const named = ({ id, size }: Entry, detail = ''): string => `${id} at ${size.toLocaleString('en-US')}${detail}`

/** Entries that fail a condition, by the words for it. */
const failing = (entries: readonly Entry[], tell: (entry: Entry) => string | undefined): readonly string[] =>
  entries.flatMap((entry) => {
    const words = tell(entry)
    return words === undefined ? [] : [named(entry, words)]
  })

const share = (missed: readonly string[], entries: readonly unknown[]): string =>
  `${entries.length - missed.length} of ${entries.length}`

function overAsked(entry: Entry, kind: 'warm' | 'cold', allowed: number): string | undefined {
  const stores = new Set([...Object.keys(entry.hand.traffic), ...Object.keys(entry[kind].traffic)])
  const over = [...stores].filter(
    (store) => storeRequests(entry[kind], store) > storeRequests(entry.hand, store) + allowed,
  )
  if (over.length === 0) return undefined
  return ` (${over.map((store) => `${store} ${storeRequests(entry[kind], store)} for ${storeRequests(entry.hand, store)}`).join(', ')})`
}

const over = (value: number, most: number): string | undefined => (value <= most ? undefined : ` (${value.toFixed(2)})`)

export function barsOf(entries: readonly Entry[], streamed: readonly Streamed[]): readonly Bar[] {
  const asking = entries.filter(({ hand }) => requestsOf(hand) > 0)
  const bar = (what: string, words: string, of: readonly Entry[], tell: (entry: Entry) => string | undefined): Bar => {
    const missed = failing(of, tell)
    return { what, bar: words, reached: share(missed, of), missed }
  }
  const latencies = [...new Set(entries.flatMap(({ delayed }) => Object.keys(delayed)))]
  return [
    bar('requests, warm', 'as many as by hand, each store', entries, (entry) => overAsked(entry, 'warm', 0)),
    bar('requests, cold', 'at most one more, each store', entries, (entry) => overAsked(entry, 'cold', 1)),
    bar('bytes, warm', `≤ ${MOST_BYTES} × by hand`, asking, ({ hand, warm }) =>
      over(bytesOf(warm) / bytesOf(hand), MOST_BYTES),
    ),
    bar('time, no latency', `≤ ${MOST_TIME} × by hand + ${TIME_ALLOWANCE} ms`, entries, ({ hand, warm }) =>
      over((warm.milliseconds - TIME_ALLOWANCE) / hand.milliseconds, MOST_TIME),
    ),
    ...latencies.map((latency) =>
      bar(`time, ${latency} ms round trip`, `≤ ${MOST_PATH} × critical path`, asking, ({ delayed }) => {
        const at = delayed[latency]
        return at === undefined ? undefined : over(at.warm.milliseconds / at.hand.milliseconds, MOST_PATH)
      }),
    ),
    ...(streamed.length === 0 ? [] : [memoryBar(streamed)]),
  ]
}

function memoryBar(streamed: readonly Streamed[]): Bar {
  const missed = streamed.filter(({ megabytes }) => megabytes >= MOST_MEGABYTES)
  return {
    what: 'memory, rows streamed through',
    bar: `< ${MOST_MEGABYTES} MB resident`,
    reached: share(
      missed.map(({ what }) => what),
      streamed,
    ),
    missed: missed.map(({ what, megabytes }) => `${what} (${megabytes.toFixed(0)} MB)`),
  }
}
