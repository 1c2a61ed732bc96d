import type { Table } from '../measure.ts'
import { type Bar, bytesOf, type Entry, type Figures, requestsOf } from './bars.ts'

const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 10 ? 1 : 2)
const times = (value: number, of: number): string => (of === 0 ? '' : `${(value / of).toFixed(2)} ×`)

export const barTable = (bars: readonly Bar[]): Table => ({
  title: 'Bars',
  header: ['what', 'bar', 'reached', 'met', 'missed by'],
  rows: bars.map(({ what, bar, reached, missed }) => [
    what,
    bar,
    reached,
    missed.length === 0 ? 'yes' : '**no**',
    missed.join('; '),
  ]),
})

/** The questions of one size. */
export function questionTable(size: number, entries: readonly Entry[]): Table {
  const latencies = [...new Set(entries.flatMap(({ delayed }) => Object.keys(delayed)))]
  return {
    title: `${size.toLocaleString('en-US')} references`,
    header: [
      ...['question', 'rows', 'requests: hand', 'warm', 'cold', 'bytes: hand', 'warm', ''],
      ...['ms: hand', 'warm', '', 'cold'],
      ...latencies.flatMap((latency) => [`ms at ${latency} ms: hand`, 'warm', '']),
      ...['materialised ms', 'Comunica: requests', 'ms'],
    ],
    rows: entries.map(({ id, rows, hand, warm, cold, delayed, materialised, comunica }) => [
      ...[id, rows.toLocaleString('en-US'), requestText(hand), requestText(warm), requestText(cold)],
      ...[number(bytesOf(hand)), number(bytesOf(warm)), times(bytesOf(warm), bytesOf(hand))],
      ...[number(hand.milliseconds), number(warm.milliseconds), times(warm.milliseconds, hand.milliseconds)],
      number(cold.milliseconds),
      ...latencies.flatMap((latency) => {
        const at = delayed[latency]
        if (at === undefined) return ['', '', '']
        const [one, other] = [at.hand.milliseconds, at.warm.milliseconds]
        return [number(one), number(other), times(other, one)]
      }),
      number(materialised.milliseconds),
      ...(comunica === undefined ? ['', ''] : comunicaCells(comunica)),
    ]),
  }
}

function requestText(figures: Figures): string {
  const fetches = Object.values(figures.traffic).reduce((sum, each) => sum + each.fetches, 0)
  return `${requestsOf(figures)}${fetches === 0 ? '' : ` + ${fetches} fetches`}`
}

function comunicaCells(comunica: NonNullable<Entry['comunica']>): readonly string[] {
  const requests = requestsOf(comunica).toLocaleString('en-US')
  if (comunica.outcome === 'failed') return [requests, 'failed']
  const words = { equal: '', different: ' (another answer)', unfinished: ' (not ended)' }[comunica.outcome]
  return [requests, `${number(comunica.milliseconds)}${words}`]
}
