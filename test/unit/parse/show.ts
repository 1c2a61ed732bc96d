import type { Expression, Path, Plan } from '../../../planner/algebra.ts'
import type { GraphTerm, PatternTerm, Term } from '../../../planner/term.ts'

/** A plan on one line, as an S-expression in the manner of SPARQL's own examples of the algebra. */
export function show(plan: Plan): string {
  switch (plan.kind) {
    case 'unit':
      return 'unit'
    case 'empty':
      return `(empty ${plan.variables.join(' ')})`
    case 'pattern':
      return `(${at(plan.graph)}${term(plan.subject)} ${term(plan.predicate)} ${term(plan.object)})`
    case 'path':
      return `(${at(plan.graph)}path ${term(plan.subject)} ${path(plan.path)} ${term(plan.object)})`
    case 'graphs':
      return `(graphs ${term(plan.graph)})`
    case 'values':
      return `(values (${plan.variables.join(' ')})${plan.rows.map((row) => ` (${row.map((value) => (value === undefined ? 'UNDEF' : term(value))).join(' ')})`).join('')})`
    case 'join':
    case 'union':
      return `(${plan.kind} ${plan.inputs.map(show).join(' ')})`
    case 'leftJoin':
      return `(leftJoin ${show(plan.left)} ${show(plan.right)}${plan.condition === undefined ? '' : ` ${expression(plan.condition)}`})`
    case 'minus':
      return `(minus ${show(plan.left)} ${show(plan.right)})`
    case 'filter':
      return `(filter ${expression(plan.condition)} ${show(plan.input)})`
    case 'extend':
      return `(extend ${plan.variable} ${expression(plan.expression)} ${show(plan.input)})`
    case 'group':
      return `(group (${plan.keys.join(' ')}) (${plan.aggregates
        .map(
          (aggregate) =>
            `${aggregate.variable}=${aggregate.function}${aggregate.distinct ? ' distinct' : ''}${aggregate.expression === undefined ? '' : ` ${expression(aggregate.expression)}`}`,
        )
        .join(', ')}) ${show(plan.input)})`
    case 'project':
      return `(project (${plan.variables.join(' ')}) ${show(plan.input)})`
    case 'distinct':
    case 'reduced':
      return `(${plan.kind} ${show(plan.input)})`
    case 'order':
      return `(order (${plan.by.map((key) => `${key.descending ? 'desc ' : ''}${expression(key.expression)}`).join(', ')}) ${show(plan.input)})`
    case 'slice':
      return `(slice ${plan.offset} ${plan.limit ?? '*'} ${show(plan.input)})`
    case 'eachGraph':
      return `(eachGraph ${term(plan.graph)} ${show(plan.input)})`
    case 'service':
      return `(service ${term(plan.endpoint)}${plan.silent ? ' silent' : ''} ${show(plan.pattern)})`
    default:
      return `(${plan.kind})`
  }
}

const at = (graph: GraphTerm): string => (graph.termType === 'DefaultGraph' ? '' : `${term(graph)}: `)

function term(value: PatternTerm | GraphTerm | Term): string {
  switch (value.termType) {
    case 'Variable':
      return `?${value.value}`
    case 'NamedNode':
      return value.value.replace(/^http:\/\/x\//, ':')
    case 'Literal':
      return JSON.stringify(value.value)
    case 'BlankNode':
      return `_:${value.value}`
    case 'DefaultGraph':
      return 'default'
  }
}

function path(value: Path): string {
  switch (value.kind) {
    case 'predicate':
      return term(value.predicate)
    case 'negated':
      return `!(${[...value.forward.map(term), ...value.backward.map((iri) => `^${term(iri)}`)].join('|')})`
    case 'inverse':
      return `^${path(value.path)}`
    case 'sequence':
      return `(${value.paths.map(path).join('/')})`
    case 'alternative':
      return `(${value.paths.map(path).join('|')})`
    case 'zeroOrMore':
      return `${path(value.path)}*`
    case 'oneOrMore':
      return `${path(value.path)}+`
    case 'zeroOrOne':
      return `${path(value.path)}?`
  }
}

export function expression(value: Expression): string {
  switch (value.kind) {
    case 'term':
      return term(value.term)
    case 'variable':
      return `?${value.name}`
    case 'call':
      return `(${[value.operator.replace(/^http:\/\/x\//, ':'), ...value.arguments.map(expression)].join(' ')})`
    case 'exists':
      return `(${value.negated ? 'notExists' : 'exists'} ${show(value.plan)})`
  }
}
