import type { Pattern, Expression as Syntax } from 'sparqljs'
import type { Expression } from '../algebra.ts'
import { call, conjunction, conjuncts, disjunction, disjuncts, termExpression } from '../constructors.ts'
import { literal } from '../term.ts'
import { walkExpression } from '../traverse.ts'
import { type ExpressionScope, semanticError, wordToken } from './context.ts'

/** Names of the parser that are not simply the upper-case names of SPARQL; synonyms become one. */
const OPERATORS: Readonly<Record<string, string>> = {
  in: 'IN',
  notin: 'NOT IN',
  UMINUS: 'U-',
  UPLUS: 'U+',
  uri: 'IRI',
  isuri: 'ISIRI',
}

/** Chains deeper than this (of `+`, say) are refused: every later step recurses over them. */
const MAXIMUM_DEPTH = 1_000

/** Translates an expression; throws `query-semantics` where an aggregate stands in the wrong place. */
export function lowerExpression(syntax: Syntax | Pattern, scope: ExpressionScope, depth = 0): Expression {
  if (depth > MAXIMUM_DEPTH) semanticError(scope.context, `An expression nests deeper than ${MAXIMUM_DEPTH}`)
  if ('termType' in syntax) return lowerTerm(syntax, scope)
  if (!('type' in syntax)) throw new TypeError('A list of expressions stands outside of IN')
  switch (syntax.type) {
    case 'operation':
      return lowerOperation(syntax, scope, depth)
    case 'functionCall':
      return lowerFunction(syntax, scope, depth)
    case 'aggregate':
      return lowerAggregate(syntax, scope)
    default:
      throw new TypeError(`A pattern of type ${syntax.type} stands outside of EXISTS`)
  }
}

function lowerTerm(term: Extract<Syntax, { termType: string }>, scope: ExpressionScope): Expression {
  if (term.termType === 'Variable') {
    return scope.variable?.(term.value) ?? { kind: 'variable', name: term.value }
  }
  if (term.termType === 'Quad') semanticError(scope.context, 'Quoted triples are not part of SPARQL 1.1')
  return termExpression(term)
}

type Operation = Extract<Syntax, { type: 'operation' }>

function lowerOperation(syntax: Operation, scope: ExpressionScope, depth: number): Expression {
  const { operator } = syntax
  if (operator === 'exists' || operator === 'notexists') {
    const pattern = syntax.args[0] as Pattern
    const patterns = pattern.type === 'group' ? pattern.patterns : [pattern]
    return {
      kind: 'exists',
      plan: scope.context.lowerGroup(patterns, scope.graph, scope.context).plan,
      negated: operator !== 'exists',
    }
  }
  if (operator === '&&' || operator === '||') return lowerConnective(syntax, operator, scope, depth)
  const operands = (syntax.args as readonly (Syntax | Pattern)[]).flatMap((argument): readonly (Syntax | Pattern)[] =>
    Array.isArray(argument) ? (argument as readonly Syntax[]) : [argument],
  )
  return call(
    OPERATORS[operator] ?? operator.toUpperCase(),
    ...operands.map((operand) => lowerOperand(operator, lowerExpression(operand, scope, depth + 1))),
  )
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/'])

/** In `?a +5` the sign is the operator, though the grammar takes it with the number: the number is 5. */
function lowerOperand(operator: string, operand: Expression): Expression {
  if (!ARITHMETIC.has(operator) || operand.kind !== 'term' || operand.term.termType !== 'Literal') return operand
  const { value, datatype } = operand.term
  return value.startsWith('+') ? termExpression(literal(value.slice(1), datatype)) : operand
}

/** Long chains of `&&` and `||` come as trees as deep as they are long; both are associative, errors included. */
function lowerConnective(syntax: Operation, operator: '&&' | '||', scope: ExpressionScope, depth: number): Expression {
  const operands: Expression[] = []
  let left: Syntax | Pattern = syntax
  while ('type' in left && left.type === 'operation' && left.operator === operator) {
    operands.push(lowerExpression(left.args[1]!, scope, depth + 1))
    left = left.args[0]!
  }
  operands.push(lowerExpression(left, scope, depth + 1))
  operands.reverse()
  return operator === '&&' ? conjunction(operands.flatMap(conjuncts)) : disjunction(operands.flatMap(disjuncts))
}

function lowerFunction(
  syntax: Extract<Syntax, { type: 'functionCall' }>,
  scope: ExpressionScope,
  depth: number,
): Expression {
  const name = typeof syntax.function === 'string' ? syntax.function : syntax.function.value
  if (syntax.distinct === true) {
    semanticError(scope.context, `<${name}> is no aggregate that is known: DISTINCT means nothing in its arguments`)
  }
  return call(name, ...syntax.args.map((argument) => lowerExpression(argument, scope, depth + 1)))
}

function lowerAggregate(syntax: Extract<Syntax, { type: 'aggregate' }>, scope: ExpressionScope): Expression {
  const name = syntax.aggregation.toUpperCase()
  const { context, graph } = scope
  if (scope.aggregate === undefined) {
    semanticError(
      context,
      `${name} stands where no aggregate may: not in SELECT, HAVING or ORDER BY, or within another aggregate`,
      wordToken(context, name),
    )
  }
  const operand = syntax.expression
  return scope.aggregate({
    function: syntax.aggregation,
    distinct: syntax.distinct === true,
    ...('termType' in operand && (operand.termType as string) === 'Wildcard'
      ? {}
      : { expression: lowerExpression(operand as Syntax, { context, graph }) }),
    ...(syntax.separator === undefined ? {} : { separator: syntax.separator }),
  })
}

/** Whether an expression holds an EXISTS, whose pattern is asked of the active graph. */
export function hasExists(expression: Expression): boolean {
  for (const part of walkExpression(expression)) if (part.kind === 'exists') return true
  return false
}
