import type { Expression, Pattern, Plan } from '../../planner/algebra.ts'
import {
  call,
  distinct,
  filter,
  join,
  leftJoin,
  project,
  slice,
  termExpression,
  union,
  variableExpression,
} from '../../planner/constructors.ts'
import { defaultGraph, iri, literal, type NamedNode, type Quad, type Term, variable } from '../../planner/term.ts'
import { variablesOf } from '../../planner/variables.ts'
import type { ConformanceCheck, ConformanceSubject } from '../conformance.ts'
import type { Bindings, Connector } from '../connector.ts'
import { areCompatible, batchWith, matches, solutionsOf, textsOf } from './answers.ts'
import { pushed } from './request.ts'
import { distinctTerms, expectSame, expectThat, inDefaultGraph, seenBy, using } from './subject.ts'

const value = variableExpression('v0')

const patternFor = (predicate: NamedNode, object: string): Pattern => ({
  kind: 'pattern',
  subject: variable('s'),
  predicate,
  object: variable(object),
  graph: defaultGraph,
})

/** The answer by definition, from the quads alone. */
const definition = (subject: ConformanceSubject, plan: Plan): Promise<readonly Bindings[]> =>
  solutionsOf(plan, (leaf) =>
    leaf.kind === 'pattern' ? matches(leaf, seenBy(subject, leaf.predicate.termType !== 'Variable')) : [],
  )

/** Fragments of every kind that stores take, over the predicates of the data. */
function fragments(quads: readonly Quad[]): readonly Plan[] {
  const patterns = distinctTerms(inDefaultGraph(quads).map(({ predicate }) => predicate))
    .slice(0, 6)
    .map((predicate, i) => patternFor(predicate, `v${i}`))
  const pairs = patterns.slice(1).map((pattern, i) => [patterns[i]!, pattern] as const)
  const first = quads[0]!
  return [
    ...patterns,
    ...patterns.map((pattern) => project(pattern, ['s'])),
    ...patterns.map((pattern, i) => project(pattern, [`v${i}`])),
    ...patterns.map((pattern, i) => distinct(project(pattern, [`v${i}`]))),
    ...patterns.map((pattern) => slice(pattern, 0, 2)),
    ...patterns.map((pattern) => slice(pattern, 1, 1)),
    ...pairs.map((pair) => join(pair)),
    ...pairs.map(([one, other]) => leftJoin(one, other)),
    ...pairs.map(([one, other]) => union([one, other])),
    ...pairs.map((pair) => distinct(project(join(pair), ['s']))),
    ...pairs.map(([one, other]) => join([{ ...one, object: first.object }, other])),
    join(patterns),
  ]
}

function conditions(quads: readonly Quad[]): readonly Expression[] {
  const terms = distinctTerms<Term>(inDefaultGraph(quads).map(({ object }) => object)).slice(0, 12)
  const compared = terms.flatMap((term) =>
    ['=', '!=', '<', '>', '<=', '>='].map((operator) => call(operator, value, termExpression(term))),
  )
  const turned = terms.slice(0, 3).map((term) => call('<', termExpression(term), value))
  const tests = ['isIRI', 'isLiteral', 'isBlank', 'isNumeric', 'BOUND'].map((name) => call(name.toUpperCase(), value))
  const text = termExpression(literal('a'))
  return [
    ...compared,
    ...turned,
    ...tests,
    call('CONTAINS', call('STR', value), text),
    call('STRSTARTS', value, text),
    call('REGEX', value, text),
    call('IN', value, ...terms.slice(0, 3).map(termExpression)),
    call('!', call('=', value, termExpression(terms[0]!))),
    call('||', call('=', value, termExpression(terms[0]!)), call('>', value, termExpression(terms.at(-1)!))),
    call(
      '>',
      call('STRLEN', call('STR', value)),
      termExpression(literal('2', iri('http://www.w3.org/2001/XMLSchema#integer'))),
    ),
  ]
}

