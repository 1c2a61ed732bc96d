import { type IdList, idList } from '../../../connectors/columnar/store/ids.ts'
import type { ChangeCounts, Transaction } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import type { GraphName, UpdateOperation } from '../../../planner/update.ts'
import { breathe } from '../context.ts'

/** What operations of an update work with. */
export interface UpdateContext {
  readonly transaction: Transaction
  readonly signal: AbortSignal
  /** Counts the quads of a change against the memory budget. */
  reserve(quads: number): void
}

const NOTHING: ChangeCounts = { added: 0, removed: 0 }

export const showGraph = (graph: GraphName): string =>
  graph.termType === 'DefaultGraph' ? 'the default graph' : `the graph <${graph.value}>`

/** The id of a graph, 0 for the default graph; `undefined` for one that holds nothing: there are no empty named graphs. */
export function graphId(graph: GraphName, transaction: Transaction): number | undefined {
  if (graph.termType === 'DefaultGraph') return 0
  const id = transaction.find(graph)
  return id === 0 || transaction.count(id) === 0 ? undefined : id
}

/** The quads of graphs, each in another graph where `into` is given. */
export async function collectQuads(
  graphs: Iterable<number>,
  { transaction, signal, reserve }: UpdateContext,
  into?: number,
): Promise<Uint32Array> {
  const list: IdList = idList(64)
  for (const graph of graphs) {
    for (const block of transaction.quads(graph)) {
      reserve(block.length / 4)
      for (let index = 0; index < block.length; index++) {
        list.push(into !== undefined && index % 4 === 3 ? into : block[index]!)
      }
      await breathe(signal)
    }
  }
  return list.view()
}

type Of<Kind extends UpdateOperation['kind']> = Extract<UpdateOperation, { kind: Kind }>

/** CLEAR and DROP (sections 3.1.5 and 3.2.2): what is cleared is gone, since there are no empty named graphs. */
export async function clear(
  { kind, target, silent }: Of<'clear' | 'drop'>,
  context: UpdateContext,
): Promise<ChangeCounts> {
  const { transaction } = context
  const ids = typeof target === 'string' ? [...transaction.graphs()] : [graphId(target, transaction)]
  if (target === 'all') ids.push(0)
  if (kind === 'drop' && ids.includes(undefined)) return refuse(target as GraphName, 'DROP', silent)
  const present = ids.flatMap((id) => (id === undefined ? [] : [id]))
  return transaction.change({ remove: await collectQuads(present, context) })
}

function refuse(graph: GraphName, word: string, silent: boolean): ChangeCounts {
  if (silent) return NOTHING
  throw new PolyprovError('not-found', `${word} finds nothing in ${showGraph(graph)}: with SILENT that is no error`)
}

/** CREATE (section 3.2.1). An empty graph is kept by no trace; a graph that holds triples exists already. */
export function create({ graph, silent }: Of<'create'>, { transaction }: UpdateContext): ChangeCounts {
  if (silent || graphId(graph, transaction) === undefined) return NOTHING
  throw new PolyprovError('conflict', `CREATE finds triples in ${showGraph(graph)} already`)
}

/** COPY, MOVE and ADD (sections 3.2.3 to 3.2.5). */
export async function transfer(
  { kind, from, to, silent }: Of<'copy' | 'move' | 'add'>,
  context: UpdateContext,
): Promise<ChangeCounts> {
  const { transaction } = context
  const source = graphId(from, transaction)
  if (source === undefined) return refuse(from, kind.toUpperCase(), silent)
  const target = to.termType === 'DefaultGraph' ? 0 : transaction.encode(to)
  if (source === target) return NOTHING
  const emptied = [...(kind === 'add' ? [] : [target]), ...(kind === 'move' ? [source] : [])]
  return transaction.change({
    remove: await collectQuads(emptied, context),
    add: await collectQuads([source], context, target),
  })
}
