import type { BindJoin, Expression, Plan, VariableName } from '../algebra.ts'
import {
  call,
  certainlyShared,
  distinct,
  extend,
  filter,
  join,
  project,
  termExpression,
  variableExpression,
} from '../constructors.ts'
import { openEndpoints, servicesOf } from '../services.ts'
import { literal, variable } from '../term.ts'
import { certainlyBound, variablesOf } from '../variables.ts'
import { rewriteUp } from './rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

/**
 * `SERVICE ?endpoint` comes after what binds its variable, which hands the endpoints over (SPARQL 1.1 Federated Query,
 * section 4): within a group the order of the text does not matter.
 */
export const bindServices: Rule = {
  name: 'bind-services',
  optional: false,
  apply: (plan, context) =>
    servicesOf(plan).some(({ endpoint }) => endpoint.termType === 'Variable')
      ? rewriteUp(plan, (node) => place(node, context))
      : plan,
}

function place(node: Plan, context: RuleContext): Plan {
  switch (node.kind) {
    case 'join':
      return placeInputs(node.inputs, node, context)
    case 'leftJoin':
      if (endpointsBetween(node.left, node.right).length === 0) return node
      return bind(node.left, node.right, 'left', context, node.condition)
    case 'bindJoin':
      if (endpointsBetween(node.left, node.right).length === 0) return node
      return bind(node.left, node.right, node.form, context, node.condition)
    case 'minus': {
      const names = endpointsBetween(node.left, node.right)
      if (names.length === 0) return node
      const endpoints = distinct(project(whereBound(node.left, names), names))
      return { ...node, right: bind(endpoints, node.right, 'inner', context) }
    }
    default:
      return node
  }
}

function placeInputs(inputs: readonly Plan[], unchanged: Plan, context: RuleContext): Plan {
  const waiting = inputs.filter((input) => endpointsBetween(others(inputs, input), input).length > 0)
  if (waiting.length === 0) return unchanged
  let current = join(inputs.filter((input) => !waiting.includes(input)))
  while (waiting.length > 0) {
    const index = waiting.findIndex((input) =>
      endpointsBetween(others(inputs, input), input).every((name) => variablesOf(current).includes(name)),
    )
    // Endpoints that name each other: no order is right, and the first says so when it runs.
    const [next] = waiting.splice(Math.max(index, 0), 1)
    current = index < 0 ? join([current, next!]) : bind(current, next!, 'inner', context)
  }
  return current
}

const others = (inputs: readonly Plan[], input: Plan): Plan => join(inputs.filter((each) => each !== input))

/** The endpoints that one plan leaves open and the other binds. */
const endpointsBetween = (left: Plan, right: Plan): readonly VariableName[] =>
  [...openEndpoints(right)].filter((name) => variablesOf(left).includes(name))

function bind(left: Plan, right: Plan, form: BindJoin['form'], context: RuleContext, condition?: Expression): BindJoin {
  const names = endpointsBetween(left, right)
  const given = names.every((name) => certainlyBound(left).has(name)) ? { left, right } : named(left, right, context)
  const keys = [...new Set([...certainlyShared(given.left, given.right), ...endpointsBetween(given.left, given.right)])]
  return { kind: 'bindJoin', ...given, keys, form, ...(condition === undefined ? {} : { condition }) }
}

/** A row that leaves the endpoint unbound has none of its own, which SILENT keeps: each has a name in any case. */
function named(left: Plan, right: Plan, context: RuleContext): { readonly left: Plan; readonly right: Plan } {
  if (right.kind !== 'service') return { left, right }
  const name = context.fresh('endpoint')
  const endpoint = call('COALESCE', variableExpression(right.endpoint.value), termExpression(literal('')))
  return { left: extend(left, name, endpoint), right: { ...right, endpoint: variable(name) } }
}

const whereBound = (plan: Plan, names: readonly VariableName[]): Plan =>
  names
    .filter((name) => !certainlyBound(plan).has(name))
    .reduce((input, name) => filter(input, call('BOUND', variableExpression(name))), plan)
