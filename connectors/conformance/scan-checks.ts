import type { Pattern } from '../../planner/algebra.ts'
import { defaultGraph, iri, literal, type Quad, variable } from '../../planner/term.ts'
import { variablesOfPattern } from '../../planner/variables.ts'
import type { ConformanceCheck, ConformanceSubject } from '../conformance.ts'
import type { Bindings } from '../connector.ts'
import { areCompatible, batchWith, matches, textsOf } from './answers.ts'
import { asking, scanned } from './request.ts'
import { distinctTerms, expectSame, expectThat, inDefaultGraph, samples, seenBy, using } from './subject.ts'

const VARIABLES = { subject: variable('s'), predicate: variable('p'), object: variable('o'), graph: variable('g') }

/** Patterns with constants of a quad in the positions of `mask`. */
function patternOf(quad: Quad, mask: number): Pattern {
  return {
    kind: 'pattern',
    subject: mask & 1 ? quad.subject : VARIABLES.subject,
    predicate: mask & 2 ? quad.predicate : VARIABLES.predicate,
    object: mask & 4 ? quad.object : VARIABLES.object,
    graph: quad.graph.termType === 'BlankNode' ? VARIABLES.graph : quad.graph,
  }
}

export const everything: Pattern = { kind: 'pattern', ...VARIABLES, graph: defaultGraph }

const expectedOf = (subject: ConformanceSubject, pattern: Pattern): readonly Bindings[] =>
  matches(pattern, seenBy(subject, pattern.predicate.termType !== 'Variable'))

const shapes = (subject: ConformanceSubject): readonly Pattern[] => {
  const constant = samples(subject.quads).flatMap((quad) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => patternOf(quad, mask)),
  )
  const keys = new Map(constant.map((pattern) => [JSON.stringify(pattern), pattern]))
  return [...keys.values()]
}

const nothing = iri('urn:polyprov:conformance:nothing')

