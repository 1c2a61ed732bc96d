import type { Aggregate, Expression, VariableName } from '../algebra.ts'
import { variableExpression } from '../constructors.ts'
import type { AggregateSyntax, Context } from './context.ts'

const FUNCTIONS: Readonly<Record<string, Aggregate['function']>> = {
  count: 'count',
  sum: 'sum',
  min: 'min',
  max: 'max',
  avg: 'avg',
  sample: 'sample',
  group_concat: 'groupConcat',
}

/** The aggregates of one query level: equal ones are computed once. */
export interface AggregateCollector {
  /** What stands for an aggregate once the groups are made. */
  readonly aggregate: (syntax: AggregateSyntax) => Expression
  /** What stands for a variable outside of aggregates: itself where it is a key, else any of the group's values. */
  readonly sample: (name: VariableName, keys: readonly VariableName[]) => Expression
  /** Whether the query wrote an aggregate. */
  readonly used: () => boolean
  readonly aggregates: () => readonly Aggregate[]
}

export function collectAggregates(context: Context): AggregateCollector {
  const known = new Map<string, Aggregate>()
  let used = false
  const add = (aggregate: Omit<Aggregate, 'variable'>): Expression => {
    const key = JSON.stringify(aggregate)
    const found = known.get(key) ?? { ...aggregate, variable: `.a${context.counter.next++}` }
    known.set(key, found)
    return variableExpression(found.variable)
  }
  return {
    aggregate: (syntax) => {
      used = true
      const name = FUNCTIONS[syntax.function]!
      return add({
        function: name,
        distinct: syntax.distinct,
        ...(syntax.expression === undefined ? {} : { expression: syntax.expression }),
        ...(name === 'groupConcat' ? { separator: syntax.separator ?? ' ' } : {}),
      })
    },
    sample: (name, keys) =>
      keys.includes(name)
        ? variableExpression(name)
        : add({ function: 'sample', distinct: false, expression: variableExpression(name) }),
    used: () => used,
    aggregates: () => [...known.values()],
  }
}
