import { Store } from 'oxigraph'
import type { Connector, StoreDefinition } from '../connectors/connector.ts'
import { PolyprovError } from '../planner/errors.ts'
import type { Explanation } from '../planner/explain.ts'
import { type Quad, quad, type Term } from '../planner/term.ts'
import type { Execution, Polystore, QueryOptions, RunningQuery, StoredQuery, StoreInfo } from '../src/polystore.ts'
import { readJsonResult } from '../src/results/read-json.ts'

const PROV = 'http://www.w3.org/ns/prov#'

/** Data that every polystore of the tests holds. */
export const DATA = `@prefix prov: <${PROV}> . @prefix : <http://x/> .
:model a prov:Entity ; prov:wasDerivedFrom :dataset ; prov:wasGeneratedBy :training ; :loss 0.25 ; :name "modèle"@fr .
:dataset a prov:Entity ; prov:wasDerivedFrom :seismic .
:seismic a prov:Entity ; :slices 951 .
:training a prov:Activity ; prov:used :dataset .`

const QUERIES: readonly StoredQuery[] = [
  {
    id: 'q1',
    label: 'Sources of a model',
    text: 'PREFIX prov: <http://www.w3.org/ns/prov#> SELECT ?seismic ?slices { $model prov:wasDerivedFrom+ ?seismic . ?seismic <http://x/slices> ?slices }',
    parameters: [{ name: 'model', type: 'iri', description: 'The model' }],
    builtin: true,
  },
  {
    id: 'q5',
    label: 'Ranges',
    text: 'SELECT ($start AS ?from) { }',
    parameters: [
      { name: 'start', type: 'integer' },
      { name: 'match', type: 'string', default: 'exact', oneOf: ['exact', 'overlap'] },
    ],
    builtin: true,
  },
]

const never = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

export interface MemoryPolystore extends Polystore {
  /** Queries that were aborted before their end. */
  readonly aborted: string[]
  /** Options of the last query. */
  lastOptions(): QueryOptions | undefined
}

type Rows = readonly (readonly (Term | undefined)[])[]

/**
 * A polystore in memory that behaves as the query's comments say: `#slow` never answers, `#stall` never answers after
 * its first block, `#break` fails there, `#fail` fails before, `#warn` has a warning, `#many` repeats its rows.
 */
