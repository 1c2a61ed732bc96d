import type { IriTerm, PropertyPath } from 'sparqljs'
import type { Path, PathPattern, Pattern, Plan } from '../algebra.ts'
import { join, union } from '../constructors.ts'
import type { GraphTerm, NamedNode, PatternTerm } from '../term.ts'
import { type Context, freshVariable } from './context.ts'

/** Translates the parser's property path. */
export function lowerPathSyntax(syntax: IriTerm | PropertyPath): Path {
  if ('termType' in syntax) return { kind: 'predicate', predicate: syntax }
  const [first] = syntax.items
  switch (syntax.pathType) {
    case '/':
      return { kind: 'sequence', paths: syntax.items.map(lowerPathSyntax) }
    case '|':
      return { kind: 'alternative', paths: syntax.items.map(lowerPathSyntax) }
    case '^':
      return { kind: 'inverse', path: lowerPathSyntax(first!) }
    case '*':
      return { kind: 'zeroOrMore', path: lowerPathSyntax(first!) }
    case '+':
      return { kind: 'oneOrMore', path: lowerPathSyntax(first!) }
    case '?':
      return { kind: 'zeroOrOne', path: lowerPathSyntax(first!) }
    case '!':
      return lowerNegated(first!)
  }
}

function lowerNegated(syntax: IriTerm | PropertyPath): Path {
  const members: readonly (IriTerm | PropertyPath)[] =
    'pathType' in syntax && syntax.pathType === '|' ? syntax.items : [syntax]
  const forward: NamedNode[] = []
  const backward: NamedNode[] = []
  for (const member of members) {
    if ('termType' in member) forward.push(member)
    else backward.push(member.items[0] as NamedNode)
  }
  return { kind: 'negated', forward, backward }
}

/**
 * A path between two terms as a plan (SPARQL 1.1, sections 18.2.2.3 and 18.2.2.4): inverses swap the ends, sequences join
 * through fresh variables, alternatives are unions; what is left are closures, optional steps and negated sets.
 */
export function lowerPath(
  subject: PatternTerm,
  path: Path,
  object: PatternTerm,
  graph: GraphTerm,
  context: Context,
): Plan {
  switch (path.kind) {
    case 'predicate':
      return { kind: 'pattern', subject, predicate: path.predicate, object, graph } satisfies Pattern
    case 'inverse':
      return lowerPath(object, path.path, subject, graph, context)
    case 'sequence':
      return lowerSequence(subject, path.paths, object, graph, context)
    case 'alternative':
      return union(path.paths.map((branch) => lowerPath(subject, branch, object, graph, context)))
    default:
      return { kind: 'path', subject, path, object, graph } satisfies PathPattern
  }
}

function lowerSequence(
  subject: PatternTerm,
  paths: readonly Path[],
  object: PatternTerm,
  graph: GraphTerm,
  context: Context,
): Plan {
  let from = subject
  const steps = paths.map((step, index) => {
    const to = index === paths.length - 1 ? object : freshVariable(context)
    const plan = lowerPath(from, step, to, graph, context)
    from = to
    return plan
  })
  return join(steps)
}
