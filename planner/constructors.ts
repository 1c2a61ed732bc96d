import type { Aggregate, Expression, OrderKey, Plan, VariableName } from './algebra.ts'
import { XSD } from './namespaces.ts'
import { type GraphTerm, iri, literal, type NamedNode, type Term, type Variable } from './term.ts'
import { certainlyBound, variablesOf } from './variables.ts'

/*
 * Smart constructors: each yields a plan with exactly the solutions of the node it is named after, folded where that is
 * free. None of them ever changes the visible variables of the result.
 */

export const unit: Plan = { kind: 'unit' }

/** No solutions, though these variables are in scope. */
export const empty = (variables: readonly VariableName[]): Plan => ({ kind: 'empty', variables })

const emptyLike = (...plans: readonly Plan[]): Plan => empty([...new Set(plans.flatMap(variablesOf))])

/** Whether every variable that `part` shows is shown by one of `plans` as well: then dropping `part` hides none. */
const shownBy = (part: Plan, plans: readonly Plan[]): boolean => {
  const names = variablesOf(part)
  return names.length === 0 || names.every((name) => plans.some((plan) => variablesOf(plan).includes(name)))
}

/** The join of any number of plans: nested joins are flattened, units vanish, an empty input empties all. */
export function join(inputs: readonly Plan[]): Plan {
  const flat: Plan[] = []
  for (const input of inputs) {
    if (input.kind === 'join') flat.push(...input.inputs)
    else if (input.kind !== 'unit') flat.push(input)
  }
  if (flat.some((input) => input.kind === 'empty')) return emptyLike(...flat)
  if (flat.length === 0) return unit
  return flat.length === 1 ? flat[0]! : { kind: 'join', inputs: flat }
}

export function leftJoin(left: Plan, right: Plan, condition?: Expression): Plan {
  if (left.kind === 'empty') return emptyLike(left, right)
  if (right.kind === 'unit') return left
  if (right.kind === 'empty' && shownBy(right, [left])) return left
  const constant = condition === undefined ? true : constantCondition(condition)
  if (constant === false && shownBy(right, [left])) return left
  if (constant === true) return { kind: 'leftJoin', left, right }
  return { kind: 'leftJoin', left, right, condition: condition! }
}

/** The union of any number of plans: nested unions are flattened, empty branches vanish. */
export function union(inputs: readonly Plan[]): Plan {
  const flat = inputs.flatMap((input) => (input.kind === 'union' ? input.inputs : [input]))
  const live = flat.filter((input) => input.kind !== 'empty')
  if (live.length === 0) return emptyLike(...flat)
  const kept = flat.filter((input) => input.kind !== 'empty' || !shownBy(input, live))
  return kept.length === 1 ? kept[0]! : { kind: 'union', inputs: kept }
}

export function minus(left: Plan, right: Plan): Plan {
  if (left.kind === 'empty' || right.kind === 'empty') return left
  const names = new Set(variablesOf(right))
  return variablesOf(left).some((name) => names.has(name)) ? { kind: 'minus', left, right } : left
}

/** A filter; filters over filters become one conjunction, the inner condition first. */
export function filter(input: Plan, condition: Expression): Plan {
  if (input.kind === 'empty') return input
  const constant = constantCondition(condition)
  if (constant === true) return input
  if (constant === false) return emptyLike(input)
  if (input.kind === 'filter') {
    return { kind: 'filter', input: input.input, condition: conjunction([input.condition, condition]) }
  }
  return { kind: 'filter', input, condition }
}

export function extend(input: Plan, variable: VariableName, expression: Expression): Plan {
  if (input.kind === 'empty') return empty([...variablesOf(input), variable])
  return { kind: 'extend', input, variable, expression }
}

/** Groups; without keys there is one group even over nothing, so that only keyed groups fold. */
export function group(input: Plan, keys: readonly VariableName[], aggregates: readonly Aggregate[]): Plan {
  if (input.kind === 'empty' && keys.length > 0) {
    return empty([...keys, ...aggregates.map((aggregate) => aggregate.variable)])
  }
  return { kind: 'group', input, keys, aggregates }
}

export function project(input: Plan, variables: readonly VariableName[]): Plan {
  if (input.kind === 'empty') return empty(variables)
  if (input.kind === 'project' && variables.every((name) => input.variables.includes(name))) {
    return { kind: 'project', input: input.input, variables }
  }
  return { kind: 'project', input, variables }
}

