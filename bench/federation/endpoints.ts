import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer, type PolyprovServer } from '../../src/server/index.ts'
import { BASE } from './dataset.ts'
import { startProcess } from './processes.ts'

/** Folders of columnar stores, by name. */
export type EndpointStores = Readonly<Record<string, string>>

/** A client that sends all that it has to ask at once is not turned away. */
const MOST_QUERIES = 100_000
const TIMEOUT_MILLISECONDS = 120_000

/** SPARQL endpoints over columnar stores, one each. */
export interface Endpoints {
  readonly urls: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface Started {
  readonly name: string
  readonly url: string
  readonly polystore: Polystore
  readonly server: PolyprovServer
}

export async function startEndpoints(stores: EndpointStores): Promise<Endpoints> {
  const started: Started[] = []
  for (const [name, path] of Object.entries(stores)) {
    const polystore = await open(
      { base: BASE, stores: [{ id: name, type: 'columnar', path, readOnly: true }] },
      { limits: { queries: MOST_QUERIES, timeout: TIMEOUT_MILLISECONDS } },
    )
    const times = { timeout: TIMEOUT_MILLISECONDS, maximumTimeout: TIMEOUT_MILLISECONDS }
    const server = createServer(polystore, { ...times, concurrency: MOST_QUERIES })
    const url = await server.listen(0)
    started.push({ name, polystore, server, url: `${url.replace(/\/$/, '')}/sparql` })
  }
  return {
    urls: Object.fromEntries(started.map(({ name, url }) => [name, url])),
    async close() {
      for (const { server, polystore } of started) {
        await server.close(0)
        await polystore.close()
      }
    },
  }
}

/** Endpoints in a process of their own. */
export async function startEndpointsApart(stores: EndpointStores): Promise<Endpoints> {
  const child = startProcess('endpoints')
  return { urls: await child.call('start', stores), close: async () => child[Symbol.asyncDispose]() }
}
