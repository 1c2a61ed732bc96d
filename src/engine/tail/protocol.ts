import type { Operation } from './comunica-algebra.ts'

/**
 * Main thread → worker. Terms travel as text, see `terms.js`. The worker asks for patterns and the main thread for
 * solutions, block by block: nobody is sent more than was asked for.
 */
export type ToWorker =
  | QueryMessage
  /** The next block of solutions, please. */
  | { readonly kind: 'next' }
  /** A block of a pattern's rows: the terms of its variable positions, row after row. */
  | { readonly kind: 'rows'; readonly request: number; readonly terms: readonly string[]; readonly done: boolean }
  | { readonly kind: 'estimate'; readonly request: number; readonly rows: number }
  /** What a function of ours gave; nothing where it is an error of SPARQL. */
  | { readonly kind: 'value'; readonly request: number; readonly term?: string }

export interface QueryMessage {
  readonly kind: 'query'
  readonly operation: Operation
  /** Columns of the solutions. */
  readonly variables: readonly string[]
  /** What `NOW()` is, in milliseconds since 1970. */
  readonly now: number
  readonly base?: string
  /** IRIs of the functions that the main thread evaluates. */
  readonly functions: readonly string[]
  /** What sets this query's own blank nodes apart, those of endpoints among them. */
  readonly scope: string
}

/** Subject, predicate, object, graph: a term, `''` for the default graph, `undefined` for a variable. */
export type Asked = readonly [string | undefined, string | undefined, string | undefined, string | undefined]

/** Worker → main thread. */
export type FromWorker =
  /** The next block of a pattern; `pattern` with the first. */
  | { readonly kind: 'pull'; readonly request: number; readonly pattern?: Asked }
  /** No more of a pattern, thank you. */
  | { readonly kind: 'close'; readonly request: number }
  | { readonly kind: 'estimate'; readonly request: number; readonly pattern: Asked }
  | {
      readonly kind: 'call'
      readonly request: number
      readonly function: string
      readonly arguments: readonly string[]
    }
  | {
      readonly kind: 'solutions'
      readonly rows: readonly (readonly (string | undefined)[])[]
      readonly done: boolean
      /** Endpoints that failed under SERVICE SILENT, with the reason. */
      readonly warnings: readonly string[]
    }
  | { readonly kind: 'failed'; readonly message: string; readonly endpoint?: string }
