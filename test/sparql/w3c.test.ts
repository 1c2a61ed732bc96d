import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from '../../planner/parse.ts'
import { RULES } from '../../planner/rules/index.ts'
import { iri, type Quad } from '../../planner/term.ts'
import type { Polystore, QueryOptions } from '../../src/polystore.ts'
import { difference, resultOf } from './compare.ts'
import { BY_VALUE, EXPLAINED } from './explained.ts'
import { type EvaluationTest, readManifest } from './manifest.ts'
import { reportOutcomes, type W3cOutcome } from './outcomes.ts'
import { baseOf, MOST_PARTS, openParts, openWhole, overlapQuads, splitQuads } from './polystores.ts'
import { readRdf } from './rdf-files.ts'
import { SUITES, suitesPresent } from './reference.ts'
import { type Result, readResult } from './results.ts'

const present = suitesPresent()

/** The suites, and how many entries and evaluation tests their manifests list. */
const SUITES_RUN = [
  { name: 'query', manifest: 'sparql11/manifest-sparql11-query.ttl', entries: 328, evaluations: 225 },
  { name: 'results', manifest: 'sparql11/manifest-sparql11-results.ttl', entries: 10, evaluations: 10 },
  { name: 'sparql10', manifest: 'sparql10/manifest-evaluation.ttl', entries: 283, evaluations: 284 },
] as const

/** With `POLYPROV_EXHAUSTIVE=true` every division of the data is tried, and in one of them every optimisation left out alone. */
const EXHAUSTIVE = process.env['POLYPROV_EXHAUSTIVE'] === 'true'
type Mode = readonly [name: string, options: QueryOptions]
const MODES: readonly Mode[] = [
  ['optimised', {}],
  ['unoptimised', { without: ['all'] }],
  ['verified', { verify: true }],
]
const ALL_MODES: readonly Mode[] = [
  ...MODES,
  ...RULES.filter(({ optional }) => optional).map(({ name }): Mode => [`without ${name}`, { without: [name] }]),
]

/** The quads of a test's dataset: its data, or the graphs that the query names in FROM. */
function datasetOf(test: EvaluationTest, text: string): readonly Quad[] {
  const { dataset } = parse(text, { base: baseOf(test.query) })
  const named = [...(dataset?.default ?? []), ...(dataset?.named ?? [])].map(({ value }) => fileURLToPath(value))
  return [...test.data.flatMap((file) => readRdf(file)), ...new Set([...test.graphData, ...named])].flatMap((part) =>
    typeof part === 'string' ? readRdf(part, iri(pathToFileURL(part).href)) : [part],
  )
}

async function attempt(
  test: EvaluationTest,
  text: string,
  expected: Result,
  polystore: Polystore,
  options: QueryOptions,
): Promise<{ readonly failure?: string | undefined; readonly tail?: boolean }> {
  const { id, laxCardinality } = test
  try {
    const execution = await polystore.execute(text, { timeout: 30_000, ...options })
    const found = await resultOf(execution, expected)
    const { tail } = execution.stats()
    if (BY_VALUE.has(id) && difference(found, expected, { laxCardinality, byValue: false }) === undefined) {
      return { failure: 'the result is as written: it need not be compared by value', tail }
    }
    return { failure: difference(found, expected, { laxCardinality, byValue: BY_VALUE.has(id) }), tail }
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

interface Outcome {
  readonly test: EvaluationTest
  /** What went wrong, by how it was run. */
  readonly failures: readonly string[]
  /** Whether another engine had to answer it. */
  readonly tail: boolean
}

async function run(
  test: EvaluationTest,
  openOver: (quads: readonly Quad[]) => Promise<Polystore>,
  modes: readonly Mode[] = MODES,
): Promise<Outcome> {
  const text = readFileSync(test.query, 'utf8')
  await using polystore = await openOver(datasetOf(test, text))
  const expected = readResult(test.result)
  const failures: string[] = []
  let needsTail = false
  for (const [name, options] of modes) {
    const { failure, tail = false } = await attempt(test, text, expected, polystore, options)
    if (failure !== undefined) failures.push(`${test.id} (${name}): ${failure}`)
    needsTail ||= tail
  }
  return { test, failures, tail: needsTail }
}

const forReport = (suite: W3cOutcome['suite'], outcomes: readonly Outcome[]): readonly W3cOutcome[] =>
  outcomes.map(({ test: { iri: test, group }, failures, tail }) => ({
    suite,
    test,
    group,
    passed: failures.length === 0,
    tail,
  }))

/** What failed and should not, or should fail and did not. */
const faultsOf = (outcomes: readonly Outcome[]): string =>
  outcomes
    .flatMap(({ test, failures }) => {
      if (!(test.id in EXPLAINED)) return failures
      return failures.length > 0 ? [] : [`${test.id} passes: it needs no explanation`]
    })
    .join('\n\n')

/** The numbers of parts, and where the first goes, that a test's data is divided by: one such division, or all. */
const divisions = (i: number): readonly (readonly [parts: number, seed: number])[] =>
  EXHAUSTIVE
    ? [2, 3, MOST_PARTS].flatMap((parts) => Array.from({ length: parts }, (_, seed) => [parts, seed] as const))
    : [[2 + (i % (MOST_PARTS - 1)), i]]

describe.skipIf(!present)('W3C query evaluation tests', () => {
  it.for(SUITES_RUN)(
    '$name: one store',
    { timeout: 120_000 },
    async ({ name, manifest, entries, evaluations }, { task }) => {
      const { tests, unlisted, entries: listed } = readManifest(join(SUITES, manifest))
      expect([listed, tests.length]).toEqual([entries, evaluations])
      expect(unlisted.filter((id) => !(id in EXPLAINED))).toEqual([])
      const outcomes: Outcome[] = []
      for (const test of tests) outcomes.push(await run(test, (quads) => openWhole(baseOf(test.query), quads)))
      reportOutcomes(task, forReport(name, outcomes))
      expect(faultsOf(outcomes)).toBe('')
    },
  )

  it.for(
    SUITES_RUN.flatMap((suite) => [
      { ...suite, how: 'split', divide: splitQuads } as const,
      { ...suite, how: 'overlapping', divide: overlapQuads } as const,
    ]),
  )('$name: $how over several stores', { timeout: 1_200_000 }, async ({ name, manifest, how, divide }, { task }) => {
    const { tests } = readManifest(join(SUITES, manifest))
    const outcomes: Outcome[] = []
    for (const [i, test] of tests.entries()) {
      for (const [parts, seed] of divisions(i)) {
        const modes = EXHAUSTIVE && parts === 3 && seed === 1 ? ALL_MODES : MODES
        outcomes.push(await run(test, (quads) => openParts(baseOf(test.query), divide(quads, parts, seed)), modes))
      }
    }
    reportOutcomes(task, forReport(name === 'query' ? how : `${how} ${name}`, outcomes))
    expect(faultsOf(outcomes)).toBe('')
  })

  it('explains only tests that there are', () => {
    const ids = new Set(
      SUITES_RUN.flatMap(({ manifest }) => readManifest(join(SUITES, manifest)).tests.map(({ id }) => id)),
    )
    expect([...Object.keys(EXPLAINED), ...BY_VALUE].filter((id) => !ids.has(id))).toEqual([])
  })
})
