import type { Change, Connector, StoreDefinition } from '../connectors/connector.ts'
import type { VariableName } from '../planner/algebra.ts'
import type { Explanation } from '../planner/explain.ts'
import type { Quad, Term } from '../planner/term.ts'
import type { CaptureClient } from './provenance/capture.ts'
import type { SparqlText } from './sparql.ts'

/** What a query may be told beside its text. */
export interface QueryOptions {
  /** Cancels the query, in the stores too. */
  readonly signal?: AbortSignal
  /** Deadline in milliseconds; the polystore's default where absent. */
  readonly timeout?: number
  /** A store or reference that fails becomes a warning instead of an error. */
  readonly partial?: boolean
  /** Recompute pushed parts locally and compare. */
  readonly verify?: boolean
  /** Terms for variables of the text, bound before anything else (`$model`). */
  readonly parameters?: Readonly<Record<VariableName, Term>>
  /** Switches single optimisations off, by rule name; `all` for none at all. */
  readonly without?: readonly string[]
  /** Default graph and named graphs of the protocol, instead of FROM and FROM NAMED. */
  readonly defaultGraphs?: readonly string[]
  readonly namedGraphs?: readonly string[]
}

/** What an update may be told beside its text. */
export interface UpdateOptions {
  /** Cancels the update: nothing is kept of it. */
  readonly signal?: AbortSignal
  /** Deadline in milliseconds; the polystore's default where absent. */
  readonly timeout?: number
  /** The store that is changed; the only one that takes updates where absent. */
  readonly store?: string
  /** What WHERE reads: the store that is changed (the default), or every store of the polystore. */
  readonly scope?: 'store' | 'polystore'
  /** The protocol's graphs in place of USING and USING NAMED. */
  readonly usingGraphs?: readonly string[]
  readonly usingNamedGraphs?: readonly string[]
  /** Base of relative IRIs; the polystore's where absent. */
  readonly base?: string
}

/** Triples that the operations of an update added and removed, one after the other. */
export interface UpdateResult {
  readonly store: string
  readonly added: number
  readonly removed: number
}

/** Which store a graph is of, and within which limits. */
export type GraphOptions = Pick<UpdateOptions, 'signal' | 'timeout' | 'store'>

/** What became of a graph; a named graph exists as long as it holds a triple, the default graph always. */
export interface GraphChange extends UpdateResult {
  readonly existed: boolean
  readonly exists: boolean
}

/** What one store was asked for one query. */
export interface StoreStats {
  readonly requests: number
  readonly rows: number
  readonly bytes: number
  readonly milliseconds: number
  /** Requests that failed on the way and were sent again; absent where there are none. */
  readonly retries?: number
}

export interface Stats {
  readonly stores: Readonly<Record<string, StoreStats>>
  readonly rows: number
  readonly milliseconds: { readonly planning: number; readonly total: number }
}

/** A query under way, as terms. `rows` are arrays in the order of `variables`, in blocks; iterate once. */
export type Execution = ExecutionInfo &
  (
    | {
        readonly kind: 'bindings'
        readonly variables: readonly VariableName[]
        readonly blocks: AsyncIterable<readonly (readonly (Term | undefined)[])[]>
      }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | {
        readonly kind: 'quads'
        readonly prefixes: Readonly<Record<string, string>>
        readonly blocks: AsyncIterable<readonly Quad[]>
      }
  )

interface ExecutionInfo {
  readonly id: string
  /** Final once the rows have ended. */
  stats(): Stats
  /** Warnings so far: lost stores of a partial result, suspicious references. */
  warnings(): readonly string[]
}

/** A JavaScript value of a result: numbers where they are exact, `bigint` beyond, strings for all else. */
export type Value = string | number | bigint | boolean

/** Typed rows, lazy: nothing runs before the first is asked for. */
export interface Rows<Row> extends AsyncIterable<Row> {
  toArray(): Promise<Row[]>
  first(): Promise<Row | undefined>
  explain(options?: { analyze?: boolean }): Promise<Explanation>
  /** Of the run that ended last. */
  stats(): Stats | undefined
}

/** A query under way, for `GET /api/v1/running`. */
export interface RunningQuery {
  readonly id: string
  readonly text: string
  readonly startedAt: Date
  readonly rows: number
  /** Stores whose answer it waits for. */
  readonly waitingFor: readonly string[]
}

