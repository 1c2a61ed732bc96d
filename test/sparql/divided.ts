import { join } from 'node:path'
import type { Quad } from '../../planner/term.ts'
import { ALL_MODES, MODES, type Outcome, run, type SUITES_RUN } from './evaluation.ts'
import { readManifest } from './manifest.ts'
import { baseOf, MOST_PARTS, openParts } from './polystores.ts'
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
  for (const [i, test] of readManifest(join(SUITES, manifest)).tests.entries()) {
    for (const [parts, seed] of divisions(i)) {
      const openOver = async (quads: readonly Quad[]) => {
        const polystore = await openParts(baseOf(test.query), divide(quads, parts, seed), i)
        for (const { type } of polystore.stores.list()) kinds.set(type, (kinds.get(type) ?? 0) + 1)
        return polystore
      }
      outcomes.push(await run(test, openOver, EXHAUSTIVE && parts === 3 && seed === 1 ? ALL_MODES : MODES))
    }
  }
  return { outcomes, kinds }
}

/** The numbers of parts, and where the first goes, that a test's data is divided by: one such division, or all. */
const divisions = (i: number): readonly (readonly [parts: number, seed: number])[] =>
  EXHAUSTIVE
    ? [2, 3, MOST_PARTS].flatMap((parts) => Array.from({ length: parts }, (_, seed) => [parts, seed] as const))
    : [[2 + (i % (MOST_PARTS - 1)), i]]
