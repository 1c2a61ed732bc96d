/** The suites of the standard, as the report names them; the split and the overlapping ones are ours: the data in several stores. */
export const SUITE_NAMES = [
  'query',
  'results',
  'sparql10',
  'syntax10',
  'split',
  'split results',
  'split sparql10',
  'overlapping',
  'overlapping results',
  'overlapping sparql10',
  'update',
  'federation',
  'protocol',
  'service-description',
  'graph-store-protocol',
] as const

export type SuiteName = (typeof SUITE_NAMES)[number]

/** What became of one test. */
export interface W3cOutcome {
  readonly suite: SuiteName
  /** The test's IRI. */
  readonly test: string
  /** The folder of its manifest. */
  readonly group: string
  readonly passed: boolean
}

declare module 'vitest' {
  interface TaskMeta {
    w3c?: readonly W3cOutcome[]
  }
}

/** Hands outcomes to the report, which runs in another process. */
export function reportOutcomes(
  task: { readonly meta: { w3c?: readonly W3cOutcome[] } },
  outcomes: readonly W3cOutcome[],
): void {
  task.meta.w3c = [...(task.meta.w3c ?? []), ...outcomes]
}
