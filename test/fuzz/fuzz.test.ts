import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { division, singleRules, verdictOn } from './fault.ts'
import { dataset, randomQuery, textOf } from './generate.ts'
import { createTally } from './tally.ts'

const RUNS = Number(process.env['POLYPROV_RUNS'] ?? 2_000)
const SEED = Number(process.env['POLYPROV_SEED'] ?? 1)
const SUMMARY = process.env['POLYPROV_SUMMARY']

test(
  'optimised or not, without any one rule, in one store or several: the answers are those of Oxigraph',
  async () => {
    const tally = createTally(RUNS)
    await fc.assert(
      fc.asyncProperty(dataset, randomQuery, division, singleRules, async (lines, query, places, rules) => {
        const verdict = await verdictOn(lines, query, places, rules)
        tally.count(query, verdict)
        if (verdict.kind === 'different') throw new Error(`${lines.join('\n')}\n${textOf(query)}\n${verdict.fault}`)
      }),
      { numRuns: RUNS, seed: SEED },
    )
    if (SUMMARY !== undefined) await writeFile(SUMMARY, JSON.stringify(tally.summary()))
    const { queries, refused } = tally.summary()
    expect(queries).toBe(RUNS)
    expect(refused).toBeLessThan(RUNS / 4)
  },
  60_000 + RUNS * 1_000,
)
