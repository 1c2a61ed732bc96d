import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import { faultsOf, forReport, type Outcome, run } from './evaluation.ts'
import { lastDataset } from './last-dataset.ts'
import { type EvaluationTest, readManifest } from './manifest.ts'
import { reportOutcomes } from './outcomes.ts'
import { baseOf, openWhole } from './polystores.ts'
import { readRdf } from './rdf-files.ts'
import { SUITES, suitesPresent } from './reference.ts'

/** The endpoints of a test, each a server of ours, under the addresses that the test gives them. */
async function serve({ services, query }: EvaluationTest) {
  const addresses = new Map<string, string>()
  const serving: { readonly server: PolyprovServer; close(): Promise<void> }[] = []
  const rewriting: typeof fetch = async (address, init) => {
    const local = addresses.get(String(address))
    if (local === undefined) throw new TypeError(`There is no ${address}`)
    return fetch(local, init)
  }
  for (const { endpoint, data } of services) {
    const quads = data.flatMap((file) => readRdf(file))
    const polystore = await openWhole(baseOf(query), quads, { fetch: rewriting })
    const server = createServer(polystore, {})
    addresses.set(endpoint, `${await server.listen(0)}/sparql`)
    serving.push({ server, close: () => polystore.close() })
  }
  return {
    fetch: rewriting,
    async [Symbol.asyncDispose]() {
      for (const { server, close } of serving) {
        await server.close()
        await close()
      }
    },
  }
}

describe.skipIf(!suitesPresent())('W3C federated query evaluation tests', () => {
  it('federation', { timeout: 60_000 }, async ({ task }) => {
    const { tests, entries } = readManifest(join(SUITES, 'sparql11/manifest-sparql11-fed.ttl'))
    expect([entries, tests.length]).toEqual([10, 7])
    const outcomes: Outcome[] = []
    for (const test of tests) {
      await using endpoints = await serve(test)
      await using datasets = lastDataset((base, quads) => openWhole(base, quads, endpoints))
      outcomes.push(await run(test, datasets))
    }
    reportOutcomes(task, forReport('federation', outcomes))
    expect(faultsOf(outcomes)).toBe('')
    expect(outcomes).toHaveLength(7)
  })
})
