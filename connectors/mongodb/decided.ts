import type { VariableName } from '../../planner/algebra.ts'
import { XSD } from '../../planner/namespaces.ts'
import { inverse } from '../../planner/views/term-map.ts'
import { type Position, type RecordQuery, tellsApart } from '../../planner/views/unfold.ts'
import { type DocumentsQuery, mongoPath } from '../documents/compile.ts'
import { type TermCondition, termCondition } from '../documents/term-tests.ts'
import { decidingCondition, type FieldKnowledge, fieldKnowledge } from './conditions.ts'
import type { Database } from './read.ts'
import type { BsonType } from './schema.ts'

/**
 * The query without what only its filter reads, constants and the variables of conditions, where MongoDB leaves exactly
 * the documents that have and satisfy these: their fields are not fetched. `kept` are variables that are read whatever
 * the answer shows.
 */
export function withoutDecided(
  query: DocumentsQuery,
  kept: readonly VariableName[],
  place: Pick<Database, 'options' | 'bson' | 'knowledge'>,
): DocumentsQuery {
  // What tells repeated solutions apart has to be read.
  if (query.repeating) return query
  const conditions = query.conditions.map((conjunct) => termCondition(conjunct)!)
  const decided = query.variables.filter(
    (name) =>
      !query.output.includes(name) &&
      !kept.includes(name) &&
      query.members.every((member) => isDecided(name, member, conditions, place)),
  )
  const isUnread = (position: Position, member: RecordQuery): boolean =>
    position.variable === undefined ? isConstant(position, member, place) : decided.includes(position.variable)
  const members = query.members.map((member) => ({
    ...member,
    positions: member.positions.map((position) =>
      isUnread(position, member) ? { ...position, isUnread: true as const } : position,
    ),
  }))
  return { ...query, members, variables: query.variables.filter((name) => !decided.includes(name)) }
}

/** One value of a field of its own, about which every condition is decided. */
function isDecided(
  name: VariableName,
  member: RecordQuery,
  conditions: readonly TermCondition[],
  place: Pick<Database, 'options' | 'bson' | 'knowledge'>,
): boolean {
  const position = member.positions.find(({ variable }) => variable === name)
  const found = position?.term === undefined && position !== undefined ? ownField(position, member, place) : undefined
  if (found === undefined) return false
  const { map, field } = found
  const own = conditions.filter(({ variable }) => variable === name)
  return (
    own.length > 0 &&
    own.every((each) => !mayBeNaN(each, field) && decidingCondition(each, map, field, place.bson) !== undefined)
  )
}

/** Of a field whose values are all of one type: no two of them are equal and other terms. */
const EXACT: Readonly<Record<string, readonly BsonType[]>> = {
  [`${XSD}string`]: ['string'],
  [`${XSD}integer`]: ['int', 'long'],
  [`${XSD}boolean`]: ['bool'],
}

/** A natural literal of a field of its own that has no values but those of the literal's datatype. */
function isConstant(
  position: Position,
  member: RecordQuery,
  place: Pick<Database, 'options' | 'bson' | 'knowledge'>,
): boolean {
  const { term } = position
  const found = term?.termType === 'Literal' && term.language === '' ? ownField(position, member, place) : undefined
  if (found === undefined || term?.termType !== 'Literal') return false
  const { map, field } = found
  if (map.termType !== 'literal' || map.datatype !== undefined || map.language !== undefined) return false
  if (inverse(map, term, place.options) === 'unknown') return false
  const types = EXACT[term.datatype.value] ?? []
  return field.types !== undefined && [...field.types].every((type) => types.includes(type))
}

/** The field that a position is of, where there is one value of it at most in each document, and nothing else beside it. */
function ownField(
  { cells }: Position,
  { scans }: RecordQuery,
  { options, knowledge }: Pick<Database, 'options' | 'knowledge'>,
) {
  const [cell, other] = cells
  if (cell === undefined || other !== undefined) return undefined
  const { map, scan } = cell
  const source = scans[scan]!
  if (map.kind !== 'field' || source.iterator !== undefined || tellsApart(map, source, options)) return undefined
  const path = mongoPath(map.field, source)?.split('.')
  const { schema, collation } = knowledge(source.collection)
  // By a collation of its own a collection finds texts that are equal to others and not the same.
  if (path === undefined || collation !== undefined || !schema.isScalar(path)) return undefined
  return path.some((segment) => /^\d+$/.test(segment)) ? undefined : { map, field: fieldKnowledge(schema, path) }
}

/** Servers that speak MongoDB's protocol do not agree on whether NaN is less or greater than other numbers. */
const mayBeNaN = (condition: TermCondition, { types }: FieldKnowledge): boolean =>
  condition.kind === 'compare' &&
  condition.operator !== '=' &&
  (types === undefined || types.has('double') || types.has('decimal'))
