import type { Term } from '../term.ts'
import { compareTerms, compareValues, equalTerms, literalValue } from './comparison.ts'
import { dateArithmetic } from './date-arithmetic.ts'
import { binary, type FunctionDefinition, unary } from './definition.ts'
import { booleanTerm } from './literals.ts'
import { negate, numericArithmetic } from './numeric.ts'
import { numericTerm, numericValue } from './numeric-values.ts'

function comparing(holds: (order: number) => boolean): FunctionDefinition {
  const decide = (order: number | undefined): Term | undefined =>
    order === undefined ? undefined : booleanTerm(holds(order))
  return binary(
    (left, right) => decide(compareTerms(left, right)),
    (right) => {
      const value = right.termType === 'Literal' ? literalValue(right) : undefined
      if (value === undefined) return () => undefined
      return (left) => {
        const other = left.termType === 'Literal' ? literalValue(left) : undefined
        return other === undefined ? undefined : decide(compareValues(other, value))
      }
    },
  )
}

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
