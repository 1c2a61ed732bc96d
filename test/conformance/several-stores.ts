import fc from 'fast-check'
import { CAPABILITIES, type Capability, withCapabilities } from '../../connectors/conformance/capabilities.ts'
import type { Connector } from '../../connectors/connector.ts'
import { type Configuration, resolveStore } from '../../src/configuration.ts'
import { openConnector } from '../../src/engine/connectors.ts'
import { open, type Polystore } from '../../src/index.ts'

/** A capability of one of several stores. */
export interface Switch {
  readonly store: string
  readonly capability: Capability
}

/** Whether it is switched on; asked only where the answer matters. */
export type SwitchedOn = (one: Switch) => boolean

/** Stores that are opened and described once. */
export interface Stores extends AsyncDisposable {
  readonly ids: readonly string[]
  /** A polystore over them, as they would be without what is switched off. */
  open(isOn: SwitchedOn): Promise<Polystore>
}

export async function openStores({ base, folder, stores }: Configuration): Promise<Stores> {
  const connectors: Connector[] = []
  const end = async (): Promise<void> => {
    for (const connector of connectors) await connector[Symbol.asyncDispose]?.()
  }
  try {
    for (const definition of stores) {
      const connector = await openConnector(await resolveStore(definition, folder), { base, folder })
      connectors.push(connector)
      await connector.describe(new AbortController().signal)
    }
  } catch (error) {
    await end()
    throw error
  }
  const varied = (isOn: SwitchedOn) =>
    connectors.map((connector) =>
      withCapabilities(connector, (capability) => isOn({ store: connector.id, capability })),
    )
  return {
    ids: connectors.map(({ id }) => id),
    open: (isOn) => open({ base, stores: [] }, { connectors: varied(isOn) }),
    [Symbol.asyncDispose]: end,
  }
}

export interface Sample {
  readonly seed: number
  /** Combinations of capabilities of any of the stores. */
  readonly combinations: number
}

/**
 * Runs something with all capabilities, without each one of those that matter then, without any of one store, without
 * any at all, and without combinations of them chosen at random: how often it ran.
 * @param run is told in words what is switched off
 */
export async function underSubsets(
  stores: Stores,
  { seed, combinations }: Sample,
  run: (polystore: Polystore, off: string) => Promise<void>,
): Promise<number> {
  const met = new Map<string, Switch>()
  let runs = 0
  const without = async (off: readonly Switch[], words = off.map(nameOf).join(', ')): Promise<void> => {
    const names = new Set(off.map(nameOf))
    const polystore = await stores.open((one) => {
      met.set(nameOf(one), one)
      return !names.has(nameOf(one))
    })
    try {
      await run(polystore, words === '' ? 'nothing' : words)
      runs++
    } finally {
      await polystore.close()
    }
  }
  await without([])
  for (const one of [...met.values()]) await without([one])
  const everything = stores.ids.map((store) => CAPABILITIES.map((capability) => ({ store, capability })))
  for (const all of everything) await without(all, `everything of ${all[0]!.store}`)
  await without(everything.flat(), 'everything')
  const sample = fc.sample(fc.subarray([...met.values()], { minLength: 2 }), { seed, numRuns: combinations })
  for (const off of sample) await without(off)
  return runs
}

const nameOf = ({ store, capability }: Switch): string => `${capability} of ${store}`
