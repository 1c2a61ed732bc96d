import { setImmediate } from 'node:timers/promises'
import type { Quad, Term } from '../planner/term.ts'
import { describeChecks } from './conformance/describe-checks.ts'
import { lifetimeChecks } from './conformance/lifetime-checks.ts'
import { pushChecks } from './conformance/push-checks.ts'
import { resolveChecks } from './conformance/resolve-checks.ts'
import { scanChecks } from './conformance/scan-checks.ts'
import type { Connector } from './connector.ts'

export { CAPABILITIES, type Capability, withCapabilities } from './conformance/capabilities.ts'
export { type CapabilityOptions, capabilityChecks, type EngineFactory } from './conformance/capability-checks.ts'

/** A connector to be checked, and what it is known to hold. */
export interface ConformanceSubject {
  /** Opens the connector over the data, described already or not. Each check opens one of its own and disposes it. */
  open(): Promise<Connector & Partial<AsyncDisposable>>
  /**
   * The triples it holds, blank nodes left out, each once: some dozen of them, with several types of literals. Of
   * object stores those of their listing, headers included.
   */
  readonly quads: readonly Quad[]
  /** Predicates that patterns with a variable predicate do not see: those of headers. */
  readonly hidden?: ReadonlySet<string>
  /** Data references that it holds; needed of connectors with `resolve`. */
  readonly references?: readonly { readonly locator: string; readonly object: Term }[]
  /** The same kind of connector over a backend that never answers; absent where there is nothing to wait for. */
  stalled?(): Promise<Connector & Partial<AsyncDisposable>>
  /** Cursors, connections or files that are open now; checked to be none after a query ends early. */
  openCursors?(): number
}

/** One named check: register it with any test runner; it rejects with what is wrong. */
export interface ConformanceCheck {
  readonly name: string
  run(): Promise<void>
}

/**
 * What every connector must hold to, by the contract in `connector.ts`: truthful descriptions, exact answers to every
 * shape of pattern, hints that stay hints, pushed fragments that mean what they say, and an end whenever one is asked
 * for.
 *
 * ```ts
 * for (const { name, run } of conformanceChecks(subject)) test(name, run)
 * ```
 */
export function conformanceChecks(subject: ConformanceSubject): readonly ConformanceCheck[] {
  return [
    ...describeChecks(subject),
    ...scanChecks(subject),
    ...pushChecks(subject),
    ...resolveChecks(subject),
    ...lifetimeChecks(subject),
  ].map(({ name, run }) => ({ name, run: () => withoutStrayRejections(run) }))
}

/** Runs a check, and rejects as well where it leaves a rejected promise that nobody handles. */
async function withoutStrayRejections(run: () => Promise<void>): Promise<void> {
  const stray: unknown[] = []
  const note = (reason: unknown) => void stray.push(reason)
  process.on('unhandledRejection', note)
  try {
    await run()
    await setImmediate()
    await setImmediate()
  } finally {
    process.off('unhandledRejection', note)
  }
  if (stray.length > 0) throw new Error(`a promise was rejected and nobody told: ${String(stray[0])}`)
}
