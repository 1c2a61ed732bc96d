import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { earlReport } from './earl.ts'
import { SUITE_NAMES, type SuiteName, type W3cOutcome } from './outcomes.ts'

const EARL_FILE = resolve(import.meta.dirname, '../../reports/earl.ttl')

/** Suites that the last line names, whatever else ran. */
const NAMED: readonly SuiteName[] = ['query', 'split', 'sparql10', 'syntax10', 'update']

/** The report of a run of the standard's suites: a table for each, the EARL report, and the counts in one last line. */
export default class W3cReport implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const outcomes = modules.flatMap((module) => [...module.children.allTests()].flatMap(outcomesOf))
    const bySuite = new Map(SUITE_NAMES.map((name) => [name, outcomes.filter(({ suite }) => suite === name)]))
    for (const [name, own] of bySuite) {
      if (own.length > 0) console.log(`\n${name}: ${count(own)}\n${table(own)}`)
    }
    await mkdir(dirname(EARL_FILE), { recursive: true })
    await writeFile(EARL_FILE, await earlReport(outcomes.filter(isStandard), new Date()))
    console.log(`\nEARL report: ${relative(process.cwd(), EARL_FILE)}`)
    // The tail are tests that another engine would have to answer: there is none.
    console.log([...NAMED.map((name) => `${name}: ${count(bySuite.get(name) ?? [])}`), 'tail: 0'].join(', '))
  }
}

const outcomesOf = (test: TestCase): readonly W3cOutcome[] => test.meta().w3c ?? []

/** Divided data is a test of ours. */
const isStandard = ({ suite }: W3cOutcome): boolean => !/^(split|overlapping)/.test(suite)

const count = (outcomes: readonly W3cOutcome[]): string =>
  `${outcomes.filter(({ passed }) => passed).length}/${outcomes.length}`

/** A line for each group: tests that passed, of those that ran. */
function table(outcomes: readonly W3cOutcome[]): string {
  const groups = new Map<string, W3cOutcome[]>()
  for (const outcome of outcomes) groups.set(outcome.group, [...(groups.get(outcome.group) ?? []), outcome])
  return [...groups].map(([group, own]) => `  ${group.padEnd(28)}${count(own).padStart(9)}`).join('\n')
}
