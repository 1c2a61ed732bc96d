import { join } from 'node:path'
import type { Polystore } from '../../src/index.ts'
import type { SuiteFigures, SuiteOptions, Table } from '../measure.ts'
import type { Bar } from './bars.ts'
import { type Contest, type Everywhere, openContest } from './contest.ts'
import { STORES } from './dataset.ts'
import { askIn, type Figures, geometricMean, measured, requestsOf, storeRequests, within } from './figures.ts'
import { startProcess } from './processes.ts'
import type { Question } from './questions.ts'
import { difference, type Row } from './rows.ts'
import { addressesOf } from './servers.ts'
import { barTable, number } from './tables.ts'

/** Comunica ends here, whether it has or not. */
const PATIENCE_MILLISECONDS = 120_000
const FEWER_REQUESTS = 20
const LESS_TIME = 10
const COUNTED_FROM = 1_000

/** One question at one size, answered by both. */
interface Entry {
  /** Of the day it was measured: questions may be measured one by one. */
  readonly date: string
  readonly size: number
  readonly id: string
  readonly rows: number
  readonly own: Figures
  readonly comunica: Figures
  readonly outcome: 'equal' | 'different' | 'unfinished' | 'failed'
  /** What went wrong. */
  readonly reason?: string
}

/**
 * The federation suite's questions that join records of several stores, by polyprov and by Comunica. Figures of
 * questions that are not asked this time stay as they were.
 */
export async function comunica(options: SuiteOptions): Promise<SuiteFigures> {
  const { options: given, progress, folder, previous } = options
  const sizes = (given['sizes'] ?? `${COUNTED_FROM}`).split(',').map(Number)
  const chosen = given['questions']?.split(',')
  const entries = new Map<string, Entry>()
  const keep = (entry: Entry): void => void entries.set(`${entry.size} ${entry.id}`, entry)
  for (const entry of entriesIn(previous)) keep(entry)
  for (const size of sizes) {
    progress(`${size.toLocaleString('en-US')} references: filling the stores`)
    await using contest = await openContest({
      ...{ size, addresses: addressesOf(), folder: join(folder, `${size}`), apart: true },
    })
    await using everywhere = await contest.openEverywhere()
    const polystore = await contest.openPolystore()
    try {
      for (const question of contest.questions.filter(({ id, crossStore }) => chosen?.includes(id) ?? crossStore)) {
        const entry = await entryOf(question, contest, everywhere, polystore, options)
        keep(entry)
        progress(`${cellsOf(entry).join(', ')}${entry.reason === undefined ? '' : `: ${entry.reason}`}`)
      }
    } finally {
      await polystore.close()
    }
  }
  const all = inOrder([...entries.values()])
  const bars = barsOf(all)
  return { measurements: [], tables: [barTable(bars), ...tablesOf(all)], details: { bars, entries: all }, failures: [] }
}

const entriesIn = (previous: unknown): readonly Entry[] =>
  (previous as { readonly entries?: readonly Entry[] } | undefined)?.entries ?? []

const orderOf = (id: string): number => (id.startsWith('q') ? 0 : 100) + Number(id.slice(1))
const inOrder = (entries: readonly Entry[]): readonly Entry[] =>
  [...entries].sort((one, other) => one.size - other.size || orderOf(one.id) - orderOf(other.id))

async function entryOf(
  question: Question,
  contest: Contest,
  everywhere: Everywhere,
  polystore: Polystore,
  { repeat, options }: SuiteOptions,
): Promise<Entry> {
  const expected = await contest.hand(question)
  const answer = () => askIn(polystore, question, PATIENCE_MILLISECONDS)
  await answer()
  const { own } = await measured({ own: answer }, expected, question, contest.relays, repeat)
  const { id } = question
  const common = { date: options['date'] ?? '', size: contest.scale.size, id, rows: expected.length, own }
  return { ...common, ...(await askComunica(question, expected, everywhere)) }
}

/**
 * In a process of its own, which is ended where it takes too long: what it asked until then is counted. It warms up on a
 * question of its own.
 */
