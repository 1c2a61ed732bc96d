import type { Expression, VariableName } from '../../planner/algebra.ts'
import { compile, type EvaluationContext, effectiveBooleanValue } from '../../planner/evaluate.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import type { TermMap } from '../../planner/views/view.ts'
import { type Condition, conditionOf, fieldCondition, satisfies } from './conditions.ts'
import { regexOf } from './text-patterns.ts'

/** Any other expression on one variable: it is decided here, and asked for as far as it is about texts. */
export interface TermTest {
  readonly kind: 'test'
  readonly variable: VariableName
  readonly expression: Expression
  readonly holds: (term: Term) => boolean
}

export type TermCondition = Condition | TermTest

/** Functions of their arguments alone, none of which takes long. */
const PLAIN = new Set([
  ...[
    '||',
    '&&',
    '!',
    '=',
    '!=',
    '<',
    '>',
    '<=',
    '>=',
    'IN',
    'NOT IN',
    '+',
    '-',
    '*',
    '/',
    'U-',
    'U+',
    'IF',
    'COALESCE',
  ],
  ...[
    'BOUND',
    'SAMETERM',
    'ISIRI',
    'ISURI',
    'ISBLANK',
    'ISLITERAL',
    'ISNUMERIC',
    'STR',
    'LANG',
    'LANGMATCHES',
    'DATATYPE',
  ],
  ...['STRLEN', 'SUBSTR', 'UCASE', 'LCASE', 'STRSTARTS', 'STRENDS', 'CONTAINS', 'STRBEFORE', 'STRAFTER', 'REGEX'],
  ...['ABS', 'CEIL', 'FLOOR', 'ROUND', 'YEAR', 'MONTH', 'DAY', 'HOURS', 'MINUTES', 'SECONDS', 'TIMEZONE', 'TZ'],
])

/** A conjunct as a condition that is decided on each term alone, or `undefined` where it is none. */
export function termCondition(conjunct: Expression): TermCondition | undefined {
  const known = conditionOf(conjunct)
  if (known !== undefined) return known
  const names = new Set<VariableName>()
  if (!isPlain(conjunct, names) || names.size !== 1) return undefined
  const [variable] = names as Set<VariableName> & Iterable<VariableName>
  const evaluate = compile(conjunct)
  return {
    kind: 'test',
    variable: variable!,
    expression: conjunct,
    holds: (term) =>
      effectiveBooleanValue(evaluate({ get: (name) => (name === variable ? term : undefined) }, CONTEXT)) === true,
  }
}

function isPlain(expression: Expression, names: Set<VariableName>): boolean {
  if (expression.kind === 'term') return true
  if (expression.kind === 'variable') {
    names.add(expression.name)
    return true
  }
  if (expression.kind !== 'call' || !PLAIN.has(expression.operator)) return false
  // What only backtracking can match is the engine's to refuse or to stop.
  if (expression.operator === 'REGEX' && textQuestion(expression) === undefined) return false
  return expression.arguments.every((argument) => isPlain(argument, names))
}

const NEVER = (): never => {
  throw new Error('a function of its arguments alone asks for nothing else')
}

const CONTEXT = {
  get now() {
    return NEVER()
  },
  random: NEVER,
  uuid: NEVER,
  blankNode: NEVER,
  digest: NEVER,
} satisfies EvaluationContext

/** Whether a term satisfies a condition; an error of SPARQL's counts as false. */
export const holds = (term: Term, condition: TermCondition): boolean =>
  condition.kind === 'test' ? condition.holds(term) : satisfies(term, condition)

/** One of several conditions on a field. */
export interface AnyOf {
  readonly $any: readonly unknown[]
}

export const isAnyOf = (asked: unknown): asked is AnyOf =>
  typeof asked === 'object' && asked !== null && Object.hasOwn(asked, '$any')

/**
 * Types of values, beside strings, that a text may be of: of `STR()` those of all scalars, else those that strings are
 * made of.
 */
export interface TextTypes {
  readonly ofStrings: readonly string[]
  readonly ofScalars: readonly string[]
}

/** What MongoDB can ask of a field for a condition on the term it gives, at least every value that satisfies it. */
export function askedOf(
  condition: TermCondition,
  map: TermMap,
  types: TextTypes,
  compare: (condition: Condition) => unknown = (each) => fieldCondition(each, map),
): unknown {
  if (condition.kind !== 'test') return compare(condition)
  if (map.kind !== 'field' || map.termType !== 'literal' || map.datatype !== undefined || map.language !== undefined)
    return undefined
  const ask = ({ expression }: Pick<TermTest, 'expression'>): unknown => {
    if (expression.kind !== 'call') return undefined
    if (expression.operator === '||') {
      const sides = expression.arguments.map((side) => {
        const own = conditionOf(side)
        return own === undefined ? ask({ expression: side }) : compare(own)
      })
      return sides.includes(undefined)
        ? undefined
        : { $any: sides.flatMap((side) => (isAnyOf(side) ? side.$any : [side])) }
    }
    const question = textQuestion(expression)
    if (question === undefined) return undefined
    const others = question.ofAnything ? types.ofScalars : types.ofStrings
    const pattern = { $regex: question.pattern }
    return others.length === 0 ? pattern : { $any: [pattern, { $type: others }] }
  }
  return ask(condition)
}

interface TextQuestion {
  /** Of `STR()`, which has a text of every literal. */
  readonly ofAnything: boolean
  readonly pattern: string
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function textQuestion(expression: Extract<Expression, { kind: 'call' }>): TextQuestion | undefined {
  const [subject, text, flags] = expression.arguments
  const isStr = subject?.kind === 'call' && subject.operator === 'STR'
  const inner = isStr ? (subject as Extract<Expression, { kind: 'call' }>).arguments[0] : subject
  if (inner?.kind !== 'variable' || text?.kind !== 'term' || !isText(text.term)) return undefined
  if (flags !== undefined && (flags.kind !== 'term' || !isText(flags.term))) return undefined
  const pattern = patternOf(expression.operator, text.term.value, flags?.kind === 'term' ? flags.term.value : '')
  return pattern === undefined || pattern.includes('\0') ? undefined : { ofAnything: isStr, pattern }
}

const isText = (term: Term): boolean => term.termType === 'Literal' && term.datatype.value === `${XSD}string`

function patternOf(operator: string, text: string, flags: string): string | undefined {
  switch (operator) {
    case 'STRSTARTS':
      return `^${escaped(text)}`
    case 'STRENDS':
      return `${escaped(text)}$`
    case 'CONTAINS':
      return escaped(text)
    case 'REGEX':
      return regexOf(text, flags)
    default:
      return undefined
  }
}
