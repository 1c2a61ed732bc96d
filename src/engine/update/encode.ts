import { randomUUID } from 'node:crypto'
import { type IdList, idList } from '../../../connectors/columnar/store/ids.ts'
import { type BlankNode, blank, type Quad } from '../../../planner/term.ts'
import { breathe } from '../context.ts'
import type { UpdateContext } from './graphs.ts'

/** Makes blank nodes that the store has never seen. */
export function freshNodes(): () => BlankNode {
  const scope = randomUUID().replaceAll('-', '')
  let count = 0
  return () => blank(`u${scope}n${++count}`)
}

/** Quads between two looks at the clock. */
const PACE = 1024

/** The ids of quads to be added; blank nodes become new ones, the same for the same label. */
export async function encodeQuads(
  quads: Iterable<Quad> | AsyncIterable<Quad>,
  { transaction, signal, reserve }: UpdateContext,
  graph?: number,
): Promise<Uint32Array> {
  const list: IdList = idList(64)
  const fresh = freshNodes()
  const nodes = new Map<string, number>()
  const idOf = (term: Quad['subject'] | Quad['object']): number => {
    if (term.termType !== 'BlankNode') return transaction.encode(term)
    const known = nodes.get(term.value)
    if (known !== undefined) return known
    const made = transaction.encode(fresh())
    nodes.set(term.value, made)
    return made
  }
  let count = 0
  for await (const quad of quads) {
    list.push(idOf(quad.subject))
    list.push(idOf(quad.predicate))
    list.push(idOf(quad.object))
    list.push(graph ?? (quad.graph.termType === 'DefaultGraph' ? 0 : idOf(quad.graph)))
    if (++count % PACE !== 0) continue
    reserve(PACE)
    await breathe(signal)
  }
  return list.view()
}

/** The ids of quads to be removed, without those that the store cannot hold. */
export function findQuads(quads: readonly Quad[], { transaction }: UpdateContext): Uint32Array {
  const list: IdList = idList(64)
  for (const { subject, predicate, object, graph } of quads) {
    const ids = [subject, predicate, object].map(transaction.find)
    const graphId = graph.termType === 'DefaultGraph' ? 0 : transaction.find(graph)
    if (ids.includes(0) || (graphId === 0 && graph.termType !== 'DefaultGraph')) continue
    for (const id of ids) list.push(id)
    list.push(graphId)
  }
  return list.view()
}
