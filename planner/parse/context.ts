import type { Pattern as PatternSyntax, SelectQuery } from 'sparqljs'
import type { Expression, Plan, VariableName } from '../algebra.ts'
import type { GraphTerm, PatternTerm, Term, Variable } from '../term.ts'
import { variable } from '../term.ts'
import { type Prepared, unmark } from './prepare.ts'
import type { Token } from './tokens.ts'

/**
 * A plan under an active graph. `anchored`: its solutions exist only where the graph does, and bind the graph's variable;
 * else they are the same for every graph, and whoever needs the graph joins its name.
 */
export interface Part {
  readonly plan: Plan
  readonly anchored: boolean
}

/** A translated SELECT: its plan and its columns. */
export interface Selected {
  readonly part: Part
  readonly variables: readonly VariableName[]
}

/** Groups hold expressions, expressions hold groups (EXISTS), and groups hold queries: each reaches the others here. */
export interface Translators {
  readonly lowerGroup: (patterns: readonly PatternSyntax[], graph: GraphTerm, context: Context) => Part
  readonly lowerSelect: (query: SelectQuery, graph: GraphTerm, context: Context) => Selected
}

/** What the translation of one query carries along. */
export interface Context extends Translators {
  readonly prepared: Prepared
  /** Variables of blank nodes, by the parser's label, and the basic graph pattern that each label belongs to. */
  readonly blankNodes: Map<string, { readonly variable: Variable; readonly block: object }>
  readonly counter: { next: number }
  /** Of the innermost `GRAPH ?g`: whether its pattern has to be evaluated for each graph apart, as whoever finds that says. */
  readonly graph: { apart: boolean }
}

export const newContext = (prepared: Prepared, translators: Translators): Context => ({
  ...translators,
  prepared,
  blankNodes: new Map(),
  counter: { next: 0 },
  graph: { apart: false },
})

/** A variable that no query can write. */
export const freshVariable = (context: Context, stem = '_:b'): Variable => variable(`${stem}${context.counter.next++}`)

export function semanticError(context: Context, message: string, token?: Token): never {
  return context.prepared.fail('query-semantics', message, token)
}

/** The first token that writes a variable: where an error about the variable points. */
export const variableToken = (context: Context, name: VariableName): Token | undefined =>
  context.prepared.tokens.find((token) => token.kind === 'variable' && token.text.slice(1) === name)

export const wordToken = (context: Context, word: string): Token | undefined =>
  context.prepared.tokens.find((token) => token.kind === 'word' && token.text.toUpperCase() === word)

/** The name and the token of a variable after AS. */
export function assignedVariable(
  context: Context,
  marked: string,
): { readonly name: VariableName; readonly token: Token | undefined } {
  const { index, name } = unmark(marked)
  return { name, token: context.prepared.tokens[index] }
}

/** Labels of blank nodes that the query wrote begin with `e_` in the parser's trees; the others are `[]` and lists. */
const WRITTEN = /^e_(t[0-9]+_.*)$/su

/** The label that a query wrote, with its token. */
export function writtenLabel(
  context: Context,
  label: string,
): { readonly label: string; readonly token: Token | undefined } | undefined {
  const marked = WRITTEN.exec(label)?.[1]
  if (marked === undefined) return undefined
  const { index, name } = unmark(marked)
  return { label: name, token: context.prepared.tokens[index] }
}

/**
 * A term of a pattern: blank nodes become variables. `block` is the basic graph pattern that the term stands in: a label
 * may be used in one only (section 4.1.4).
 */
export function patternTerm(context: Context, term: Term | Variable, block: object): PatternTerm {
  if (term.termType !== 'BlankNode') return term
  const written = writtenLabel(context, term.value)
  const key = written === undefined ? term.value : `_:${written.label}`
  const known = context.blankNodes.get(key)
  if (known === undefined) {
    const created = { variable: freshVariable(context), block }
    context.blankNodes.set(key, created)
    return created.variable
  }
  if (written !== undefined && known.block !== block) {
    semanticError(context, `The blank node _:${written.label} is used in two basic graph patterns`, written.token)
  }
  return known.variable
}

/** Where an expression stands: what it may say, and what variables mean there. */
export interface ExpressionScope {
  readonly context: Context
  readonly graph: GraphTerm
  /** Takes an aggregate and gives what stands for it; absent where none may stand. */
  readonly aggregate?: (aggregate: AggregateSyntax) => Expression
  /** What a variable outside of aggregates stands for; absent: for itself. */
  readonly variable?: (name: VariableName) => Expression
}

/** An aggregate, its operand translated. */
export interface AggregateSyntax {
  readonly function: string
  readonly distinct: boolean
  readonly expression?: Expression
  readonly separator?: string
}
