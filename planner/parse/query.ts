import type { Query as SyntaxTree, Triple, VariableTerm } from 'sparqljs'
import type { Pattern, Plan, Query, QueryForm, VariableName } from '../algebra.ts'
import { slice } from '../constructors.ts'
import {
  blank,
  defaultGraph,
  type GraphTerm,
  type NamedNode,
  type PatternTerm,
  type Term,
  type Variable,
} from '../term.ts'
import { variablesOfPattern } from '../variables.ts'
import { type Context, newContext, semanticError, writtenLabel } from './context.ts'
import { isNoFiller, lowerGroup } from './patterns.ts'
import type { Prepared } from './prepare.ts'
import { lowerModifiers, lowerSelect } from './select.ts'

/** The algebra of a whole query (section 18.2). */
export function lowerQuery(tree: SyntaxTree, prepared: Prepared): Query {
  const context = newContext(prepared, { lowerGroup, lowerSelect })
  const { form, plan } = lowerForm(tree, context)
  return {
    text: prepared.original,
    form,
    plan,
    prefixes: prepared.prefixes,
    ...(prepared.base === undefined ? {} : { base: prepared.base }),
    ...(tree.from === undefined ? {} : { dataset: tree.from }),
  }
}

interface Lowered {
  readonly form: QueryForm
  readonly plan: Plan
}

function lowerForm(tree: SyntaxTree, context: Context): Lowered {
  switch (tree.queryType) {
    case 'SELECT': {
      const { part, variables } = lowerSelect(tree, defaultGraph, context)
      return { form: { kind: 'select', variables }, plan: part.plan }
    }
    case 'ASK':
      return { form: { kind: 'ask' }, plan: slice(lowerModifiers(tree, [], defaultGraph, context).part.plan, 0, 1) }
    case 'CONSTRUCT': {
      const template = (tree.template ?? []).filter(isNoFiller).map((triple) => lowerTemplate(triple, context))
      const names = [...new Set(template.flatMap(variablesOfPattern))]
      return { form: { kind: 'construct', template }, plan: lowerShown(tree, names, context) }
    }
    case 'DESCRIBE':
      return lowerDescribe(tree, context)
  }
}

function lowerDescribe(tree: Extract<SyntaxTree, { queryType: 'DESCRIBE' }>, context: Context): Lowered {
  const listed = tree.variables as readonly (NamedNode | Variable | { readonly termType: 'Wildcard' })[]
  if (listed.some((term) => term.termType === 'Wildcard')) {
    const { part, variables } = lowerModifiers(tree, undefined, defaultGraph, context)
    const terms = variables.map((name) => ({ termType: 'Variable', value: name }) as Variable)
    return { form: { kind: 'describe', terms }, plan: part.plan }
  }
  const terms = listed as readonly (NamedNode | Variable)[]
  const names = terms.flatMap((term) => (term.termType === 'Variable' ? [term.value] : []))
  return { form: { kind: 'describe', terms }, plan: lowerShown(tree, [...new Set(names)], context) }
}

/** The solutions of a form that has no SELECT clause, with the variables it shows. */
function lowerShown(
  tree: Exclude<SyntaxTree, { queryType: 'SELECT' }>,
  names: readonly VariableName[],
  context: Context,
): Plan {
  const columns = names.map((name) => ({ termType: 'Variable', value: name }) as VariableTerm)
  return lowerModifiers(tree, columns, defaultGraph, context).part.plan
}

/** A triple of a template; its blank nodes stay blank nodes, new ones for every solution. */
export function lowerTemplate(triple: Triple, context: Context, graph: GraphTerm = defaultGraph): Pattern {
  const { predicate } = triple
  if (!('termType' in predicate)) return semanticError(context, 'A template has no property paths')
  return {
    kind: 'pattern',
    subject: templateTerm(triple.subject, context),
    predicate,
    object: templateTerm(triple.object, context),
    graph,
  }
}

function templateTerm(term: Triple['object'], context: Context): PatternTerm {
  if (term.termType === 'Quad') return semanticError(context, 'Quoted triples are not part of SPARQL 1.1')
  if (term.termType !== 'BlankNode') return term as Term | Variable
  // No label that a query can write begins with a dot.
  return blank(writtenLabel(context, term.value)?.label ?? `.${term.value}`)
}
