import { cpus, loadavg, release, totalmem } from 'node:os'
import type { Measurement, Table } from './measure.ts'

/** Where and when a suite ran. */
export interface Environment {
  readonly date: string
  readonly node: string
  readonly machine: string
  /** Load of the machine over the last minute, before and after the suite. */
  readonly load: { readonly before: number; readonly after: number }
}

export interface SuiteResult {
  readonly suite: string
  readonly environment: Environment
  readonly measurements: readonly Measurement[]
  readonly tables?: readonly Table[]
  readonly failures?: readonly string[]
  readonly details?: unknown
}

export const currentLoad = (): number => Math.round(loadavg()[0]! * 100) / 100

export function environmentAt(date: string, load: Environment['load']): Environment {
  const processors = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return {
    date,
    node: process.version,
    machine: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, ${memory} GiB, ${process.platform} ${release()}`,
    load,
  }
}

function figure(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3)
}

/** The median as a share of the goal: below 1 is better than aimed at, for times, sizes and rates alike. */
export function ratio({ unit, median, goal }: Measurement): number | undefined {
  if (goal === undefined) return undefined
  return unit === 'quads/s' ? goal / median : median / goal
}

function line(measurement: Measurement): string {
  const { name, unit, median, p95, processor, samples, goal, counts = {} } = measurement
  const share = ratio(measurement)
  const cells = [
    name,
    `${figure(median)} ${unit}`,
    p95 === undefined ? '' : `${figure(p95)} ${unit}`,
    processor === undefined ? '' : `${figure(processor)} ms`,
    goal === undefined ? '' : `${figure(goal)} ${unit}`,
    share === undefined ? '' : share.toFixed(2),
    String(samples),
    Object.entries(counts)
      .map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`)
      .join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

const measurementLines = (measurements: readonly Measurement[]): readonly string[] => [
  '| what | median | p95 | processor | goal | median / goal | samples | counts |',
  '|---|---|---|---|---|---|---|---|',
  ...measurements.map(line),
  '',
]

const tableLines = ({ title, header, rows }: Table): readonly string[] => [
  `### ${title}`,
  '',
  `| ${header.join(' | ')} |`,
  `|${header.map(() => '---|').join('')}`,
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  '',
]

/** All results as one Markdown document. */
export function markdown(results: readonly SuiteResult[]): string {
  const sections = results.map(({ suite, environment, measurements, tables = [], failures = [] }) => {
    const { date, node, machine, load } = environment
    return [
      `## ${suite}`,
      '',
      `${date}, Node ${node}, ${machine}; load ${load.before} before, ${load.after} after.`,
      '',
      ...(measurements.length === 0 ? [] : measurementLines(measurements)),
      ...failures.map((failure) => `Failed: ${failure}\n`),
      ...tables.flatMap(tableLines),
    ].join('\n')
  })
  return [
    '# Results',
    '',
    'Written by `npm run bench`, which takes `-- --date YYYY-MM-DD` and names of suites. Medians; the counts stand',
    'beside the times because they do not depend on the machine.',
    '',
    ...sections,
  ].join('\n')
}
