import type { Pattern as PatternSyntax, Triple, ValuePatternRow } from 'sparqljs'
import type { Expression, Plan, VariableName } from '../algebra.ts'
import {
  conjunction,
  extend,
  filter,
  graphs,
  isDefaultGraph,
  join,
  leftJoin,
  minus,
  project,
  union,
  values,
  variableExpression,
} from '../constructors.ts'
import { defaultGraph, type GraphTerm, type PatternTerm, type Term, type Variable } from '../term.ts'
import { certainlyBound, isInternal, variablesOf } from '../variables.ts'
import { assignedVariable, type Context, freshVariable, type Part, patternTerm, semanticError } from './context.ts'
import { hasExists, lowerExpression } from './expressions.ts'
import { onlyJoins } from './graph.ts'
import { lowerPath, lowerPathSyntax } from './paths.ts'
import { FILLER, VALUES_MARK } from './prepare.ts'

/** The plan with its solutions tied to the active graph: eval(D(G), Graph(…, P)) of section 18.6. */
export const anchor = (part: Part, graph: GraphTerm): Plan =>
  part.anchored || graph.termType === 'DefaultGraph' ? part.plan : join([part.plan, graphs(graph)])

/** The same for plans whose expressions ask the active graph by EXISTS. */
export const anchorFor = (part: Part, expressions: readonly Expression[], graph: GraphTerm): Part =>
  part.anchored || isDefaultGraph(graph) || !expressions.some(hasExists)
    ? part
    : { plan: anchor(part, graph), anchored: true }

/** A group graph pattern with its filters applied (section 18.2.2). */
export function lowerGroup(patterns: readonly PatternSyntax[], graph: GraphTerm, context: Context): Part {
  const { part, conditions } = lowerElements(patterns, graph, context)
  if (conditions.length === 0) return part
  const anchored = anchorFor(part, conditions, graph)
  return { plan: filter(anchored.plan, conjunction(conditions)), anchored: anchored.anchored }
}

interface Elements {
  readonly part: Part
  readonly conditions: readonly Expression[]
}

function lowerElements(patterns: readonly PatternSyntax[], graph: GraphTerm, context: Context): Elements {
  let part: Part = { plan: { kind: 'unit' }, anchored: false }
  const conditions: Expression[] = []
  let block = {}
  for (const pattern of patterns) {
    if (pattern.type === 'filter') {
      conditions.push(lowerExpression(pattern.expression, { context, graph }))
      continue
    }
    if (pattern.type === 'bgp') {
      const triples = pattern.triples.filter(isNoFiller)
      const plans = triples.map((triple) => lowerTriple(triple, graph, block, context))
      part = { plan: join([part.plan, ...plans]), anchored: part.anchored || plans.length > 0 }
      continue
    }
    block = {}
    part = addElement(part, pattern, graph, context)
  }
  return { part, conditions }
}

function addElement(
  part: Part,
  pattern: Exclude<PatternSyntax, { type: 'filter' | 'bgp' }>,
  graph: GraphTerm,
  context: Context,
): Part {
  switch (pattern.type) {
    case 'optional':
      return addOptional(part, pattern.patterns, graph, context)
    case 'minus':
      return addMinus(part, lowerGroup(pattern.patterns, graph, context), graph, context)
    case 'bind':
      return addBind(part, pattern, graph, context)
    case 'union':
      return joinParts(part, lowerUnion(pattern.patterns, graph, context))
    case 'group':
      return joinParts(part, lowerGroup(pattern.patterns, graph, context))
    case 'graph':
      return joinParts(part, lowerGraph(pattern.name, pattern.patterns, context))
    case 'service':
      return joinParts(part, {
        plan: {
          kind: 'service',
          endpoint: pattern.name,
          silent: pattern.silent,
          pattern: shown(lowerGroup(pattern.patterns, defaultGraph, context).plan),
        },
        anchored: false,
      })
    case 'values':
      return joinParts(part, { plan: lowerValues(pattern.values, context), anchored: false })
    case 'query':
      return joinParts(part, context.lowerSelect(pattern, graph, context).part)
  }
}

/** An endpoint need not tell of variables that only its own pattern has. */
function shown(plan: Plan): Plan {
  const names = variablesOf(plan)
  return names.some(isInternal)
    ? project(
        plan,
        names.filter((name) => !isInternal(name)),
      )
    : plan
}

const joinParts = (left: Part, right: Part): Part => ({
  plan: join([left.plan, right.plan]),
  anchored: left.anchored || right.anchored,
})

/** Whether a triple is the query's own, and not the pre-pass's. */
export const isNoFiller = ({ predicate }: Triple): boolean => !('termType' in predicate) || predicate.value !== FILLER

function lowerTriple(triple: Triple, graph: GraphTerm, block: object, context: Context): Plan {
  const subject = lowerTermOf(triple.subject, block, context)
  const object = lowerTermOf(triple.object, block, context)
  const { predicate } = triple
  if ('termType' in predicate) return { kind: 'pattern', subject, predicate, object, graph }
  return lowerPath(subject, lowerPathSyntax(predicate), object, graph, context)
}

function lowerTermOf(term: Triple['object'], block: object, context: Context): PatternTerm {
  if (term.termType === 'Quad') return semanticError(context, 'Quoted triples are not part of SPARQL 1.1')
  return patternTerm(context, term as Term | Variable, block)
}

