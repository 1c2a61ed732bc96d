import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Contest, openContest } from '../../bench/federation/contest.ts'
import { scaleOf } from '../../bench/federation/dataset.ts'
import { questionsOf } from '../../bench/federation/questions.ts'
import { difference } from '../../bench/federation/rows.ts'
import { configurationFrom } from '../../src/configuration.ts'
import type { Polystore } from '../../src/index.ts'
import { openStores, type Stores, underSubsets } from '../conformance/several-stores.ts'
import { serversOfEveryKind } from './servers.ts'

const server = serversOfEveryKind()
const SIZE = 3

/** The benchmark's questions, see bench/README.md, whatever the five stores can do. */
describe.skipIf(server === undefined)('five stores', () => {
  let folder = ''
  let contest: Contest
  let stores: Stores
  let materialised: Polystore
  let runs = 0
  const started = Date.now()
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-capabilities-'))
    contest = await openContest({ size: SIZE, addresses: server!, folder, apart: false })
    stores = await openStores(configurationFrom(contest.configuration, folder))
    materialised = await contest.openMaterialised()
  }, 60_000)
  afterAll(async () => {
    console.log(`${runs} runs in ${((Date.now() - started) / 1000).toFixed(1)} s`)
    await stores?.[Symbol.asyncDispose]()
    await materialised?.close()
    await contest?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(questionsOf(scaleOf(SIZE)))(
    '$id is answered as by one store that holds everything, whatever of their capabilities is switched off',
    async ({ text, ordered }) => {
      const expected = await materialised.query(text).toArray()
      expect(expected.length).toBeGreaterThan(0)
      runs += await underSubsets(stores, { seed: 6, combinations: 10 }, async (polystore, off) => {
        const rows = await polystore.query(text).toArray()
        expect({ off, differs: difference(expected, rows, ordered) }).toEqual({ off, differs: undefined })
      })
    },
    120_000,
  )
})
