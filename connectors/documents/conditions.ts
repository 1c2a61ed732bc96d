import type { Expression, VariableName } from '../../planner/algebra.ts'
import { compareTerms, equalTerms } from '../../planner/functions/comparison.ts'
import type { Term } from '../../planner/term.ts'

/** A condition on the value of one variable; an error of SPARQL's counts as false. */
export interface Condition {
  readonly variable: VariableName
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'IN'
  readonly constants: readonly Term[]
}

const MIRRORED = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** A conjunct as a condition that is decided on each term alone, or `undefined` where it is none. */
export function conditionOf(conjunct: Expression): Condition | undefined {
  if (conjunct.kind !== 'call') return undefined
  const { operator } = conjunct
  const [first, ...rest] = conjunct.arguments
  if (operator === 'IN') {
    if (first?.kind !== 'variable') return undefined
    const constants = rest.flatMap((argument) => (argument.kind === 'term' ? [argument.term] : []))
    return constants.length === rest.length ? { variable: first.name, operator, constants } : undefined
  }
  const second = rest[0]
  if (!isComparison(operator) || first === undefined || second === undefined) return undefined
  if (first.kind === 'variable' && second.kind === 'term') {
    return { variable: first.name, operator, constants: [second.term] }
  }
  if (first.kind !== 'term' || second.kind !== 'variable') return undefined
  return { variable: second.name, operator: MIRRORED[operator], constants: [first.term] }
}

const isComparison = (operator: string): operator is keyof typeof MIRRORED => Object.hasOwn(MIRRORED, operator)

/** Whether a value satisfies a condition (SPARQL 1.1, section 17.3). */
export function satisfies(term: Term, { operator, constants }: Condition): boolean {
  const [constant] = constants
  if (operator === 'IN') return constants.some((each) => equalTerms(term, each) === true)
  if (constant === undefined) return false
  if (operator === '=') return equalTerms(term, constant) === true
  if (operator === '!=') return equalTerms(term, constant) === false
  const order = compareTerms(term, constant)
  if (order === undefined || Number.isNaN(order)) return false
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]
}
