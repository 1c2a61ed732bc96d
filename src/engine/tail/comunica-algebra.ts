import type { Aggregate, Expression, Path, Plan, VariableName } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, type Variable, variable } from '../../../planner/term.ts'
import { variablesOf } from '../../../planner/variables.ts'
import { namesOf } from './needs-tail.ts'

/** A node of Comunica's algebra (sparqlalgebrajs), terms and expressions among them, as plain data. */
export interface Operation {
  readonly [member: string]: unknown
}

/** A query as Comunica takes it: the operation, and its columns by our names and by Comunica's. */
export interface Translated {
  readonly operation: Operation
  readonly variables: readonly VariableName[]
  readonly columns: readonly string[]
}

type Term = { readonly termType: string; readonly value: string }
/** Names as Comunica is told them; without a name a fresh one. */
type Rename = (name?: VariableName) => Variable

/** Translates a logical plan. Names that no query can write get names that one can: endpoints are sent text. */
export function toComunica(plan: Plan): Translated {
  const rename = renaming(namesOf(plan))
  const variables = variablesOf(plan)
  return { operation: operationOf(plan, rename), variables, columns: variables.map((name) => rename(name).value) }
}

function renaming(names: ReadonlySet<string>): Rename {
  const known = new Map<string, Variable>()
  let count = 0
  const fresh = (): string => {
    let name: string
    do name = `internal${++count}`
    while (names.has(name))
    return name
  }
  return (name) => {
    if (name === undefined) return variable(fresh())
    const given = known.get(name) ?? variable(/^[.]|^_:/.test(name) ? fresh() : name)
    known.set(name, given)
    return given
  }
}

function operationOf(plan: Plan, rename: Rename): Operation {
  const below = (child: Plan): Operation => operationOf(child, rename)
  const term = (each: Term): Operation => termOf(each, rename)
  const expression = (each: Expression): Operation => expressionOf(each, rename)
  const names = (list: readonly VariableName[]) => list.map((name) => termOf(variable(name), rename))
  switch (plan.kind) {
    case 'unit':
      return { type: 'values', variables: [], bindings: [{}] }
    case 'empty':
      return { type: 'values', variables: names(plan.variables), bindings: [] }
    case 'pattern':
      return {
        type: 'pattern',
        subject: term(plan.subject),
        predicate: term(plan.predicate),
        object: term(plan.object),
        graph: term(plan.graph),
      }
    case 'path':
      return {
        type: 'path',
        subject: term(plan.subject),
        predicate: pathOf(plan.path),
        object: term(plan.object),
        graph: term(plan.graph),
      }
    case 'graphs':
      return graphNames(plan.graph, rename)
    case 'values':
      return {
        type: 'values',
        variables: names(plan.variables),
        bindings: plan.rows.map((row) =>
          Object.fromEntries(
            row.flatMap((each, i) =>
              each === undefined ? [] : [[`?${rename(plan.variables[i]!).value}`, term(each)]],
            ),
          ),
        ),
      }
    case 'join':
      return { type: 'join', input: plan.inputs.map((input) => joined(input, rename)) }
    case 'union':
      return { type: 'union', input: plan.inputs.map(below) }
    case 'leftJoin':
      return leftJoinOf(plan, rename)
    case 'minus':
      return { type: 'minus', input: [below(plan.left), below(plan.right)] }
    case 'filter':
      return { type: 'filter', input: below(plan.input), expression: filterCondition(plan.condition, rename) }
    case 'extend':
      return {
        type: 'extend',
        input: below(plan.input),
        variable: termOf(variable(plan.variable), rename),
        expression: expression(plan.expression),
      }
    case 'group':
      return {
        type: 'group',
        input: below(plan.input),
        variables: names(plan.keys),
        aggregates: plan.aggregates.map((each) => aggregateOf(each, rename)),
      }
    case 'project':
      return { type: 'project', input: below(plan.input), variables: names(plan.variables) }
    case 'distinct':
    case 'reduced':
      return { type: plan.kind, input: below(plan.input) }
    case 'order':
      return {
        type: 'orderby',
        input: below(plan.input),
        expressions: plan.by.map((key) =>
          key.descending ? operatorOf('desc', [expression(key.expression)]) : expression(key.expression),
        ),
      }
    case 'slice':
      return {
        type: 'slice',
        input: below(plan.input),
        start: plan.offset,
        ...(plan.limit === undefined ? {} : { length: plan.limit }),
      }
    case 'service':
      return { type: 'service', input: below(plan.pattern), name: term(plan.endpoint), silent: plan.silent }
    case 'fragment':
    case 'resolve':
    case 'bindJoin':
    case 'shared':
    case 'branch':
      throw new PolyprovError('internal', `The long tail was given a plan with stores in it (${plan.kind})`)
  }
}

