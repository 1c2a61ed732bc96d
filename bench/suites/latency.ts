import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { buildSeismicExample } from '../../examples/seismic/index.ts'
import { iri } from '../../planner/term.ts'
import { client, open, type Polystore } from '../../src/index.ts'
import { type Measurement, milliseconds, type SuiteOptions } from '../measure.ts'

const CALLS = 200
const WARM_UP = 50
const BASE = 'urn:polyprov:'
const ENTRY = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

type Parameters = Readonly<Record<string, string>>

async function buildExample(directory: string) {
  const definition = { id: 'provenance', type: 'columnar', path: './provenance', role: 'provenance' } as const
  await using store = await openColumnar(definition, { base: BASE, folder: directory })
  return await buildSeismicExample({ directory, base: BASE, write: (change) => store.write(change) })
}

/** Parameters that give each of the six questions an answer. */
function parametersFrom({
  models,
  trainingSets,
}: Awaited<ReturnType<typeof buildExample>>): Record<string, Parameters> {
  const model = models[0]!.iri
  const { iri: dataset, axis, rangeStart, rangeEnd } = trainingSets[0]!
  return {
    q1: { model },
    q2: { model },
    q3: { dataset },
    q4: { dataset },
    q5: { axis, start: String(rangeStart), end: String(rangeEnd), match: 'overlap' },
    q6: { dataset },
  }
}

interface Serving {
  readonly child: ChildProcess
  readonly url: string
}

/** `polyprov serve` in a process of its own. */
async function serve(configuration: string): Promise<Serving> {
  const child = spawn(process.execPath, [ENTRY, 'serve', '--config', configuration, '--port', '0', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let url = ''
  for await (const chunk of child.stdout!) {
    url += String(chunk)
    if (url.includes('\n')) break
  }
  if (!url.startsWith('http')) throw new Error('the server did not start')
  return { child, url: url.trim() }
}

async function stop({ child }: Serving): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

interface Answer {
  readonly rows: readonly unknown[]
  readonly stats: {
    readonly stores: Readonly<Record<string, { readonly requests: number; readonly bytes: number }>>
    readonly milliseconds: { readonly planning: number }
  }
}

/** A stored query over HTTP, its answer read to the end. */
async function ask(url: string, id: string, parameters: Parameters): Promise<{ text: string; answer: () => Answer }> {
  const response = await fetch(`${url}/api/v1/queries/${id}?${new URLSearchParams(parameters)}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`${id}: ${text}`)
  return { text, answer: () => JSON.parse(text) as Answer }
}

async function warmLatency(url: string, id: string, parameters: Parameters): Promise<Measurement> {
  for (let i = 0; i < WARM_UP; i++) await ask(url, id, parameters)
  const durations: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const started = performance.now()
    await ask(url, id, parameters)
    durations.push(performance.now() - started)
  }
  const { text, answer } = await ask(url, id, parameters)
  const { rows, stats } = answer()
  const stores = Object.values(stats.stores)
  const sum = (count: (store: (typeof stores)[number]) => number): number =>
    stores.reduce((total, store) => total + count(store), 0)
  return milliseconds(`${id} over HTTP, warm`, durations, {
    tail: true,
    ...(id === 'q1' || id === 'q3' ? { goal: 15 } : {}),
    counts: {
      rows: rows.length,
      bytes: Buffer.byteLength(text),
      stores: stores.length,
      storeRequests: sum(({ requests }) => requests),
      storeBytes: sum(({ bytes }) => bytes),
    },
  })
}

/** Milliseconds of planning: of texts never seen (a comment tells them apart), of new parameters, and of nothing new. */
async function planning(polystore: Polystore, id: string, given: Parameters): Promise<readonly Measurement[]> {
  const { text, parameters: declared } = polystore.queries.get(id)
  if (declared.some(({ type }) => type !== 'iri')) return []
  const measure = async (textOf: (i: number) => string, changed: (value: string, i: number) => string) => {
    const measured: number[] = []
    for (let i = -WARM_UP; i < WARM_UP; i++) {
      const terms = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, iri(changed(value, i))]))
      const execution = await polystore.execute(textOf(i), { parameters: terms })
      if (execution.kind !== 'bindings') throw new Error(`${id} does not answer rows`)
      for await (const _ of execution.blocks);
      if (i >= 0) measured.push(execution.stats().milliseconds.planning)
    }
    return measured
  }
  const same = (value: string): string => value
  const parsed = await measure((i) => `${text}\n# ${i}`, same)
  const unseen = await measure(
    () => text,
    (value, i) => `${value}?${i}`,
  )
  const known = await measure(() => text, same)
  return [
    milliseconds(`${id}, parsing and planning a text never seen`, parsed, { tail: true, goal: 3 }),
    milliseconds(`${id}, planning for parameters never seen`, unseen, { tail: true, goal: 3 }),
    milliseconds(`${id}, planning what was planned before`, known, { tail: true }),
  ]
}

async function residentMegabytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1])
  return bytes / 2 ** 20
}

/** From the start of the process to the first answer of q1. */
async function startUp(configuration: string, parameters: Parameters, times: number): Promise<Measurement> {
  const durations: number[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    const serving = await serve(configuration)
    await ask(serving.url, 'q1', parameters)
    durations.push(performance.now() - started)
    await stop(serving)
  }
  return milliseconds('start of the server to its first answer, q1', durations)
}

/** The six questions on the example, asked of a server in another process. */
export async function latency({ folder, repeat }: SuiteOptions): Promise<readonly Measurement[]> {
  const parameters = parametersFrom(await buildExample(folder))
  const configuration = `${folder}/polyprov.yaml`
  const measurements: Measurement[] = [await startUp(configuration, parameters['q1']!, repeat)]

  const fresh = await serve(configuration)
  for (const [id, values] of Object.entries(parameters)) await ask(fresh.url, id, values)
  const resident = await residentMegabytes(fresh.url)
  for (const [id, values] of Object.entries(parameters)) measurements.push(await warmLatency(fresh.url, id, values))
  const residentAfter = await residentMegabytes(fresh.url)
  const remote = client(fresh.url)
  const running = (await remote.running.list()).length
  await stop(fresh)
  measurements.push(
    { name: 'server memory after q1 to q6', unit: 'MB', median: resident, samples: 1, goal: 300 },
    {
      name: `server memory after ${6 * (CALLS + WARM_UP)} more calls`,
      unit: 'MB',
      median: residentAfter,
      samples: 1,
      goal: 300,
      counts: { running },
    },
  )
  await using polystore = await open(configuration)
  for (const [id, values] of Object.entries(parameters)) measurements.push(...(await planning(polystore, id, values)))
  return measurements
}
