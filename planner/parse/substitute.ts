import type { EachGraph, Expression, PathPattern, Pattern, Plan, Query, QueryForm, VariableName } from '../algebra.ts'
import {
  empty,
  extend,
  filter,
  graphs,
  group,
  join,
  leftJoin,
  minus,
  order,
  project,
  TRUE,
  termExpression,
  union,
  unit,
  values,
} from '../constructors.ts'
import { inGraph } from '../each-graph.ts'
import { PolyprovError } from '../errors.ts'
import type { GraphTerm, PatternTerm, Term } from '../term.ts'
import { mapChildren, mapExpression, mapExpressions, walk } from '../traverse.ts'
import { variablesOf } from '../variables.ts'

export type Parameters = ReadonlyMap<VariableName, Term>

/**
 * A query with terms for some of its variables, everywhere: in patterns and expressions, subqueries and EXISTS among
 * them. What the query shows stays the same: a parameter that is projected is bound to its term.
 * Throws `parameter` where the query itself assigns the variable.
 */
export function substitute(query: Query, parameters: Parameters): Query {
  const used = new Map<VariableName, Term>()
  for (const [name, term] of parameters) used.set(name.replace(/^[?$]/, ''), term)
  refuseAssigned(query.plan, used)
  const top = shownVariables(query.form)
  const plan = substituteTop(query.plan, used)
  return { ...query, form: substituteForm(query.form, used), plan: bindShown(plan, top, used) }
}

/** The variables that the form needs of the solutions; the others are replaced in the form itself. */
const shownVariables = (form: QueryForm): readonly VariableName[] => (form.kind === 'select' ? form.variables : [])

function bindShown(plan: Plan, shown: readonly VariableName[], parameters: Parameters): Plan {
  const missing = shown.filter((name) => parameters.has(name) && !variablesOf(plan).includes(name))
  return bindAll(plan, missing, parameters)
}

/** Binds parameters in every solution. */
function bindAll(plan: Plan, names: readonly VariableName[], parameters: Parameters): Plan {
  return names.reduce((input, name) => {
    const term = parameters.get(name)!
    if (term.termType === 'BlankNode') return join([input, values([name], [[term]])])
    return extend(input, name, termExpression(term))
  }, plan)
}

/** The modifiers above the outermost projection keep their place: only what the projection shows is bound beneath it. */
function substituteTop(plan: Plan, parameters: Parameters): Plan {
  switch (plan.kind) {
    case 'slice':
    case 'distinct':
    case 'reduced':
      return { ...plan, input: substituteTop(plan.input, parameters) }
    case 'project':
      return project(bindShown(substitutePlan(plan.input, parameters), plan.variables, parameters), plan.variables)
    default:
      return substitutePlan(plan, parameters)
  }
}

function substituteForm(form: QueryForm, parameters: Parameters): QueryForm {
  switch (form.kind) {
    case 'select':
    case 'ask':
      return form
    case 'construct':
      return {
        ...form,
        template: form.template.flatMap((pattern) => {
          const replaced = substitutePattern(pattern, parameters)
          return replaced?.kind === 'pattern' ? [replaced] : []
        }),
      }
    case 'describe':
      return {
        ...form,
        terms: form.terms.flatMap((term) => {
          const replaced = replace(term, parameters)
          return replaced.termType === 'NamedNode' || replaced.termType === 'Variable' ? [replaced] : []
        }),
      }
  }
}

const replace = <Kind extends PatternTerm | GraphTerm>(term: Kind, parameters: Parameters): Kind | Term =>
  term.termType === 'Variable' ? (parameters.get(term.value) ?? term) : term

/** The pattern with its parameters; nothing where a term cannot stand in its place: no triple matches then. */
function substitutePattern(pattern: Pattern | PathPattern, parameters: Parameters): Pattern | PathPattern | undefined {
  const subject = replace(pattern.subject, parameters)
  const object = replace(pattern.object, parameters)
  const graph = replace(pattern.graph, parameters)
  if (graph.termType === 'Literal' || graph.termType === 'BlankNode') return undefined
  if (pattern.kind === 'path') return { ...pattern, subject, object, graph }
  const predicate = replace(pattern.predicate, parameters)
  if (predicate.termType === 'Literal' || predicate.termType === 'BlankNode') return undefined
  if (subject.termType === 'Literal') return undefined
  return { ...pattern, subject, predicate, object, graph }
}

function without(names: readonly VariableName[], parameters: Parameters): readonly VariableName[] {
  return names.filter((name) => !parameters.has(name))
}

