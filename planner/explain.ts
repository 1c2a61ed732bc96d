/** One step of a plan as people read it. */
export interface ExplainedStep {
  /** Operator and what it does, on one line. */
  readonly label: string
  readonly operator: string
  readonly source?: string
  /** The store's own query: SQL, MongoDB pipeline, SPARQL, byte ranges. */
  readonly native?: { readonly language: string; readonly text: string }
  readonly estimatedRows?: number
  /** Measured, with `analyze`. */
  readonly measured?: {
    readonly rows: number
    readonly requests: number
    readonly bytes: number
    readonly milliseconds: number
  }
  readonly inputs: readonly ExplainedStep[]
}

/** A plan explained: the tree, the rules that changed it, and what to know about it. */
export interface Explanation {
  readonly plan: ExplainedStep
  readonly rules: readonly string[]
  readonly notes: readonly string[]
  readonly text: string
}
