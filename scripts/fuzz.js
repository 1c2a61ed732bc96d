// Random queries against Oxigraph, as many as asked for, by several processes at once:
//   npm run fuzz -- [--count 100000] [--seed 1] [--jobs 2] [--output FILE]
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const usage = 'usage: npm run fuzz -- [--count N] [--seed N] [--jobs N] [--output FILE]'

/** @returns {never} */
const refuse = (/** @type {string} */ message) => {
  console.error(`${message}\n${usage}`)
  process.exit(2)
}

const options = () => {
  try {
    return parseArgs({
      options: {
        count: { type: 'string', default: '2000' },
        seed: { type: 'string', default: '1' },
        jobs: { type: 'string', default: String(Math.min(4, availableParallelism())) },
        output: { type: 'string' },
      },
    }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}
const { output, ...numbers } = options()
const [count, seed, jobs] = [numbers.count, numbers.seed, numbers.jobs].map(Number)
if (![count, seed, jobs].every((number) => Number.isSafeInteger(number) && number > 0)) {
  refuse('count, seed and jobs must be whole numbers above 0')
}

const folder = await mkdtemp(join(tmpdir(), 'polyprov-fuzz-'))
const started = Date.now()

/** One process: its share of the queries, from a seed of its own. */
const run = (/** @type {number} */ job) =>
  new Promise((resolve) => {
    const runs = Math.floor(count / jobs) + (job < count % jobs ? 1 : 0)
    const child = spawn('npx', ['vitest', 'run', '--project', 'suite', 'test/fuzz/fuzz.test.ts'], {
      stdio: 'inherit',
      env: {
        ...process.env,
        POLYPROV_RUNS: String(runs),
        POLYPROV_SEED: String(seed + job),
        POLYPROV_SUMMARY: join(folder, `${job}.json`),
      },
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })

const codes = await Promise.all(Array.from({ length: jobs }, (_, job) => run(job)))
if (codes.some((code) => code !== 0)) {
  console.error('A difference was found: the log above holds the data, the query and both answers, shrunk')
  process.exitCode = 1
} else {
  const parts = await Promise.all(
    codes.map(async (_, job) => JSON.parse(await readFile(join(folder, `${job}.json`), 'utf8'))),
  )
  const sum = (/** @type {(part: any) => number} */ of) => parts.reduce((total, part) => total + of(part), 0)
  const text = [
    '# Random queries',
    '',
    `\`npm run fuzz -- --count ${count} --seed ${seed} --jobs ${jobs}\`, ${new Date().toISOString().slice(0, 10)}, ${Math.round((Date.now() - started) / 1000)} s:`,
    'each query over random data, in one store and divided over several of different kinds, optimised, not optimised,',
    'and without one optimisation. No difference was found.',
    '',
    '| queries | |',
    '|---|---:|',
    `| in all | ${sum(({ queries }) => queries)} |`,
    `| compared with Oxigraph | ${sum(({ oxigraph }) => oxigraph)} |`,
    `| compared with this engine, unoptimised, where Oxigraph does otherwise than the standard (\`test/fuzz/compare.ts\`) | ${sum(({ definition }) => definition)} |`,
    `| not allowed, so Oxigraph says | ${sum(({ refused }) => refused)} |`,
    '',
    '| compared queries with | |',
    '|---|---:|',
    ...Object.keys(parts[0].holding).map((name) => `| ${name} | ${sum(({ holding }) => holding[name])} |`),
    '',
  ].join('\n')
  console.log(text)
  if (output !== undefined) await writeFile(output, text)
}
await rm(folder, { recursive: true, force: true })
