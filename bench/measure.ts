import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** One figure: medians of repeated runs, and what was counted beside the time. */
export interface Measurement {
  readonly name: string
  readonly unit: 'ms' | 'MB' | 'quads/s'
  readonly median: number
  readonly p95?: number
  /** Median of the processor time in milliseconds, of all threads, where the work is done in this process. */
  readonly processor?: number
  readonly samples: number
  /** What is aimed at: at most for times and sizes, at least for rates. */
  readonly goal?: number
  /** Requests, rows, bytes and the like. */
  readonly counts?: Readonly<Record<string, number>>
}

export interface SuiteOptions {
  /** A folder for what the suite writes; the runner removes it. */
  readonly folder: string
  readonly repeat: number
  /** Called with each figure as soon as it is there. */
  readonly report: (measurement: Measurement) => void
  /** Called with a line on what is being done. */
  readonly progress: (line: string) => void
  /** The `details` of the suite's last results. */
  readonly previous: unknown
  /** Further options of the command line, for those suites that know them. */
  readonly options: Readonly<Record<string, string | undefined>>
}

/** What a suite found, where that is more than measurements. */
export interface SuiteFigures {
  readonly measurements: readonly Measurement[]
  readonly tables: readonly Table[]
  /** Whatever else belongs into the file of results. */
  readonly details?: unknown
  /** What must not be: the run fails then, after its results are written. */
  readonly failures: readonly string[]
}

export interface Table {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export type Suite = (options: SuiteOptions) => Promise<readonly Measurement[] | SuiteFigures>

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b)

/** The value below which a share of the values lies (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no values')
  return sorted(values)[Math.max(0, Math.ceil(share * values.length) - 1)]!
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values')
  const ordered = sorted(values)
  const middle = ordered.length >> 1
  return ordered.length % 2 === 1 ? ordered[middle]! : (ordered[middle - 1]! + ordered[middle]!) / 2
}

/** Durations of runs, and the processor time that the process took for them: what a busy machine does not change. */
export interface Timed {
  readonly elapsed: readonly number[]
  readonly processor: readonly number[]
}

/** The collector, which Node.js hands out where it is told so. */
const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
})()

/**
 * Milliseconds of each of `times` runs, after `warmUp` runs that do not count. What was left behind before is collected
 * before the first: between runs it would take compiled code with it, which a process that goes on running keeps.
 */
export async function timed(run: () => Promise<unknown> | unknown, times: number, warmUp = 1): Promise<Timed> {
  const elapsed: number[] = []
  const processor: number[] = []
  collectGarbage()
  for (let i = -warmUp; i < times; i++) {
    const used = process.cpuUsage()
    const started = performance.now()
    await run()
    const duration = performance.now() - started
    const { user, system } = process.cpuUsage(used)
    if (i < 0) continue
    elapsed.push(duration)
    processor.push((user + system) / 1_000)
  }
  return { elapsed, processor }
}

export const milliseconds = (
  name: string,
  durations: readonly number[] | Timed,
  more: Pick<Measurement, 'goal' | 'counts'> & { readonly tail?: boolean } = {},
): Measurement => {
  const { tail = false, ...others } = more
  const elapsed = 'elapsed' in durations ? durations.elapsed : durations
  return {
    name,
    unit: 'ms',
    median: median(elapsed),
    ...(tail ? { p95: percentile(elapsed, 0.95) } : {}),
    ...('processor' in durations ? { processor: median(durations.processor) } : {}),
    samples: elapsed.length,
    ...others,
  }
}
