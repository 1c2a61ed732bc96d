import type { VariableName } from '../../planner/algebra.ts'
import { type RecordQuery, tellsApart } from '../../planner/views/unfold.ts'
import { type DocumentsQuery, mongoPath } from '../documents/compile.ts'
import { type TermCondition, termCondition } from '../documents/term-tests.ts'
import { decidingCondition, type FieldKnowledge, fieldKnowledge } from './conditions.ts'
import type { Database } from './read.ts'

/**
 * The query without the variables that only its conditions read, where MongoDB leaves exactly the documents which
 * satisfy these: their fields are not fetched. `kept` are variables that are read whatever the answer shows.
 */
export function withoutDecided(
  query: DocumentsQuery,
  kept: readonly VariableName[],
  place: Pick<Database, 'options' | 'bson' | 'knowledge'>,
): DocumentsQuery {
  // What tells repeated solutions apart has to be read.
  if (query.repeating || query.conditions.length === 0) return query
  const conditions = query.conditions.map((conjunct) => termCondition(conjunct)!)
  const decided = query.variables.filter(
    (name) =>
      !query.output.includes(name) &&
      !kept.includes(name) &&
      query.members.every((member) => isDecided(name, member, conditions, place)),
  )
  if (decided.length === 0) return query
  const members = query.members.map((member) => ({
    ...member,
    positions: member.positions.map((position) =>
      position.variable !== undefined && decided.includes(position.variable)
        ? { ...position, isUnread: true as const }
        : position,
    ),
  }))
  return { ...query, members, variables: query.variables.filter((name) => !decided.includes(name)) }
}

/** One value of a field of its own, about which every condition is decided. */
function isDecided(
  name: VariableName,
  { positions, scans }: RecordQuery,
  conditions: readonly TermCondition[],
  { options, bson, knowledge }: Pick<Database, 'options' | 'bson' | 'knowledge'>,
): boolean {
  const position = positions.find(({ variable }) => variable === name)
  const [cell, other] = position?.cells ?? []
  if (cell === undefined || other !== undefined || position?.term !== undefined) return false
  const { map, scan } = cell
  const source = scans[scan]!
  if (map.kind !== 'field' || source.iterator !== undefined || tellsApart(map, source, options)) return false
  const path = mongoPath(map.field, source)?.split('.')
  const { schema } = knowledge(source.collection)
  if (path === undefined || path.some((segment) => /^\d+$/.test(segment)) || !schema.isScalar(path)) return false
  const field = fieldKnowledge(schema, path)
  const own = conditions.filter(({ variable }) => variable === name)
  return (
    own.length > 0 &&
    own.every((each) => !mayBeNaN(each, field) && decidingCondition(each, map, field, bson) !== undefined)
  )
}

/** Servers that speak MongoDB's protocol do not agree on whether NaN is less or greater than other numbers. */
const mayBeNaN = (condition: TermCondition, { types }: FieldKnowledge): boolean =>
  condition.kind === 'compare' &&
  condition.operator !== '=' &&
  (types === undefined || types.has('double') || types.has('decimal'))
