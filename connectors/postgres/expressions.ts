import type { Expression } from '../../planner/algebra.ts'
import { compile, effectiveBooleanValue } from '../../planner/evaluate.ts'
import { canonicalNumber, numericKind, numericValue } from '../../planner/functions/numeric-values.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import { variablesOfExpression } from '../../planner/variables.ts'
import { mapKey } from '../../planner/views/term-map.ts'
import type { TermMap } from '../../planner/views/view.ts'
import { conditionOf } from '../documents/conditions.ts'
import type { Column } from './catalogue.ts'
import { agreement, columnOf, naturalColumn } from './cells.ts'
import { predicateOf, SQL_OPERATORS } from './conditions.ts'
import { type Member, type Slot, slotOf } from './member.ts'
import { type Sql, sql, text } from './sql.ts'
import { type Kind, naturalDatatype } from './types.ts'

type Call = Extract<Expression, { kind: 'call' }>

const COMPARISONS = new Set(Object.keys(SQL_OPERATORS))
const ARITHMETIC = new Set(['+', '-', '*'])
const TESTS: ReadonlySet<string> = new Set(['ISIRI', 'ISURI', 'ISBLANK', 'ISLITERAL'])
const TEXT_TESTS: ReadonlySet<string> = new Set(['CONTAINS', 'STRSTARTS', 'STRENDS'])
const OPERATORS: ReadonlySet<string> = new Set([
  ...['&&', '||', '!', 'BOUND', 'IN', 'NOT IN', 'STR', 'STRLEN', 'U-', 'U+', 'REGEX', 'SAMETERM'],
  ...COMPARISONS,
  ...ARITHMETIC,
  ...TESTS,
  ...TEXT_TESTS,
])

/** Whether a condition is made of what SQL may be able to decide: whether it is depends on the columns. */
export function mayBeDecided(expression: Expression): boolean {
  if (expression.kind === 'exists') return false
  if (expression.kind !== 'call') return true
  return OPERATORS.has(expression.operator) && expression.arguments.every(mayBeDecided)
}

/**
 * A condition in SQL whose three values are SPARQL's: true, false, and NULL for an error. `undefined` where that cannot
 * be said of the columns behind it.
 */
export function truthOf(member: Member, expression: Expression): Sql | undefined {
  const constant = constantTruth(member, expression)
  if (constant !== undefined) return constant
  if (expression.kind === 'variable') return booleanColumn(member, expression.name)
  if (expression.kind !== 'call') return undefined
  const { operator, arguments: operands } = expression
  switch (operator) {
    case '&&':
    case '||': {
      const sides = operands.map((operand) => truthOf(member, operand))
      if (sides.some((side) => side === undefined)) return undefined
      return sql`(${sides[0]!} ${operator === '&&' ? 'AND' : 'OR'} ${sides[1]!})`
    }
    case '!':
      return negated(truthOf(member, operands[0]!))
    case 'BOUND':
      return boundOf(member, operands[0]!)
    case 'SAMETERM':
      return sameNode(member, operands)
    case 'IN':
      return memberOfList(member, operands)
    case 'NOT IN':
      return negated(memberOfList(member, operands))
    default:
      return testOf(member, expression)
  }
}

const negated = (truth: Sql | undefined): Sql | undefined => (truth === undefined ? undefined : sql`(NOT ${truth})`)

function testOf(member: Member, call: Call): Sql | undefined {
  const { operator, arguments: operands } = call
  if (COMPARISONS.has(operator)) return comparison(member, call)
  if (TESTS.has(operator)) return kindTest(member, operator, operands[0]!)
  if (TEXT_TESTS.has(operator) || operator === 'REGEX') return textTest(member, operator, operands)
  return undefined
}