/** How a store fared when it was last asked. */
export interface StoreHealth {
  readonly status: 'up' | 'down'
  /** When that was first seen. */
  readonly since: Date
  /** `open`: it failed several times in a row, and is not asked before `retryAt`; `half-open`: the next query tries it. */
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly reason?: string
  readonly retryAt?: Date
}

export interface StoreInfo {
  readonly id: string
  readonly type: string
  readonly iri: string
  readonly role?: 'provenance'
  /** Whether SPARQL Update may change it. */
  readonly updates?: true
  /** The definition, credentials left out. */
  readonly definition: Readonly<Record<string, unknown>>
  readonly health?: StoreHealth
}

/** A term of the catalog, with the stores that answer it. */
export interface CatalogEntry {
  readonly iri: string
  readonly stores: readonly { readonly id: string; readonly view?: string; readonly count?: number }[]
}

export interface StoredQueryParameter {
  readonly name: string
  readonly type: 'iri' | 'string' | 'integer' | 'decimal' | 'double' | 'boolean'
  readonly description?: string
  readonly default?: string
  readonly oneOf?: readonly string[]
}

export interface StoredQuery {
  readonly id: string
  readonly label: string
  readonly description?: string
  readonly text: string
  readonly parameters: readonly StoredQueryParameter[]
  readonly builtin: boolean
}

/** An open polystore: what `open()` gives. */
export interface Polystore extends AsyncDisposable {
  readonly base: string
  query<Row extends Record<string, unknown> = Record<string, Value | undefined>>(
    text: string | SparqlText,
    options?: QueryOptions,
  ): Rows<Row>
  /** The query's answer as RDF terms: what the server and the command line serialise. */
  execute(text: string, options?: QueryOptions): Promise<Execution>
  explain(text: string, options?: QueryOptions & { readonly analyze?: boolean }): Promise<Explanation>
  /**
   * Runs a request of SPARQL 1.1 Update on a store whose definition says `update: true`: all its operations, in their
   * order, or none. Errors: `forbidden` where the store takes no updates.
   */
  update(text: string | SparqlText, options?: UpdateOptions): Promise<UpdateResult>
  /** Whole graphs of one store, named by IRI; `undefined` is the default graph. */
  readonly graphs: {
    /** The triples of a graph; `undefined` where there is no such graph. */
    read(graph: string | undefined, options?: GraphOptions): Promise<Execution | undefined>
    /** Puts triples in the place of a graph, or (with `replace: false`) beside those that it holds. */
    write(
      graph: string | undefined,
      quads: Iterable<Quad> | AsyncIterable<Quad>,
      options?: GraphOptions & { readonly replace?: boolean },
    ): Promise<GraphChange>
    remove(graph: string | undefined, options?: GraphOptions): Promise<GraphChange>
  }
  readonly stores: {
    list(): readonly StoreInfo[]
    /** Checks the store first unless `force`; a connector may be given in place of its definition. */
    register(
      store: StoreDefinition | Connector,
      options?: { force?: boolean; signal?: AbortSignal },
    ): Promise<StoreInfo>
    remove(id: string): Promise<void>
    check(id: string, signal?: AbortSignal): Promise<void>
    /** Asks the store again what it can answer. */
    refresh(id: string, signal?: AbortSignal): Promise<void>
  }
  readonly queries: {
    list(): readonly StoredQuery[]
    get(id: string): StoredQuery
    /** Parameters by name, as text or JSON values; typed and checked against the declaration. */
    run(id: string, parameters: Readonly<Record<string, unknown>>, options?: QueryOptions): Promise<Execution>
    put(query: Omit<StoredQuery, 'builtin'>): Promise<void>
    remove(id: string): Promise<void>
  }
  catalog(): { readonly predicates: readonly CatalogEntry[]; readonly classes: readonly CatalogEntry[] }
  readonly running: {
    list(): readonly RunningQuery[]
    cancel(id: string): boolean
  }
  /** Adds and removes quads of a store, all of them or none; of the provenance store where none is named. */
  write(change: Change, store?: string): Promise<void>
  /** Captures provenance in this process, into the store whose role is provenance. */
  readonly capture: CaptureClient
  /** Provenance around an IRI, as triples. */
  lineage(
    of: string,
    options?: { direction?: 'backward' | 'forward'; depth?: number; signal?: AbortSignal },
  ): Promise<readonly Quad[]>
  close(): Promise<void>
}
