import { afterAll, beforeAll, describe, it } from 'vitest'
import { conformanceChecks } from '../../../connectors/conformance.ts'
import sparql from '../../../connectors/sparql/index.ts'
import { QUADS } from '../../conformance/data.ts'
import { BASE, serveQuads, stubEndpoint } from './serving.ts'

describe('the connector sparql', () => {
  let served: Awaited<ReturnType<typeof serveQuads>>
  let silent: Awaited<ReturnType<typeof stubEndpoint>>
  beforeAll(async () => {
    served = await serveQuads(QUADS)
    silent = await stubEndpoint(() => undefined)
  })
  afterAll(async () => {
    await served[Symbol.asyncDispose]()
    await silent[Symbol.asyncDispose]()
  })
  const open = async (endpoint: string) => sparql({ id: 'store', type: 'sparql', endpoint }, { base: BASE })
  const checks = conformanceChecks({
    quads: QUADS,
    open: () => open(served.endpoint),
    stalled: () => open(silent.endpoint),
  })
  for (const { name, run } of checks) it(name, run)
})
