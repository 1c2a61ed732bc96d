import type { Expression, VariableName } from '../../planner/algebra.ts'
import { compareTerms, equalTerms, parseBoolean } from '../../planner/functions/comparison.ts'
import { CRS84, parseGeometry, toGeoJson, WKT_LITERAL } from '../../planner/functions/geometry-literals.ts'
import { relate, relationNames } from '../../planner/functions/geometry-relations.ts'
import { GEOF, XSD } from '../../planner/namespaces.ts'
import type { Literal, Term } from '../../planner/term.ts'
import type { TermMap } from '../../planner/views/view.ts'

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

/** A condition on the value of one variable; an error of SPARQL's counts as false. */
export type Condition =
  | {
      readonly kind: 'compare'
      readonly variable: VariableName
      readonly operator: Comparison
      readonly constant: Term
    }
  | { readonly kind: 'in'; readonly variable: VariableName; readonly constants: readonly Term[] }
  /** A relation of GeoSPARQL, with the variable on its left or its right. */
  | {
      readonly kind: 'relate'
      readonly variable: VariableName
      readonly name: string
      readonly constant: Literal
      readonly side: 'left' | 'right'
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
    return constants.length === rest.length ? { kind: 'in', variable: first.name, constants } : undefined
  }
  const [second, more] = rest
  if (first === undefined || second === undefined || more !== undefined) return undefined
  if (first.kind === 'variable' && second.kind === 'term') return binary(operator, first.name, second.term, 'left')
  return first.kind === 'term' && second.kind === 'variable'
    ? binary(operator, second.name, first.term, 'right')
    : undefined
}

function binary(
  operator: string,
  variable: VariableName,
  constant: Term,
  side: 'left' | 'right',
): Condition | undefined {
  if (Object.hasOwn(MIRRORED, operator)) {
    const comparison = operator as Comparison
    return { kind: 'compare', variable, operator: side === 'left' ? comparison : MIRRORED[comparison], constant }
  }
  const name = operator.startsWith(GEOF) ? operator.slice(GEOF.length) : ''
  const isRelation =
    relationNames.includes(name) && constant.termType === 'Literal' && parseGeometry(constant) !== undefined
  return isRelation ? { kind: 'relate', variable, name, constant, side } : undefined
}

/** Whether a value satisfies a condition (SPARQL 1.1, section 17.3; GeoSPARQL 1.1, section 9). */
export function satisfies(term: Term, condition: Condition): boolean {
  switch (condition.kind) {
    case 'in':
      return condition.constants.some((constant) => equalTerms(term, constant) === true)
    case 'relate':
      return isRelated(term, condition)
    case 'compare':
      return compares(term, condition.operator, condition.constant)
  }
}

function compares(term: Term, operator: Comparison, constant: Term): boolean {
  if (operator === '=') return equalTerms(term, constant) === true
  if (operator === '!=') return equalTerms(term, constant) === false
  const order = compareTerms(term, constant)
  if (order === undefined || Number.isNaN(order)) return false
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]
}

function isRelated(term: Term, { name, constant, side }: Extract<Condition, { kind: 'relate' }>): boolean {
  const [one, other] = [parseGeometry(term), parseGeometry(constant)]
  if (one === undefined || other === undefined) return false
  return (side === 'left' ? relate(name, one, other) : relate(name, other, one)) === true
}

/**
 * What MongoDB can ask of a field for a condition on the term it gives: at least every value that satisfies it. Only
 * natural values are compared by it, for `"05"^^xsd:integer` may be kept as a text. `undefined`: nothing.
 */
export function fieldCondition(condition: Condition, map: TermMap): unknown {
  if (map.kind !== 'field' || map.termType !== 'literal') return undefined
  if (condition.kind === 'relate') return map.datatype === WKT_LITERAL ? geoCondition(condition) : undefined
  if (map.datatype !== undefined || map.language !== undefined) return undefined
  if (condition.kind === 'in') {
    const values = condition.constants.map(naturalValue)
    return values.includes(undefined) ? undefined : { $in: values }
  }
  const value = naturalValue(condition.constant)
  if (value === undefined || condition.operator === '!=') return undefined
  if (condition.operator === '=') return value
  // Strings are compared by code points in SPARQL, by UTF-16 units in JavaScript, by UTF-8 bytes in MongoDB.
  return typeof value === 'string' ? undefined : { [ORDERS[condition.operator]]: value }
}

const ORDERS = { '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const

const NUMERIC = new Set(['integer', 'double'].map((name) => XSD + name))

/** The JSON value that equals a term, and that no other value does which is not kept as it. */
function naturalValue(term: Term): unknown {
  if (term.termType !== 'Literal') return undefined
  const datatype = term.datatype.value
  if (datatype === `${XSD}string`) return term.value
  if (datatype === `${XSD}boolean`) return parseBoolean(term.value)
  if (!NUMERIC.has(datatype)) return undefined
  const value = Number(term.value)
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) {
    const isExact = datatype === `${XSD}double` || Number.isInteger(value)
    return isExact && term.value.trim() !== '' ? value : undefined
  }
  // A double equals every integer that is rounded to it.
  return datatype === `${XSD}integer` && /^[+-]?\d{1,1000}$/.test(term.value)
    ? BigInt(term.value.replace('+', ''))
    : undefined
}

/**
 * Relations that geometries can only have where they have a point in common. Those of RCC8 are of regions that touch or
 * overlap, by the letters of their patterns.
 */
export const MEETING =
  /^sf(Equals|Intersects|Touches|Crosses|Within|Contains|Overlaps)$|^eh(Equals|Meet|Overlap|Covers|CoveredBy|Inside|Contains)$|^rcc8(eq|ec|po|tpp|ntpp|tppi|ntppi)$/

/** Relations that only a geometry within the other has, its boundary included; and those of the other within it. */
const WITHIN = {
  left: /^sf(Equals|Within)$|^eh(Equals|CoveredBy|Inside)$|^rcc8(eq|tpp|ntpp)$/,
  right: /^sf(Equals|Contains)$|^eh(Equals|Covers|Contains)$|^rcc8(eq|tppi|ntppi)$/,
} as const

function geoCondition({ name, constant, side }: Extract<Condition, { kind: 'relate' }>): unknown {
  const geometry = parseGeometry(constant)
  if (geometry?.crs !== CRS84 || geometry.bounds === undefined || !MEETING.test(name)) return undefined
  const operator = WITHIN[side].test(name) ? '$geoWithin' : '$geoIntersects'
  return { [operator]: { $geometry: toGeoJson(geometry) } }
}
