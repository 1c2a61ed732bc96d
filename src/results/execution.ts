import type { Term } from '../../planner/term.ts'
import type { Execution } from '../polystore.ts'

export type BindingsExecution = Extract<Execution, { kind: 'bindings' }>
export type BooleanExecution = Extract<Execution, { kind: 'boolean' }>
export type QuadsExecution = Extract<Execution, { kind: 'quads' }>

/** A solution: terms in the order of the variables. */
export type Row = readonly (Term | undefined)[]
