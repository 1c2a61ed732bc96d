import type { CapabilityOptions, EngineFactory } from '../../connectors/conformance.ts'
import { open } from '../../src/open.ts'
import { BASE } from './data.ts'

export const engine: EngineFactory = (connectors) => open({ base: BASE, stores: [] }, { connectors })

/** Counts questions, runs and capabilities of a store, and prints them. */
export function tally(store: string): CapabilityOptions & { start(): void; print(): void } {
  let started = Date.now()
  const mattered = new Set<string>()
  let questions = 0
  let runs = 0
  return {
    start() {
      started = Date.now()
    },
    explored(_, result) {
      questions++
      runs += result.runs
      for (const capability of result.mattered) mattered.add(capability)
    },
    print() {
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      console.log(
        `${store}: ${questions} questions under all 2^${mattered.size} subsets, ${runs} runs in ${seconds} s (${[...mattered].join(', ')})`,
      )
    },
  }
}