export function distinct(input: Plan): Plan {
  if (input.kind === 'empty' || input.kind === 'distinct' || input.kind === 'unit') return input
  return { kind: 'distinct', input: input.kind === 'reduced' ? input.input : input }
}

export const reduced = (input: Plan): Plan =>
  input.kind === 'empty' || input.kind === 'distinct' || input.kind === 'reduced' ? input : { kind: 'reduced', input }

export const order = (input: Plan, by: readonly OrderKey[]): Plan =>
  input.kind === 'empty' || input.kind === 'unit' || by.length === 0 ? input : { kind: 'order', input, by }

/** OFFSET and LIMIT; a slice of a slice becomes one. */
export function slice(input: Plan, offset: number, limit?: number): Plan {
  if (input.kind === 'empty' || (offset === 0 && limit === undefined)) return input
  if (limit === 0) return emptyLike(input)
  if (input.kind === 'slice') {
    const left = input.limit === undefined ? undefined : Math.max(0, input.limit - offset)
    const least = left === undefined ? limit : limit === undefined ? left : Math.min(left, limit)
    return slice(input.input, input.offset + offset, least)
  }
  return limit === undefined ? { kind: 'slice', input, offset } : { kind: 'slice', input, offset, limit }
}

/** Inline data; no rows at all are `empty`, one row without variables is `unit`. */
export function values(variables: readonly VariableName[], rows: readonly (readonly (Term | undefined)[])[]): Plan {
  if (rows.length === 0) return empty(variables)
  if (rows.length === 1 && variables.length === 0) return unit
  return { kind: 'values', variables, rows }
}

/** The names of the non-empty named graphs, or whether one of them exists. */
export const graphs = (graph: NamedNode | Variable): Plan => ({ kind: 'graphs', graph })

export const isDefaultGraph = (graph: GraphTerm): boolean => graph.termType === 'DefaultGraph'

// Expressions

export const call = (operator: string, ...operands: readonly Expression[]): Expression => ({
  kind: 'call',
  operator,
  arguments: operands,
})

export const variableExpression = (name: VariableName): Expression => ({ kind: 'variable', name })

export const termExpression = (term: Extract<Expression, { kind: 'term' }>['term']): Expression => ({
  kind: 'term',
  term,
})

export const TRUE: Expression = termExpression(literal('true', iri(`${XSD}boolean`)))
export const FALSE: Expression = termExpression(literal('false', iri(`${XSD}boolean`)))

/** The operands of `&&`, however nested; a conjunct alone is itself. */
export function conjuncts(condition: Expression): readonly Expression[] {
  return operandsOf(condition, '&&')
}

/** The operands of `||`, however nested. */
export function disjuncts(condition: Expression): readonly Expression[] {
  return operandsOf(condition, '||')
}

function operandsOf(expression: Expression, operator: '&&' | '||'): readonly Expression[] {
  const result: Expression[] = []
  const pending = [expression]
  while (pending.length > 0) {
    const next = pending.pop()!
    if (next.kind === 'call' && next.operator === operator) pending.push(...[...next.arguments].reverse())
    else result.push(next)
  }
  return result
}

/** `&&` over any number of conditions, as a balanced tree of binary calls; none at all are true. */
export const conjunction = (conditions: readonly Expression[]): Expression =>
  balanced(conditions.flatMap(conjuncts), '&&') ?? TRUE

/** `||` over any number of conditions; none at all are false. */
export const disjunction = (conditions: readonly Expression[]): Expression =>
  balanced(conditions.flatMap(disjuncts), '||') ?? FALSE

function balanced(operands: readonly Expression[], operator: '&&' | '||'): Expression | undefined {
  if (operands.length <= 1) return operands[0]
  const middle = operands.length >> 1
  return call(operator, balanced(operands.slice(0, middle), operator)!, balanced(operands.slice(middle), operator)!)
}

/** Whether a condition is the constant true or false; `undefined` for every other expression. */
export function constantCondition(condition: Expression): boolean | undefined {
  if (condition.kind !== 'term' || condition.term.termType !== 'Literal') return undefined
  if (condition.term.datatype.value !== `${XSD}boolean`) return undefined
  const { value } = condition.term
  if (value === 'true' || value === '1') return true
  return value === 'false' || value === '0' ? false : undefined
}

/** The variables that both sides of a join bind in every solution. */
export const certainlyShared = (left: Plan, right: Plan): readonly VariableName[] => {
  const names = certainlyBound(right)
  return [...certainlyBound(left)].filter((name) => names.has(name))
}