export const pushChecks = (subject: ConformanceSubject): readonly ConformanceCheck[] => [
  {
    name: 'answers the fragments that it takes as they are defined',
    run: () =>
      using(subject, async (connector) => {
        for (const plan of fragments(subject.quads)) await expectExact(connector, plan, subject)
      }),
  },
  {
    name: 'keeps of the conditions what it says that it keeps',
    run: () =>
      using(subject, async (connector) => {
        const patterns = distinctTerms(inDefaultGraph(subject.quads).map(({ predicate }) => predicate)).map(
          (predicate) => patternFor(predicate, 'v0'),
        )
        for (const pattern of patterns) {
          for (const condition of conditions(subject.quads)) await expectHonest(connector, pattern, condition, subject)
        }
      }),
  },
  {
    name: 'answers fragments for blocks of keys, the keys among the columns',
    run: () =>
      using(subject, async (connector) => {
        for (const plan of fragments(subject.quads).filter(({ kind }) => kind !== 'slice')) {
          if (!variablesOf(plan).includes('s')) continue
          const answer = await definition(subject, plan)
          const keys = answer.slice(0, 3).map(({ s }) => ({ s }))
          const blocks = [keys, [...keys, { s: undefined }], [{ s: iri('urn:polyprov:conformance:nothing') }]]
          for (const block of blocks) {
            const rows = await pushed(connector, plan, (dictionary) => batchWith(['s'], block, dictionary))
            if (rows === undefined) continue
            const compatible = (row: Bindings) => block.some((binding) => areCompatible(row, binding))
            expectSame(textsOf(rows.filter(compatible)), textsOf(answer.filter(compatible)), `${plan.kind} with keys`)
          }
        }
      }),
  },
  {
    name: 'estimates rows as numbers that are not negative',
    run: () =>
      using(subject, async (connector) => {
        for (const plan of fragments(subject.quads)) {
          const rows = connector.estimate?.(plan).rows ?? 0
          expectThat(Number.isFinite(rows) && rows >= 0, `the estimate of a ${plan.kind} is ${rows}`)
        }
      }),
  },
]

async function expectExact(connector: Connector, plan: Plan, subject: ConformanceSubject): Promise<void> {
  const limited = plan.kind === 'slice'
  if (limited && connector.push?.(plan)?.limited !== true) return
  const rows = await pushed(connector, plan)
  if (rows === undefined) return
  const expected = await definition(subject, plan)
  if (!limited) {
    expectSame(textsOf(rows), textsOf(expected), `a pushed ${plan.kind}`)
    return
  }
  const all = new Set(textsOf(await definition(subject, plan.input)))
  expectThat(rows.length === expected.length, `a pushed LIMIT gives ${rows.length} rows instead of ${expected.length}`)
  const wrong = textsOf(rows).find((text) => !all.has(text))
  expectThat(wrong === undefined, `a pushed LIMIT gives ${wrong}, which is no answer`)
}

async function expectHonest(
  connector: Connector,
  pattern: Pattern,
  condition: Expression,
  subject: ConformanceSubject,
): Promise<void> {
  const accepted = connector.accepts?.(condition) ?? 'no'
  const plan = filter(pattern, condition)
  const rows = accepted === 'no' ? undefined : await pushed(connector, plan)
  if (rows === undefined) return
  const what = `a condition ${condition.kind === 'call' ? condition.operator : ''} that is accepted as ${accepted}`
  const exact = textsOf(await definition(subject, plan))
  const actual = textsOf(rows)
  if (accepted === 'exact') {
    expectSame(actual, exact, what)
    return
  }
  const all = new Set(textsOf(await definition(subject, pattern)))
  const kept = new Set(actual)
  expectThat(
    exact.every((text) => kept.has(text)) && actual.every((text) => all.has(text)),
    `${what} loses or invents rows`,
  )
}
