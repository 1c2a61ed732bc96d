/** What an endpoint does otherwise than the standard, or cannot do: probed when it is registered, or configured. */
export interface Dialect {
  /**
   * Whether literals match by their terms, as in SPARQL, or by their values (`1` finds `1.0`, strings compare with
   * numbers): then nothing is left to the endpoint that depends on it.
   */
  readonly literals: 'term' | 'value'
  /** Whether `"a"` and `"a"^^xsd:string` are one term (RDF 1.1) or two (RDF 1.0). */
  readonly strings: 'same' | 'distinct'
  /** Whether the default graph is one of its own, or the union of the named graphs, each triple as often as it stands there. */
  readonly defaultGraph: 'own' | 'union'
  /** Whether it takes VALUES. */
  readonly values: boolean
  /** Whether it holds blank nodes. */
  readonly blankNodes: boolean
  /** Whether a blank node has the same label in every answer. */
  readonly labels: 'stable' | 'changing'
  /** How it takes a query. */
  readonly method: 'POST' | 'GET'
  /** Most keys of one VALUES block. */
  readonly keys: number
  /** Most rows of one answer; absent: no such limit is known. */
  readonly maxRows?: number
}

/** What is taken for granted until it is known: the standard, and of the data whatever is safe. */
export const STANDARD: Dialect = {
  literals: 'term',
  strings: 'same',
  defaultGraph: 'own',
  values: true,
  blankNodes: true,
  labels: 'changing',
  method: 'POST',
  keys: 1_000,
}
