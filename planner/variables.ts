import type { Expression, PathPattern, Pattern, Plan, VariableName } from './algebra.ts'
import { LOCATOR_OF } from './functions/references.ts'
import type { GraphTerm, PatternTerm } from './term.ts'
import { children, elsewhere, expressionsOf, walkExpression } from './traverse.ts'

const visible = new WeakMap<Plan, readonly VariableName[]>()
const bound = new WeakMap<Plan, ReadonlySet<VariableName>>()

/** Whether a name is the engine's own: no query can write it, and `SELECT *` does not show it. */
export const isInternal = (name: VariableName): boolean => name.startsWith('_:') || isFresh(name)

/** Whether a rule made the name. */
export const isFresh = (name: VariableName): boolean => name.startsWith('.')

/** A name as messages and explanations show it. */
export const showVariable = (name: VariableName): string => (isInternal(name) ? name : `?${name}`)

/** The variables that are in scope in a plan's solutions (SPARQL 1.1, section 18.2.1), in order of appearance. */
export function variablesOf(plan: Plan): readonly VariableName[] {
  const known = visible.get(plan)
  if (known !== undefined) return known
  const names = [...new Set(listVariables(plan))]
  visible.set(plan, names)
  return names
}

function listVariables(plan: Plan): readonly VariableName[] {
  switch (plan.kind) {
    case 'unit':
      return []
    case 'empty':
    case 'values':
    case 'project':
    case 'branch':
      return plan.variables
    case 'pattern':
    case 'path':
      return variablesOfPattern(plan)
    case 'graphs':
      return variableNames([plan.graph])
    case 'join':
    case 'union':
      return plan.inputs.flatMap(variablesOf)
    case 'leftJoin':
      return [...variablesOf(plan.left), ...variablesOf(plan.right)]
    case 'minus':
      return variablesOf(plan.left)
    case 'extend':
      return [...variablesOf(plan.input), plan.variable]
    case 'group':
      return [...plan.keys, ...plan.aggregates.map((aggregate) => aggregate.variable)]
    case 'filter':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
      return variablesOf(plan.input)
    case 'service':
      return [...variableNames([plan.endpoint]), ...variablesOf(plan.pattern)]
    case 'eachGraph':
      return [plan.graph.value, ...variablesOf(plan.input)]
    case 'fragment':
      return variablesOf(plan.plan)
    case 'resolve':
      return [...variablesOf(plan.input), ...[...plan.patterns, ...plan.optional.flat()].flatMap(variablesOfPattern)]
    case 'bindJoin':
      return plan.form === 'semi' || plan.form === 'anti'
        ? variablesOf(plan.left)
        : [...variablesOf(plan.left), ...variablesOf(plan.right)]
    case 'shared':
      return variablesOf(plan.body)
  }
}

/** The variables of a triple or path pattern, its graph's among them. */
export function variablesOfPattern(pattern: Pattern | PathPattern): readonly VariableName[] {
  const predicate = pattern.kind === 'pattern' ? [pattern.predicate] : []
  return variableNames([pattern.subject, ...predicate, pattern.object, pattern.graph])
}

const variableNames = (terms: readonly (PatternTerm | GraphTerm)[]): readonly VariableName[] =>
  terms.flatMap((term) => (term.termType === 'Variable' ? [term.value] : []))

/** The variables that have a value in every solution of a plan. */
export function certainlyBound(plan: Plan): ReadonlySet<VariableName> {
  const known = bound.get(plan)
  if (known !== undefined) return known
  const names = findCertain(plan)
  bound.set(plan, names)
  return names
}