async function askComunica(
  { text, ordered }: Question,
  expected: readonly Row[],
  { sources, relays }: Everywhere,
): Promise<Pick<Entry, 'comunica' | 'outcome' | 'reason'>> {
  await using child = startProcess('comunica', ['--max-old-space-size=8192'])
  await child.call('ask', { text: 'SELECT * { ?s ?p ?o } LIMIT 1', sources: sources.slice(0, 1) })
  await relays.reset()
  const started = performance.now()
  const asked = child.call<readonly Row[]>('ask', { text, sources }).catch((error: Error) => error)
  const answer = await within(PATIENCE_MILLISECONDS, asked)
  const elapsed = Math.min(performance.now() - started, PATIENCE_MILLISECONDS)
  const figures = { milliseconds: elapsed, samples: 1, traffic: await relays.traffic() }
  if (answer === undefined) return { comunica: figures, outcome: 'unfinished' }
  if (answer instanceof Error) return { comunica: figures, outcome: 'failed', reason: answer.message }
  const reason = difference(expected, answer, ordered)
  return { comunica: figures, ...(reason === undefined ? { outcome: 'equal' } : { outcome: 'different', reason }) }
}

/** Comunica is given the objects' headers as triples, so that it makes no requests for objects. */
const withoutObjects = (own: Figures): number => requestsOf(own) - storeRequests(own, STORES.lake)

/** Without requests at all, one counts. */
const fewer = ({ own, comunica: theirs }: Entry, ours = requestsOf(own)): number =>
  requestsOf(theirs) / Math.max(1, ours)
const faster = ({ own, comunica: theirs }: Entry): number => theirs.milliseconds / own.milliseconds

function barsOf(entries: readonly Entry[]): readonly Bar[] {
  const large = entries.filter(({ size }) => size >= COUNTED_FROM)
  const answered = large.filter(({ outcome }) => outcome === 'equal' || outcome === 'unfinished')
  if (answered.length === 0) return []
  const unfinished = answered.filter(({ outcome }) => outcome === 'unfinished').length
  const of = `over ${answered.length} of ${large.length} questions, ${unfinished} of them not ended`
  const requests = geometricMean(answered.map((entry) => fewer(entry, withoutObjects(entry.own))))
  const withObjects = geometricMean(answered.map((entry) => fewer(entry)))
  const time = geometricMean(answered.map(faster))
  const bar = (what: string, value: number, least: number, more = ''): Bar => ({
    what,
    bar: `≥ ${least} ×, geometric mean`,
    reached: `${value.toFixed(1)} × ${of}${more}`,
    missed: value >= least ? [] : ['the mean'],
  })
  const told = `; ${withObjects.toFixed(1)} × where polyprov's GETs of objects count too`
  return [bar('fewer requests', requests, FEWER_REQUESTS, told), bar('less time', time, LESS_TIME)]
}

const tablesOf = (entries: readonly Entry[]): readonly Table[] =>
  [...new Set(entries.map(({ size }) => size))].map((size) => ({
    title: `${size.toLocaleString('en-US')} references`,
    header: [
      ...['question', 'rows', 'measured', 'requests: polyprov', 'of them objects', 'Comunica'],
      ...['ms: polyprov', 'Comunica', '', 'answer'],
    ],
    rows: entries.filter((entry) => entry.size === size).map(cellsOf),
  }))

function cellsOf(entry: Entry): readonly string[] {
  const { id, rows, date, own, comunica: theirs, outcome } = entry
  const isOver = outcome !== 'unfinished'
  const words = {
    equal: 'equal',
    different: 'another answer',
    unfinished: `not ended after ${PATIENCE_MILLISECONDS / 1000} s`,
    failed: 'failed',
  }
  return [
    ...[id, rows.toLocaleString('en-US'), date, `${requestsOf(own)}`, `${storeRequests(own, STORES.lake)}`],
    `${isOver ? '' : '> '}${requestsOf(theirs).toLocaleString('en-US')}`,
    ...[number(own.milliseconds), `${isOver ? '' : '> '}${number(theirs.milliseconds)}`],
    `${isOver ? '' : '> '}${faster(entry).toFixed(1)} ×`,
    words[outcome],
  ]
}
