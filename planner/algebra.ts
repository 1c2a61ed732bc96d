import type { GraphTerm, NamedNode, PatternTerm, Term, Variable } from './term.ts'

/** A variable's name, without `?`. Names that no query can write (`_:b0`, `.store1`) belong to the engine. */
export type VariableName = string

/** A triple pattern and the graph it asks. */
export interface Pattern {
  readonly kind: 'pattern'
  readonly subject: PatternTerm
  readonly predicate: NamedNode | Variable
  readonly object: PatternTerm
  readonly graph: GraphTerm
  /**
   * A rule put the object in the place of a variable, and most of what the rest of the query finds has it: estimates,
   * which take conditions for independent of each other, do not count it as one.
   */
  readonly narrowed?: true
}

/** A property path pattern (SPARQL 1.1, section 9). */
export interface PathPattern {
  readonly kind: 'path'
  readonly subject: PatternTerm
  readonly path: Path
  readonly object: PatternTerm
  readonly graph: GraphTerm
  /** Of the default graph of a query with several FROM: the graphs that it is the merge of. No store takes such a path. */
  readonly merged?: readonly NamedNode[]
}

export type Path =
  | { readonly kind: 'predicate'; readonly predicate: NamedNode }
  | { readonly kind: 'inverse'; readonly path: Path }
  | { readonly kind: 'sequence'; readonly paths: readonly Path[] }
  | { readonly kind: 'alternative'; readonly paths: readonly Path[] }
  | { readonly kind: 'zeroOrMore'; readonly path: Path }
  | { readonly kind: 'oneOrMore'; readonly path: Path }
  | { readonly kind: 'zeroOrOne'; readonly path: Path }
  /** `!(a|^b)`: predicates excluded forward and backward. */
  | { readonly kind: 'negated'; readonly forward: readonly NamedNode[]; readonly backward: readonly NamedNode[] }

/**
 * The one algebra, logical and physical. The logical nodes are those of SPARQL 1.1, section 18.2, with the graph pushed
 * into the patterns; the physical ones (`fragment`, `resolve`, `bindJoin`, `shared`, `branch`) come from the rules.
 */
export type Plan =
  | { readonly kind: 'unit' }
  | { readonly kind: 'empty'; readonly variables: readonly VariableName[] }
  | Pattern
  | PathPattern
  /** The names of the non-empty named graphs: `GRAPH ?g {}`; with an IRI one empty solution where that graph exists. */
  | { readonly kind: 'graphs'; readonly graph: NamedNode | Variable }
  | Values
  | { readonly kind: 'join'; readonly inputs: readonly Plan[] }
  | { readonly kind: 'leftJoin'; readonly left: Plan; readonly right: Plan; readonly condition?: Expression }
  | { readonly kind: 'union'; readonly inputs: readonly Plan[] }
  | { readonly kind: 'minus'; readonly left: Plan; readonly right: Plan }
  | { readonly kind: 'filter'; readonly input: Plan; readonly condition: Expression }
  | {
      readonly kind: 'extend'
      readonly input: Plan
      readonly variable: VariableName
      readonly expression: Expression
    }
  | {
      readonly kind: 'group'
      readonly input: Plan
      readonly keys: readonly VariableName[]
      readonly aggregates: readonly Aggregate[]
    }
  | { readonly kind: 'project'; readonly input: Plan; readonly variables: readonly VariableName[] }
  | { readonly kind: 'distinct'; readonly input: Plan }
  | { readonly kind: 'reduced'; readonly input: Plan }
  | {
      readonly kind: 'order'
      readonly input: Plan
      readonly by: readonly OrderKey[]
      /** No more than so many of its rows are read; absent: all may be. */
      readonly first?: number
    }
  | { readonly kind: 'slice'; readonly input: Plan; readonly offset: number; readonly limit?: number }
  | Service
  | EachGraph
  | Fragment
  | Resolve
  | BindJoin
  | Shared
  | Branch

export interface Values {
  readonly kind: 'values'
  readonly variables: readonly VariableName[]
  /** One array a row, in the order of the variables; `undefined` is UNDEF. */
  readonly rows: readonly (readonly (Term | undefined)[])[]
}

/**
 * SERVICE (SPARQL 1.1 Federated Query). `pattern` is the endpoint's own: no rule enters it. An endpoint that is a
 * variable is bound by what the node is joined with.
 */
export interface Service {
  readonly kind: 'service'
  readonly endpoint: NamedNode | Variable
  readonly silent: boolean
  readonly pattern: Plan
}

/**
 * `GRAPH ?g` where the graph cannot stand in the patterns themselves: `input` asks the default graph, which is each named
 * graph in turn, and every solution is joined with the graph's name. No rule enters it: it is planned for each graph.
 */
