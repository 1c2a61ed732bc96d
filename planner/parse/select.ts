import type {
  Grouping,
  Ordering,
  Pattern,
  SelectQuery,
  Expression as Syntax,
  ValuePatternRow,
  Variable,
} from 'sparqljs'
import type { Aggregate, Expression, OrderKey, Plan, VariableName } from '../algebra.ts'
import {
  call,
  conjunction,
  distinct,
  extend,
  filter,
  graphs,
  group,
  join,
  leftJoin,
  order,
  project,
  reduced,
  slice,
  termExpression,
  variableExpression,
} from '../constructors.ts'
import { XSD } from '../namespaces.ts'
import { type GraphTerm, iri, literal } from '../term.ts'
import { isInternal, variablesOf } from '../variables.ts'
import { type AggregateCollector, collectAggregates } from './aggregates.ts'
import {
  assignedVariable,
  type Context,
  type Part,
  type Selected,
  semanticError,
  variableToken,
  wordToken,
} from './context.ts'
import { lowerExpression } from './expressions.ts'
import { anchorFor, lowerGroup, lowerValues } from './patterns.ts'

/** WHERE clause and solution modifiers, which all query forms share. */
export interface ModifierSyntax {
  readonly where?: Pattern[] | undefined
  readonly group?: Grouping[] | undefined
  readonly having?: Syntax[] | undefined
  readonly order?: Ordering[] | undefined
  readonly values?: ValuePatternRow[] | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly distinct?: boolean | undefined
  readonly reduced?: boolean | undefined
}

/** A SELECT query or subquery (sections 18.2.4 and 18.2.5). */
export function lowerSelect(query: SelectQuery, graph: GraphTerm, context: Context): Selected {
  const columns = query.variables as readonly Variable[]
  const first = columns[0]
  const all = first !== undefined && 'termType' in first && (first.termType as string) === 'Wildcard'
  return lowerModifiers(query, all ? undefined : columns, graph, context)
}

/** An output column: a variable of the pattern, or an expression and the variable that takes it. */
interface Column {
  readonly name: VariableName
  readonly expression?: Expression
}

/**
 * WHERE, grouping, HAVING, VALUES, SELECT expressions, ORDER BY, projection, DISTINCT, OFFSET and LIMIT, in this order.
 * `columns` are those of SELECT; absent: every visible variable.
 */
export function lowerModifiers(
  query: ModifierSyntax,
  columns: readonly Variable[] | undefined,
  graph: GraphTerm,
  context: Context,
): Selected {
  const where = lowerGroup(query.where ?? [], graph, context)
  const collector = collectAggregates(context)
  const keys = lowerKeys(query.group ?? [], where, graph, context)
  const inner = { context, graph, aggregate: collector.aggregate }
  const selected =
    columns === undefined ? undefined : lowerColumns(columns, where, keys.names, query, collector, graph, context)
  const ungrouped = query.group === undefined ? undefined : (name: VariableName) => collector.sample(name, keys.names)
  const having = (query.having ?? []).map((condition) =>
    lowerExpression(condition, ungrouped === undefined ? inner : { ...inner, variable: ungrouped }),
  )
  const by = lowerOrder(query.order ?? [], selected, keys.names, query, collector, graph, context)
  const aggregated = query.group !== undefined || collector.used()
  if (aggregated && selected === undefined) {
    semanticError(context, 'SELECT * cannot be grouped: name the columns', wordToken(context, 'SELECT'))
  }
  let part = aggregated ? lowerAggregation(keys, collector.aggregates(), query.group !== undefined, graph) : keys.part
  part = anchorFor(part, having, graph)
  part = { ...part, plan: filter(part.plan, conjunction(having)) }
  if (query.values !== undefined) part = { ...part, plan: join([part.plan, lowerValues(query.values, context)]) }
  part = extendColumns(part, selected ?? [], graph)
  const names = selected?.map((column) => column.name) ?? variablesOf(part.plan).filter((name) => !isInternal(name))
  return { part: lowerTail(part, query, by, names, graph, context), variables: names }
}

interface Keys {
  readonly names: readonly VariableName[]
  readonly part: Part
}

/** GROUP BY: expressions become variables first. */
function lowerKeys(groupings: readonly Grouping[], where: Part, graph: GraphTerm, context: Context): Keys {
  const names: VariableName[] = []
  let part = where
  for (const { expression: syntax, variable } of groupings) {
    const expression = lowerExpression(syntax, { context, graph })
    if (expression.kind === 'variable' && variable === undefined) {
      if (!names.includes(expression.name)) names.push(expression.name)
      continue
    }
    const target = variable === undefined ? undefined : assignedVariable(context, variable.value)
    const name = target?.name ?? `.k${context.counter.next++}`
    if (variablesOf(part.plan).includes(name)) {
      semanticError(context, `GROUP BY assigns ?${name}, which the pattern binds`, target?.token)
    }
    part = anchorFor(part, [expression], graph)
    part = { ...part, plan: extend(part.plan, name, expression) }
    names.push(name)
  }
  return { names, part }
}