/**
 * An input of a join. Comunica may join by putting each row's terms into the other operation, which gives other answers
 * than a join of solutions where a variable has a scope of its own there (subqueries, OPTIONAL, MINUS, BIND, filters,
 * LIMIT). It does so with no EXTEND: one of a name that nobody asks for keeps it from that.
 */
function joined(plan: Plan, rename: Rename): Operation {
  const operation = operationOf(plan, rename)
  return isSubstitutable(plan) ? operation : { type: 'extend', input: operation, ...trueAs(rename()) }
}

const trueAs = (name: Variable): Operation => ({ variable: termOf(name, () => name), expression: TRUE })

function isSubstitutable(plan: Plan): boolean {
  switch (plan.kind) {
    case 'unit':
    case 'empty':
    case 'pattern':
    case 'path':
    case 'values':
      return true
    case 'join':
    case 'union':
      return plan.inputs.every(isSubstitutable)
    case 'service':
      return isSubstitutable(plan.pattern)
    default:
      return false
  }
}

/**
 * OPTIONAL. Comunica filters the left side by a condition that names none of the right side's variables, which loses
 * rows, and leaves the left side's terms out of one that is a single function or EXISTS: so the condition names both
 * sides, in a conjunction that is its own first part.
 */
function leftJoinOf(plan: Plan & { kind: 'leftJoin' }, rename: Rename): Operation {
  const left = operationOf(plan.left, rename)
  const right = joined(plan.right, rename)
  if (plan.condition === undefined) return { type: 'leftjoin', input: [left, right] }
  const condition = expressionOf(plan.condition, rename)
  const [name] = variablesOf(plan.right)
  if (name === undefined) {
    const here = rename()
    const marked = { type: 'extend', input: right, ...trueAs(here) }
    return { type: 'leftjoin', input: [left, marked], expression: mentioning(condition, here) }
  }
  return { type: 'leftjoin', input: [left, right], expression: mentioning(condition, rename(name)) }
}

const mentioning = (condition: Operation, name: Variable): Operation =>
  operatorOf('&&', [
    condition,
    operatorOf('||', [
      TRUE,
      operatorOf('bound', [
        { type: 'expression', expressionType: 'term', term: { termType: 'Variable', value: name.value } },
      ]),
    ]),
  ])

/**
 * A filter's condition, as one side of `||`. Comunica otherwise puts the term of `?x = term` into patterns, which
 * compares terms where `=` compares values, drops such a condition over what has no `?x`, and asks the parts of a
 * conjunction from the last to the first, EXISTS before what is cheap.
 */
const filterCondition = (condition: Expression, rename: Rename): Operation =>
  operatorOf('||', [expressionOf(condition, rename), FALSE])

/** `GRAPH ?g {}`: the graphs that any quad is in; Comunica has no operation of its own for it. */
function graphNames(graph: Term, rename: Rename): Operation {
  const [subject, predicate, object] = ['.s', '.p', '.o'].map((name) => termOf(variable(name), rename))
  const name = termOf(graph, rename)
  const quads = { type: 'pattern', subject, predicate, object, graph: name }
  const variables = graph.termType === 'Variable' ? [name] : []
  return { type: 'distinct', input: { type: 'project', input: quads, variables } }
}

