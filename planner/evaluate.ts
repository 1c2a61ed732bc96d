import type { Expression } from './algebra.ts'
import { PolyprovError } from './errors.ts'
import { equalTerms, parseBoolean } from './functions/comparison.ts'
import type { EvaluationContext, ExtensionFunction, FunctionDefinition } from './functions/definition.ts'
import { findFunction } from './functions/index.ts'
import { booleanTerm, FALSE, isStringLiteral, TRUE } from './functions/literals.ts'
import { numericKind, numericValue } from './functions/numeric-values.ts'
import { XSD } from './namespaces.ts'
import type { Term } from './term.ts'

export type { EvaluationContext, ExtensionFunction } from './functions/definition.ts'

/** A solution. */
export interface Row {
  /** The variable's term; `undefined` where it is unbound. */
  get(name: string): Term | undefined
}

/**
 * A compiled expression. `undefined` is an error of SPARQL or an unbound variable, which its rules treat alike.
 * @throws PolyprovError `unsupported` for a regular expression that only backtracking can match, `memory` for a string
 * past all bounds
 */
export type Evaluator = (row: Row, context: EvaluationContext) => Term | undefined

const BOOLEAN = `${XSD}boolean`

/**
 * The effective boolean value (SPARQL 1.1, section 17.2.2); `undefined` is a type error. Ill-typed numbers and booleans
 * are false, as are NaN, zero and the empty string.
 */
export function effectiveBooleanValue(term: Term | undefined): boolean | undefined {
  if (term === TRUE) return true
  if (term === FALSE) return false
  if (term === undefined || term.termType !== 'Literal') return undefined
  const datatype = term.datatype.value
  if (datatype === BOOLEAN) return parseBoolean(term.value) === true
  if (numericKind(datatype) === undefined) return isStringLiteral(term) ? term.value !== '' : undefined
  const number = numericValue(term)
  if (number === undefined) return false
  if (number.kind === 'decimal') return number.unscaled !== 0n
  return typeof number.value === 'bigint' || (number.value !== 0 && !Number.isNaN(number.value))
}

/** `||`, or with `decisive` false `&&`: one decisive side decides, whatever errors the others are (section 17.2). */
function compileConnective(decisive: boolean, sides: readonly Evaluator[]): Evaluator {
  return (row, context) => {
    let failed = false
    for (const side of sides) {
      const value = effectiveBooleanValue(side(row, context))
      if (value === decisive) return booleanTerm(decisive)
      if (value === undefined) failed = true
    }
    return failed ? undefined : booleanTerm(!decisive)
  }
}

function compileNot([argument]: readonly Evaluator[]): Evaluator {
  return (row, context) => {
    const value = effectiveBooleanValue(argument?.(row, context))
    return value === undefined ? undefined : booleanTerm(!value)
  }
}

function compileIf([condition, whenTrue, whenFalse]: readonly Evaluator[]): Evaluator {
  return (row, context) => {
    const value = effectiveBooleanValue(condition?.(row, context))
    if (value === undefined) return undefined
    return value ? whenTrue?.(row, context) : whenFalse?.(row, context)
  }
}

function compileCoalesce(choices: readonly Evaluator[]): Evaluator {
  return (row, context) => {
    for (const choice of choices) {
      const term = choice(row, context)
      if (term !== undefined) return term
    }
    return undefined
  }
}

/** `IN` is a disjunction of equalities, `NOT IN` its negation (sections 17.4.1.9 and 17.4.1.10). */
function compileIn(negated: boolean, [needle, ...members]: readonly Evaluator[]): Evaluator {
  return (row, context) => {
    const term = needle?.(row, context)
    if (term === undefined) return undefined
    let failed = false
    for (const member of members) {
      const other = member(row, context)
      const equal = other === undefined ? undefined : equalTerms(term, other)
      if (equal) return booleanTerm(!negated)
      if (equal === undefined) failed = true
    }
    return failed ? undefined : booleanTerm(negated)
  }
}

function compileBound(expression: Expression | undefined): Evaluator {
  if (expression?.kind !== 'variable') {
    throw new PolyprovError('query-semantics', 'BOUND takes a variable, nothing else')
  }
  const { name } = expression
  return (row) => booleanTerm(row.get(name) !== undefined)
}

function compileUnary(
  apply: (term: Term, context: EvaluationContext) => Term | undefined,
  argument: Evaluator | undefined,
): Evaluator {
  return (row, context) => {
    const term = argument?.(row, context)
    return term === undefined ? undefined : apply(term, context)
  }
}

