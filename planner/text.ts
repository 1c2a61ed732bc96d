import type { Expression, Path, Plan } from './algebra.ts'
import { GEO, GEOF, HDF5, MLS, PL, PROV, PROVML, RDF, RDFS, SEGY, XSD } from './namespaces.ts'
import type { GraphTerm, PatternTerm } from './term.ts'
import { showVariable } from './variables.ts'

const PREFIXES: readonly (readonly [string, string])[] = [
  ['prov', PROV],
  ['provml', PROVML],
  ['pl', PL],
  ['segy', SEGY],
  ['hdf5', HDF5],
  ['geo', GEO],
  ['geof', GEOF],
  ['mls', MLS],
  ['rdfs', RDFS],
  ['xsd', XSD],
]

/** An IRI by its prefix, where it has one of ours. */
function iriText(value: string): string {
  if (value === `${RDF}type`) return 'a'
  for (const [prefix, namespace] of PREFIXES) {
    const local = value.slice(namespace.length)
    if (value.startsWith(namespace) && /^[\w-]+$/.test(local)) return `${prefix}:${local}`
  }
  return `<${value}>`
}

/** A term as SPARQL writes it, IRIs shortened by the well-known prefixes. */
export function termText(term: PatternTerm | GraphTerm): string {
  switch (term.termType) {
    case 'Variable':
      return showVariable(term.value)
    case 'NamedNode':
      return iriText(term.value)
    case 'BlankNode':
      return `_:${term.value}`
    case 'Literal': {
      const value = JSON.stringify(term.value)
      if (term.language !== '') return `${value}@${term.language}`
      if (term.datatype.value === `${XSD}integer` && /^-?\d+$/.test(term.value)) return term.value
      return term.datatype.value === `${XSD}string` ? value : `${value}^^${iriText(term.datatype.value)}`
    }
    case 'DefaultGraph':
      return 'default'
  }
}

function pathText(path: Path): string {
  switch (path.kind) {
    case 'predicate':
      return iriText(path.predicate.value)
    case 'inverse':
      return `^${pathText(path.path)}`
    case 'sequence':
      return `(${path.paths.map(pathText).join('/')})`
    case 'alternative':
      return `(${path.paths.map(pathText).join('|')})`
    case 'zeroOrMore':
      return `${pathText(path.path)}*`
    case 'oneOrMore':
      return `${pathText(path.path)}+`
    case 'zeroOrOne':
      return `${pathText(path.path)}?`
    case 'negated':
      return `!(${[...path.forward.map((each) => iriText(each.value)), ...path.backward.map((each) => `^${iriText(each.value)}`)].join('|')})`
  }
}

const INFIX = new Set(['||', '&&', '=', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/'])

/** An expression as SPARQL writes it. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'term':
      return termText(expression.term)
    case 'variable':
      return showVariable(expression.name)
    case 'exists':
      return `${expression.negated ? 'NOT ' : ''}EXISTS { ${planText(expression.plan)} }`
    case 'call': {
      const operands = expression.arguments.map(expressionText)
      if (operands.length === 2 && INFIX.has(expression.operator))
        return `(${operands.join(` ${expression.operator} `)})`
      const name = expression.operator.includes(':') ? iriText(expression.operator) : expression.operator
      return `${name}(${operands.join(', ')})`
    }
  }
}

const inGraph = (graph: GraphTerm, text: string): string =>
  graph.termType === 'DefaultGraph' ? text : `GRAPH ${termText(graph)} { ${text} }`

/** A logical plan as SPARQL-like text, one group after the other: for people, not for a parser. */
export function planText(plan: Plan): string {
  switch (plan.kind) {
    case 'unit':
      return '{}'
    case 'empty':
      return '{ nothing }'
    case 'pattern':
      return inGraph(plan.graph, `${termText(plan.subject)} ${termText(plan.predicate)} ${termText(plan.object)} .`)
    case 'path': {
      const text = `${termText(plan.subject)} ${pathText(plan.path)} ${termText(plan.object)} .`
      if (plan.merged === undefined) return inGraph(plan.graph, text)
      return `${plan.merged.map((graph) => `FROM ${termText(graph)}`).join(' ')} { ${text} }`
    }
    case 'graphs':
      return `GRAPH ${termText(plan.graph)} {}`
    case 'values':
      return `VALUES (${plan.variables.map(showVariable).join(' ')}) { ${plan.rows.length} rows }`
    case 'join':
      return plan.inputs.map(planText).join('\n')
    case 'leftJoin':
      return `${planText(plan.left)}\nOPTIONAL { ${planText(plan.right)}${condition(plan.condition)} }`
    case 'bindJoin':
      return bindJoinText(plan)
    case 'union':
      return plan.inputs.map((input) => `{ ${planText(input)} }`).join('\nUNION ')
    case 'minus':
      return `${planText(plan.left)}\nMINUS { ${planText(plan.right)} }`
    case 'filter':
      return `${planText(plan.input)}\nFILTER ${expressionText(plan.condition)}`
    case 'extend':
      return `${planText(plan.input)}\nBIND (${expressionText(plan.expression)} AS ${showVariable(plan.variable)})`
    case 'project':
      return `SELECT ${plan.variables.map(showVariable).join(' ')} { ${planText(plan.input)} }`
    case 'distinct':
      return `DISTINCT ${planText(plan.input)}`
    case 'reduced':
      return `REDUCED ${planText(plan.input)}`
    case 'group':
      return `GROUP BY ${plan.keys.map(showVariable).join(' ')} ${plan.aggregates.map((each) => `(${each.function} AS ${showVariable(each.variable)})`).join(' ')} { ${planText(plan.input)} }`
    case 'order':
      return `${planText(plan.input)}\nORDER BY ${plan.by.map((key) => expressionText(key.expression)).join(' ')}`
    case 'slice':
      return `${planText(plan.input)}\nOFFSET ${plan.offset}${plan.limit === undefined ? '' : ` LIMIT ${plan.limit}`}`
    case 'service':
      return `SERVICE ${plan.silent ? 'SILENT ' : ''}${termText(plan.endpoint)} { ${planText(plan.pattern)} }`
    case 'eachGraph':
      return `GRAPH ${termText(plan.graph)} { ${planText(plan.input)} }`
    case 'fragment':
      return planText(plan.plan)
    case 'resolve':
      return [plan.input, ...plan.patterns, ...plan.optional.flat()].map(planText).join('\n')
    case 'shared':
      return planText(plan.body)
    case 'branch':
      return `branch ${plan.number}`
  }
}

function bindJoinText(plan: Plan & { kind: 'bindJoin' }): string {
  const [left, right] = [planText(plan.left), `${planText(plan.right)}${condition(plan.condition)}`]
  if (plan.form === 'inner') return `${left}\n${right}`
  if (plan.form === 'left') return `${left}\nOPTIONAL { ${right} }`
  return `${left}\nFILTER ${plan.form === 'anti' ? 'NOT ' : ''}EXISTS { ${right} }`
}

const condition = (expression: Expression | undefined): string =>
  expression === undefined ? '' : ` FILTER ${expressionText(expression)}`
