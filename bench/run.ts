import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { comunica } from './federation/comunica-suite.ts'
import { federation } from './federation/suite.ts'
import type { Measurement, Suite } from './measure.ts'
import { currentLoad, environmentAt, markdown, type SuiteResult } from './report.ts'
import { latency } from './suites/latency.ts'
import { operators } from './suites/operators.ts'
import { store } from './suites/store.ts'

const SUITES: Readonly<Record<string, Suite>> = { comunica, federation, latency, operators, store }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    output: { type: 'string', default: 'bench/results' },
    repeat: { type: 'string', default: '5' },
    // Of the operators suite: only what has this text in its name, measured and printed but not written down.
    only: { type: 'string' },
    // Of the federation suite and Comunica's, see bench/README.md.
    sizes: { type: 'string' },
    latency: { type: 'string' },
    questions: { type: 'string' },
    rows: { type: 'string' },
  },
})

const output = resolve(values.output)
const repeat = Number(values.repeat)
/** Asked for by name alone: it takes as long as all others together. */
const APART = 'comunica'
const chosen = positionals.length === 0 ? Object.keys(SUITES).filter((name) => name !== APART) : positionals
const unknown = chosen.find((name) => !Object.hasOwn(SUITES, name))
if (unknown !== undefined || !(Number.isSafeInteger(repeat) && repeat > 0)) {
  console.error(`usage: run [--date YYYY-MM-DD] [--output DIR] [--repeat N] [${Object.keys(SUITES).join('|')}]…`)
  process.exit(2)
}

const report = ({ name, median, unit, processor }: Measurement): void =>
  console.error(
    `  ${name}: ${median.toFixed(2)} ${unit}${processor === undefined ? '' : `, processor ${processor.toFixed(2)} ms`}`,
  )

const progress = (line: string): void => console.error(`  ${line}`)

const resultsOf = async (name: string): Promise<SuiteResult | undefined> => {
  const text = await readFile(join(output, `${name}.json`), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as SuiteResult)
}

async function runSuite(name: string): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-bench-'))
  const before = currentLoad()
  try {
    const previous = (await resultsOf(name))?.details
    const found = await SUITES[name]!({ folder, repeat, report, progress, previous, options: values })
    const environment = environmentAt(values.date, { before, after: currentLoad() })
    return { suite: name, environment, ...('measurements' in found ? found : { measurements: found }) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await mkdir(output, { recursive: true })
const failures: string[] = []
for (const name of chosen) {
  console.error(`${name} …`)
  const result = await runSuite(name)
  failures.push(...(result.failures ?? []))
  if (values.only === undefined)
    await writeFile(join(output, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`)
}
if (values.only !== undefined) process.exit(failures.length === 0 ? 0 : 1)
const files = (await readdir(output)).filter((file) => file.endsWith('.json')).sort()
const results = await Promise.all(
  files.map(async (file) => JSON.parse(await readFile(join(output, file), 'utf8')) as SuiteResult),
)
const text = markdown(results)
await writeFile(join(output, 'README.md'), text)
console.log(text)
for (const failure of failures) console.error(`failed: ${failure}`)
process.exitCode = failures.length === 0 ? 0 : 1
