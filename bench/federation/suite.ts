import { join } from 'node:path'
import type { Polystore } from '../../src/index.ts'
import { median, milliseconds, type SuiteFigures, type SuiteOptions } from '../measure.ts'
import { barsOf, type Entry, type Figures } from './bars.ts'
import { type Contest, counted, type Everywhere, openContest } from './contest.ts'
import { loadSamples, type Streamed } from './memory.ts'
import { startProcess } from './processes.ts'
import type { Question } from './questions.ts'
import { type Relays, startRelays } from './relays.ts'
import { difference, type Row } from './rows.ts'
import { addressesOf } from './servers.ts'
import { barTable, questionTable } from './tables.ts'

/** Comunica ends here, whether it has or not. */
const PATIENCE_MILLISECONDS = 120_000
/** Comunica is asked no further question of a size after that. */
const COMUNICA_MILLISECONDS = 480_000
/** A contestant's answers to one question take no longer than this together: then what was measured must do. */
const ENOUGH_MILLISECONDS = 10_000
/** Milliseconds that polyprov may take for an answer here: what takes longer counts as failed. */
const TIMEOUT = 120_000

const numbers = (text: string | undefined, otherwise: readonly number[]): readonly number[] =>
  text === undefined ? otherwise : text.split(',').filter(Boolean).map(Number)

/** 18 questions over five stores, see bench/README.md. */
export async function federation({ folder, repeat, report, options }: SuiteOptions): Promise<SuiteFigures> {
  const addresses = addressesOf()
  const latencies = numbers(options['latency'], [20])
  const comunicaAt = numbers(options['comunica'], [1_000])
  const sizes = numbers(options['sizes'], [3, 1_000, 100_000])
  const chosen = options['questions']?.split(',')
  const entries: Entry[] = []
  const failures: string[] = []
  for (const size of sizes) {
    await using contest = await openContest({ size, addresses, folder: join(folder, `${size}`), apart: true })
    const questions = contest.questions.filter(({ id }) => chosen === undefined || chosen.includes(id))
    const run = await openRun(contest, comunicaAt.includes(size), repeat, latencies)
    try {
      for (const question of questions) {
        const entry = await entryOf(question, run).catch((error: unknown) => {
          failures.push(`${question.id} at ${size}: ${error instanceof Error ? error.message : String(error)}`)
        })
        if (entry === undefined) continue
        entries.push(entry)
        for (const contestant of ['hand', 'warm', 'cold'] as const)
          report(milliseconds(`${question.id}, ${size} references, ${contestant}`, [entry[contestant].milliseconds]))
      }
    } finally {
      await run.close()
    }
  }
  const rows = Number(options['rows'] ?? 5_000_000)
  const streamed = rows === 0 ? undefined : await streamThrough(addresses.POSTGRES_URL, rows, folder)
  if (streamed !== undefined && streamed.rows !== rows) failures.push(`${streamed.rows} of ${rows} rows streamed`)
  const bars = barsOf(entries, streamed?.megabytes)
  const tables = sizes.map((size) =>
    questionTable(
      size,
      entries.filter((entry) => entry.size === size),
    ),
  )
  return { measurements: [], tables: [barTable(bars), ...tables], details: { bars, entries, streamed }, failures }
}

/** What the questions of one size are answered with. */
interface Run {
  readonly contest: Contest
  readonly warm: Polystore
  readonly materialised: Polystore
  readonly comunica?: Everywhere
  /** Milliseconds so far. */
  readonly spent: { comunica: number }
  readonly repeat: number
  readonly latencies: readonly number[]
  /** For what makes no requests. */
  readonly noRelays: Relays
  close(): Promise<void>
}

async function openRun(
  contest: Contest,
  hasComunica: boolean,
  repeat: number,
  latencies: readonly number[],
): Promise<Run> {
  const warm = await contest.openPolystore()
  const materialised = await contest.openMaterialised()
  const comunica = hasComunica ? await contest.openEverywhere() : undefined
  const noRelays = await startRelays({})
  return {
    contest,
    warm,
    materialised,
    ...(comunica === undefined ? {} : { comunica }),
    spent: { comunica: 0 },
    repeat,
    latencies,
    noRelays,
    async close() {
      await warm.close()
      await materialised.close()
      await comunica?.[Symbol.asyncDispose]()
      await noRelays.close()
    },
  }
}

type Answer = () => Promise<readonly Row[]>

