import { describe, expect, it } from 'vitest'
import { runDivided } from './divided.ts'
import { faultsOf, forReport, SUITES_RUN } from './evaluation.ts'
import { reportOutcomes } from './outcomes.ts'
import { splitQuads } from './polystores.ts'
import { suitesPresent } from './reference.ts'

describe.skipIf(!suitesPresent())('W3C query evaluation tests, split by predicate over several stores', () => {
  it.for(SUITES_RUN)('$name', { timeout: 1_200_000 }, async (suite, { task }) => {
    const { outcomes, kinds } = await runDivided(suite, splitQuads)
    reportOutcomes(task, forReport(suite.name === 'query' ? 'split' : `split ${suite.name}`, outcomes))
    expect(faultsOf(outcomes)).toBe('')
    // Every kind of store had its part.
    expect([...kinds.keys()].sort()).toEqual(['columnar', 'documents', 'memory', 'rdf', 'sparql'])
  })
})