export const scanChecks = (subject: ConformanceSubject): readonly ConformanceCheck[] => [
  {
    name: 'answers patterns with constants in each position',
    run: () =>
      using(subject, async (connector) => {
        for (const pattern of shapes(subject)) {
          const rows = await scanned(connector, pattern)
          expectSame(textsOf(rows), textsOf(expectedOf(subject, pattern)), `scan of ${describe(pattern)}`)
        }
      }),
  },
  {
    name: 'answers patterns that repeat a variable',
    run: () =>
      using(subject, async (connector) => {
        const { subject: s, predicate: p, object: o } = VARIABLES
        const predicates = distinctTerms(inDefaultGraph(subject.quads).map(({ predicate }) => predicate))
        const repeated: Pattern[] = [
          { ...everything, object: s },
          { ...everything, object: p },
          { ...everything, predicate: s },
          { ...everything, predicate: s, object: s },
          { ...everything, graph: VARIABLES.graph, object: VARIABLES.graph },
          { ...everything, graph: s, object: o },
          ...predicates.map((predicate): Pattern => ({ ...everything, predicate, object: s })),
        ]
        for (const pattern of repeated) {
          const rows = await scanned(connector, pattern)
          expectSame(textsOf(rows), textsOf(expectedOf(subject, pattern)), `scan of ${describe(pattern)}`)
        }
      }),
  },
  {
    name: 'keeps named graphs and the default graph apart',
    run: () =>
      using(subject, async (connector) => {
        const graphs = distinctTerms(
          subject.quads.flatMap(({ graph }) => (graph.termType === 'NamedNode' ? [graph] : [])),
        )
        const asked = [...graphs, nothing, VARIABLES.graph].map((graph): Pattern => ({ ...everything, graph }))
        for (const pattern of asked) {
          const rows = await scanned(connector, pattern)
          expectSame(textsOf(rows), textsOf(expectedOf(subject, pattern)), `scan of ${describe(pattern)}`)
        }
      }),
  },
  {
    name: 'answers nothing where there is nothing',
    run: () =>
      using(subject, async (connector) => {
        const quad = subject.quads[0]
        expectThat(quad !== undefined, 'the subject of the checks needs quads')
        const known = patternOf(quad, 7)
        const absent: Pattern[] = [
          { ...known, subject: nothing },
          { ...known, predicate: nothing },
          { ...known, object: nothing },
          { ...known, object: literal('polyprov conformance: nothing') },
          { ...known, object: literal('1', iri('urn:polyprov:conformance:datatype')) },
          { ...everything, object: literal('x', 'xx') },
        ]
        for (const pattern of absent) {
          expectSame(textsOf(await scanned(connector, pattern)), [], `scan of ${describe(pattern)}`)
        }
      }),
  },
  {
    name: 'takes bindings as a hint: no row that is compatible with one of them is missing',
    run: () =>
      using(subject, async (connector) => {
        const patterns = [everything, ...samples(inDefaultGraph(subject.quads), 1).map((quad) => patternOf(quad, 2))]
        for (const pattern of patterns) {
          const answer = expectedOf(subject, pattern)
          for (const bindings of hintsFor(pattern, answer)) {
            const asked = asking()
            const names = [...new Set(bindings.flatMap((row) => Object.keys(row)))]
            const rows = await scanned(connector, pattern, asked, batchWith(names, bindings, asked.dictionary))
            const compatible = (row: Bindings) => bindings.some((binding) => areCompatible(row, binding))
            const what = `scan of ${describe(pattern)} with ${bindings.length} bindings of ${names.join(', ')}`
            expectSame(textsOf(rows.filter(compatible)), textsOf(answer.filter(compatible)), what)
            expectNone(rows, answer, what)
          }
        }
      }),
  },
  {
    name: 'counts what it is asked',
    run: () =>
      using(subject, async (connector) => {
        const asked = asking()
        const pattern = patternOf(subject.quads[0]!, 2)
        const rows = await scanned(connector, pattern, asked)
        const { requests, bytes } = asked.counted
        for (const count of [...requests, ...bytes]) {
          expectThat(Number.isSafeInteger(count) && count >= 0, `the meter was told ${count}`)
        }
        // The engine counts the visits to stores in its own process.
        const counts = connector.dictionary !== undefined || requests.length > 0
        expectThat(rows.length === 0 || counts, 'the meter was told of no request')
      }),
  },
]

/** Blocks of keys: one, several, none at all, unknown ones, unbound cells, and a variable that is not the pattern's. */
function hintsFor(pattern: Pattern, answer: readonly Bindings[]): readonly (readonly Bindings[])[] {
  const names = variablesOfPattern(pattern)
  const some = answer.filter((_, i) => i % 2 === 0).slice(0, 5)
  const only = (row: Bindings, name: string): Bindings => ({ [name]: row[name] })
  return [
    ...names.map((name) => some.map((row) => only(row, name))),
    ...names.map((name) => some.slice(0, 1).map((row) => only(row, name))),
    some.slice(0, 2),
    names.map((name) => ({ [name]: nothing })),
    some.map((row, i) =>
      Object.fromEntries(names.map((name, at) => [name, (at + i) % 2 === 0 ? row[name] : undefined])),
    ),
    some.map((row) => ({ ...row, 'not-in-the-pattern': nothing })),
  ].filter((rows) => rows.length > 0)
}

/** More rows than are compatible are allowed, rows that are no answers are not. */
function expectNone(rows: readonly Bindings[], answer: readonly Bindings[], what: string): void {
  const known = new Set(textsOf(answer))
  const wrong = textsOf(rows).find((text) => !known.has(text))
  expectThat(wrong === undefined, `${what}: ${wrong} is no answer`)
}

const describe = ({ subject, predicate, object, graph }: Pattern): string =>
  [subject, predicate, object, graph]
    .map((term) => (term.termType === 'Variable' ? `?${term.value}` : term.value || 'the default graph'))
    .join(' ')
