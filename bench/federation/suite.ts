import { join } from 'node:path'
import type { Polystore } from '../../src/index.ts'
import { milliseconds, type SuiteFigures, type SuiteOptions } from '../measure.ts'
import { barsOf, type Entry, type Unanswered } from './bars.ts'
import { type Contest, counted, openContest } from './contest.ts'
import { type Answer, askIn, type Figures, measured, same, within } from './figures.ts'
import { streamThrough } from './memory-suite.ts'
import type { Question } from './questions.ts'
import { type Relays, startRelays } from './relays.ts'
import { addressesOf } from './servers.ts'
import { barTable, questionTable, streamTable } from './tables.ts'

/** Milliseconds that an answer may take: a question that a contestant cannot end by then is marked, and left. */
const TIMEOUT = 60_000
/** Above it, what latency adds is nothing beside what the answers weigh. */
const MOST_DELAYED = 10_000

const numbers = (text: string | undefined, otherwise: readonly number[]): readonly number[] =>
  text === undefined ? otherwise : text.split(',').filter(Boolean).map(Number)

/** 18 questions over five stores, see bench/README.md. */
export async function federation(suite: SuiteOptions): Promise<SuiteFigures> {
  const { folder, options, progress } = suite
  const sizes = numbers(options['sizes'], [3, 1_000, 100_000])
  const found: Found = { entries: [], unanswered: [] }
  for (const size of sizes) await askAt(size, suite, found)
  const { entries, unanswered } = found
  const rows = Number(options['rows'] ?? 5_000_000)
  const { streamed, failures: lost } =
    rows === 0
      ? { streamed: [], failures: [] }
      : await streamThrough(addressesOf().POSTGRES_URL, rows, folder, progress)
  const bars = barsOf(entries, streamed)
  const at = <Each extends { readonly size: number }>(each: readonly Each[], size: number) =>
    each.filter((one) => one.size === size)
  const tables = sizes.map((size) => questionTable(size, at(entries, size), at(unanswered, size)))
  const failures = [...unanswered.map(({ id, size, reason }) => `${id} at ${size}: ${reason}`), ...lost]
  const details = { bars, entries, unanswered, streamed }
  const streams = streamed.length === 0 ? [] : [streamTable(streamed)]
  return { measurements: [], tables: [barTable(bars), ...tables, ...streams], details, failures }
}

interface Found {
  readonly entries: Entry[]
  readonly unanswered: Unanswered[]
}

/** Answers the questions at one size; one that cannot be answered is noted, and holds nobody up. */
async function askAt(size: number, suite: SuiteOptions, { entries, unanswered }: Found): Promise<void> {
  const { folder, repeat, report, options, progress } = suite
  const chosen = options['questions']?.split(',')
  const latencies = numbers(options['latency'], size > MOST_DELAYED ? [] : [20])
  progress(`${size.toLocaleString('en-US')} references: filling the stores`)
  await using contest = await openContest({
    ...{ size, addresses: addressesOf(), folder: join(folder, `${size}`), apart: true },
  })
  const run = await openRun(contest, repeat, latencies)
  try {
    for (const question of contest.questions.filter(({ id }) => chosen?.includes(id) ?? true)) {
      const { id } = question
      progress(`${id}, ${size.toLocaleString('en-US')} references`)
      try {
        const entry = await entryOf(question, run)
        entries.push(entry)
        for (const contestant of ['hand', 'warm', 'cold', 'materialised'] as const)
          report(milliseconds(`${id}, ${size} references, ${contestant}`, [entry[contestant].milliseconds]))
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        unanswered.push({ size, id, reason })
        progress(`${id}, ${size.toLocaleString('en-US')} references: ${reason}`)
      }
    }
  } finally {
    await run.close()
  }
}

/** What the questions of one size are answered with. */
interface Run {
  readonly contest: Contest
  readonly warm: Polystore
  readonly materialised: Polystore
  readonly repeat: number
  readonly latencies: readonly number[]
  /** For what makes no requests. */
  readonly noRelays: Relays
  close(): Promise<void>
}

async function openRun(contest: Contest, repeat: number, latencies: readonly number[]): Promise<Run> {
  const warm = await contest.openPolystore()
  const materialised = await contest.openMaterialised()
  const noRelays = await startRelays({})
  return {
    ...{ contest, warm, materialised, repeat, latencies, noRelays },
    async close() {
      await warm.close()
      await materialised.close()
      await noRelays.close()
    },
  }
}

/** @throws Error where a contestant does not end in time, or answers otherwise than the others */
async function entryOf(question: Question, run: Run): Promise<Entry> {
  const { contest, warm, materialised, repeat, latencies, noRelays } = run
  const { relays, scale } = contest
  const contestants = { hand: () => contest.hand(question), warm: () => askIn(warm, question, TIMEOUT) }
  const cold = await coldFigures(question, contest)
  // Not counted: connections are made, plans kept, code is compiled.
  const expected = await within(TIMEOUT, contestants.hand())
  if (expected === undefined) throw new Error(`by hand it takes more than ${TIMEOUT / 1000} s`)
  await warmUp(Object.values(contestants))
  const whole = await askIn(materialised, question, TIMEOUT)
  const { hand, warm: own } = await measured(contestants, expected, question, relays, repeat)
  same(expected, cold.rows, question, 'polyprov, cold')
  same(expected, whole, question, 'the materialised store')
  const delayed: Record<string, { hand: Figures; warm: Figures }> = {}
  for (const latency of latencies) {
    await relays.delay(latency)
    try {
      delayed[latency] = await measured(contestants, expected, question, relays, Math.min(3, repeat))
    } finally {
      await relays.delay(0)
    }
  }
  const embedded = { materialised: () => askIn(materialised, question, TIMEOUT) }
  const figures = await measured(embedded, expected, question, noRelays, repeat)
  return {
    ...{ size: scale.size, id: question.id, rows: expected.length, crossStore: question.crossStore },
    ...{ hand, warm: own, cold: cold.figures, delayed, ...figures },
  }
}

/** Uncounted answers of each contestant: as many, or for as long, as it takes until its code is compiled. */
const WARM_ANSWERS = 20
const WARM_MILLISECONDS = 2_000

async function warmUp(contestants: readonly Answer[]): Promise<void> {
  const started = performance.now()
  for (let i = 0; i < WARM_ANSWERS && (i === 0 || performance.now() - started < WARM_MILLISECONDS); i++) {
    for (const answer of contestants) await answer()
  }
}

/** The first answer of a polystore that was just opened. */
async function coldFigures(question: Question, { openPolystore, relays }: Contest) {
  const polystore = await openPolystore()
  try {
    const { rows, milliseconds: elapsed, traffic } = await counted(relays, () => askIn(polystore, question, TIMEOUT))
    return { rows, figures: { milliseconds: elapsed, samples: 1, traffic } }
  } finally {
    await polystore.close()
  }
}
