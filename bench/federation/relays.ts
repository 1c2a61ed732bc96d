import { type Process, startProcess } from './processes.ts'
import { type Relay, type RelayTarget, startRelay, type Traffic } from './relay.ts'

export type RelayTargets = Readonly<Record<string, RelayTarget>>

/** Relays in front of several servers, by name. */
export interface Relays {
  readonly ports: Readonly<Record<string, number>>
  traffic(): Promise<Readonly<Record<string, Traffic>>>
  reset(): Promise<void>
  delay(milliseconds: number): Promise<void>
  close(): Promise<void>
}

/** Relays in this process. */
export async function startRelays(targets: RelayTargets): Promise<Relays> {
  const started: (readonly [string, Relay])[] = []
  for (const [name, target] of Object.entries(targets)) started.push([name, await startRelay(target)])
  const of = <Value>(value: (relay: Relay) => Value): Readonly<Record<string, Value>> =>
    Object.fromEntries(started.map(([name, relay]) => [name, value(relay)]))
  return {
    ports: of(({ port }) => port),
    traffic: async () => of((relay) => relay.traffic()),
    async reset() {
      for (const [, relay] of started) relay.reset()
    },
    async delay(milliseconds) {
      for (const [, relay] of started) relay.delay(milliseconds)
    },
    async close() {
      await Promise.all(started.map(([, relay]) => relay.close()))
    },
  }
}

/** Relays in a process of their own: they take no time of the contestants'. */
export async function startRelaysApart(targets: RelayTargets): Promise<Relays> {
  const child: Process = startProcess('relays')
  return {
    ports: await child.call('start', targets),
    traffic: () => child.call('traffic'),
    reset: () => child.call('reset'),
    delay: (milliseconds) => child.call('delay', milliseconds),
    close: async () => child[Symbol.asyncDispose](),
  }
}
