import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Contest, counted, openContest, REMOTE } from '../../bench/federation/contest.ts'
import { scaleOf } from '../../bench/federation/dataset.ts'
import { questionsOf } from '../../bench/federation/questions.ts'
import { difference } from '../../bench/federation/rows.ts'
import type { Polystore } from '../../src/index.ts'
import { serversOfEveryKind } from './servers.ts'

const server = serversOfEveryKind()
const SIZE = 3

/** The benchmark's questions at its smallest size: answers and counts, no times. See bench/README.md. */
describe.skipIf(server === undefined)('five stores', () => {
  let folder = ''
  let contest: Contest
  let polystore: Polystore
  let materialised: Polystore
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-federation-'))
    contest = await openContest({ size: SIZE, addresses: server!, folder, apart: false })
    polystore = await contest.openPolystore()
    materialised = await contest.openMaterialised()
  }, 60_000)
  afterAll(async () => {
    await polystore?.close()
    await materialised?.close()
    await contest?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(questionsOf(scaleOf(SIZE)))(
    '$id is answered as by hand, with no request more to any store',
    async (question) => {
      const answer = async () => polystore.query(question.text).toArray()
      // Connections are made, and plans kept.
      await contest.hand(question)
      await answer()
      const hand = await counted(contest.relays, () => contest.hand(question))
      const own = await counted(contest.relays, answer)
      const whole = await materialised.query(question.text).toArray()
      expect(hand.rows.length).toBeGreaterThan(0)
      expect(difference(hand.rows, own.rows, question.ordered)).toBeUndefined()
      expect(difference(hand.rows, whole, question.ordered)).toBeUndefined()
      for (const store of REMOTE)
        expect({ store, requests: own.traffic[store]!.requests }).toEqual({
          store,
          requests: hand.traffic[store]!.requests,
        })
    },
  )
})
