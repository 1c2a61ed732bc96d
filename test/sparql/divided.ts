import { join } from 'node:path'
import type { Quad } from '../../planner/term.ts'
import { ALL_MODES, MODES, type Outcome, run, type SUITES_RUN } from './evaluation.ts'
import { lastDataset } from './last-dataset.ts'
import { readManifest } from './manifest.ts'
import { MOST_PARTS, openParts } from './polystores.ts'
import { SUITES } from './reference.ts'

/** With `POLYPROV_EXHAUSTIVE=true` every division of the data is tried, and in one of them every optimisation left out alone. */
const EXHAUSTIVE = process.env['POLYPROV_EXHAUSTIVE'] === 'true'

/** Divides quads into parts; the seed says which goes where. */
export type Divide = (quads: readonly Quad[], parts: number, seed: number) => readonly (readonly Quad[])[]

/** The tests of a suite, each over data that is divided; `kinds` counts the stores of each type that held a part. */
export async function runDivided(
  { manifest }: Pick<(typeof SUITES_RUN)[number], 'manifest'>,
  divide: Divide,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly kinds: ReadonlyMap<string, number> }> {
  const outcomes: Outcome[] = []
  const kinds = new Map<string, number>()
  const { tests } = readManifest(join(SUITES, manifest))
  for (const [number, division] of DIVISIONS.entries()) {
    let opened = 0
    await using datasets = lastDataset(async (base, quads) => {
      const { parts, seed } = division(opened++)
      const polystore = await openParts(base, divide(quads, parts, seed), opened)
      for (const { type } of polystore.stores.list()) kinds.set(type, (kinds.get(type) ?? 0) + 1)
      return polystore
    })
    for (const test of tests) outcomes.push(await run(test, datasets, EXHAUSTIVE && number === 0 ? ALL_MODES : MODES))
  }
  return { outcomes, kinds }
}

interface Division {
  readonly parts: number
  /** Where the first part goes. */
  readonly seed: number
}

/** How the n-th dataset is divided: another way than the one before, or every dataset in each way. */
const DIVISIONS: readonly ((dataset: number) => Division)[] = EXHAUSTIVE
  ? [3, 2, MOST_PARTS].flatMap((parts) => Array.from({ length: parts }, (_, seed) => () => ({ parts, seed })))
  : [(dataset) => ({ parts: 2 + (dataset % (MOST_PARTS - 1)), seed: dataset })]
