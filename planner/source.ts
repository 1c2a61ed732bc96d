import type { Expression, NativeQuery, Pattern, Plan, VariableName } from './algebra.ts'
import type { View } from './views/view.ts'

/** What a store says of one predicate or class it can answer; counts where they are cheap. */
export interface TermStatistics {
  readonly iri: string
  readonly count?: number
  readonly distinctSubjects?: number
  readonly distinctObjects?: number
  /** Of a reference predicate: its subjects are nodes within objects (an HDF5 dataset), not the references themselves. */
  readonly ofNodes?: boolean
}

/** What `describe()` fetched once: everything that the planner may know of a store. */
export interface SourceDescription {
  /** Predicates the store can answer; `undefined`: any predicate at all (nothing is known). */
  readonly predicates?: readonly TermStatistics[]
  /** Classes of `rdf:type` triples; `undefined`: any class. */
  readonly classes?: readonly TermStatistics[]
  /** Triples in all, where known. */
  readonly triples?: number
  /** Views that give the store's records their triples. */
  readonly views?: readonly View[]
  /** Whether the store may hold named graphs. */
  readonly namedGraphs?: boolean
  /**
   * Of a store that records data references: the IRIs of the stores with a reference under another IRI than its
   * object's, `<store>/object/<locator>`; absent: not known.
   */
  readonly renamedReferences?: ReadonlySet<string>
  /** Of a store that records data references: the IRIs of the stores that they lead to; absent: not known. */
  readonly referencedStores?: ReadonlySet<string>
  /** Its triples are nobody else's: patterns it shares with other stores need no de-duplication against it. */
  readonly disjoint?: boolean
  /**
   * Predicates that it answers of data references only (header terms): asked by (store, locator) through `resolve`,
   * and invisible to patterns whose predicate is a variable.
   */
  readonly referencePredicates?: readonly TermStatistics[]
}

/** How a store may be asked. */
export interface AccessPattern {
  /** Variables or columns that must be bound before it answers. */
  readonly required?: readonly string[]
  /** Most keys of one request. */
  readonly batch?: number
  /** Most requests at once. */
  readonly concurrency?: number
}

/** Rows expected, and what one request costs beside them, both rough. */
export interface Estimate {
  readonly rows: number
  /** Distinct values of a variable, where known. */
  readonly distinct?: Readonly<Record<VariableName, number>>
}

/** What a store takes of a plan. */
export interface Pushed {
  readonly native: NativeQuery
  /** What is left for the engine to do on the store's rows: a plan over `residualInput`, see {@link residualInput}. */
  readonly residual?: Plan
  /** Rows come in the order that the fragment asks for. */
  readonly ordered?: boolean
  /** The fragment's LIMIT is kept by the store. */
  readonly limited?: boolean
}

/** The planner's side of a store: synchronous and pure, over what `describe()` once fetched. */
export interface Source {
  readonly id: string
  /** The IRI that provenance names the store by: `<base>store/<id>`. */
  readonly iri: string
  readonly type: string
  readonly role?: 'provenance'
  readonly description: SourceDescription
  readonly access?: AccessPattern
  /** Whether the store itself keeps exactly, roughly (a superset) or not at all the rows that satisfy a conjunct. */
  accepts?(conjunct: Expression): 'exact' | 'inexact' | 'no'
  /** The store's own query for the whole fragment, or `undefined` where it cannot answer it whole. */
  push?(fragment: Plan): Pushed | undefined
  estimate?(fragment: Plan): Estimate
  /** How the store meets data references, for people: what explain shows of a `resolve` step. */
  resolution?(patterns: readonly Pattern[]): { readonly language: string; readonly text: string }
}

/** The set of registered stores, as the planner sees them. */
export interface Catalog {
  readonly base: string
  readonly sources: readonly Source[]
}
