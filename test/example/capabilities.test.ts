import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/configuration.ts'
import type { Polystore } from '../../src/index.ts'
import { openStores, type Stores, underSubsets } from '../conformance/several-stores.ts'
import { type Example, takeExample } from './fixture.ts'
import { run, sorted } from './rows.ts'

let example: Example
let whole: Polystore
let stores: Stores

beforeAll(async () => {
  example = await takeExample()
  stores = await openStores(await loadConfiguration(join(example.folder, 'polyprov.yaml')))
  whole = await stores.open(() => true)
})

afterAll(async () => {
  await whole?.close()
  await stores?.[Symbol.asyncDispose]()
  await example?.[Symbol.asyncDispose]()
})

const model = () => ({ model: example.summary.models.at(-1)!.iri })
const dataset = () => ({ dataset: example.summary.trainingSets[1]!.iri })
const range = () => {
  const { axis, rangeStart, rangeEnd } = example.summary.trainingSets[2]!
  return { axis, start: rangeStart, end: rangeEnd }
}
const QUESTIONS: readonly (readonly [string, () => Readonly<Record<string, unknown>>])[] = [
  ['q1', model],
  ['q2', model],
  ['q3', dataset],
  ['q4', dataset],
  ['q5', range],
  ['q6', dataset],
]

/** What the answers with everything switched on are, `answers.test.ts` works out from the stores' files. */
test.each(QUESTIONS)(
  '%s has the same answer whatever of the capabilities of the stores is switched off',
  async (id, parameters) => {
    const expected = sorted((await run(whole, id, parameters())).rows)
    expect(expected).not.toEqual([])
    await underSubsets(stores, { seed: 6, combinations: 5 }, async (polystore, off) => {
      const { rows } = await run(polystore, id, parameters())
      expect({ off, rows: sorted(rows) }).toEqual({ off, rows: expected })
    })
  },
  120_000,
)
