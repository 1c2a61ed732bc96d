import type { Connector } from '../../../connectors/connector.ts'
import { defaultGraph, iri, type Quad, type Term } from '../../../planner/term.ts'
import type { GraphName } from '../../../planner/update.ts'
import type { Execution, GraphChange, GraphOptions } from '../../polystore.ts'
import { type EngineState, runQuery } from '../engine.ts'
import { encodeQuads } from './encode.ts'
import { collectQuads, graphId } from './graphs.ts'
import { changeStore } from './run.ts'
import { graphStore, updateTarget } from './target.ts'

const nameOf = (graph: string | undefined): GraphName => (graph === undefined ? defaultGraph : iri(graph))

/** A graph of one store as triples; `undefined` for a named graph that holds none. */
export async function readGraph(
  graph: string | undefined,
  { store, signal, timeout }: GraphOptions,
  engine: EngineState,
): Promise<Execution | undefined> {
  const connector = graphStore(engine.connectors, store)
  const execution = await runQuery(
    graph === undefined ? 'SELECT ?s ?p ?o { ?s ?p ?o }' : 'SELECT ?s ?p ?o { GRAPH $g { ?s ?p ?o } }',
    {
      ...(signal === undefined ? {} : { signal }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(graph === undefined ? {} : { parameters: { g: iri(graph) } }),
    },
    alone(connector, engine),
  )
  if (execution.kind !== 'bindings') return undefined
  const { kind: _, variables: __, blocks, ...info } = execution
  const rows = blocks[Symbol.asyncIterator]()
  const first = await rows.next()
  if (first.done === true && graph !== undefined) return undefined
  return { ...info, kind: 'quads', prefixes: {}, blocks: triples(first, rows) }
}

type Rows = readonly (readonly (Term | undefined)[])[]

async function* triples(first: IteratorResult<Rows>, rows: AsyncIterator<Rows>): AsyncGenerator<readonly Quad[]> {
  try {
    for (let next = first; next.done !== true; next = await rows.next()) {
      yield next.value.map(
        ([subject, predicate, object]) => ({ subject, predicate, object, graph: defaultGraph }) as Quad,
      )
    }
  } finally {
    await rows.return?.(undefined)
  }
}

const alone = (connector: Connector, engine: EngineState): EngineState => ({
  ...engine,
  connectors: new Map([[connector.id, connector]]),
})

/** Puts triples into a graph of a store: beside those that it holds, or in their place. */
export function writeGraph(
  graph: string | undefined,
  quads: Iterable<Quad> | AsyncIterable<Quad>,
  { replace, ...options }: GraphOptions & { readonly replace: boolean },
  engine: EngineState,
): Promise<GraphChange> {
  const target = updateTarget(engine.connectors, options.store)
  return changeStore(target, options, engine, async (context) => {
    const { transaction } = context
    const name = nameOf(graph)
    const known = graphId(name, transaction)
    const id = name.termType === 'DefaultGraph' ? 0 : transaction.encode(name)
    const add = await encodeQuads(quads, context, id)
    const remove = replace && known !== undefined ? await collectQuads([known], context) : new Uint32Array(0)
    const counts = await transaction.change({ remove, add })
    return { ...counts, store: target.id, existed: known !== undefined, exists: transaction.count(id) > 0 }
  })
}

/** Removes a graph of a store. */
export function removeGraph(
  graph: string | undefined,
  options: GraphOptions,
  engine: EngineState,
): Promise<GraphChange> {
  const target = updateTarget(engine.connectors, options.store)
  return changeStore(target, options, engine, async (context) => {
    const known = graphId(nameOf(graph), context.transaction)
    const remove = known === undefined ? new Uint32Array(0) : await collectQuads([known], context)
    const counts = await context.transaction.change({ remove })
    return { ...counts, store: target.id, existed: known !== undefined, exists: false }
  })
}
