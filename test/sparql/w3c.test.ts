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
import { baseOf, MOST_PARTS, openParts, openWhole, overlapQuads, splitQuads } from './polystores.ts'
import { readRdf } from './rdf-files.ts'
import { SUITES, suitesPresent } from './reference.ts'
import { type Result, readResult } from './results.ts'

const present = suitesPresent()

/** Tests that need a SPARQL endpoint. */
const NOT_RUN = { name: 'service', manifest: 'sparql11/manifest-sparql11-fed.ttl', evaluations: 7 } as const

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

async function failureOf(
  test: EvaluationTest,
  text: string,
  expected: Result,
  polystore: Polystore,
  options: QueryOptions,
): Promise<string | undefined> {
  const { id, laxCardinality } = test
  try {
    const found = await resultOf(await polystore.execute(text, { timeout: 30_000, ...options }), expected)
    if (BY_VALUE.has(id) && difference(found, expected, { laxCardinality, byValue: false }) === undefined) {
      return 'the result is as written: it need not be compared by value'
    }
    return difference(found, expected, { laxCardinality, byValue: BY_VALUE.has(id) })
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

interface Outcome {
  readonly test: EvaluationTest
  /** What went wrong, by how it was run. */
  readonly failures: readonly string[]
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
  for (const [name, options] of modes) {
    const failure = await failureOf(test, text, expected, polystore, options)
    if (failure !== undefined) failures.push(`${test.id} (${name}): ${failure}`)
  }
  return { test, failures }
}

/** A line for each group: tests that passed, of those that ran. */
function table(outcomes: readonly Outcome[]): string {
  const groups = new Map<string, Outcome[]>()
  for (const outcome of outcomes) groups.set(outcome.test.group, [...(groups.get(outcome.test.group) ?? []), outcome])
  return [...groups]
    .map(([group, own]) => `  ${group.padEnd(28)}${String(passed(own)).padStart(4)} of ${own.length}`)
    .join('\n')
}

const passed = (outcomes: readonly Outcome[]): number => outcomes.filter(({ failures }) => failures.length === 0).length

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

const summary: string[] = []

describe.skipIf(!present)('W3C query evaluation tests', () => {
  it.each(SUITES_RUN)(
    '$name: one store',
    async ({ name, manifest, entries, evaluations }) => {
      const { tests, unlisted, entries: listed } = readManifest(join(SUITES, manifest))
      expect([listed, tests.length]).toEqual([entries, evaluations])
      expect(unlisted.filter((id) => !(id in EXPLAINED))).toEqual([])
      const outcomes: Outcome[] = []
      for (const test of tests) outcomes.push(await run(test, (quads) => openWhole(baseOf(test.query), quads)))
      console.log(`${name}\n${table(outcomes)}`)
      summary.push(`${name}: ${passed(outcomes)}/${tests.length}`)
      expect(faultsOf(outcomes)).toBe('')
    },
    120_000,
  )

  it.each([
    ['split', splitQuads],
    ['overlapping', overlapQuads],
  ] as const)(
    '%s: several stores',
    async (name, divide) => {
      const counts: string[] = []
      const faults: string[] = []
      for (const { manifest } of SUITES_RUN) {
        const { tests } = readManifest(join(SUITES, manifest))
        const outcomes: Outcome[] = []
        for (const [i, test] of tests.entries()) {
          for (const [parts, seed] of divisions(i)) {
            const modes = EXHAUSTIVE && parts === 3 && seed === 1 ? ALL_MODES : MODES
            outcomes.push(await run(test, (quads) => openParts(baseOf(test.query), divide(quads, parts, seed)), modes))
          }
        }
        counts.push(`${passed(outcomes)}/${outcomes.length}`)
        faults.push(faultsOf(outcomes))
      }
      summary.push(`${name}: ${counts.join(', ')}`)
      expect(faults.join('')).toBe('')
    },
    1_200_000,
  )

  it('names the tests that are not run, and explains only tests that there are', () => {
    const ids = new Set(
      SUITES_RUN.flatMap(({ manifest }) => readManifest(join(SUITES, manifest)).tests.map(({ id }) => id)),
    )
    expect([...Object.keys(EXPLAINED), ...BY_VALUE].filter((id) => !ids.has(id))).toEqual([])
    const { tests } = readManifest(join(SUITES, NOT_RUN.manifest))
    expect(tests).toHaveLength(NOT_RUN.evaluations)
    console.log(
      [
        `not run (${NOT_RUN.name}): ${tests.map(({ id }) => id).join(', ')}`,
        `compared by value: ${BY_VALUE.size}; explained: ${Object.keys(EXPLAINED).join(', ')}`,
        summary.join(', '),
      ].join('\n'),
    )
  })
})