/** Conditions on what every row binds alike are decided here. */
function constantTruth(member: Member, expression: Expression): Sql | undefined {
  if (!mayBeDecided(expression)) return undefined
  const slots = variablesOfExpression(expression).map((name) => [name, slotOf(member, name)] as const)
  const isConstant = slots.every(
    ([, slot]) => slot === undefined || (slot.term !== undefined && slot.isChecked && slot.optional === undefined),
  )
  if (!isConstant) return undefined
  const terms = new Map(slots.map(([name, slot]) => [name, slot?.term]))
  try {
    const term = compile(expression)({ get: (name) => terms.get(name) }, NO_CONTEXT)
    const truth = effectiveBooleanValue(term)
    return truth === undefined ? ['NULL::boolean'] : truth ? ['TRUE'] : ['FALSE']
  } catch {
    return undefined
  }
}

function boundOf(member: Member, operand: Expression): Sql | undefined {
  if (operand.kind !== 'variable') return undefined
  const slot = slotOf(member, operand.name)
  if (slot?.isChecked !== true) return undefined
  return slot.optional === undefined ? ['TRUE'] : sql`((${slot.optional.marker}) IS NOT NULL)`
}

/** A test of a bound variable's term: an error where it is unbound. */
const whereBound = ({ optional }: Slot, truth: Sql): Sql =>
  optional === undefined ? truth : sql`CASE WHEN (${optional.marker}) IS NOT NULL THEN ${truth} END`

function memberOfList(member: Member, [first, ...options]: readonly Expression[]): Sql | undefined {
  const tests = options.map((option) => truthOf(member, { kind: 'call', operator: '=', arguments: [first!, option] }))
  if (tests.length === 0 || tests.some((test) => test === undefined)) return undefined
  return sql`(${tests.flatMap((test, index): Sql => (index === 0 ? test! : [' OR ', ...test!]))})`
}

function comparison(member: Member, call: Call): Sql | undefined {
  const condition = conditionOf(call)
  if (condition?.kind === 'compare') {
    const slot = slotOf(member, condition.variable)
    if (slot !== undefined) {
      if (!slot.isChecked || slot.term !== undefined) return undefined
      const found = predicateOf(member.scope, slot.cells[0]!, condition)
      if (found === 'none') return whereBound(slot, ['FALSE'])
      if (found?.isExact === true) return whereBound(slot, sql`(${found.sql})`)
      const other = condition.operator === '!=' ? equalNode(member, slot, condition.constant) : undefined
      return negated(other)
    }
  }
  const [left, right] = call.arguments
  const symbol = SQL_OPERATORS[call.operator as keyof typeof SQL_OPERATORS]
  const [one, other] = [numericOf(member, left!), numericOf(member, right!)]
  if (one !== undefined && other !== undefined) return sql`(${one.sql} ${symbol} ${other.sql})`
  return variablesCompared(member, call)
}

/** `=` with an IRI, of which `!=` is the opposite. */
function equalNode(member: Member, slot: Slot, constant: Term): Sql | undefined {
  if (constant.termType !== 'NamedNode') return undefined
  const condition = { kind: 'compare', variable: slot.variable!, operator: '=', constant } as const
  const found = predicateOf(member.scope, slot.cells[0]!, condition)
  if (found === 'none') return whereBound(slot, ['FALSE'])
  return found?.isExact === true ? whereBound(slot, sql`(${found.sql})`) : undefined
}

/** Kinds of which two columns compare as their terms do. */
const COMPARABLE: ReadonlySet<Kind> = new Set<Kind>(['text', 'boolean', 'date', 'timestamp', 'timestamptz'])

function variablesCompared(member: Member, { operator, arguments: operands }: Call): Sql | undefined {
  const [a, b] = operands.map((operand) => naturalSlot(member, operand))
  if (a === undefined || b === undefined) {
    const isEquality = operator === '=' || operator === '!='
    const same = isEquality ? sameNode(member, operands) : undefined
    return operator === '=' ? same : negated(same)
  }
  if (a.column.type.kind !== b.column.type.kind || !COMPARABLE.has(a.column.type.kind)) return undefined
  const isText = a.column.type.kind === 'text'
  if (isText && !member.scope.isUnicode) return undefined
  const collation = isText ? ' COLLATE "C"' : ''
  return sql`(${a.sql}${collation} ${SQL_OPERATORS[operator as keyof typeof SQL_OPERATORS]} ${b.sql}${collation})`
}

