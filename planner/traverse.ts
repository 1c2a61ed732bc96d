import type { Expression, Plan } from './algebra.ts'

/**
 * The plans directly beneath a plan. Those within EXISTS are part of its expressions, those of SERVICE and of each graph
 * are planned elsewhere: they are not among them.
 */
export function children(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'join':
    case 'union':
      return plan.inputs
    case 'leftJoin':
    case 'minus':
    case 'bindJoin':
      return [plan.left, plan.right]
    case 'filter':
    case 'extend':
    case 'group':
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
    case 'resolve':
      return [plan.input]
    case 'fragment':
      return [plan.plan]
    case 'shared':
      return [plan.fragment, plan.body]
    case 'unit':
    case 'empty':
    case 'pattern':
    case 'path':
    case 'graphs':
    case 'values':
    case 'branch':
    case 'service':
    case 'eachGraph':
      return []
  }
}

/** What a plan says of another place than its children: of an endpoint, of each graph. */
export function elsewhere(plan: Plan): readonly Plan[] {
  if (plan.kind === 'service') return [plan.pattern]
  return plan.kind === 'eachGraph' ? [plan.input] : []
}

/** The plan with `change` applied to each child; the same plan where no child changed. */
export function mapChildren(plan: Plan, change: (child: Plan) => Plan): Plan {
  switch (plan.kind) {
    case 'join':
    case 'union': {
      const inputs = mapArray(plan.inputs, change)
      return inputs === plan.inputs ? plan : { ...plan, inputs }
    }
    case 'leftJoin':
    case 'minus':
    case 'bindJoin': {
      const left = change(plan.left)
      const right = change(plan.right)
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right }
    }
    case 'filter':
    case 'extend':
    case 'group':
    case 'project':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
    case 'resolve': {
      const input = change(plan.input)
      return input === plan.input ? plan : { ...plan, input }
    }
    case 'fragment': {
      const inner = change(plan.plan)
      return inner === plan.plan ? plan : { ...plan, plan: inner }
    }
    case 'shared': {
      const fragment = change(plan.fragment)
      const body = change(plan.body)
      return fragment === plan.fragment && body === plan.body ? plan : { ...plan, fragment, body }
    }
    case 'unit':
    case 'empty':
    case 'pattern':
    case 'path':
    case 'graphs':
    case 'values':
    case 'branch':
    case 'service':
    case 'eachGraph':
      return plan
  }
}

/** `array.map` that gives the same array where no element changed. */
export function mapArray<Element>(
  array: readonly Element[],
  change: (element: Element) => Element,
): readonly Element[] {
  let changed = false
  const result = array.map((element) => {
    const next = change(element)
    if (next !== element) changed = true
    return next
  })
  return changed ? result : array
}

/** The expressions that a plan itself carries, not those of its children. */
export function expressionsOf(plan: Plan): readonly Expression[] {
  switch (plan.kind) {
    case 'filter':
      return [plan.condition]
    case 'leftJoin':
    case 'bindJoin':
      return plan.condition === undefined ? [] : [plan.condition]
    case 'extend':
      return [plan.expression]
    case 'order':
      return plan.by.map((key) => key.expression)
    case 'group':
      return plan.aggregates.flatMap((aggregate) => (aggregate.expression === undefined ? [] : [aggregate.expression]))
    default:
      return []
  }
}

/** The plan with `change` applied to each expression that it itself carries; the same plan where none changed. */
export function mapExpressions(plan: Plan, change: (expression: Expression) => Expression): Plan {
  switch (plan.kind) {
    case 'filter': {
      const condition = change(plan.condition)
      return condition === plan.condition ? plan : { ...plan, condition }
    }
    case 'leftJoin':
    case 'bindJoin': {
      if (plan.condition === undefined) return plan
      const condition = change(plan.condition)
      return condition === plan.condition ? plan : { ...plan, condition }
    }
    case 'extend': {
      const expression = change(plan.expression)
      return expression === plan.expression ? plan : { ...plan, expression }
    }
    case 'order': {
      const by = mapArray(plan.by, (key) => {
        const expression = change(key.expression)
        return expression === key.expression ? key : { ...key, expression }
      })
      return by === plan.by ? plan : { ...plan, by }
    }
    case 'group': {
      const aggregates = mapArray(plan.aggregates, (aggregate) => {
        if (aggregate.expression === undefined) return aggregate
        const expression = change(aggregate.expression)
        return expression === aggregate.expression ? aggregate : { ...aggregate, expression }
      })
      return aggregates === plan.aggregates ? plan : { ...plan, aggregates }
    }
    default:
      return plan
  }
}

/** Every plan of a tree, parents first; plans within EXISTS, SERVICE and each graph only with `exists`. */
export function* walk(plan: Plan, options: { readonly exists?: boolean } = {}): Generator<Plan> {
  yield plan
  for (const child of children(plan)) yield* walk(child, options)
  if (options.exists !== true) return
  for (const other of elsewhere(plan)) yield* walk(other, options)
  for (const expression of expressionsOf(plan)) {
    for (const part of walkExpression(expression)) {
      if (part.kind === 'exists') yield* walk(part.plan, options)
    }
  }
}

/** Every expression of a tree, parents first; the plan of an EXISTS is not entered. */
export function* walkExpression(expression: Expression): Generator<Expression> {
  yield expression
  if (expression.kind !== 'call') return
  for (const argument of expression.arguments) yield* walkExpression(argument)
}

/** The expression rebuilt from the leaves up by `change`; the same one where nothing changed. */
export function mapExpression(expression: Expression, change: (expression: Expression) => Expression): Expression {
  if (expression.kind !== 'call') return change(expression)
  const mapped = mapArray(expression.arguments, (argument) => mapExpression(argument, change))
  return change(mapped === expression.arguments ? expression : { ...expression, arguments: mapped })
}
