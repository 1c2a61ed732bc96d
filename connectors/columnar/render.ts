import type { Aggregate, Expression, Path, Plan } from '../../planner/algebra.ts'
import { GEO, PL, PROV, PROVML, RDF, RDFS, SEGY, XSD } from '../../planner/namespaces.ts'
import type { GraphTerm, PatternTerm, Term } from '../../planner/term.ts'
import { showVariable } from '../../planner/variables.ts'

/** A plan as compact, SPARQL-like text: what explain shows. It is not meant to be parsed. */
export function renderPlan(plan: Plan): string {
  switch (plan.kind) {
    case 'unit':
      return '{}'
    case 'empty':
      return 'NOTHING'
    case 'pattern':
      return inGraph(plan.graph, `${show(plan.subject)} ${show(plan.predicate)} ${show(plan.object)}`)
    case 'path':
      return inGraph(plan.graph, `${show(plan.subject)} ${renderPath(plan.path)} ${show(plan.object)}`)
    case 'graphs':
      return `GRAPH ${show(plan.graph)} {}`
    case 'values':
      return `VALUES (${names(plan.variables)}) { ${plan.rows
        .map((row) => `(${row.map((term) => (term === undefined ? 'UNDEF' : show(term))).join(' ')})`)
        .join(' ')} }`
    case 'join':
      return plan.inputs.map(braced).join(' . ')
    case 'union':
      return plan.inputs.map((input) => `{ ${renderPlan(input)} }`).join(' UNION ')
    case 'leftJoin': {
      const condition = plan.condition === undefined ? '' : ` FILTER (${renderExpression(plan.condition)})`
      return `${renderPlan(plan.left)} OPTIONAL { ${renderPlan(plan.right)}${condition} }`
    }
    case 'minus':
      return `${renderPlan(plan.left)} MINUS { ${renderPlan(plan.right)} }`
    case 'filter':
      return `${renderPlan(plan.input)} FILTER (${renderExpression(plan.condition)})`
    case 'extend':
      return `${renderPlan(plan.input)} BIND (${renderExpression(plan.expression)} AS ${showVariable(plan.variable)})`
    case 'group':
      return `SELECT ${[names(plan.keys), ...plan.aggregates.map(renderAggregate)].join(' ')} { ${renderPlan(plan.input)} } GROUP BY ${names(plan.keys)}`
    case 'project':
      return `SELECT ${names(plan.variables)} { ${renderPlan(plan.input)} }`
    case 'distinct':
      return `DISTINCT ${renderPlan(plan.input)}`
    case 'reduced':
      return `REDUCED ${renderPlan(plan.input)}`
    case 'order':
      return `${renderPlan(plan.input)} ORDER BY ${plan.by
        .map(({ expression, descending }) => `${descending ? 'DESC' : 'ASC'}(${renderExpression(expression)})`)
        .join(' ')}`
    case 'slice':
      return `${renderPlan(plan.input)}${plan.offset > 0 ? ` OFFSET ${plan.offset}` : ''}${plan.limit === undefined ? '' : ` LIMIT ${plan.limit}`}`
    default:
      return plan.kind.toUpperCase()
  }
}

const braced = (plan: Plan): string =>
  ['pattern', 'path', 'graphs', 'join', 'values'].includes(plan.kind) ? renderPlan(plan) : `{ ${renderPlan(plan)} }`

const inGraph = (graph: GraphTerm, text: string): string =>
  graph.termType === 'DefaultGraph' ? text : `GRAPH ${show(graph)} { ${text} }`

const names = (variables: readonly string[]): string => variables.map(showVariable).join(' ')

const PREFIXES = Object.entries({
  rdf: RDF,
  rdfs: RDFS,
  xsd: XSD,
  prov: PROV,
  provml: PROVML,
  pl: PL,
  segy: SEGY,
  geo: GEO,
})

function showIri(value: string): string {
  for (const [prefix, namespace] of PREFIXES) {
    const local = value.slice(namespace.length)
    if (value.startsWith(namespace) && /^[A-Za-z]\w*$/.test(local)) return `${prefix}:${local}`
  }
  return `<${value}>`
}

const LONGEST_LITERAL = 80

function show(term: PatternTerm | GraphTerm | Term): string {
  switch (term.termType) {
    case 'Variable':
      return showVariable(term.value)
    case 'NamedNode':
      return term.value === `${RDF}type` ? 'a' : showIri(term.value)
    case 'BlankNode':
      return `_:${term.value}`
    case 'DefaultGraph':
      return 'DEFAULT'
    case 'Literal': {
      const short = term.value.length > LONGEST_LITERAL ? `${term.value.slice(0, LONGEST_LITERAL)}…` : term.value
      const text = JSON.stringify(short)
      if (term.language !== '') return `${text}@${term.language}`
      return term.datatype.value === `${XSD}string` ? text : `${text}^^${showIri(term.datatype.value)}`
    }
  }
}

function renderPath(path: Path): string {
  switch (path.kind) {
    case 'predicate':
      return show(path.predicate)
    case 'inverse':
      return `^${renderPath(path.path)}`
    case 'sequence':
      return `(${path.paths.map(renderPath).join('/')})`
    case 'alternative':
      return `(${path.paths.map(renderPath).join('|')})`
    case 'zeroOrMore':
      return `${renderPath(path.path)}*`
    case 'oneOrMore':
      return `${renderPath(path.path)}+`
    case 'zeroOrOne':
      return `${renderPath(path.path)}?`
    case 'negated':
      return `!(${[...path.forward.map(show), ...path.backward.map((each) => `^${show(each)}`)].join('|')})`
  }
}

function renderAggregate({ function: name, distinct, expression, variable }: Aggregate): string {
  const argument = expression === undefined ? '*' : renderExpression(expression)
  return `(${name.toUpperCase()}(${distinct ? 'DISTINCT ' : ''}${argument}) AS ${showVariable(variable)})`
}

function renderExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'term':
      return show(expression.term)
    case 'variable':
      return showVariable(expression.name)
    case 'exists':
      return `${expression.negated ? 'NOT ' : ''}EXISTS { ${renderPlan(expression.plan)} }`
    case 'call': {
      const parts = expression.arguments.map(renderExpression)
      const { operator } = expression
      if (/^(?:IN|NOT IN)$/.test(operator)) return `${parts[0]} ${operator} (${parts.slice(1).join(', ')})`
      if (parts.length === 2 && /^[^A-Za-z]+$/.test(operator)) return `(${parts.join(` ${operator} `)})`
      const name = /^[A-Z_0-9]+$/.test(operator) || !operator.includes(':') ? operator : showIri(operator)
      return `${name}(${parts.join(', ')})`
    }
  }
}