/** Whether two variables that are IRIs, or blank nodes, are the same one. */
function sameNode(member: Member, operands: readonly Expression[]): Sql | undefined {
  const slots = operands.map((operand) => (operand.kind === 'variable' ? slotOf(member, operand.name) : undefined))
  const [one, other] = slots
  const isNode = (slot: Slot | undefined): slot is Slot => {
    const map = slot?.cells[0]?.map
    return (
      slot?.isChecked === true &&
      slot.term === undefined &&
      map !== undefined &&
      map.kind !== 'constant' &&
      map.termType !== 'literal'
    )
  }
  if (!isNode(one) || !isNode(other)) return undefined
  const [a, b] = [one.cells[0]!, other.cells[0]!]
  if (a.scan === b.scan && mapKey(a.map) === mapKey(b.map)) return whereBound(one, whereBound(other, ['TRUE']))
  const agreed = agreement(member.scope, a, b)
  return agreed?.isExact === true ? whereBound(one, whereBound(other, sql`(${agreed.sql})`)) : undefined
}

function kindTest(member: Member, operator: string, operand: Expression): Sql | undefined {
  if (operand.kind !== 'variable') return undefined
  const slot = slotOf(member, operand.name)
  const map = slot?.cells[0]?.map
  if (slot?.isChecked !== true || map === undefined || map.kind === 'constant') return undefined
  const wanted = operator === 'ISBLANK' ? 'blank' : operator === 'ISLITERAL' ? 'literal' : 'iri'
  return whereBound(slot, [map.termType === wanted ? 'TRUE' : 'FALSE'])
}

function booleanColumn(member: Member, name: string): Sql | undefined {
  const found = naturalSlot(member, { kind: 'variable', name })
  return found?.column.type.kind === 'boolean' ? found.sql : undefined
}

/** A variable whose terms are the natural ones of a column: the column's value, NULL where it is unbound. */
export function naturalSlot(
  member: Member,
  expression: Expression,
): { readonly sql: Sql; readonly column: Column } | undefined {
  if (expression.kind !== 'variable') return undefined
  const slot = slotOf(member, expression.name)
  const [cell] = slot?.cells ?? []
  if (slot?.isChecked !== true || slot.term !== undefined || cell?.map.kind !== 'field') return undefined
  const column = naturalColumn(member.scope, cell)
  if (column === undefined || column.term !== undefined) return undefined
  if (cell.map.datatype !== naturalDatatype(column.type)) return undefined
  const name: Sql = [columnOf(cell.scan, column)]
  const { optional } = slot
  return { column, sql: optional === undefined || optional.isOwn ? name : whereBound(slot, name) }
}

/** A number in SQL, exact: integers and decimals. NULL for an error. */
export interface Numeric {
  readonly sql: Sql
  /** Of a column: the value as it is, which may be of a type that calculations overflow. */
  readonly raw?: Sql
  readonly kind: 'integer' | 'decimal'
}

export function numericOf(member: Member, expression: Expression): Numeric | undefined {
  switch (expression.kind) {
    case 'term':
      return constantNumber(expression.term)
    case 'variable': {
      const slot = slotOf(member, expression.name)
      if (slot?.term !== undefined && slot.isChecked && slot.optional === undefined) return constantNumber(slot.term)
      const found = naturalSlot(member, expression)
      const kind = found?.column.type.kind
      return found !== undefined && (kind === 'integer' || kind === 'decimal')
        ? { sql: sql`${found.sql}::numeric`, raw: found.sql, kind }
        : undefined
    }
    case 'call':
      return calculated(member, expression)
    default:
      return undefined
  }
}

