import type { NativeQuery, Pattern, Plan, VariableName } from '../planner/algebra.ts'
import type { Source, SourceDescription } from '../planner/source.ts'
import type { PatternTerm, Quad, Term } from '../planner/term.ts'

/** Terms as ids within one query: one term has one id, 0 is unbound. */
export interface Dictionary {
  /** The term's id; made where the query meets the term for the first time. */
  encode(term: Term): number
  /** The term's id where it has one already, else 0. */
  find(term: Term): number
  decode(id: number): Term
  /** The embedded store's dictionary that the lower ids are of; a store that owns it needs no translation. */
  readonly base?: BaseDictionary
}

/** A frozen view of a store's dictionary: ids 1 to `mark`. Keys are `termKey`s. */
export interface BaseDictionary {
  readonly mark: number
  find(key: string): number
  key(id: number): string
}

/** A block of solutions by columns of ids; `columns[i]` belongs to `variables[i]` and has at least `length` values. */
export interface Batch {
  readonly variables: readonly VariableName[]
  readonly columns: readonly Uint32Array[]
  readonly length: number
}

/** One solution as a connector may give it: a record of terms by variable name. */
export type Bindings = Readonly<Record<VariableName, Term | undefined>>

/** Counters of what a store was asked; the engine reads them for `stats`, explain and the metrics. */
export interface Meter {
  /** One request to the store (a query, a ranged read, a listing). */
  request(count?: number): void
  /** Bytes read from the store. */
  bytes(count: number): void
  /** A request that failed on the way is sent again. */
  retry?(): void
  /** Something the user should know although the query goes on. */
  warn(message: string): void
}

export interface Request {
  readonly dictionary: Dictionary
  readonly signal: AbortSignal
  readonly meter: Meter
}

export interface ScanRequest extends Request {
  /**
   * What is asked. The rows must bind the pattern's variables; they may be more than asked, if they then also bind the
   * columns `.subject`, `.predicate`, `.object`, `.graph` of the constant positions that the store did not check.
   */
  readonly pattern: Pattern
  /** Values that the rows must be compatible with: a hint, the engine joins in any case. */
  readonly bindings?: Batch
}

export interface ExecuteRequest extends Request {
  /** Blocks of keys of a bind join; rows must carry the key columns too. Absent: the fragment unbound. */
  readonly bindings?: Batch
  /** The rows leave the engine as they come: an id is good for its batch only, and may not be kept for the next. */
  readonly passing?: boolean
  /**
   * The engine's own operators, lent to stores that live in this process: runs `plan`, handing its joins of patterns
   * and paths (with the rows they start from, if any) to `leaf`.
   */
  evaluate(plan: Plan, leaf: LeafEvaluator): AsyncIterable<Batch>
}

export type LeafEvaluator = (leaf: Plan, bindings?: Batch) => AsyncIterable<Batch>

/** Data references to be met: row i asks for `locators[i]`; `patterns` say what is wanted of it. */
export interface ResolveRequest extends Request {
  /** The locators, each once. */
  readonly locators: readonly string[]
  /** The reference's own term for each locator: the subject its triples are to carry. */
  readonly references: readonly Term[]
  /** What stands for the references in the patterns: a variable or a constant; absent: the first pattern's subject. */
  readonly reference?: PatternTerm
  readonly patterns: readonly Pattern[]
  /** OPTIONAL groups of patterns: each is left-joined with the rows so far. */
  readonly optional?: readonly (readonly Pattern[])[]
  /** Whether rows may come by columns, as {@link Resolved.batch}. */
  readonly batches?: boolean
}

/** Rows for one of the asked references. */
export interface Resolved {
  /** Index into `locators`. */
  readonly index: number
  /** Solutions of the patterns, without the reference's own column where it is a variable. */
  readonly rows: readonly Bindings[]
  /** Why there are none: the object is gone, or is not what its format demands. */
  readonly error?: Error
  /** Rows of many references, instead of `rows` of one: only for those who ask for `batches`. */
  readonly batch?: ResolvedBatch
}