function lowerColumns(
  columns: readonly Variable[],
  where: Part,
  keys: readonly VariableName[],
  query: ModifierSyntax,
  collector: AggregateCollector,
  graph: GraphTerm,
  context: Context,
): readonly Column[] {
  const visible = new Set(variablesOf(where.plan))
  const result: Column[] = []
  /** Variables outside of aggregates, to be checked when it is known whether there are any. */
  const plain: VariableName[] = []
  for (const column of columns) {
    if ('termType' in column) {
      addColumn(result, { name: column.value }, context, variableToken(context, column.value))
      plain.push(column.value)
      continue
    }
    const { name, token } = assignedVariable(context, column.variable.value)
    if (visible.has(name) || keys.includes(name)) {
      semanticError(context, `AS assigns ?${name}, which the pattern binds`, token)
    }
    const earlier = new Set(result.flatMap((known) => (known.expression === undefined ? [] : [known.name])))
    const expression = lowerExpression(column.expression, {
      context,
      graph,
      aggregate: collector.aggregate,
      variable: (mentioned) => {
        if (!earlier.has(mentioned)) plain.push(mentioned)
        return variableExpression(mentioned)
      },
    })
    addColumn(result, { name, expression }, context, token)
  }
  if (query.group !== undefined || collector.used()) {
    const ungrouped = plain.find((name) => !keys.includes(name))
    if (ungrouped !== undefined) {
      semanticError(
        context,
        `SELECT uses ?${ungrouped}, which is neither grouped by nor within an aggregate`,
        variableToken(context, ungrouped),
      )
    }
  }
  return result
}

function addColumn(columns: Column[], column: Column, context: Context, token: ReturnType<typeof variableToken>): void {
  const known = columns.find((other) => other.name === column.name)
  if (known === undefined) columns.push(column)
  else if (known.expression !== undefined || column.expression !== undefined) {
    semanticError(context, `Two columns of SELECT have the name ?${column.name}`, token)
  }
}

function lowerOrder(
  orderings: readonly Ordering[],
  columns: readonly Column[] | undefined,
  keys: readonly VariableName[],
  query: ModifierSyntax,
  collector: AggregateCollector,
  graph: GraphTerm,
  context: Context,
): readonly OrderKey[] {
  const assigned = new Set(columns?.flatMap((column) => (column.expression === undefined ? [] : [column.name])))
  const lower = ({ expression, descending }: Ordering): OrderKey => ({
    descending: descending === true,
    expression: lowerExpression(expression, {
      context,
      graph,
      aggregate: collector.aggregate,
      ...(query.group === undefined && !collector.used()
        ? {}
        : {
            variable: (name: VariableName) =>
              assigned.has(name) ? variableExpression(name) : collector.sample(name, keys),
          }),
    }),
  })
  return orderings.map(lower)
}

/**
 * Group and Aggregation (section 18.2.4.1). Under a graph the groups are those of each graph; without GROUP BY every
 * graph has one group, even an empty one.
 */
function lowerAggregation(
  { names, part }: Keys,
  aggregates: readonly Aggregate[],
  explicit: boolean,
  graph: GraphTerm,
): Part {
  if (graph.termType !== 'Variable' || !part.anchored) {
    return { plan: group(part.plan, names, aggregates), anchored: part.anchored && explicit }
  }
  const keys = [...names, graph.value]
  if (explicit) return { plan: group(part.plan, keys, aggregates), anchored: true }
  return { plan: groupOfEachGraph(part.plan, graph, aggregates), anchored: true }
}

/** What an aggregate yields over nothing at all; the others are unbound. */
const OVER_NOTHING = {
  count: literal('0', iri(`${XSD}integer`)),
  sum: literal('0', iri(`${XSD}integer`)),
  avg: literal('0', iri(`${XSD}integer`)),
  groupConcat: literal(''),
} as const

function groupOfEachGraph(
  input: Plan,
  graph: Extract<GraphTerm, { termType: 'Variable' }>,
  aggregates: readonly Aggregate[],
): Plan {
  const size = '.size'
  const renamed = aggregates.map((aggregate) => ({ ...aggregate, variable: `.of${aggregate.variable}` }))
  const counted: Aggregate = { variable: size, function: 'count', distinct: false }
  const groups = leftJoin(graphs(graph), group(input, [graph.value], [...renamed, counted]))
  const filled = aggregates.reduce<Plan>((plan, aggregate) => {
    const found = variableExpression(`.of${aggregate.variable}`)
    const nothing = aggregate.function in OVER_NOTHING ? OVER_NOTHING[aggregate.function as 'count'] : undefined
    const value =
      nothing === undefined
        ? found
        : call('IF', call('BOUND', variableExpression(size)), found, termExpression(nothing))
    return extend(plan, aggregate.variable, value)
  }, groups)
  return project(filled, [graph.value, ...aggregates.map((aggregate) => aggregate.variable)])
}

function extendColumns(part: Part, columns: readonly Column[], graph: GraphTerm): Part {
  const expressions = columns.flatMap((column) => (column.expression === undefined ? [] : [column.expression]))
  const anchored = anchorFor(part, expressions, graph)
  const plan = columns.reduce(
    (input, column) => (column.expression === undefined ? input : extend(input, column.name, column.expression)),
    anchored.plan,
  )
  return { plan, anchored: anchored.anchored }
}

/** ORDER BY, projection, DISTINCT and the slice (section 18.2.5). */
function lowerTail(
  input: Part,
  query: ModifierSyntax,
  by: readonly OrderKey[],
  names: readonly VariableName[],
  graph: GraphTerm,
  context: Context,
): Part {
  const part = anchorFor(
    input,
    by.map((key) => key.expression),
    graph,
  )
  const perGraph = graph.termType === 'Variable' && part.anchored
  // LIMIT and OFFSET count the rows of each graph.
  if (perGraph && (query.limit !== undefined || (query.offset ?? 0) > 0)) context.graph.apart = true
  const shown = perGraph && !names.includes(graph.value) ? [...names, graph.value] : names
  const projected = project(order(part.plan, by), shown)
  const unique = query.distinct === true ? distinct(projected) : query.reduced === true ? reduced(projected) : projected
  // A named graph that does not exist has no rows to take from: it comes before the slice.
  const sliced =
    query.limit === undefined && query.offset === undefined ? unique : slice(unique, query.offset ?? 0, query.limit)
  return { plan: sliced, anchored: part.anchored }
}
