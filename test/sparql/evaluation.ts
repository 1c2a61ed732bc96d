import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from '../../planner/parse.ts'
import { RULES } from '../../planner/rules/index.ts'
import { iri } from '../../planner/term.ts'
import type { Polystore, QueryOptions } from '../../src/polystore.ts'
import { difference, resultOf } from './compare.ts'
import { BY_VALUE, EXPLAINED } from './explained.ts'
import type { Dataset, LastDataset } from './last-dataset.ts'
import type { EvaluationTest } from './manifest.ts'
import type { W3cOutcome } from './outcomes.ts'
import { baseOf } from './polystores.ts'
import { readRdf } from './rdf-files.ts'
import { type Result, readResult } from './results.ts'

/** The suites, and how many entries and evaluation tests their manifests list. */
export const SUITES_RUN = [
  { name: 'query', manifest: 'sparql11/manifest-sparql11-query.ttl', entries: 328, evaluations: 225 },
  { name: 'results', manifest: 'sparql11/manifest-sparql11-results.ttl', entries: 10, evaluations: 10 },
  { name: 'sparql10', manifest: 'sparql10/manifest-evaluation.ttl', entries: 283, evaluations: 284 },
] as const

/** Options that a test is run with, and what they are called. */
export type Mode = readonly [name: string, options: QueryOptions]
/** How a test is run where nothing else is said. */
export const MODES: readonly Mode[] = [
  ['optimised', {}],
  ['unoptimised', { without: ['all'] }],
  ['verified', { verify: true }],
]
/** These, and every optimisation left out alone. */
export const ALL_MODES: readonly Mode[] = [
  ...MODES,
  ...RULES.filter(({ optional }) => optional).map(({ name }): Mode => [`without ${name}`, { without: [name] }]),
]

/** A test's dataset: its data, or the graphs that the query names in FROM. */
function datasetOf(test: EvaluationTest, text: string): Dataset {
  const base = baseOf(test.query)
  const { dataset } = parse(text, { base })
  const named = [...(dataset?.default ?? []), ...(dataset?.named ?? [])].map(({ value }) => fileURLToPath(value))
  return {
    key: JSON.stringify([base, test.data, test.graphData, named]),
    base,
    quads: () => [
      ...test.data.flatMap((file) => readRdf(file)),
      ...[...new Set([...test.graphData, ...named])].flatMap((part) =>
        typeof part === 'string' ? readRdf(part, iri(pathToFileURL(part).href)) : [part],
      ),
    ],
  }
}

async function attempt(
  test: EvaluationTest,
  text: string,
  expected: Result,
  polystore: Polystore,
  options: QueryOptions,
): Promise<string | undefined> {
  const { id, laxCardinality } = test
  try {
    const execution = await polystore.execute(text, { timeout: 30_000, ...options })
    const found = await resultOf(execution, expected)
    if (BY_VALUE.has(id) && difference(found, expected, { laxCardinality, byValue: false }) === undefined) {
      return 'the result is as written: it need not be compared by value'
    }
    return difference(found, expected, { laxCardinality, byValue: BY_VALUE.has(id) })
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

export interface Outcome {
  readonly test: EvaluationTest
  /** What went wrong, by how it was run. */
  readonly failures: readonly string[]
}

/** Runs a test over its data, in each mode. */
export async function run(
  test: EvaluationTest,
  datasets: LastDataset,
  modes: readonly Mode[] = MODES,
): Promise<Outcome> {
  const text = readFileSync(test.query, 'utf8')
  const polystore = await datasets.over(datasetOf(test, text))
  const expected = readResult(test.result)
  const failures: string[] = []
  for (const [name, options] of modes) {
    const failure = await attempt(test, text, expected, polystore, options)
    if (failure !== undefined) failures.push(`${test.id} (${name}): ${failure}`)
  }
  return { test, failures }
}

export const forReport = (suite: W3cOutcome['suite'], outcomes: readonly Outcome[]): readonly W3cOutcome[] =>
  outcomes.map(({ test: { iri: test, group }, failures }) => ({
    suite,
    test,
    group,
    passed: failures.length === 0,
  }))

/** What failed and should not, or should fail and did not. */
export const faultsOf = (outcomes: readonly Outcome[]): string =>
  outcomes
    .flatMap(({ test, failures }) => {
      if (!(test.id in EXPLAINED)) return failures
      return failures.length > 0 ? [] : [`${test.id} passes: it needs no explanation`]
    })
    .join('\n\n')
