import type { Pattern, Plan } from './algebra.ts'
import type { DefaultGraph, NamedNode, Quad } from './term.ts'

/** One graph of a graph store. */
export type GraphName = NamedNode | DefaultGraph

/** An operation of SPARQL 1.1 Update, section 3. */
export type UpdateOperation =
  | { readonly kind: 'insertData' | 'deleteData'; readonly quads: readonly Quad[] }
  | Modify
  | { readonly kind: 'load'; readonly source: NamedNode; readonly into: GraphName; readonly silent: boolean }
  | {
      readonly kind: 'clear' | 'drop'
      readonly target: GraphName | 'named' | 'all'
      readonly silent: boolean
    }
  | { readonly kind: 'create'; readonly graph: NamedNode; readonly silent: boolean }
  | {
      readonly kind: 'copy' | 'move' | 'add'
      readonly from: GraphName
      readonly to: GraphName
      readonly silent: boolean
    }

/** DELETE/INSERT and DELETE WHERE. The graph of WITH is in the templates already. */
export interface Modify {
  readonly kind: 'modify'
  readonly remove: readonly Pattern[]
  /** Blank nodes are new ones for each solution. */
  readonly insert: readonly Pattern[]
  /** Over the dataset of the graph store. */
  readonly where: Plan
  /** The graph of WITH: the default graph of WHERE, where there is no `dataset`. */
  readonly with?: NamedNode
  /** USING and USING NAMED. */
  readonly dataset?: { readonly default: readonly NamedNode[]; readonly named: readonly NamedNode[] }
}

/** A parsed request of SPARQL 1.1 Update: operations in their order. */
export interface Update {
  readonly text: string
  readonly operations: readonly UpdateOperation[]
  readonly base?: string
}
