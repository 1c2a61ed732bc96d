import type { Expression, Plan, VariableName } from '../../planner/algebra.ts'
import { type Cell, tellsApart } from '../../planner/views/unfold.ts'
import type { View } from '../../planner/views/view.ts'
import { compileShape, type DocumentsQuery } from '../documents/compile.ts'
import { type Shape, shapeOf } from '../documents/shape.ts'
import { type GroupBy, type Grouping, groupingOf } from './pipeline/group.ts'
import { decides } from './pipeline/restrict.ts'
import { type Top, topOf } from './pipeline/top.ts'
import type { Database } from './read.ts'

/** A fragment in the form that MongoDB answers. */
export interface MongodbQuery {
  readonly fragment: Plan
  /** Its solutions by `find`, without groups and order. */
  readonly documents: DocumentsQuery
  readonly grouped?: GroupedQuery
  readonly top?: TopQuery
  /** It has groups or an order, which the engine makes of the solutions where no pipeline does. */
  readonly isComposed: boolean
}

export interface GroupedQuery {
  readonly by: GroupBy
  /** One for each member. */
  readonly groupings: readonly Grouping[]
  /** No solutions make one group. */
  readonly isOne: boolean
  readonly output: readonly VariableName[]
  readonly distinct: boolean
  readonly offset: number
  readonly limit?: number
}

export interface TopQuery extends Top {
  /** Variables of the keys. */
  readonly variables: readonly VariableName[]
  /** Rows that are asked for. */
  readonly most: number
}

type Place = Pick<Database, 'options' | 'bson' | 'knowledge'>

/** The fragment as a query, or `undefined` where MongoDB cannot answer it whole, or not better than the engine. */
export function compileQuery(
  fragment: Plan,
  views: readonly View[],
  accepts: (conjunct: Expression) => boolean,
  place: Place,
): MongodbQuery | undefined {
  const shape = shapeOf(fragment, accepts)
  if (shape === undefined) return undefined
  if (shape.group !== undefined) return groupedQuery(fragment, shape, shape.group, views, place)
  const documents = compileShape(shape, views, place.options)
  if (documents === undefined) return undefined
  if (shape.order.length > 0) return orderedQuery(fragment, shape, documents, place)
  const grouped = distinctQuery(documents, place)
  return { fragment, documents, isComposed: false, ...(grouped === undefined ? {} : { grouped }) }
}

function groupedQuery(
  fragment: Plan,
  { output, distinct, offset, limit, ...shape }: Shape,
  by: GroupBy,
  views: readonly View[],
  place: Place,
): MongodbQuery | undefined {
  const documents = compileShape({ ...shape, distinct: false, offset: 0 }, views, place.options)
  if (documents === undefined || documents.repeating) return undefined
  const groupings = groupingsOf(documents, by, place)
  if (groupings === undefined) return undefined
  const grouped: GroupedQuery = {
    by,
    groupings,
    isOne: by.keys.length === 0,
    output: output ?? [...by.keys, ...by.aggregates.map(({ variable }) => variable)],
    distinct,
    offset,
    ...(limit === undefined ? {} : { limit }),
  }
  return { fragment, documents, grouped, isComposed: true }
}

function groupingsOf(documents: DocumentsQuery, by: GroupBy, place: Place): readonly Grouping[] | undefined {
  const groupings = documents.members.map((member) => {
    const [source] = member.scans
    if (source === undefined) return undefined
    return groupingOf(documents, member, by, place.knowledge(source.collection), (condition, slot) =>
      decides(condition, slot, place),
    )
  })
  return groupings.every((grouping) => grouping !== undefined) ? groupings : undefined
}

/** Distinct solutions as groups, where fewer rows come of that; with a limit the first ones are wanted sooner. */
function distinctQuery(documents: DocumentsQuery, place: Place): GroupedQuery | undefined {
  const { distinct, limit, offset, output, members } = documents
  if (!distinct || limit !== undefined || offset > 0 || members.length === 0) return undefined
  const isApart = members.some((member) =>
    member.positions.some(({ variable, cells }) => {
      const source = (cell: Cell) => member.scans[cell.scan]!
      return (
        variable !== undefined &&
        output.includes(variable) &&
        cells.some((cell) => tellsApart(cell.map, source(cell), place.options))
      )
    }),
  )
  const by: GroupBy = { keys: output, aggregates: [] }
  const groupings = isApart ? undefined : groupingsOf(documents, by, place)
  if (groupings === undefined) return undefined
  return { by, groupings, isOne: false, output, distinct: false, offset: 0 }
}

/** Most rows of an order that are read at once; more the engine sorts, within the query's memory. */
const MOST_ROWS = 10_000

/** Without a limit the engine sorts the solutions just as well. */
function orderedQuery(
  fragment: Plan,
  { order, limit, offset }: Shape,
  documents: DocumentsQuery,
  place: Place,
): MongodbQuery | undefined {
  const source = documents.members[0]?.scans[0]
  const top = source === undefined ? undefined : topOf(documents, order, place.knowledge(source.collection), place)
  if (top === undefined) return undefined
  if (limit === undefined || offset + limit > MOST_ROWS) return { fragment, documents, isComposed: true }
  const variables = order.flatMap(({ expression }) => (expression.kind === 'variable' ? [expression.name] : []))
  return { fragment, documents, top: { ...top, variables, most: offset + limit }, isComposed: true }
}
