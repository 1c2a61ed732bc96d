import type { Aggregate, Expression, OrderKey, Pattern, Plan, VariableName } from '../../planner/algebra.ts'

/**
 * The parts of a fragment, from within: patterns joined and filtered, grouped, ordered, projected, made distinct, sliced.
 */
export interface Shape {
  readonly patterns: readonly Pattern[]
  readonly conditions: readonly Expression[]
  readonly group?: { readonly keys: readonly VariableName[]; readonly aggregates: readonly Aggregate[] }
  readonly order: readonly OrderKey[]
  readonly output?: readonly VariableName[]
  readonly distinct: boolean
  readonly offset: number
  readonly limit?: number
}

const PLAIN = { conditions: [], order: [], distinct: false, offset: 0 } as const

/** `undefined`: the fragment has another shape. */
export function shapeOf(plan: Plan, accepts: (conjunct: Expression) => boolean): Shape | undefined {
  switch (plan.kind) {
    case 'pattern':
      return { ...PLAIN, patterns: [plan] }
    case 'join':
      return joinShape(plan.inputs, accepts)
    case 'filter': {
      const input = shapeOf(plan.input, accepts)
      if (input === undefined || isModified(input)) return undefined
      const conjuncts = conjunctsOf(plan.condition)
      const known = new Set(variablesOf(input.patterns))
      const isTaken = conjuncts.every(
        (conjunct) => accepts(conjunct) && [...mentioned(conjunct)].every((name) => known.has(name)),
      )
      return isTaken ? { ...input, conditions: [...input.conditions, ...conjuncts] } : undefined
    }
    case 'group': {
      const input = shapeOf(plan.input, accepts)
      if (input === undefined || isModified(input)) return undefined
      return { ...input, group: { keys: plan.keys, aggregates: plan.aggregates } }
    }
    default:
      return modified(plan, accepts)
  }
}

function modified(plan: Plan, accepts: (conjunct: Expression) => boolean): Shape | undefined {
  switch (plan.kind) {
    case 'order': {
      const input = shapeOf(plan.input, accepts)
      return input === undefined || isModified(input) ? undefined : { ...input, order: plan.by }
    }
    case 'project': {
      const input = shapeOf(plan.input, accepts)
      if (input === undefined || isSliced(input) || input.distinct || input.output !== undefined) return undefined
      return plan.variables.every((name) => variablesOfShape(input).includes(name))
        ? { ...input, output: plan.variables }
        : undefined
    }
    case 'distinct':
    case 'reduced': {
      const input = shapeOf(plan.input, accepts)
      if (input === undefined || isSliced(input)) return undefined
      return { ...input, distinct: input.distinct || plan.kind === 'distinct' }
    }
    case 'slice': {
      const input = shapeOf(plan.input, accepts)
      if (input === undefined || isSliced(input)) return undefined
      return { ...input, offset: plan.offset, ...(plan.limit === undefined ? {} : { limit: plan.limit }) }
    }
    default:
      return undefined
  }
}

/** Variables that the shape's rows bind before it is projected. */
export const variablesOfShape = ({ patterns, group }: Shape): readonly VariableName[] =>
  group === undefined ? variablesOf(patterns) : [...group.keys, ...group.aggregates.map(({ variable }) => variable)]

const isSliced = ({ offset, limit }: Shape): boolean => offset > 0 || limit !== undefined
const isModified = (shape: Shape): boolean =>
  isSliced(shape) || shape.distinct || shape.output !== undefined || shape.order.length > 0 || shape.group !== undefined

function joinShape(inputs: readonly Plan[], accepts: (conjunct: Expression) => boolean): Shape | undefined {
  const shapes = inputs.map((input) => shapeOf(input, accepts))
  if (shapes.some((shape) => shape === undefined || isModified(shape)) || shapes.length === 0) return undefined
  return {
    ...PLAIN,
    patterns: shapes.flatMap((shape) => shape!.patterns),
    conditions: shapes.flatMap((shape) => shape!.conditions),
  }
}

export const conjunctsOf = (condition: Expression): readonly Expression[] =>
  condition.kind === 'call' && condition.operator === '&&' ? condition.arguments.flatMap(conjunctsOf) : [condition]

/** Variables that an expression mentions, those within EXISTS left out. */
function mentioned(expression: Expression): ReadonlySet<VariableName> {
  if (expression.kind === 'variable') return new Set([expression.name])
  if (expression.kind !== 'call') return new Set()
  return new Set(expression.arguments.flatMap((argument) => [...mentioned(argument)]))
}

/** Variables of patterns, in the order of their first use. */
export function variablesOf(patterns: readonly Pattern[]): readonly VariableName[] {
  const terms = patterns.flatMap(({ subject, predicate, object, graph }) => [subject, predicate, object, graph])
  return [...new Set(terms.flatMap((term) => (term.termType === 'Variable' ? [term.value] : [])))]
}
