import { PolyprovError } from '../../planner/errors.ts'
import { RDF } from '../../planner/namespaces.ts'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import type { Meter } from '../connector.ts'
import type { SparqlConfig } from './config.ts'
import type { Dialect } from './dialect.ts'
import type { Answer } from './http.ts'
import type { JsonRow, JsonValue } from './results-json.ts'
import { askRows } from './rows.ts'

export const NO_METER: Meter = { request: () => undefined, bytes: () => undefined, warn: () => undefined }

/** Milliseconds that one question of a description may take. */
const QUESTION_MILLISECONDS = 10_000
/** More predicates or classes than this are not listed. */
const MOST_TERMS = 10_000

export interface Found {
  readonly rows: readonly JsonRow[]
  readonly answer: Answer
}

/** What is asked of an endpoint when it is registered. */
export interface Probe {
  /** Answers, or `undefined` where the endpoint refuses, or takes too long. */
  tried(query: string): Promise<Found | undefined>
  /** Answers, or the error why there are none. */
  needed(query: string): Promise<Found>
}

export function createProbe(config: SparqlConfig, signal: AbortSignal, method: Dialect['method']): Probe {
  const hasty = { ...config, timeout: Math.min(config.timeout, QUESTION_MILLISECONDS), retries: 0 }
  const all = async (query: string, own: SparqlConfig): Promise<Found> => {
    const iterator = askRows(own, query, { signal, meter: NO_METER, method })
    const rows: JsonRow[] = []
    for (;;) {
      const next = await iterator.next()
      if (next.done === true) return { rows, answer: next.value }
      for (const row of next.value) rows.push(row)
    }
  }
  return {
    needed: (query) => all(query, config),
    async tried(query) {
      try {
        return await all(query, hasty)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof PolyprovError) return undefined
        throw error
      }
    },
  }
}

export const fromOf = ({ graph }: SparqlConfig): string => (graph === undefined ? '' : `FROM <${graph}> `)

/** What the first answer of an endpoint tells. */
export interface Server {
  /** How it takes queries at all. */
  readonly method: Dialect['method']
  /** How it names itself; a blank where it does not. */
  readonly name: string
}

/** Whether the endpoint answers, and how it has to be asked; rejects where it answers neither way. */
export async function probeServer(config: SparqlConfig, signal: AbortSignal): Promise<Server> {
  const query = `SELECT * ${fromOf(config)}WHERE { ?s ?p ?o } LIMIT 1`
  const asked = (method: Dialect['method']): Probe => createProbe(config, signal, method)
  const serverOf = (method: Dialect['method'], { answer }: Found): Server => ({
    method,
    name: answer.headers.get('server') ?? '',
  })
  const { method } = config.quirks
  if (method !== undefined) return serverOf(method, await asked(method).needed(query))
  try {
    return serverOf('POST', await asked('POST').needed(query))
  } catch (error) {
    signal.throwIfAborted()
    // A server that takes GET only says so in many ways; where GET does not help either, its first answer counts.
    if (!(error instanceof PolyprovError) || !/ answers (?:400|404|405|411|415|501)/.test(error.message)) throw error
    const got = await asked('GET').tried(query)
    if (got === undefined) throw error
    return serverOf('GET', got)
  }
}

/** Rows that an answer to a block of keys seldom passes. */
const MANY_ROWS = 2_001

/** Rows of a long answer: what is as long as that, and longer than another, shows that the other was not cut. */
export async function probeLongest(config: SparqlConfig, probe: Probe): Promise<number> {
  const found = await probe.tried(`SELECT ?p ${fromOf(config)}WHERE { ?s ?p ?o } LIMIT ${MANY_ROWS}`)
  return found?.rows.length ?? 0
}

/** Predicates, classes and graphs: with counts where the endpoint counts them in time, without where it lists them only. */
export async function describeEndpoint(
  config: SparqlConfig,
  probe: Probe,
  dialect: Dialect,
): Promise<SourceDescription> {
  const from = fromOf(config)
  const inGraphs = await probe.tried(`SELECT ?g ${from}WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 1`)
  // FROM leaves a dataset without named graphs, whatever an endpoint makes of it.
  const namedGraphs = config.graph === undefined && inGraphs?.rows.length !== 0
  const list = async (pattern: string) => {
    const own = await listTerms(probe, from, pattern)
    if (!namedGraphs || dialect.defaultGraph === 'union') return own
    const inNamed = await listTerms(probe, from, `GRAPH ?g { ${pattern} }`)
    return own === undefined || inNamed === undefined ? undefined : merged(own, inNamed)
  }
  const predicates = await list('?s ?term ?o')
  const classes = await list(`?s <${RDF}type> ?term`)
  const triples = predicates?.reduce((sum, { count }) => sum + (count ?? Number.NaN), 0)
  return {
    ...(predicates === undefined ? {} : { predicates }),
    ...(classes === undefined ? {} : { classes }),
    ...(triples === undefined || Number.isNaN(triples) ? {} : { triples }),
    ...(config.disjoint === undefined ? {} : { disjoint: config.disjoint }),
    namedGraphs,
  }
}

async function listTerms(probe: Probe, from: string, pattern: string): Promise<TermStatistics[] | undefined> {
  const most = MOST_TERMS + 1
  const counted = await probe.tried(
    `SELECT ?term (COUNT(*) AS ?n) ${from}WHERE { ${pattern} } GROUP BY ?term LIMIT ${most}`,
  )
  const listed = counted ?? (await probe.tried(`SELECT DISTINCT ?term ${from}WHERE { ${pattern} } LIMIT ${most}`))
  // An answer that was cut is no list of all.
  if (listed === undefined || listed.rows.length >= most || isCut(listed)) return undefined
  return listed.rows.flatMap(({ term, n }) => (term?.type === 'uri' ? [statisticsOf(term, n)] : []))
}

export const isCut = ({
  rows,
  answer,
}: {
  readonly rows: { readonly length: number }
  readonly answer: Answer
}): boolean => {
  const most = answer.headers.get('x-sparql-maxrows')
  return most !== null && rows.length >= Number(most)
}

const statisticsOf = ({ value }: JsonValue, count: JsonValue | undefined): TermStatistics =>
  count === undefined ? { iri: value } : { iri: value, count: Number(count.value) }

function merged(one: readonly TermStatistics[], other: readonly TermStatistics[]): TermStatistics[] {
  const counts = new Map(one.map(({ iri, count }) => [iri, count]))
  for (const { iri, count } of other) {
    const known = counts.get(iri)
    counts.set(iri, known === undefined ? count : known + (count ?? 0))
  }
  return [...counts].map(([iri, count]) => (count === undefined ? { iri } : { iri, count }))
}
