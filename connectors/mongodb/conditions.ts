import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import type { TermMap } from '../../planner/views/view.ts'
import { type Condition, fieldCondition } from '../documents/conditions.ts'
import { askedOf, type TermCondition, type TextTypes } from '../documents/term-tests.ts'
import { boxesMeeting, pointsNear } from './near.ts'
import { pointsWithin } from './points.ts'
import type { BsonType, CollectionSchema, FieldTypes } from './schema.ts'
import type { BsonClasses } from './values.ts'

/** What is known of the field that a condition is on. */
export interface FieldKnowledge {
  readonly types: FieldTypes
  readonly points: 'none' | 'some' | 'exact'
}

export const fieldKnowledge = (schema: CollectionSchema, path: readonly string[]): FieldKnowledge => ({
  types: schema.types(path),
  points: schema.points(path),
})

/**
 * What MongoDB can ask of a field for a condition on the term it gives: at least every value that satisfies it.
 * `undefined`: nothing.
 */
export const pushedCondition = (
  condition: TermCondition,
  map: TermMap,
  knowledge: FieldKnowledge,
  bson: BsonClasses,
): unknown => askedOf(condition, map, textTypes(knowledge.types), (each) => comparison(each, map, knowledge, bson))

const textTypes = (types: FieldTypes): TextTypes => ({
  ofStrings: STRINGS.filter((type) => types === undefined || types.has(type)),
  ofScalars: SCALARS.filter((type) => types === undefined || types.has(type)),
})

/** Types whose values are strings in SPARQL, and those that have a text. */
const STRINGS: readonly BsonType[] = ['objectId', 'binData']
const SCALARS: readonly BsonType[] = [...STRINGS, 'int', 'long', 'double', 'decimal', 'bool', 'date']

function comparison(condition: Condition, map: TermMap, knowledge: FieldKnowledge, bson: BsonClasses): unknown {
  const { types } = knowledge
  const asked = fieldCondition(condition, map)
  if (condition.kind === 'relate') return asked === undefined ? undefined : related(condition, knowledge)
  if (asked === undefined) return condition.kind === 'compare' ? dateRange(condition, map) : undefined
  if (condition.kind === 'in')
    return condition.constants.every((each) => isExact(each, types)) ? inBson(asked, bson) : undefined
  if (isExact(condition.constant, types)) return inBson(asked, bson)
  return widened(Number(condition.constant.value), condition.operator)
}

/** Points by an index, and exactly where that can be; other geometries by the boxes of their vertices. */
function related(condition: Extract<Condition, { kind: 'relate' }>, { points }: FieldKnowledge): unknown {
  const { name, side, constant } = condition
  if (points === 'none') return boxesMeeting(constant)
  const near = pointsNear(constant)
  const within = points === 'exact' ? pointsWithin(name, side, constant) : undefined
  if (within === undefined) return near
  return (path: string) => ({ ...(near === undefined ? {} : { [path]: near }), ...within(path) })
}

/** What MongoDB asks of one value so that exactly those which satisfy the condition are left; `undefined`: nothing does. */
export function decidingCondition(
  condition: TermCondition,
  map: TermMap,
  { types, points }: FieldKnowledge,
  bson: BsonClasses,
): unknown {
  if (condition.kind === 'test') return undefined
  if (condition.kind === 'relate') {
    const isNear = points === 'exact' && fieldCondition(condition, map) !== undefined
    return isNear ? pointsWithin(condition.name, condition.side, condition.constant) : undefined
  }
  const constants = condition.kind === 'in' ? condition.constants : [condition.constant]
  if (!constants.every((each) => isExact(each, types))) return undefined
  const asked = fieldCondition(condition, map)
  return asked === undefined ? undefined : inBson(asked, bson)
}

/**
 * Whether MongoDB, which compares numbers exactly, compares the values of the field with this one as SPARQL does: a
 * decimal or a large integer is rounded where the other number is a double (SPARQL 1.1, section 17.3; XPath, section B.1).
 */
function isExact(constant: Term, types: FieldTypes): boolean {
  if (constant.termType !== 'Literal') return true
  const datatype = constant.datatype.value
  if (datatype === `${XSD}string` || datatype === `${XSD}boolean`) return true
  if (Math.abs(Number(constant.value)) > Number.MAX_SAFE_INTEGER) return false
  return datatype === `${XSD}integer` || (types !== undefined && !types.has('decimal'))
}

/** Numbers by their values, whatever the field's own type; texts are written as the field has them. */
const inBson = (asked: unknown, bson: BsonClasses): unknown => {
  if (typeof asked === 'number') return new bson.Double(asked)
  if (typeof asked !== 'object' || asked === null || !('$in' in asked)) return asked
  const values = asked.$in as readonly unknown[]
  const isNumeric = values.every((value) => typeof value === 'number')
  if (isNumeric) return { $in: values.map((value) => new bson.Double(value as number)) }
  return values.some((value) => typeof value === 'number') ? undefined : asked
}

/** Numbers that may be rounded to those that satisfy a comparison. */
function widened(value: number, operator: '=' | '!=' | '<' | '<=' | '>' | '>='): unknown {
  if (!Number.isFinite(value)) return undefined
  const [less, more] = [neighbour(value, -1), neighbour(value, 1)]
  switch (operator) {
    case '=':
      return { $gte: less, $lte: more }
    case '<':
    case '<=':
      return { $lte: more }
    case '>':
    case '>=':
      return { $gte: less }
    case '!=':
      return undefined
  }
}

/** The next double below or above. */
function neighbour(value: number, direction: -1 | 1): number {
  if (value === 0) return direction * Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(direction * Math.sign(value)))
  return view.getFloat64(0)
}

const TIMED = /^-?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Natural dates are of BSON dates only, which have milliseconds; nothing else compares with them. */
function dateRange({ operator, constant }: Extract<Condition, { kind: 'compare' }>, map: TermMap): unknown {
  if (map.kind !== 'field' || map.termType !== 'literal' || map.datatype !== undefined || map.language !== undefined)
    return undefined
  if (constant.termType !== 'Literal' || constant.datatype.value !== `${XSD}dateTime`) return undefined
  const time = TIMED.test(constant.value) ? Date.parse(constant.value) : Number.NaN
  if (Number.isNaN(time) || operator === '!=') return undefined
  const [before, after] = [new Date(time - 1), new Date(time + 1)]
  if (operator === '=') return { $gte: before, $lte: after }
  return operator.startsWith('<') ? { $lte: after } : { $gte: before }
}
