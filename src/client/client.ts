import type { StoreDefinition } from '../../connectors/connector.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { Explanation } from '../../planner/explain.ts'
import type { Quad } from '../../planner/term.ts'
import { lazyRows } from '../engine/rows.ts'
import type {
  Polystore,
  QueryOptions,
  Rows,
  RunningQuery,
  StoredQuery,
  StoreInfo,
  UpdateOptions,
  UpdateResult,
  Value,
} from '../polystore.ts'
import { type StepJson, stepFromJson } from '../results/explanation.ts'
import type { SparqlText } from '../sparql.ts'
import { createCalls } from './calls.ts'
import { ACCEPT, type RemoteExecution } from './execution.ts'
import { readQuads } from './read-quads.ts'
import { bodyText, type ServerAddress } from './request.ts'

/** What a query on a server may be told: parameters belong to stored queries there, or into the text by `sparql`. */
export type RemoteQueryOptions = Omit<QueryOptions, 'parameters' | 'without'>

type StoredQueryOptions = Pick<QueryOptions, 'signal' | 'timeout' | 'partial' | 'verify'>

/** Typed rows, lazy; a server does not tell what its stores were asked. */
export type RemoteRows<Row> = Omit<Rows<Row>, 'stats'>

/** A polystore behind a server: what {@link client} gives. As {@link Polystore}, where REST offers the same. */
export interface RemotePolystore extends AsyncDisposable {
  query<Row extends Record<string, unknown> = Record<string, Value | undefined>>(
    text: string | SparqlText,
    options?: RemoteQueryOptions,
  ): RemoteRows<Row>
  execute(text: string, options?: RemoteQueryOptions): Promise<RemoteExecution>
  explain(text: string, options?: StoredQueryOptions & { readonly analyze?: boolean }): Promise<Explanation>
  /** Needs the server's token, and a store whose definition has `update: true`. */
  update(text: string | SparqlText, options?: Omit<UpdateOptions, 'base'>): Promise<UpdateResult>
  readonly stores: {
    list(): Promise<readonly StoreInfo[]>
    /** Checks the store first unless `force`. */
    register(store: StoreDefinition, options?: { force?: boolean; signal?: AbortSignal }): Promise<StoreInfo>
    remove(id: string): Promise<void>
    check(id: string, signal?: AbortSignal): Promise<void>
  }
  readonly queries: {
    list(): Promise<readonly StoredQuery[]>
    get(id: string): Promise<StoredQuery>
    run(
      id: string,
      parameters: Readonly<Record<string, unknown>>,
      options?: StoredQueryOptions,
    ): Promise<RemoteExecution>
    put(query: Omit<StoredQuery, 'builtin'>): Promise<void>
    remove(id: string): Promise<void>
  }
  catalog(): Promise<ReturnType<Polystore['catalog']>>
  readonly running: {
    list(): Promise<readonly RunningQuery[]>
    cancel(id: string): Promise<boolean>
  }
  lineage: Polystore['lineage']
  /** Cuts the requests under way; the server stays open. */
  close(): Promise<void>
}

const JSON_BODY = { 'Content-Type': 'application/json' } as const

/**
 * The polystore of the server at `url`, in the shape of an open one. Nothing is asked before a member is called. Errors
 * are those of the server, by code and details; `store-failed` where it cannot be reached or the connection breaks.
 * @throws `usage` for what is not the URL of a server
 */
