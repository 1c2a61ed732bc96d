import type { Table } from '../measure.ts'
import type { Bar, Entry, Unanswered } from './bars.ts'
import { bytesOf, type Figures, requestsOf } from './figures.ts'
import type { Streamed } from './memory.ts'

export const number = (value: number): string =>
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

/** The questions of one size; those that were not answered stand last, with the reason. */
export function questionTable(size: number, entries: readonly Entry[], unanswered: readonly Unanswered[]): Table {
  const latencies = [...new Set(entries.flatMap(({ delayed }) => Object.keys(delayed)))]
  return {
    title: `${size.toLocaleString('en-US')} references`,
    header: [
      ...['question', 'rows', 'requests: hand', 'warm', 'cold', 'bytes: hand', 'warm', ''],
      ...['ms: hand', 'warm', '', 'cold'],
      ...latencies.flatMap((latency) => [`ms at ${latency} ms: hand`, 'warm', '']),
      'materialised ms',
    ],
    rows: [
      ...entries.map((entry) => entryCells(entry, latencies)),
      ...unanswered.map(({ id, reason }) => [id, `**not answered: ${reason.replaceAll(/[|\n]/g, ' ')}**`]),
    ],
  }
}

function entryCells(entry: Entry, latencies: readonly string[]): readonly string[] {
  const { id, rows, hand, warm, cold, delayed, materialised } = entry
  return [
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
  ]
}

export const streamTable = (streamed: readonly Streamed[]): Table => ({
  title: 'Rows streamed through',
  header: ['what', 'rows', 'most MB resident', 'of them at the start', 's', 'rows a second'],
  rows: streamed.map(({ what, rows, megabytes, before, milliseconds }) => [
    ...[what, rows.toLocaleString('en-US'), number(megabytes), number(before)],
    ...[number(milliseconds / 1000), number(rows / (milliseconds / 1000))],
  ]),
})

function requestText(figures: Figures): string {
  const fetches = Object.values(figures.traffic).reduce((sum, each) => sum + each.fetches, 0)
  return `${requestsOf(figures)}${fetches === 0 ? '' : ` + ${fetches} fetches`}`
}