function termOf(term: Term, rename: Rename): Operation {
  if (term.termType === 'Variable') return { termType: 'Variable', value: rename(term.value).value }
  const { termType, value } = term
  if (termType !== 'Literal') return { termType, value }
  const { language, datatype } = term as Term & { language: string; datatype: Term }
  return { termType, value, language, datatype: datatype.value }
}

function pathOf(path: Path): Operation {
  switch (path.kind) {
    case 'predicate':
      return { type: 'link', iri: plainIri(path.predicate.value) }
    case 'inverse':
      return { type: 'inv', path: pathOf(path.path) }
    case 'sequence':
      return { type: 'seq', input: path.paths.map(pathOf) }
    case 'alternative':
      return { type: 'alt', input: path.paths.map(pathOf) }
    case 'zeroOrMore':
      return { type: 'ZeroOrMorePath', path: pathOf(path.path) }
    case 'oneOrMore':
      return { type: 'OneOrMorePath', path: pathOf(path.path) }
    case 'zeroOrOne':
      return { type: 'ZeroOrOnePath', path: pathOf(path.path) }
    case 'negated': {
      const forward = { type: 'nps', iris: path.forward.map(({ value }) => plainIri(value)) }
      const backward = { type: 'inv', path: { type: 'nps', iris: path.backward.map(({ value }) => plainIri(value)) } }
      if (path.backward.length === 0) return forward
      return path.forward.length === 0 ? backward : { type: 'alt', input: [forward, backward] }
    }
  }
}

const plainIri = (value: string): Operation => ({ termType: 'NamedNode', value })

const constant = (value: 'true' | 'false'): Operation => ({
  type: 'expression',
  expressionType: 'term',
  term: { termType: 'Literal', value, language: '', datatype: `${XSD}boolean` },
})
const TRUE = constant('true')
const FALSE = constant('false')

/** Operators that sparqlalgebrajs calls otherwise; of all others it takes the name in lower case. */
const OPERATORS: Readonly<Record<string, string>> = { 'U-': 'uminus', 'U+': 'uplus', 'NOT IN': 'notin' }

function expressionOf(expression: Expression, rename: Rename): Operation {
  switch (expression.kind) {
    case 'term':
      return { type: 'expression', expressionType: 'term', term: termOf(expression.term, rename) }
    case 'variable':
      return { type: 'expression', expressionType: 'term', term: termOf(variable(expression.name), rename) }
    case 'exists':
      return {
        type: 'expression',
        expressionType: 'existence',
        not: expression.negated,
        input: operationOf(expression.plan, rename),
      }
    case 'call': {
      const args = expression.arguments.map((each) => expressionOf(each, rename))
      const { operator } = expression
      if (operator.includes(':')) {
        return { type: 'expression', expressionType: 'named', name: termOf(iri(operator), rename), args }
      }
      return operatorOf(OPERATORS[operator] ?? operator.toLowerCase(), args)
    }
  }
}

const operatorOf = (operator: string, args: readonly Operation[]): Operation => ({
  type: 'expression',
  expressionType: 'operator',
  operator,
  args,
})

function aggregateOf(aggregate: Aggregate, rename: Rename): Operation {
  const { expression, separator } = aggregate
  return {
    type: 'expression',
    expressionType: 'aggregate',
    aggregator: aggregate.function === 'groupConcat' ? 'group_concat' : aggregate.function,
    distinct: aggregate.distinct,
    variable: termOf(variable(aggregate.variable), rename),
    expression:
      expression === undefined
        ? { type: 'expression', expressionType: 'wildcard', wildcard: { termType: 'Wildcard', value: '*' } }
        : expressionOf(expression, rename),
    ...(separator === undefined ? {} : { separator }),
  }
}