function compileStrict(definition: FunctionDefinition, args: readonly Evaluator[]): Evaluator {
  const [first, second] = args
  switch (definition.kind) {
    case 'nullary':
      return (_row, context) => definition.apply(context)
    case 'unary':
      return compileUnary(definition.apply, first)
    case 'binary':
      return (row, context) => {
        const left = first?.(row, context)
        if (left === undefined) return undefined
        const right = second?.(row, context)
        return right === undefined ? undefined : definition.apply(left, right)
      }
    case 'variadic':
      return (row, context) => {
        const terms: Term[] = []
        for (const arg of args) {
          const term = arg(row, context)
          if (term === undefined) return undefined
          terms.push(term)
        }
        return definition.apply(terms, context)
      }
  }
}

/** Least and most arguments of what is not strict. */
const FORMS: ReadonlyMap<string, readonly [minimum: number, maximum: number]> = new Map([
  ['||', [2, Number.POSITIVE_INFINITY]],
  ['&&', [2, Number.POSITIVE_INFINITY]],
  ['!', [1, 1]],
  ['IF', [3, 3]],
  ['COALESCE', [0, Number.POSITIVE_INFINITY]],
  ['BOUND', [1, 1]],
  ['IN', [1, Number.POSITIVE_INFINITY]],
  ['NOT IN', [1, Number.POSITIVE_INFINITY]],
])

function arityOf(definition: FunctionDefinition): readonly [minimum: number, maximum: number] {
  switch (definition.kind) {
    case 'nullary':
      return [0, 0]
    case 'unary':
      return [1, 1]
    case 'binary':
      return [2, 2]
    case 'variadic':
      return [definition.minimum, definition.maximum]
  }
}

const isIri = (operator: string): boolean => operator.includes(':')

function checkArity(operator: string, count: number, [minimum, maximum]: readonly [number, number]): void {
  if (count >= minimum && count <= maximum) return
  const range = minimum === maximum ? `${minimum}` : `${minimum} to ${maximum}`
  const expected = maximum === Number.POSITIVE_INFINITY ? `${minimum} or more` : range
  const name = isIri(operator) ? `<${operator}>` : operator
  const noun = expected === '1' ? 'argument' : 'arguments'
  throw new PolyprovError('query-semantics', `${name} takes ${expected} ${noun}, not ${count}`)
}

function unknownFunction(operator: string): PolyprovError {
  const message = isIri(operator)
    ? `There is no function <${operator}>: a query may call SPARQL's own, casts to xsd: types and registered extensions`
    : `SPARQL has no function ${operator}`
  return new PolyprovError('query-semantics', message)
}

function compileForm(operator: string, args: readonly Evaluator[]): Evaluator {
  switch (operator) {
    case '||':
      return compileConnective(true, args)
    case '&&':
      return compileConnective(false, args)
    case '!':
      return compileNot(args)
    case 'IF':
      return compileIf(args)
    case 'COALESCE':
      return compileCoalesce(args)
    default:
      return compileIn(operator === 'NOT IN', args)
  }
}

/**
 * Compiles an expression (SPARQL 1.1, section 17) to a synchronous function of a solution. For `IN` and `NOT IN` the
 * first argument is what is sought, the others are the list.
 * @param extensions functions by IRI; those that polyprov comes with where absent
 * @throws PolyprovError `query-semantics` for an unknown function or a wrong number of arguments, `internal` for EXISTS
 */
export function compile(expression: Expression, extensions?: ReadonlyMap<string, ExtensionFunction>): Evaluator {
  switch (expression.kind) {
    case 'term': {
      const { term } = expression
      return () => term
    }
    case 'variable': {
      const { name } = expression
      return (row) => row.get(name)
    }
    case 'exists':
      throw new PolyprovError('internal', 'EXISTS reached the evaluator; the engine replaces it by a variable first')
    case 'call':
      return compileCall(expression.operator, expression.arguments, extensions)
  }
}

function compileCall(
  operator: string,
  args: readonly Expression[],
  extensions: ReadonlyMap<string, ExtensionFunction> | undefined,
): Evaluator {
  const form = FORMS.get(operator)
  const definition = form === undefined ? findFunction(operator, extensions) : undefined
  const arity = form ?? (definition && arityOf(definition))
  if (arity === undefined) throw unknownFunction(operator)
  checkArity(operator, args.length, arity)
  if (operator === 'BOUND') return compileBound(args[0])
  const evaluators = args.map((arg) => compile(arg, extensions))
  const last = args[1]
  if (definition?.kind === 'binary' && definition.withRight !== undefined && last?.kind === 'term') {
    return compileUnary(definition.withRight(last.term), evaluators[0])
  }
  return definition === undefined ? compileForm(operator, evaluators) : compileStrict(definition, evaluators)
}
