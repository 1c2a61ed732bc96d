import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RULES } from '../../planner/rules/index.ts'
import { answerOf, difference, isOtherwiseInOxigraph, oracle, orRefused } from './compare.ts'
import { dataset, type RandomQuery, randomQuery, textOf } from './generate.ts'
import { type Kind, polystoreOf } from './stores.ts'

const RUNS = Number(process.env['POLYPROV_RUNS'] ?? 200)
const SEED = Number(process.env['POLYPROV_SEED'] ?? 1)

/** The data over stores of several kinds: every line in one of them or more; all blank nodes in the first. */
const division = fc.record({
  kinds: fc.constantFrom<readonly Kind[]>(
    ['columnar', 'memory'],
    ['memory', 'rdf'],
    ['columnar', 'careless', 'rdf'],
    ['rdf', 'columnar', 'memory'],
    ['careless', 'memory'],
    ['provenance', 'memory'],
    ['rdf', 'provenance', 'careless'],
  ),
  places: fc.array(fc.nat({ max: 8 }), { minLength: 14, maxLength: 14 }),
})

function divide(lines: readonly string[], { kinds, places }: { kinds: readonly Kind[]; places: readonly number[] }) {
  return kinds.map((kind, i): readonly [Kind, readonly string[]] => [
    kind,
    lines.filter((line, at) => {
      if (line.includes('_:')) return i === 0
      const place = places[at]!
      return place >= kinds.length * 2 ? i <= place % kinds.length : place % kinds.length === i
    }),
  ])
}

const SINGLE_RULES = RULES.filter((rule) => rule.optional).map((rule) => [rule.name])

/** What is wrong with one query over one data set, in one of the ways to answer it. */
async function faultOf(
  lines: readonly string[],
  query: RandomQuery,
  parts: readonly (readonly [Kind, readonly string[]])[],
): Promise<string | undefined | 'refused'> {
  const text = textOf(query)
  await using single = await polystoreOf([['columnar', lines]])
  const definition = (unsliced: string) => answerOf(single.polystore, unsliced, query.columns, { without: ['all'] })
  const whole = await orRefused(() =>
    isOtherwiseInOxigraph(text) ? definition(textOf(query, false)) : oracle(lines)(textOf(query, false), query.columns),
  )
  if (whole === 'refused') return 'refused'
  await using several = await polystoreOf(parts)
  for (const [name, polystore] of [
    ['one store', single.polystore],
    ['several stores', several.polystore],
  ] as const) {
    for (const without of [['all'], [], ...SINGLE_RULES]) {
      const rows = await orRefused(() => answerOf(polystore, text, query.columns, { without }))
      if (rows === 'refused') return 'refused'
      const found = difference(rows, whole, query)
      if (found !== undefined) return `${name}, without ${without.join() || 'nothing'}:\n${found}`
    }
  }
  return undefined
}

test(
  'optimised, not optimised, without any one rule, in one store or several: the answers are those of Oxigraph',
  async () => {
    let compared = 0
    await fc.assert(
      fc.asyncProperty(dataset, randomQuery, division, async (lines, query, places) => {
        const fault = await faultOf(lines, query, divide(lines, places))
        if (fault === 'refused') return
        compared++
        if (fault !== undefined) throw new Error(`${lines.join('\n')}\n${textOf(query)}\n${fault}`)
      }),
      { numRuns: RUNS, seed: SEED },
    )
    expect(compared).toBeGreaterThan(RUNS / 2)
  },
  60_000 + RUNS * 1_000,
)
