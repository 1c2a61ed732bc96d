import type { Term } from '../term.ts'
import { compareTerms, equalTerms } from './comparison.ts'
import { dateArithmetic } from './date-arithmetic.ts'
import { binary, type FunctionDefinition, unary } from './definition.ts'
import { booleanTerm } from './literals.ts'
import { negate, numericArithmetic } from './numeric.ts'
import { numericTerm, numericValue } from './numeric-values.ts'

const comparing = (holds: (order: number) => boolean): FunctionDefinition =>
  binary((left, right) => {
    const order = compareTerms(left, right)
    return order === undefined ? undefined : booleanTerm(holds(order))
  })

const not = (value: boolean | undefined): boolean | undefined => (value === undefined ? undefined : !value)

const sum = (operator: '+' | '-'): FunctionDefinition =>
  binary((left, right) => numericArithmetic(operator, left, right) ?? dateArithmetic(operator, left, right))

function unaryMinus(term: Term): Term | undefined {
  const value = numericValue(term)
  return value === undefined ? undefined : numericTerm(negate(value))
}

/** The operators of SPARQL 1.1, section 17.3, that are strict. */
export const operators: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['=', binary((left, right) => booleanTerm(equalTerms(left, right)))],
  ['!=', binary((left, right) => booleanTerm(not(equalTerms(left, right))))],
  ['<', comparing((order) => order < 0)],
  ['>', comparing((order) => order > 0)],
  ['<=', comparing((order) => order <= 0)],
  ['>=', comparing((order) => order >= 0)],
  ['+', sum('+')],
  ['-', sum('-')],
  ['*', binary((left, right) => numericArithmetic('*', left, right))],
  ['/', binary((left, right) => numericArithmetic('/', left, right))],
  ['U-', unary(unaryMinus)],
  ['U+', unary((term) => numericTerm(numericValue(term)))],
])