function findCertain(plan: Plan): ReadonlySet<VariableName> {
  switch (plan.kind) {
    case 'unit':
      return new Set()
    case 'empty':
      return new Set(plan.variables)
    case 'branch':
      return new Set(plan.bound)
    case 'values':
      return new Set(plan.variables.filter((_, index) => plan.rows.every((row) => row[index] !== undefined)))
    case 'pattern':
    case 'path':
    case 'graphs':
      return new Set(variablesOf(plan))
    case 'join':
      return new Set(plan.inputs.flatMap((input) => [...certainlyBound(input)]))
    case 'union':
      return certainInAll(plan.inputs)
    case 'leftJoin':
    case 'minus':
      return certainlyBound(plan.left)
    case 'extend':
      return isCertain(plan.expression, certainlyBound(plan.input))
        ? new Set([...certainlyBound(plan.input), plan.variable])
        : certainlyBound(plan.input)
    case 'group':
      return certainOfGroup(plan)
    case 'project': {
      const input = certainlyBound(plan.input)
      return new Set(plan.variables.filter((name) => input.has(name)))
    }
    case 'filter':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
      return certainlyBound(plan.input)
    case 'service':
      // A SILENT service that fails yields one solution, which says nothing but the endpoint.
      return new Set([...variableNames([plan.endpoint]), ...(plan.silent ? [] : certainlyBound(plan.pattern))])
    case 'eachGraph':
      return new Set([plan.graph.value, ...certainlyBound(plan.input)])
    case 'fragment':
      return certainlyBound(plan.plan)
    case 'resolve':
      return new Set([...certainlyBound(plan.input), ...plan.patterns.flatMap(variablesOfPattern)])
    case 'bindJoin':
      return plan.form === 'inner'
        ? new Set([...certainlyBound(plan.left), ...certainlyBound(plan.right)])
        : certainlyBound(plan.left)
    case 'shared':
      return certainlyBound(plan.body)
  }
}

function certainInAll(inputs: readonly Plan[]): ReadonlySet<VariableName> {
  const [first, ...rest] = inputs
  if (first === undefined) return new Set()
  return new Set([...certainlyBound(first)].filter((name) => rest.every((input) => certainlyBound(input).has(name))))
}

function certainOfGroup(plan: Extract<Plan, { kind: 'group' }>): ReadonlySet<VariableName> {
  const input = certainlyBound(plan.input)
  const counts = plan.aggregates.filter((aggregate) => aggregate.function === 'count')
  return new Set([...plan.keys.filter((key) => input.has(key)), ...counts.map((aggregate) => aggregate.variable)])
}

/** Only what cannot fail: a term, a variable that is bound, tests that never err. */
function isCertain(expression: Expression, names: ReadonlySet<VariableName>): boolean {
  if (expression.kind === 'term' || expression.kind === 'exists') return true
  if (expression.kind === 'variable') return names.has(expression.name)
  if (expression.operator === 'BOUND') return true
  // Of the objects of a store, which all have one.
  if (expression.operator === LOCATOR_OF) return expression.arguments.every((argument) => isCertain(argument, names))
  return expression.operator === 'COALESCE' && expression.arguments.some((argument) => isCertain(argument, names))
}

/**
 * The variables that an expression mentions. Those of the pattern within an EXISTS are among them: values of the outer
 * solution are substituted there.
 */
export function variablesOfExpression(expression: Expression): readonly VariableName[] {
  const names = new Set<VariableName>()
  for (const part of walkExpression(expression)) {
    if (part.kind === 'variable') names.add(part.name)
    if (part.kind === 'exists') for (const name of mentionedIn(part.plan)) names.add(name)
  }
  return [...names]
}

/** Every variable that a plan mentions anywhere it could be substituted: patterns and expressions alike. */
function mentionedIn(plan: Plan): ReadonlySet<VariableName> {
  const names = new Set(variablesOf(plan))
  for (const expression of expressionsOf(plan)) for (const name of variablesOfExpression(expression)) names.add(name)
  for (const child of childrenInScope(plan)) for (const name of mentionedIn(child)) names.add(name)
  return names
}

/** Beneath a projection only what it shows can be substituted. */
function childrenInScope(plan: Plan): readonly Plan[] {
  return plan.kind === 'project' ? [] : [...children(plan), ...elsewhere(plan)]
}

/** Every variable that a plan mentions where a value could be substituted, visible or not. */
export const mentionedVariables = (plan: Plan): ReadonlySet<VariableName> => mentionedIn(plan)

/** Functions whose results differ from call to call: never folded, pushed, duplicated or moved. */
const VOLATILE = new Set(['RAND', 'UUID', 'STRUUID', 'BNODE'])

/** Whether an expression gives the same term whenever and however often it is evaluated within a query. */
export function isDeterministic(expression: Expression): boolean {
  for (const part of walkExpression(expression)) {
    if (part.kind === 'call' && VOLATILE.has(part.operator)) return false
  }
  return true
}
