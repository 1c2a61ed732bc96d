import { execute } from '../../src/engine/execute.ts'
import { termRows } from '../../src/engine/term-rows.ts'
import { serialise } from '../../src/results/serialise.ts'
import {
  type Measurement,
  median,
  milliseconds,
  type SuiteFigures,
  type SuiteOptions,
  type Table,
  type Timed,
  timed,
} from '../measure.ts'
import { ALL, ROUNDS, type Round } from './operators/contest.ts'
import { createData, type Data, WARM_UP } from './operators/data.ts'
import { duckdb } from './operators/duckdb.ts'
import { oxigraphTimes } from './operators/oxigraph.ts'

const ROWS = 1_000_000
/**
 * A million rows are six million triples. Of those, Oxigraph loaded 3.9 million within three minutes of processor time and
 * 1.9 GB, in parts, since no string holds all of them: it may hold them all, but takes too long to load them each time. So it
 * is timed at this size, and ours besides.
 */
const OXIGRAPH_ROWS = 100_000
const JSON_ROUND = { name: 'SPARQL JSON, two distinct terms a row', goal: 2_000 }

/**
 * The engine's operators over a million bindings, in this process, and beside them DuckDB and Oxigraph. With the option
 * `only` those of them alone that have the text in their names, and nobody beside them.
 */
export async function operators({ repeat, report, options }: SuiteOptions): Promise<SuiteFigures> {
  const only = options['only']
  const isAsked = ({ name }: { readonly name: string }): boolean => only === undefined || name.includes(only)
  const large = createData(ROWS)
  const rounds = ROUNDS.filter(isAsked)
  const ours = await times(large, rounds, repeat)
  const measurements: Measurement[] = rounds.map(({ name, goal }, i) =>
    milliseconds(name, ours.times[i]!, { counts: { rows: ours.rows[i]! }, ...(goal === undefined ? {} : { goal }) }),
  )
  if (isAsked(JSON_ROUND)) measurements.push(await json(large, repeat))
  measurements.forEach(report)
  if (only !== undefined) return { measurements, tables: [], failures: [] }

  const asked = ROUNDS.map(({ sql }) => sql)
  const duck = await duckdb(ROWS, asked, repeat, ours.rows)
  const small = await times(createData(OXIGRAPH_ROWS), ROUNDS, repeat)
  const questions = ROUNDS.map(({ sparql }) => sparql)
  const oxigraph = await oxigraphTimes(OXIGRAPH_ROWS, questions, repeat, small.rows)
  return {
    measurements,
    tables: [beside('DuckDB', ROWS, ours.times, duck), beside('Oxigraph', OXIGRAPH_ROWS, small.times, oxigraph)],
    failures: [],
  }
}

async function times({ context }: Data, rounds: readonly Round[], repeat: number) {
  const all: Timed[] = []
  const rows: number[] = []
  for (const { plan } of rounds) {
    let count = 0
    const durations = await timed(
      async () => {
        count = 0
        for await (const batch of execute(plan, context())) count += batch.length
      },
      repeat,
      WARM_UP,
    )
    all.push(durations)
    rows.push(count)
  }
  return { times: all, rows }
}

async function json({ context, dictionary }: Data, repeat: number): Promise<Measurement> {
  let bytes = 0
  const durations = await timed(
    async () => {
      bytes = 0
      const variables = ['entity', 'double']
      const text = serialise(
        {
          id: '',
          kind: 'bindings',
          variables,
          blocks: termRows(execute(ALL, context()), variables, { dictionary }),
          warnings: () => [],
          stats: () => ({ stores: {}, rows: ROWS, milliseconds: { planning: 0, total: 0 } }),
        },
        'json',
        { warn: () => undefined },
      )
      for await (const chunk of text) bytes += Buffer.byteLength(chunk)
    },
    repeat,
    WARM_UP,
  )
  return milliseconds(JSON_ROUND.name, durations, {
    goal: JSON_ROUND.goal,
    counts: { rows: ROWS, bytes },
  })
}

/** Medians of both, and ours as a share of the other's: below 1 is faster. */
function beside(name: string, rows: number, ours: readonly Timed[], theirs: readonly Timed[]): Table {
  const row = ({ name: what }: Round, i: number): readonly string[] => {
    const figures = [ours[i]!, theirs[i]!].map(
      ({ elapsed, processor }) => [median(elapsed), median(processor)] as const,
    )
    const [own, other] = figures as [readonly [number, number], readonly [number, number]]
    const written = figures.flatMap((pair) => pair.map((value) => `${value.toFixed(0)} ms`))
    return [what, ...written, (own[0] / other[0]).toFixed(2), (own[1] / other[1]).toFixed(2)]
  }
  return {
    title: `Beside ${name}, ${rows.toLocaleString('en-US')} rows`,
    header: ['what', 'polyprov', 'its processor', name, 'its processor', 'ratio', 'ratio of processor'],
    rows: ROUNDS.map(row),
  }
}