/** A plan with terms for some of its variables: what EXISTS does with the row (SPARQL 1.1, section 18.6). */
export function substitutePlan(plan: Plan, parameters: Parameters): Plan {
  const below = (child: Plan): Plan => substitutePlan(child, parameters)
  const changed = mapExpressions(plan, (expression) => substituteExpression(expression, parameters))
  switch (changed.kind) {
    case 'pattern':
    case 'path':
      return substitutePattern(changed, parameters) ?? empty(without(variablesOf(changed), parameters))
    case 'graphs': {
      const graph = replace(changed.graph, parameters)
      return graph.termType === 'NamedNode' || graph.termType === 'Variable' ? graphs(graph) : empty([])
    }
    case 'empty':
      return empty(without(changed.variables, parameters))
    case 'values':
      return substituteValues(changed, parameters)
    case 'join':
      return join(changed.inputs.map(below))
    case 'union':
      return union(changed.inputs.map(below))
    case 'leftJoin':
      return leftJoin(below(changed.left), below(changed.right), changed.condition)
    case 'minus':
      return substituteMinus(changed.left, changed.right, parameters)
    case 'filter':
      return filter(below(changed.input), changed.condition)
    case 'extend':
      return agreeing(
        extend(below(changed.input), changed.variable, changed.expression),
        [changed.variable],
        parameters,
      )
    case 'group':
      return substituteGroup(changed, parameters)
    case 'project':
      return project(below(changed.input), without(changed.variables, parameters))
    case 'order':
      return order(below(changed.input), changed.by)
    case 'service':
      return substituteService(changed, parameters)
    case 'eachGraph':
      return substituteEachGraph(changed, parameters)
    default:
      return mapChildren(changed, below)
  }
}

function substituteValues(plan: Extract<Plan, { kind: 'values' }>, parameters: Parameters): Plan {
  const kept = plan.variables.flatMap((name, index) => (parameters.has(name) ? [] : [index]))
  const rows = plan.rows.filter((row) =>
    plan.variables.every((name, index) => {
      const term = parameters.get(name)
      const value = row[index]
      return term === undefined || value === undefined || value.equals(term)
    }),
  )
  return values(
    kept.map((index) => plan.variables[index]!),
    rows.map((row) => kept.map((index) => row[index])),
  )
}

/** MINUS asks whether both sides share a variable: a parameter that both have still counts. */
function substituteMinus(left: Plan, right: Plan, parameters: Parameters): Plan {
  const names = variablesOf(right)
  const shared = variablesOf(left).filter((name) => parameters.has(name) && names.includes(name))
  const newLeft = substitutePlan(left, parameters)
  const newRight = substitutePlan(right, parameters)
  if (shared.length === 0) return minus(newLeft, newRight)
  const result = minus(bindAll(newLeft, shared, parameters), bindAll(newRight, shared, parameters))
  return project(result, variablesOf(newLeft))
}

/** A key that has become constant stays a key, lest a group without keys be one group over nothing. */
function substituteGroup(plan: Extract<Plan, { kind: 'group' }>, parameters: Parameters): Plan {
  const input = substitutePlan(plan.input, parameters)
  const assigned = plan.aggregates.map(({ variable }) => variable)
  const constant = plan.keys.filter((key) => parameters.has(key))
  if (constant.length === 0) return agreeing(group(input, plan.keys, plan.aggregates), assigned, parameters)
  const grouped = agreeing(
    group(bindAll(input, constant, parameters), plan.keys, plan.aggregates),
    assigned,
    parameters,
  )
  return project(grouped, without(variablesOf(grouped), parameters))
}

function substituteService(plan: Extract<Plan, { kind: 'service' }>, parameters: Parameters): Plan {
  const endpoint = replace(plan.endpoint, parameters)
  if (endpoint.termType !== 'NamedNode' && endpoint.termType !== 'Variable') {
    if (plan.silent) return unit
    throw new PolyprovError('parameter', `?${plan.endpoint.value} names a SERVICE: it must be an IRI`, {
      parameter: plan.endpoint.value,
    })
  }
  return { ...plan, endpoint, pattern: substitutePlan(plan.pattern, parameters) }
}

function substituteEachGraph(plan: EachGraph, parameters: Parameters): Plan {
  const graph = replace(plan.graph, parameters)
  const input = substitutePlan(plan.input, parameters)
  if (graph.termType === 'Variable') return { ...plan, input }
  if (graph.termType !== 'NamedNode') return empty(without(variablesOf(plan), parameters))
  return join([inGraph(input, graph), graphs(graph)])
}

/**
 * The solutions whose own values of some variables are those of the parameters: an EXISTS may assign a variable of the
 * row that it is asked for, which then has to agree.
 */
function agreeing(plan: Plan, assigned: readonly VariableName[], parameters: Parameters): Plan {
  const names = assigned.filter((name) => parameters.has(name))
  if (names.length === 0) return plan
  const row = values(names, [names.map((name) => parameters.get(name))])
  return project(join([plan, row]), without(variablesOf(plan), parameters))
}

function refuseAssigned(plan: Plan, parameters: Parameters): void {
  for (const node of walk(plan)) {
    const names =
      node.kind === 'extend'
        ? [node.variable]
        : node.kind === 'group'
          ? node.aggregates.map((each) => each.variable)
          : []
    const name = names.find((each) => parameters.has(each))
    if (name === undefined) continue
    throw new PolyprovError('parameter', `?${name} cannot be a parameter: the query itself assigns it`, {
      parameter: name,
    })
  }
}

function substituteExpression(expression: Expression, parameters: Parameters): Expression {
  return mapExpression(expression, (part) => {
    if (part.kind === 'exists') return { ...part, plan: substitutePlan(part.plan, parameters) }
    // BOUND takes a variable only, and here its variable has become a term.
    if (part.kind === 'call') return isBoundOfTerm(part) ? TRUE : part
    if (part.kind !== 'variable') return part
    const term = parameters.get(part.name)
    return term === undefined ? part : termExpression(term)
  })
}

const isBoundOfTerm = (part: Extract<Expression, { kind: 'call' }>): boolean =>
  part.operator === 'BOUND' && part.arguments[0]?.kind === 'term'
