import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { faultsOf, forReport, type Outcome, run, SUITES_RUN } from './evaluation.ts'
import { BY_VALUE, EXPLAINED } from './explained.ts'
import { lastDataset } from './last-dataset.ts'
import { readManifest } from './manifest.ts'
import { reportOutcomes } from './outcomes.ts'
import { openWhole } from './polystores.ts'
import { SUITES, suitesPresent } from './reference.ts'

describe.skipIf(!suitesPresent())('W3C query evaluation tests, over one store', () => {
  it.for(SUITES_RUN)('$name', { timeout: 120_000 }, async ({ name, manifest, entries, evaluations }, { task }) => {
    const { tests, unlisted, entries: listed } = readManifest(join(SUITES, manifest))
    expect([listed, tests.length]).toEqual([entries, evaluations])
    expect(unlisted.filter((id) => !(id in EXPLAINED))).toEqual([])
    const outcomes: Outcome[] = []
    await using datasets = lastDataset(openWhole)
    for (const test of tests) outcomes.push(await run(test, datasets))
    reportOutcomes(task, forReport(name, outcomes))
    expect(faultsOf(outcomes)).toBe('')
  })

  it('explains only tests that there are', () => {
    const ids = new Set(
      SUITES_RUN.flatMap(({ manifest }) => readManifest(join(SUITES, manifest)).tests.map(({ id }) => id)),
    )
    expect([...Object.keys(EXPLAINED), ...BY_VALUE].filter((id) => !ids.has(id))).toEqual([])
  })
})