/** Rows of references in any order, each reference's own as often as it has solutions. */
export interface ResolvedBatch {
  /** Index into `locators` of each row. */
  readonly indexes: Uint32Array
  /** Solutions of the patterns, without the reference's own column where it is a variable. */
  readonly rows: Batch
}

/**
 * A kind of store plugged in. `describe` and `scan` make a working connector; every other member is optional and only
 * makes it faster.
 */
export interface Connector extends Source {
  describe(signal: AbortSignal): Promise<SourceDescription>
  scan(request: ScanRequest): AsyncIterable<Batch | readonly Bindings[]>
  execute?(native: NativeQuery, request: ExecuteRequest): AsyncIterable<Batch>
  /** Whether `execute` heeds `passing`: any number of its rows can then leave in bounded memory. */
  passes?(native: NativeQuery): boolean
  resolve?(request: ResolveRequest): AsyncIterable<Resolved>
  /**
   * Of a store in this process: its dictionary as a query that begins now will read it. All requests whose
   * `dictionary.base` is that object read the same state of the store.
   */
  dictionary?(): BaseDictionary
  /** Adds and removes quads, all of them or none; settles when they are durable, and visible to queries that begin then. */
  write?(change: Change): Promise<void>
  /**
   * Of a store that SPARQL Update may change: runs changes one after the other, which others see together when `run` has
   * ended well, and never where it rejects. One such run at a time; writes wait meanwhile, readers do not.
   */
  update?<Result>(run: (transaction: Transaction) => Promise<Result>): Promise<Result>
  /** Readiness: rejects with the reason where the store cannot be used. */
  check?(signal: AbortSignal): Promise<void>
  [Symbol.asyncDispose]?(): Promise<void>
}

/**
 * Changes under way to one store, in ids: those of the dictionary of {@link Transaction.reader}, and what `encode` makes
 * beside them. Quads lie one after the other, four ids each: subject, predicate, object and graph, 0 the default graph.
 */
export interface Transaction {
  /** The store as the changes so far leave it, good until the next one. */
  reader(): Connector & { dictionary(): BaseDictionary }
  /** The id of a term, made where the store has never seen it. */
  encode(term: Term): number
  /** The id of a term that the store has seen, else 0. */
  find(term: Term): number
  change(change: { readonly remove?: Uint32Array; readonly add?: Uint32Array }): Promise<ChangeCounts>
  /** The named graphs that hold a quad. */
  graphs(): Uint32Array
  /** How many quads a graph holds. */
  count(graph: number): number
  /** The quads of a graph, in blocks. */
  quads(graph: number): Iterable<Uint32Array>
  /** Where LOAD may read documents: beginnings of URLs, and folders. */
  readonly loads: readonly string[]
}

/** Quads that were there, or were not, before they were removed or added. */
export interface ChangeCounts {
  readonly added: number
  readonly removed: number
}

/** A change to a store; removals come before additions. */
export interface Change {
  readonly add?: Iterable<Quad>
  readonly remove?: Iterable<Quad>
}

/** One store of the configuration: `id` and `type` are common, the rest belongs to the type. */
export interface StoreDefinition {
  readonly id: string
  readonly type: string
  readonly role?: 'provenance'
  readonly [option: string]: unknown
}

/** What a connector is told of the polystore it joins. */
export interface ConnectorContext {
  /** Base of the IRIs of stores and objects. */
  readonly base: string
  /** Folder that relative paths of the definition start from. */
  readonly folder: string
  /** Builds native batches, for those who want speed. */
  batch(variables: readonly VariableName[]): BatchBuilder
}

export interface BatchBuilder {
  add(ids: ArrayLike<number>): void
  build(): Batch
}

/** What a connector module exports as its default. */
export type ConnectorFactory = (
  definition: StoreDefinition,
  context: ConnectorContext,
) => Connector | Promise<Connector>

/** The IRI of a store. */
export const storeIri = (base: string, id: string): string => `${base}store/${id}`
/** The IRI of an object in a store: what capture mints for a data reference and what the store's listing names. */
export const objectIri = (base: string, id: string, locator: string): string =>
  `${storeIri(base, id)}/object/${encodeURIComponent(locator)}`