export function client(url: string, options: Omit<ServerAddress, 'url'> = {}): RemotePolystore {
  const { json, done, execution, stream, close } = createCalls({ url, ...options })

  const execute: RemotePolystore['execute'] = async (text, queryOptions = {}) =>
    execution(
      `sparql${searchOf(queryOptions)}`,
      {
        method: 'POST',
        headers: { Accept: ACCEPT, 'Content-Type': 'application/sparql-query' },
        body: text,
      },
      queryOptions,
    )
  const explain: RemotePolystore['explain'] = async (text, { signal, ...explainOptions } = {}) => {
    const { plan, ...explanation } = (await json('api/v1/explain', {
      method: 'POST',
      headers: { ...JSON_BODY, Accept: 'application/json' },
      body: JSON.stringify({ query: text, ...explainOptions }),
      signal,
    })) as Omit<Explanation, 'plan'> & { readonly plan: StepJson }
    return { ...explanation, plan: stepFromJson(plan) }
  }
  const listQueries = async () => (await json('api/v1/queries')) as readonly StoredQuery[]

  const polystore: RemotePolystore = {
    query: (text, queryOptions = {}) => {
      const { stats: _, ...rows } = lazyRows<never>(
        { execute, explain },
        typeof text === 'string' ? text : text.text,
        queryOptions,
      )
      return rows
    },
    execute,
    explain,
    update: async (text, { signal, ...updateOptions } = {}) =>
      (await json(`sparql${updateSearch(updateOptions)}`, {
        method: 'POST',
        headers: { Accept: 'application/json', 'Content-Type': 'application/sparql-update' },
        body: typeof text === 'string' ? text : text.text,
        signal,
      })) as UpdateResult,
    stores: {
      list: async () => (await json('api/v1/stores')) as readonly StoreInfo[],
      register: async (store, { force = false, signal } = {}) =>
        (await json(`api/v1/stores?force=${force}`, {
          method: 'POST',
          headers: JSON_BODY,
          body: JSON.stringify(store),
          signal,
        })) as StoreInfo,
      remove: (id) => done(`api/v1/stores/${encodeURIComponent(id)}`, { method: 'DELETE' }),
      check: (id, signal) => done(`api/v1/stores/${encodeURIComponent(id)}/check`, { method: 'POST', signal }),
    },
    queries: {
      list: listQueries,
      async get(id) {
        const query = (await listQueries()).find((each) => each.id === id)
        if (query === undefined) throw new PolyprovError('not-found', `There is no stored query ${id}`)
        return query
      },
      run: (id, parameters, { signal, ...runOptions } = {}) =>
        execution(
          `api/v1/queries/${encodeURIComponent(id)}`,
          {
            method: 'POST',
            headers: { ...JSON_BODY, Accept: ACCEPT },
            body: JSON.stringify({ ...parameters, ...runOptions }, (_, value: unknown) =>
              typeof value === 'bigint' ? String(value) : value,
            ),
          },
          { ...runOptions, ...(signal === undefined ? {} : { signal }) },
        ),
      put: ({ id, label, description, text, parameters }) =>
        done(`api/v1/queries/${encodeURIComponent(id)}`, {
          method: 'PUT',
          headers: JSON_BODY,
          body: JSON.stringify({ label, description, text, parameters }),
        }),
      remove: (id) => done(`api/v1/queries/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    },
    catalog: async () => (await json('api/v1/catalog')) as ReturnType<Polystore['catalog']>,
    running: {
      async list() {
        const queries = (await json('api/v1/running')) as readonly (Omit<RunningQuery, 'startedAt'> & {
          readonly startedAt: string
        })[]
        return queries.map(({ id, text, startedAt, rows, waitingFor }) => ({
          id,
          text,
          startedAt: new Date(startedAt),
          rows,
          waitingFor,
        }))
      },
      async cancel(id) {
        try {
          await done(`api/v1/running/${encodeURIComponent(id)}`, { method: 'DELETE' })
          return true
        } catch (error) {
          if (error instanceof PolyprovError && error.code === 'not-found') return false
          throw error
        }
      },
    },
    async lineage(of, { direction, depth, signal } = {}) {
      const search = new URLSearchParams({ of })
      if (direction !== undefined) search.set('direction', direction)
      if (depth !== undefined) search.set('depth', String(depth))
      const quads: Quad[] = []
      const headers = { Accept: 'application/n-triples' }
      await stream(`api/v1/lineage?${search}`, { headers, signal }, async (response) => {
        for await (const block of readQuads(bodyText(response, signal))) quads.push(...block)
      })
      return quads
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  return polystore
}

/** The options of an update as a query string (SPARQL 1.1 Protocol, section 2.2). */
function updateSearch({
  usingGraphs = [],
  usingNamedGraphs = [],
  ...named
}: Pick<UpdateOptions, 'usingGraphs' | 'usingNamedGraphs' | 'store' | 'scope' | 'timeout'>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(named)) if (value !== undefined) search.set(name, String(value))
  for (const graph of usingGraphs) search.append('using-graph-uri', graph)
  for (const graph of usingNamedGraphs) search.append('using-named-graph-uri', graph)
  return search.size === 0 ? '' : `?${search}`
}

/** The options of a query as a query string (SPARQL 1.1 Protocol, section 2.1). */
function searchOf(options: RemoteQueryOptions): string {
  for (const name of ['parameters', 'without']) {
    if (name in options) {
      throw new PolyprovError('usage', `A server takes no ${name}: write the values into the text with sparql\`…\``)
    }
  }
  const search = new URLSearchParams()
  const { timeout, partial, verify, defaultGraphs = [], namedGraphs = [] } = options
  for (const [name, value] of Object.entries({ timeout, partial, verify })) {
    if (value !== undefined) search.set(name, String(value))
  }
  for (const graph of defaultGraphs) search.append('default-graph-uri', graph)
  for (const graph of namedGraphs) search.append('named-graph-uri', graph)
  return search.size === 0 ? '' : `?${search}`
}
