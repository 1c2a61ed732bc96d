import { comunica } from './comunica.ts'
import { type EndpointStores, startEndpoints } from './endpoints.ts'
import { streamRows } from './memory.ts'
import { answerCalls, type Handlers } from './processes.ts'
import { type Relays, type RelayTargets, startRelays } from './relays.ts'

let relays: Relays | undefined

const ROLES: Readonly<Record<string, Handlers>> = {
  endpoints: { start: async (stores: EndpointStores) => (await startEndpoints(stores)).urls },
  relays: {
    start: async (targets: RelayTargets) => {
      relays = await startRelays(targets)
      return relays.ports
    },
    traffic: () => relays!.traffic(),
    reset: () => relays!.reset(),
    delay: (milliseconds: number) => relays!.delay(milliseconds),
  },
  comunica: { ask: comunica },
  memory: { stream: streamRows },
}

answerCalls(ROLES[process.argv[2] ?? '']!)