export function memoryPolystore(): MemoryPolystore {
  const store = new Store()
  store.load(DATA, { format: 'text/turtle' })
  const stores = new Map<string, StoreInfo>([
    [
      'memory',
      { id: 'memory', type: 'memory', iri: 'urn:polyprov:store/memory', definition: { id: 'memory', type: 'memory' } },
    ],
  ])
  const queries = new Map(QUERIES.map((query) => [query.id, query]))
  const running = new Map<string, RunningQuery & { readonly controller: AbortController }>()
  const aborted: string[] = []
  let last: QueryOptions | undefined
  let count = 0

  async function* blocks(text: string, id: string, rows: Rows, signal: AbortSignal): AsyncGenerator<Rows> {
    let ended = false
    try {
      if (text.includes('#slow')) await never(signal)
      for (let block = 0; block < (text.includes('#many') ? 20_000 : 1); block++) {
        signal.throwIfAborted()
        yield rows
        if (text.includes('#break')) await new Promise((resolve) => setTimeout(resolve, 40))
        if (text.includes('#break')) throw new PolyprovError('store-failed', 'the store broke', { store: 'memory' })
        if (text.includes('#stall')) await never(signal)
      }
      ended = true
    } finally {
      if (!ended) aborted.push(text)
      running.delete(id)
    }
  }

  async function execute(text: string, options: QueryOptions = {}): Promise<Execution> {
    last = options
    const id = `query-${++count}`
    if (text.includes('#fail'))
      throw new PolyprovError('store-failed', 'postgres://u:hunter2@h is down', { store: 'memory' })
    const controller = new AbortController()
    const signal = AbortSignal.any([controller.signal, ...(options.signal ? [options.signal] : [])])
    let bound = text
    for (const [name, term] of Object.entries(options.parameters ?? {})) {
      const value = term.termType === 'NamedNode' ? `<${term.value}>` : JSON.stringify(term.value)
      bound = bound.replaceAll(`$${name}`, term.termType === 'Literal' && /^\d+$/.test(term.value) ? term.value : value)
    }
    const info = {
      id,
      stats: () => ({
        stores: { memory: { requests: 1, rows: 1, bytes: 10, milliseconds: 1 } },
        rows: 1,
        milliseconds: { planning: 1, total: 2 },
      }),
      warnings: () => (text.includes('#warn') ? ['the store “wells” is lost'] : []),
    }
    if (/^\s*(PREFIX.*)?(CONSTRUCT|DESCRIBE)/i.test(text)) {
      const quads = store.query(bound) as unknown as Quad[]
      async function* quadBlocks(): AsyncGenerator<readonly Quad[]> {
        yield quads
      }
      return { ...info, kind: 'quads', prefixes: { x: 'http://x/' }, blocks: quadBlocks() }
    }
    let answer: string
    try {
      answer = store.query(bound, { results_format: 'json', use_default_graph_as_union: true }) as string
    } catch (cause) {
      throw new PolyprovError('query-syntax', (cause as Error).message, { line: 1, column: 1 })
    }
    const result = readJsonResult(answer)
    if (result.kind === 'boolean') return { ...info, kind: 'boolean', value: result.value }
    signal.addEventListener('abort', () => running.delete(id), { once: true })
    running.set(id, { id, text, startedAt: new Date(), rows: 0, waitingFor: ['memory'], controller })
    return { ...info, kind: 'bindings', variables: result.variables, blocks: blocks(text, id, result.rows, signal) }
  }

  const explanation: Explanation = {
    plan: {
      label: 'fragment memory',
      operator: 'fragment',
      source: 'memory',
      native: { language: 'SPARQL', text: 'SELECT * { ?s ?p ?o }' },
      inputs: [],
    },
    rules: ['pushFragments'],
    notes: [],
    text: 'fragment memory\n  SELECT * { ?s ?p ?o }',
  }

  const queryNamed = (id: string): StoredQuery => {
    const query = queries.get(id)
    if (query === undefined) throw new PolyprovError('not-found', `there is no query "${id}"`)
    return query
  }

  async function run(
    id: string,
    values: Readonly<Record<string, unknown>>,
    options?: QueryOptions,
  ): Promise<Execution> {
    const { text, parameters } = queryNamed(id)
    const terms: Record<string, Term> = {}
    const { iri, literal } = await import('../planner/term.ts')
    for (const { name, type, oneOf, default: fallback } of parameters) {
      const value = values[name] ?? fallback
      const wrong = (message: string) => new PolyprovError('parameter', message, { parameter: name })
      if (value === undefined) throw wrong(`the parameter "${name}" is missing`)
      if (type === 'integer' && !/^-?\d+$/.test(String(value))) throw wrong(`"${name}" must be an integer`)
      if (oneOf?.includes(String(value)) === false) throw wrong(`"${name}" must be one of ${oneOf.join(', ')}`)
      terms[name] = type === 'iri' ? iri(String(value)) : literal(String(value))
    }
    return execute(text, { ...options, parameters: terms })
  }

  async function check(definition: StoreDefinition): Promise<void> {
    if (definition['broken'] === true) throw new Error('connection refused at postgres://u:hunter2@h/d')
  }

  return {
    base: 'urn:polyprov:',
    aborted,
    lastOptions: () => last,
    query: () => {
      throw new PolyprovError('unsupported', 'rows are not needed here')
    },
    execute,
    explain: async () => explanation,
    stores: {
      list: () => [...stores.values()],
      register: async (given: StoreDefinition | Connector, options = {}) => {
        const definition = given as StoreDefinition
        if (options.force !== true) await check(definition)
        const info: StoreInfo = {
          id: definition.id,
          type: definition.type,
          iri: `urn:polyprov:store/${definition.id}`,
          definition,
        }
        stores.set(info.id, info)
        return info
      },
      remove: async (id) => void stores.delete(id),
      check: (id) => check(stores.get(id)!.definition as StoreDefinition),
      refresh: async () => undefined,
    },
    queries: {
      list: () => [...queries.values()],
      get: queryNamed,
      run,
      put: async (query) => {
        if (queries.get(query.id)?.builtin) throw new PolyprovError('conflict', `${query.id} comes with polyprov`)
        queries.set(query.id, { ...query, builtin: false })
      },
      remove: async (id) => {
        queryNamed(id)
        queries.delete(id)
      },
    },
    catalog: () => ({ predicates: [{ iri: `${PROV}used`, stores: [{ id: 'memory', count: 1 }] }], classes: [] }),
    running: {
      list: () => [...running.values()].map(({ controller: _, ...query }) => query),
      cancel: (id) => {
        const query = running.get(id)
        query?.controller.abort(new PolyprovError('cancelled', 'the query was cancelled'))
        return query !== undefined
      },
    },
    write: async () => nothingIsWritten(),
    update: async () => nothingIsWritten(),
    graphs: {
      read: async () => undefined,
      write: async () => nothingIsWritten(),
      remove: async () => nothingIsWritten(),
    },
    get capture(): never {
      throw new PolyprovError('unsupported', 'nothing is captured here')
    },
    lineage: async () =>
      [...store.match()]
        .map((found) => found as unknown as Quad)
        .map(({ subject, predicate, object }) => quad(subject, predicate, object)),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const nothingIsWritten = (): never => {
  throw new PolyprovError('forbidden', 'nothing is written here')
}