function addOptional(part: Part, patterns: readonly PatternSyntax[], graph: GraphTerm, context: Context): Part {
  const optional = lowerElements(patterns, graph, context)
  const needsGraph = optional.part.anchored || optional.conditions.some(hasExists)
  const left = needsGraph ? anchor(part, graph) : part.plan
  const condition = optional.conditions.length === 0 ? undefined : conjunction(optional.conditions)
  return { plan: leftJoin(left, optional.part.plan, condition), anchored: part.anchored || needsGraph }
}

/**
 * MINUS under `GRAPH ?g`: both sides bind the graph, which must agree, but is no variable that they share. So it has to
 * be one of the variables that every solution of both binds, or none is shared and nothing is removed; else each graph is
 * asked apart.
 */
function addMinus(part: Part, right: Part, graph: GraphTerm, context: Context): Part {
  if (graph.termType !== 'Variable' || !right.anchored) {
    return { plan: minus(part.plan, right.plan), anchored: part.anchored }
  }
  const rightNames = variablesOf(right.plan)
  const shared = variablesOf(part.plan).filter((name) => name !== graph.value && rightNames.includes(name))
  if (shared.length === 0) return part
  const left = anchor(part, graph)
  if (!shared.some((name) => certainlyBound(left).has(name) && certainlyBound(right.plan).has(name))) {
    context.graph.apart = true
  }
  return { plan: minus(left, right.plan), anchored: true }
}

function addBind(
  part: Part,
  pattern: Extract<PatternSyntax, { type: 'bind' }>,
  graph: GraphTerm,
  context: Context,
): Part {
  const { name, token } = assignedVariable(context, pattern.variable.value)
  if (variablesOf(part.plan).includes(name)) {
    semanticError(context, `BIND assigns ?${name}, which the group binds before`, token)
  }
  const expression = lowerExpression(pattern.expression, { context, graph })
  const input = anchorFor(part, [expression], graph)
  return { plan: extend(input.plan, name, expression), anchored: input.anchored }
}

function lowerUnion(branches: readonly PatternSyntax[], graph: GraphTerm, context: Context): Part {
  const parts = branches.map((branch) =>
    lowerGroup(branch.type === 'group' ? branch.patterns : [branch], graph, context),
  )
  const anchored = parts.some((part) => part.anchored)
  return { plan: union(parts.map((part) => (anchored ? anchor(part, graph) : part.plan))), anchored }
}

/**
 * GRAPH. Its variable ranges over the named graphs *around* the pattern, which does not see it: where the pattern
 * mentions it in any other place than a triple that is joined, another variable stands for the graph within.
 */
function lowerGraph(
  name: Extract<GraphTerm, { termType: 'NamedNode' | 'Variable' }>,
  patterns: readonly PatternSyntax[],
  context: Context,
): Part {
  if (name.termType === 'NamedNode') {
    return { plan: anchor(lowerGroup(patterns, name, context), name), anchored: false }
  }
  if (context.graph.apart) return lowerEachGraph(name, patterns, context)
  const labels = new Map(context.blankNodes)
  const graph = { apart: false }
  const together = lowerAllGraphs(name, patterns, { ...context, graph })
  if (!graph.apart) return together
  context.blankNodes.clear()
  for (const [label, known] of labels) context.blankNodes.set(label, known)
  return lowerEachGraph(name, patterns, context)
}

/** The graph around its pattern; those within it stay around theirs, lest each level be translated twice. */
const lowerEachGraph = (graph: Variable, patterns: readonly PatternSyntax[], context: Context): Part => ({
  plan: {
    kind: 'eachGraph',
    graph,
    input: lowerGroup(patterns, defaultGraph, { ...context, graph: { apart: true } }).plan,
  },
  anchored: false,
})

/** The graph as a position of each pattern. */
function lowerAllGraphs(name: Variable, patterns: readonly PatternSyntax[], context: Context): Part {
  if (onlyJoins(patterns, name.value)) {
    return { plan: anchor(lowerGroup(patterns, name, context), name), anchored: false }
  }
  const inner = freshVariable(context, '.g')
  const plan = anchor(lowerGroup(patterns, inner, context), inner)
  if (!variablesOf(plan).includes(name.value)) {
    return { plan: extend(plan, name.value, variableExpression(inner.value)), anchored: false }
  }
  return {
    plan: join([plan, extend(graphs(inner), name.value, variableExpression(inner.value))]),
    anchored: false,
  }
}

/** Inline data; the first row is the pre-pass's, and names the variables. */
export function lowerValues(rows: readonly ValuePatternRow[], context: Pick<Context, 'prepared'>): Plan {
  // Of a block that is cut off the parser makes something else.
  if (!Array.isArray(rows)) return context.prepared.fail('query-syntax', 'A VALUES block is not whole')
  const [marks, ...data] = rows as readonly ValuePatternRow[]
  if (marks === undefined) return { kind: 'empty', variables: [] }
  const keys = Object.keys(marks)
  const isMarked = keys.every((key) => marks[key]?.value.startsWith(VALUES_MARK))
  if (!isMarked) throw new TypeError('A VALUES block lacks the row that names its variables')
  const variables: VariableName[] = keys.map((key) => key.slice(1))
  return values(
    variables,
    data.map((row) => keys.map((key) => row[key] as Term | undefined)),
  )
}