async function entryOf(question: Question, run: Run): Promise<Entry> {
  const { contest, warm, materialised, repeat, latencies, noRelays } = run
  const { relays, scale } = contest
  const contestants = { hand: () => contest.hand(question), warm: () => askIn(warm, question) }
  const cold = await coldFigures(question, contest)
  // Once without being counted: connections are made, plans kept.
  const expected = await contestants.hand()
  await contestants.warm()
  const whole = await askIn(materialised, question)
  const { hand, warm: own } = await measured(contestants, expected, question, relays, repeat)
  same(expected, cold.rows, question, 'polyprov, cold')
  same(expected, whole, question, 'the materialised store')
  const delayed: Record<string, { hand: Figures; warm: Figures }> = {}
  for (const latency of latencies) {
    await relays.delay(latency)
    delayed[latency] = await measured(contestants, expected, question, relays, Math.min(3, repeat))
    await relays.delay(0)
  }
  const embedded = { materialised: () => askIn(materialised, question) }
  const figures = await measured(embedded, expected, question, noRelays, repeat)
  const isAsked = run.comunica !== undefined && run.spent.comunica < COMUNICA_MILLISECONDS
  const comunica = isAsked ? await comunicaFigures(question, expected, run.comunica!) : undefined
  run.spent.comunica += comunica?.milliseconds ?? 0
  const { id, crossStore } = question
  const common = {
    size: scale.size,
    id,
    rows: expected.length,
    crossStore,
    hand,
    warm: own,
    cold: cold.figures,
    delayed,
  }
  return { ...common, ...figures, ...(comunica === undefined ? {} : { comunica }) }
}

const askIn = (polystore: Polystore, { text }: Question): Promise<readonly Row[]> =>
  polystore.query(text, { timeout: TIMEOUT }).toArray()

function same(expected: readonly Row[], rows: readonly Row[], { ordered }: Question, who: string): void {
  const found = difference(expected, rows, ordered)
  if (found !== undefined) throw new Error(`${who} answers otherwise than by hand: ${found}`)
}

/** The first answer of a polystore that was just opened. */
async function coldFigures(question: Question, { openPolystore, relays }: Contest) {
  const polystore = await openPolystore()
  try {
    const { rows, milliseconds: elapsed, traffic } = await counted(relays, () => askIn(polystore, question))
    return { rows, figures: { milliseconds: elapsed, samples: 1, traffic } }
  } finally {
    await polystore.close()
  }
}

/** Contestants in turn, so that whatever else the machine does meets them alike. */
async function measured<Name extends string>(
  contestants: Readonly<Record<Name, Answer>>,
  expected: readonly Row[],
  question: Question,
  relays: Relays,
  repeat: number,
): Promise<Record<Name, Figures>> {
  const names = Object.keys(contestants) as Name[]
  const elapsed = new Map<Name, number[]>(names.map((name) => [name, []]))
  const traffic = new Map<Name, Figures['traffic']>()
  const started = performance.now()
  for (let i = 0; i < repeat; i++) {
    for (const name of names) {
      const answer = await counted(relays, contestants[name])
      same(expected, answer.rows, question, name)
      elapsed.get(name)!.push(answer.milliseconds)
      traffic.set(name, answer.traffic)
    }
    if (performance.now() - started > ENOUGH_MILLISECONDS) break
  }
  const figuresOf = (name: Name): Figures => {
    const times = elapsed.get(name)!
    return { milliseconds: median(times), samples: times.length, traffic: traffic.get(name)! }
  }
  return Object.fromEntries(names.map((name) => [name, figuresOf(name)])) as Record<Name, Figures>
}

/** Comunica warms up on a question of its own; an answer that does not end in time counts as that time. */
async function comunicaFigures(
  { text, ordered }: Question,
  expected: readonly Row[],
  { sources, relays }: Everywhere,
): Promise<NonNullable<Entry['comunica']>> {
  await using child = startProcess('comunica', ['--max-old-space-size=8192'])
  await child.call('ask', { text: 'SELECT * { ?s ?p ?o } LIMIT 1', sources: sources.slice(0, 1) })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'unfinished'>((resolve) => {
    timer = setTimeout(() => resolve('unfinished'), PATIENCE_MILLISECONDS)
  })
  await relays.reset()
  const started = performance.now()
  const asked = child.call<readonly Row[]>('ask', { text, sources }).catch(() => 'failed' as const)
  const answer = await Promise.race([asked, late])
  clearTimeout(timer)
  const elapsed = performance.now() - started
  const traffic = await relays.traffic()
  const outcome =
    typeof answer === 'string' ? answer : difference(expected, answer, ordered) === undefined ? 'equal' : 'different'
  return { milliseconds: Math.min(elapsed, PATIENCE_MILLISECONDS), samples: 1, traffic, outcome }
}

async function streamThrough(url: string, rows: number, folder: string): Promise<Streamed> {
  const schema = `polyprov-bench-rows-${process.pid}`
  await using _ = await loadSamples(url, schema, rows)
  await using child = startProcess('memory')
  return await child.call<Streamed>('stream', { url, schema, folder })
}
