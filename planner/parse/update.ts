import type { InsertDeleteOperation, ManagementOperation, Quads, UpdateOperation as UpdateSyntax } from 'sparqljs'
import type { Pattern } from '../algebra.ts'
import { defaultGraph, type GraphTerm, type NamedNode, type Quad, quad } from '../term.ts'
import type { GraphName, Update, UpdateOperation } from '../update.ts'
import { type Context, newContext, semanticError, writtenLabel } from './context.ts'
import { isNoFiller, lowerGroup } from './patterns.ts'
import type { Prepared } from './prepare.ts'
import { lowerTemplate } from './query.ts'
import { lowerSelect } from './select.ts'

/** The operations of an update (SPARQL 1.1 Update, section 4.3). */
export function lowerUpdate(operations: readonly UpdateSyntax[], prepared: Prepared): Update {
  // One context for all: no two WHERE clauses may share the label of a blank node (section 19.6).
  const context = newContext(prepared, { lowerGroup, lowerSelect })
  const labels = new Map<string, UpdateSyntax>()
  return {
    text: prepared.original,
    operations: operations.map((operation) =>
      'updateType' in operation ? lowerChange(operation, labels, context) : lowerManagement(operation),
    ),
    ...(prepared.base === undefined ? {} : { base: prepared.base }),
  }
}

function lowerChange(
  operation: InsertDeleteOperation,
  labels: Map<string, UpdateSyntax>,
  context: Context,
): UpdateOperation {
  switch (operation.updateType) {
    case 'insert':
      refuseSharedLabels(operation, labels, context)
      return { kind: 'insertData', quads: lowerData(operation.insert, context) }
    case 'delete':
      return { kind: 'deleteData', quads: lowerData(operation.delete, context) }
    case 'deletewhere':
      return {
        kind: 'modify',
        remove: lowerQuads(operation.delete, defaultGraph, context),
        insert: [],
        where: context.lowerGroup(operation.delete.map(asPattern), defaultGraph, context).plan,
      }
    case 'insertdelete': {
      const graph = operation.graph ?? defaultGraph
      return {
        kind: 'modify',
        remove: lowerQuads(operation.delete, graph, context),
        insert: lowerQuads(operation.insert, graph, context),
        where: context.lowerGroup(operation.where, defaultGraph, context).plan,
        ...(operation.graph === undefined ? {} : { with: operation.graph }),
        ...(operation.using === undefined ? {} : { dataset: operation.using }),
      }
    }
  }
}

const asPattern = (quads: Quads): Parameters<Context['lowerGroup']>[0][number] =>
  quads.type === 'bgp'
    ? quads
    : { type: 'graph', name: quads.name, patterns: [{ type: 'bgp', triples: quads.triples }] }

/** The triples of a template; those outside of GRAPH are of `graph`. */
function lowerQuads(parts: readonly Quads[], graph: GraphTerm, context: Context): readonly Pattern[] {
  return parts.flatMap((part) =>
    part.triples
      .filter(isNoFiller)
      .map((triple) => lowerTemplate(triple, context, part.type === 'graph' ? part.name : graph)),
  )
}

function lowerData(parts: readonly Quads[], context: Context): readonly Quad[] {
  return lowerQuads(parts, defaultGraph, context).map(({ subject, predicate, object, graph }) => {
    if (subject.termType === 'Literal') {
      return semanticError(context, `The literal "${subject.value}" cannot be the subject of a triple`)
    }
    // The parser lets no variable into data.
    return quad(subject as Quad['subject'], predicate as NamedNode, object as Quad['object'], graph as Quad['graph'])
  })
}

/** No two INSERT DATA of a request may share the label of a blank node (section 19.6). */
function refuseSharedLabels(
  operation: Extract<InsertDeleteOperation, { updateType: 'insert' }>,
  labels: Map<string, UpdateSyntax>,
  context: Context,
): void {
  for (const { triples } of operation.insert) {
    for (const term of triples.flatMap(({ subject, object }) => [subject, object])) {
      const written = term.termType === 'BlankNode' ? writtenLabel(context, term.value) : undefined
      if (written === undefined) continue
      const known = labels.get(written.label)
      if (known !== undefined && known !== operation) {
        semanticError(context, `The blank node _:${written.label} is used in two INSERT DATA`, written.token)
      }
      labels.set(written.label, operation)
    }
  }
}

function lowerManagement(operation: ManagementOperation): UpdateOperation {
  const { silent } = operation
  switch (operation.type) {
    case 'load': {
      const { source, destination } = operation
      // The parser leaves the graph out where the text has none.
      return { kind: 'load', source, into: destination || defaultGraph, silent }
    }
    case 'clear':
    case 'drop': {
      const { graph } = operation
      const target = graph.all === true ? 'all' : graph.named === true ? 'named' : graphName(graph)
      return { kind: operation.type, target, silent }
    }
    case 'create':
      return { kind: 'create', graph: graphName(operation.graph) as NamedNode, silent }
    case 'copy':
    case 'move':
    case 'add':
      return {
        kind: operation.type,
        from: graphName(operation.source),
        to: graphName(operation.destination),
        silent,
      }
  }
}

const graphName = ({ name }: { readonly name?: NamedNode | undefined }): GraphName => name ?? defaultGraph
