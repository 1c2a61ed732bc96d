import type { ComunicaQuestion } from './comunica.ts'
import type { EndpointStores } from './endpoints.ts'
import type { RowPlace } from './memory.ts'
import { answerCalls, type Handlers } from './processes.ts'
import type { Relays, RelayTargets } from './relays.ts'

let relays: Relays | undefined

/** Each loads what it needs alone: what is resident is measured in some. */
const ROLES: Readonly<Record<string, Handlers>> = {
  endpoints: {
    start: async (stores: EndpointStores) => (await (await import('./endpoints.ts')).startEndpoints(stores)).urls,
  },
  relays: {
    start: async (targets: RelayTargets) => {
      relays = await (await import('./relays.ts')).startRelays(targets)
      return relays.ports
    },
    traffic: () => relays!.traffic(),
    reset: () => relays!.reset(),
    delay: (milliseconds: number) => relays!.delay(milliseconds),
  },
  comunica: { ask: async (question: ComunicaQuestion) => (await import('./comunica.ts')).comunica(question) },
  rows: { start: async (rows: number) => (await import('./row-endpoint.ts')).startRowEndpoint(rows) },
  memory: {
    read: async (place: RowPlace) => (await import('./memory.ts')).readRows(place),
    serve: async (place: RowPlace) => (await import('./memory.ts')).serveRows(place),
    memory: async () => (await import('./memory.ts')).memoryInUse(),
  },
}

answerCalls(ROLES[process.argv[2] ?? '']!)