export interface EachGraph {
  readonly kind: 'eachGraph'
  readonly graph: Variable
  readonly input: Plan
}

/** A subplan that one store answers whole; `native` is the store's own query for it. */
export interface Fragment {
  readonly kind: 'fragment'
  readonly source: string
  readonly plan: Plan
  readonly native: NativeQuery
}

/**
 * A store's own form of a fragment: opaque to the planner but for `text`, which explain prints
 * (SQL, a MongoDB pipeline, SPARQL, byte ranges).
 */
export interface NativeQuery {
  readonly language: string
  readonly text: string
  readonly query: unknown
}

/**
 * Data references met by the stores that hold them: patterns on reference views (header terms, documents under their
 * object IRI), asked by (store, locator). `sources` are the stores whose views can answer; at run time the rows of
 * `input`, which bind `store` and `locator`, are grouped by store and handed to each connector's `resolve`.
 */
export interface Resolve {
  readonly kind: 'resolve'
  readonly input: Plan
  readonly sources: readonly string[]
  /** The reference itself and the store's IRI: variables that `input` binds, or constants. */
  readonly reference: PatternTerm
  readonly store: NamedNode | Variable
  readonly locator: VariableName
  /** What a reference must have; none at all keeps every row of the input. */
  readonly patterns: readonly Pattern[]
  /** OPTIONAL groups, each left-joined in turn. */
  readonly optional: readonly (readonly Pattern[])[]
}

/** A join whose right side is asked with the keys of the left, block by block. */
export interface BindJoin {
  readonly kind: 'bindJoin'
  readonly left: Plan
  readonly right: Plan
  /** Variables certainly bound on both sides, whose values are handed over; none: the right side is read once, whole. */
  readonly keys: readonly VariableName[]
  /** `left` keeps rows without a partner (OPTIONAL); `condition` then belongs to the left join. */
  readonly form: 'inner' | 'left' | 'semi' | 'anti'
  readonly condition?: Expression
  /** The left side is a bind join whose own left has the keys: both right sides may be asked for them at once. */
  readonly alongside?: true
}

/**
 * One fragment that serves several places of the plan: `fragment` is a union whose rows carry their branch number in
 * `tag`; within `body` each `branch` node stands for the rows of one number.
 */
export interface Shared {
  readonly kind: 'shared'
  readonly name: string
  readonly tag: VariableName
  readonly fragment: Plan
  readonly body: Plan
}

export interface Branch {
  readonly kind: 'branch'
  readonly name: string
  readonly number: number
  readonly variables: readonly VariableName[]
  /** Those of them that every row binds. */
  readonly bound: readonly VariableName[]
}

export interface OrderKey {
  readonly expression: Expression
  readonly descending: boolean
}

export interface Aggregate {
  readonly variable: VariableName
  readonly function: 'count' | 'sum' | 'min' | 'max' | 'avg' | 'sample' | 'groupConcat'
  readonly distinct: boolean
  /** Absent for `COUNT(*)`. */
  readonly expression?: Expression
  /** Of GROUP_CONCAT; a blank where the query gives none. */
  readonly separator?: string
}

export type Expression =
  /** A blank node only where a solution was substituted. */
  | { readonly kind: 'term'; readonly term: Term }
  | { readonly kind: 'variable'; readonly name: VariableName }
  /**
   * An operator or function applied. `operator` is the upper-case SPARQL name of a builtin (`STRLEN`, `COALESCE`, `IF`,
   * `BOUND`, `REGEX` …), a symbol (`||`, `&&`, `!`, `=`, `!=`, `<`, `>`, `<=`, `>=`, `+`, `-`, `*`, `/`, `U-`, `U+`),
   * `IN`, `NOT IN`, or the IRI of an extension function or constructor function.
   */
  | { readonly kind: 'call'; readonly operator: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'exists'; readonly plan: Plan; readonly negated: boolean }

export type QueryForm =
  | { readonly kind: 'select'; readonly variables: readonly VariableName[] }
  | { readonly kind: 'ask' }
  | { readonly kind: 'construct'; readonly template: readonly Pattern[] }
  | { readonly kind: 'describe'; readonly terms: readonly (NamedNode | Variable)[] }

/** A parsed query: what it asks for, and the algebra of its WHERE clause and modifiers. */
export interface Query {
  readonly text: string
  readonly form: QueryForm
  readonly plan: Plan
  readonly prefixes: Readonly<Record<string, string>>
  readonly base?: string
  /** FROM and FROM NAMED; absent: the default dataset. */
  readonly dataset?: { readonly default: readonly NamedNode[]; readonly named: readonly NamedNode[] }
}
