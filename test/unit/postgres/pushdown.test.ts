import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { Database } from '../../../connectors/postgres/database.ts'
import { open } from '../../../src/open.ts'
import { answerOf, difference } from '../../fuzz/compare.ts'
import { textOf } from '../../fuzz/generate.ts'
import { BASE, load, memoryDatabase, store } from './harness.ts'
import { randomQuery, TABLES, VIEWS } from './random.ts'

/*
 * Random queries over tables with NULLs, rows without a key, several texts of one number: what the database answers
 * natively is what the engine makes of plain patterns.
 */

const RUNS = Number(process.env['POLYPROV_RUNS'] ?? 150)
const SEED = Number(process.env['POLYPROV_SEED'] ?? 1)

const database = await memoryDatabase()
await load(database, TABLES)
afterAll(() => database.close())

let statements = 0
const counting = (inner: Database): Database => ({
  ...inner,
  stream(statement, signal) {
    statements++
    return inner.stream(statement, signal)
  },
})

it(
  'answers natively what the engine makes of patterns',
  async () => {
    await using own = await store(database, VIEWS, {}, counting)
    await using polystore = await open({ base: BASE, stores: [] }, { connectors: [own.connector] })
    let single = 0
    await fc.assert(
      fc.asyncProperty(randomQuery, async (query) => {
        const text = textOf(query)
        const whole = await answerOf(polystore, textOf(query, false), query.columns, { without: ['all'] })
        const before = statements
        const actual = await answerOf(polystore, text, query.columns).catch((error: unknown) => {
          throw new Error(`${text}\n${String(error)}`, { cause: error })
        })
        if (statements - before <= 1) single++
        const found = difference(actual, whole, query)
        if (found !== undefined) throw new Error(`${text}\n${found}`)
      }),
      { numRuns: RUNS, seed: SEED },
    )
    expect(single).toBeGreaterThan(RUNS / 3)
    if (process.env['POLYPROV_RUNS'] !== undefined) console.log(`${single} of ${RUNS} queries are one statement`)
  },
  60_000 + RUNS * 1_000,
)
