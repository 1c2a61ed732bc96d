import fc from 'fast-check'
import { RULES } from '../../planner/rules/index.ts'
import { answerOf, difference, isOtherwiseInOxigraph, mayBeRefused, oracle, orRefused, type Row } from './compare.ts'
import { type RandomQuery, textOf } from './generate.ts'
import { type Kind, polystoreOf } from './stores.ts'

/** What goes to which store: the stores' kinds, and a place for each line of the data. */
export interface Division {
  readonly kinds: readonly Kind[]
  readonly places: readonly number[]
}

/** The data over stores of several kinds: every line in one of them or more; all blank nodes in the first. */
export const division: fc.Arbitrary<Division> = fc.record({
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

const OPTIONAL_RULES = RULES.filter(({ optional }) => optional).map(({ name }) => name)

/** With `POLYPROV_EXHAUSTIVE=true` each optimisation is left out in turn, else one that is drawn. */
const EXHAUSTIVE = process.env['POLYPROV_EXHAUSTIVE'] === 'true'

/** Optimisations to leave out alone. */
export const singleRules: fc.Arbitrary<readonly string[]> = EXHAUSTIVE
  ? fc.constant(OPTIONAL_RULES)
  : fc.constantFrom(...OPTIONAL_RULES).map((name) => [name])

function divide(lines: readonly string[], { kinds, places }: Division) {
  return kinds.map((kind, i): readonly [Kind, readonly string[]] => [
    kind,
    lines.filter((line, at) => {
      if (line.includes('_:')) return i === 0
      const place = places[at]!
      return place >= kinds.length * 2 ? i <= place % kinds.length : place % kinds.length === i
    }),
  ])
}

/** What became of a query: who it was compared with, and what was wrong. */
export type Verdict =
  | { readonly kind: 'refused' }
  | { readonly kind: 'same'; readonly by: 'oxigraph' | 'definition' }
  | { readonly kind: 'different'; readonly fault: string }

/**
 * Answers a query over one store and over several, optimised, not optimised, and without single rules, and compares
 * each answer with that of Oxigraph; where Oxigraph is known to do otherwise, with that of our own engine without rules.
 */
export async function verdictOn(
  lines: readonly string[],
  query: RandomQuery,
  places: Division,
  rules: readonly string[],
): Promise<Verdict> {
  const text = textOf(query)
  const by = isOtherwiseInOxigraph(text, lines) ? 'definition' : 'oxigraph'
  await using single = await polystoreOf([['columnar', lines]])
  const definition = (unsliced: string) => answerOf(single.polystore, unsliced, query.columns, { without: ['all'] })
  const whole = await orRefused(() =>
    by === 'definition' ? definition(textOf(query, false)) : oracle(lines)(textOf(query, false), query.columns),
  )
  if (whole === 'refused') return { kind: 'refused' }
  await using several = await polystoreOf(divide(lines, places))
  for (const [name, polystore] of [
    ['one store', single.polystore],
    ['several stores', several.polystore],
  ] as const) {
    for (const without of [['all'], [], ...rules.map((rule) => [rule])]) {
      const rows = await orRefused(() => answerOf(polystore, text, query.columns, { without }))
      if (rows === 'refused' && mayBeRefused(text)) return { kind: 'refused' }
      const fault = rows === 'refused' ? 'refused' : difference(rows, whole as readonly Row[], query)
      if (fault !== undefined) {
        return { kind: 'different', fault: `${name}, without ${without.join() || 'nothing'}:\n${fault}` }
      }
    }
  }
  return { kind: 'same', by }
}
