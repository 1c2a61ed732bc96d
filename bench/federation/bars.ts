import type { Traffic } from './relay.ts'

/** What an answer took of one contestant: medians. */
export interface Figures {
  readonly milliseconds: number
  readonly samples: number
  readonly traffic: Readonly<Record<string, Traffic>>
}

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
  readonly comunica?: Figures & { readonly outcome: 'equal' | 'different' | 'unfinished' | 'failed' }
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
const FEWER_REQUESTS = 20
const LESS_TIME = 10
const COMUNICA_FROM = 1_000
const MOST_MEGABYTES = 300

export const requestsOf = ({ traffic }: Figures): number =>
  Object.values(traffic).reduce((sum, { requests }) => sum + requests, 0)
export const bytesOf = ({ traffic }: Figures): number =>
  Object.values(traffic).reduce((sum, { bytes }) => sum + bytes, 0)

const storeRequests = ({ traffic }: Figures, store: string): number => traffic[store]?.requests ?? 0

const mean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

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

export function barsOf(entries: readonly Entry[], megabytes: number | undefined): readonly Bar[] {
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
    ...againstComunica(entries),
    ...(megabytes === undefined ? [] : [memoryBar(megabytes)]),
  ]
}

function againstComunica(entries: readonly Entry[]): readonly Bar[] {
  const against = entries.filter(
    ({ size, crossStore, comunica }) =>
      size >= COMUNICA_FROM && crossStore && comunica !== undefined && comunica.outcome !== 'different',
  )
  if (against.length === 0) return []
  const answered = against.filter(({ comunica }) => comunica!.outcome !== 'failed')
  // Comunica is given the objects' headers as triples: it makes no requests for objects.
  const own = ({ warm }: Entry): number => requestsOf(warm) - storeRequests(warm, 'lake')
  const requests = mean(answered.map((entry) => requestsOf(entry.comunica!) / Math.max(1, own(entry))))
  const time = mean(answered.map(({ warm, comunica }) => comunica!.milliseconds / warm.milliseconds))
  const bar = (what: string, value: number, least: number): Bar => ({
    what: `Comunica, n ≥ ${COMUNICA_FROM}: ${what}`,
    bar: `≥ ${least} ×, geometric mean`,
    reached: `${value.toFixed(1)} × over ${answered.length} questions`,
    missed: value >= least ? [] : ['the mean'],
  })
  return [bar('requests', requests, FEWER_REQUESTS), bar('time', time, LESS_TIME)]
}

const memoryBar = (megabytes: number): Bar => ({
  what: 'memory, rows of PostgreSQL streamed through',
  bar: `< ${MOST_MEGABYTES} MB resident`,
  reached: `${megabytes.toFixed(0)} MB`,
  missed: megabytes < MOST_MEGABYTES ? [] : ['resident memory'],
})
