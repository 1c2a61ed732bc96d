import { loadSamples, type memoryInUse, ROW_QUERY, type RowPlace, type Streamed } from './memory.ts'
import { type Process, startProcess } from './processes.ts'

/**
 * Streams rows through: of a table to whoever calls the engine and over HTTP as JSON, of an endpoint over HTTP as TSV.
 * Each polystore has a process of its own, started as anyone would.
 */
export async function streamThrough(
  url: string,
  rows: number,
  folder: string,
  progress: (line: string) => void,
): Promise<Streams> {
  const schema = `polyprov-bench-rows-${process.pid}`
  progress(`${rows.toLocaleString('en-US')} rows: filling a table`)
  await using _ = await loadSamples(url, schema, rows)
  const table: RowPlace = { kind: 'table', url, schema, folder }
  await using source = startProcess('rows')
  const endpoint: RowPlace = { kind: 'endpoint', endpoint: await source.call<string>('start', rows) }
  const ways: Readonly<Record<string, () => Promise<Streaming>>> = {
    'PostgreSQL, to a caller': () => throughEngine(table),
    'PostgreSQL, over HTTP as JSON': () => throughServer(table, 'application/sparql-results+json'),
    'SPARQL endpoint, over HTTP as TSV': () => throughServer(endpoint, 'text/tab-separated-values'),
  }
  const streamed: Streamed[] = []
  const failures: string[] = []
  for (const [what, stream] of Object.entries(ways)) {
    try {
      const found = { what, ...(await stream()) }
      streamed.push(found)
      progress(`${what}: ${found.megabytes.toFixed(0)} MB, ${(found.milliseconds / 1000).toFixed(1)} s`)
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const short = streamed.filter((each) => each.rows !== rows)
  return { streamed, failures: [...failures, ...short.map((each) => `${each.what}: ${each.rows} of ${rows} rows`)] }
}

export interface Streams {
  readonly streamed: readonly Streamed[]
  readonly failures: readonly string[]
}

type Streaming = Omit<Streamed, 'what'>

const memoryOf = (child: Process) => child.call<ReturnType<typeof memoryInUse>>('memory')

async function throughEngine(place: RowPlace): Promise<Streaming> {
  await using child = startProcess('memory')
  return await followed(child, () => child.call<number>('read', place))
}

async function throughServer(place: RowPlace, format: string): Promise<Streaming> {
  await using child = startProcess('memory')
  const endpoint = await child.call<string>('serve', place)
  return await followed(child, () => countRows(endpoint, format))
}

async function followed(child: Process, stream: () => Promise<number>): Promise<Streaming> {
  const { now: before } = await memoryOf(child)
  const started = performance.now()
  const rows = await stream()
  const milliseconds = performance.now() - started
  const { most: megabytes } = await memoryOf(child)
  return { rows, milliseconds, megabytes, before }
}

const NEWLINE = 0x0a

/** Rows of an answer, a line each but for the first, and the last of JSON. */
async function countRows(endpoint: string, format: string): Promise<number> {
  const response = await fetch(`${endpoint}?query=${encodeURIComponent(ROW_QUERY)}`, { headers: { Accept: format } })
  if (!response.ok) throw new Error(await response.text())
  let lines = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++
  }
  return lines - (format.endsWith('json') ? 2 : 1)
}
