import type { Expression, Plan } from '../../../planner/algebra.ts'
import { compile, effectiveBooleanValue } from '../../../planner/evaluate.ts'
import { parse } from '../../../planner/parse.ts'
import type { Term } from '../../../planner/term.ts'
import { fixedContext } from './naive.ts'

const PREFIXES = 'PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX : <http://example.org/> '

function boundExpression(plan: Plan): Expression {
  if (plan.kind === 'extend') return plan.expression
  if (plan.kind === 'project') return boundExpression(plan.input)
  throw new Error(`A plan of kind ${plan.kind} binds no expression`)
}

/** The expression of a text in SPARQL's syntax. */
export const expressionOf = (text: string): Expression =>
  boundExpression(parse(`${PREFIXES}SELECT (${text} AS ?result) {}`).plan)

/** The value of an expression whose variables are given. */
export function termOf(text: string, row: Readonly<Record<string, Term>> = {}, base?: string): Term | undefined {
  return compile(expressionOf(text))({ get: (name) => row[name] }, fixedContext(base))
}

/** A term in Turtle's manner: `"1"^^integer`, `"a"@en`, `<iri>`, `_:b`, or `error`. */
export function written(term: Term | undefined): string {
  if (term === undefined) return 'error'
  if (term.termType === 'NamedNode') return `<${term.value}>`
  if (term.termType === 'BlankNode') return '_:b'
  const datatype = term.datatype.value.replace(/.*#/, '')
  if (term.language !== '') return `"${term.value}"@${term.language}`
  if (datatype === 'boolean' || datatype === 'integer' || datatype === 'decimal') return term.value
  return datatype === 'string' ? `"${term.value}"` : `"${term.value}"^^${datatype}`
}

export const resultOf = (text: string): string => written(termOf(text))

export const booleanValueOf = (text: string): boolean | undefined => effectiveBooleanValue(termOf(text))