function constantNumber(term: Term): Numeric | undefined {
  if (term.termType !== 'Literal') return undefined
  const kind = numericKind(term.datatype.value)
  const value = numericValue(term)
  if (value === undefined || (kind !== 'integer' && kind !== 'decimal')) return undefined
  const digits = canonicalNumber(value)
  return digits.length > 1_000 ? undefined : { sql: sql`${text(digits)}::numeric`, kind }
}

function calculated(member: Member, { operator, arguments: operands }: Call): Numeric | undefined {
  if (operator === 'STRLEN') {
    const string = stringOf(member, operands[0]!)
    return string === undefined ? undefined : { sql: sql`char_length(${string})::numeric`, kind: 'integer' }
  }
  const numbers = operands.map((operand) => numericOf(member, operand))
  if (numbers.some((number) => number === undefined)) return undefined
  const [left, right] = numbers as readonly Numeric[]
  if (operator === 'U+' && left !== undefined) return left
  if (operator === 'U-' && left !== undefined) return { ...left, sql: sql`(- ${left.sql})` }
  if (!ARITHMETIC.has(operator) || left === undefined || right === undefined) return undefined
  const kind = left.kind === 'integer' && right.kind === 'integer' ? 'integer' : 'decimal'
  return { sql: sql`(${left.sql} ${operator} ${right.sql})`, kind }
}

/** The text of a string, or of the `STR` of one; strings with a language too. */
function stringOf(member: Member, expression: Expression): Sql | undefined {
  if (!member.scope.isUnicode) return undefined
  if (expression.kind === 'call' && expression.operator === 'STR') return stringOf(member, expression.arguments[0]!)
  if (expression.kind !== 'variable') return undefined
  const slot = slotOf(member, expression.name)
  const [cell] = slot?.cells ?? []
  const { map } = cell ?? {}
  if (slot?.isChecked !== true || slot.term !== undefined || map?.kind !== 'field' || map.termType !== 'literal')
    return undefined
  const natural = naturalSlot(member, expression)
  if (natural?.column.type.kind === 'text') return natural.sql
  if (map.language === undefined) return undefined
  const tagged = naturalColumn(member.scope, { scan: cell!.scan, map: withoutLanguage(map) })
  return tagged?.type.kind === 'text' ? whereBound(slot, [columnOf(cell!.scan, tagged)]) : undefined
}

const withoutLanguage = ({ language: _, ...map }: Extract<TermMap, { kind: 'field' }>): TermMap => map

/** Patterns of REGEX that stand for themselves, but for an anchor at either end. */
const PLAIN_PATTERN = /^(\^?)([\p{L}\p{N} _,:;@#%&=<>~"'!/-]*)(\$?)$/u

function textTest(member: Member, operator: string, [subject, object, more]: readonly Expression[]): Sql | undefined {
  const string = stringOf(member, subject!)
  const literal = object?.kind === 'term' && object.term.termType === 'Literal' ? object.term : undefined
  if (string === undefined || more !== undefined || literal?.datatype.value !== `${XSD}string`) return undefined
  if (literal.value.includes('\0')) return undefined
  const bytes = sql`${string} COLLATE "C"`
  if (operator !== 'REGEX') return textual(bytes, operator, literal.value)
  const match = PLAIN_PATTERN.exec(literal.value)
  if (match === null) return undefined
  const [, start, plain = '', end] = match
  if (start !== '' && end !== '') return sql`(${bytes} = ${text(plain)})`
  return textual(bytes, start !== '' ? 'STRSTARTS' : end !== '' ? 'STRENDS' : 'CONTAINS', plain)
}

function textual(string: Sql, operator: string, part: string): Sql {
  const length = String([...part].length)
  if (operator === 'CONTAINS') return sql`(strpos(${string}, ${text(part)}) > 0)`
  if (operator === 'STRSTARTS') return sql`(left(${string}, ${length}) = ${text(part)})`
  // right(…, 0) is empty, and so is the end that is looked for.
  return sql`(right(${string}, ${length}) = ${text(part)})`
}

/** Nothing that is decided here asks for the time or for chance. */
const NO_CONTEXT = { now: new Date(0) } as never
