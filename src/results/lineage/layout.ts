import type { LineageEdge, LineageGraph, LineageNode } from './graph.ts'

export interface Placed {
  readonly node: LineageNode
  readonly layer: number
  /** Place within the layer, from 0. */
  readonly place: number
}

const SWEEPS = 4

/** Edges by their start, without those that lead back to a node whose walk is under way: what is left has no circle. */
function acyclic(graph: LineageGraph): readonly LineageEdge[] {
  const outgoing = new Map<LineageNode, LineageEdge[]>()
  for (const edge of graph.edges) {
    const list = outgoing.get(edge.from)
    if (list === undefined) outgoing.set(edge.from, [edge])
    else list.push(edge)
  }
  const state = new Map<LineageNode, 'open' | 'done'>()
  const kept: LineageEdge[] = []
  for (const root of graph.nodes) {
    // An explicit stack: lineage can be longer than the call stack is deep.
    const stack: { node: LineageNode; next: number }[] = []
    const enter = (node: LineageNode): void => {
      state.set(node, 'open')
      stack.push({ node, next: 0 })
    }
    if (!state.has(root)) enter(root)
    while (stack.length > 0) {
      const top = stack.at(-1)!
      const edge = outgoing.get(top.node)?.[top.next++]
      if (edge === undefined) {
        state.set(top.node, 'done')
        stack.pop()
        continue
      }
      if (state.get(edge.to) === 'open') continue
      kept.push(edge)
      if (!state.has(edge.to)) enter(edge.to)
    }
  }
  return kept
}

/** The layer of each node: the longest way to it, so that every edge leads from a lower layer to a higher one. */
function layers(nodes: readonly LineageNode[], edges: readonly LineageEdge[]): Map<LineageNode, number> {
  const incoming = new Map(nodes.map((node) => [node, 0]))
  const outgoing = new Map<LineageNode, LineageNode[]>(nodes.map((node) => [node, []]))
  for (const { from, to } of edges) {
    incoming.set(to, incoming.get(to)! + 1)
    outgoing.get(from)!.push(to)
  }
  const layer = new Map(nodes.map((node) => [node, 0]))
  const ready = nodes.filter((node) => incoming.get(node) === 0)
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    for (const to of outgoing.get(node)!) {
      layer.set(to, Math.max(layer.get(to)!, layer.get(node)! + 1))
      incoming.set(to, incoming.get(to)! - 1)
      if (incoming.get(to) === 0) ready.push(to)
    }
  }
  return layer
}

/** Layered drawing (Sugiyama): layers by longest way, order within them by the mean place of the neighbours. */
export function layout(graph: LineageGraph): readonly Placed[] {
  const edges = acyclic(graph)
  const layerOf = layers(graph.nodes, edges)
  const rows: LineageNode[][] = []
  for (const node of graph.nodes) {
    const layer = layerOf.get(node)!
    while (rows.length <= layer) rows.push([])
    rows[layer]!.push(node)
  }
  const place = new Map<LineageNode, number>()
  const number = (row: readonly LineageNode[]): void => {
    for (const [index, node] of row.entries()) place.set(node, index)
  }
  for (const row of rows) number(row)
  const neighbours = new Map<LineageNode, LineageNode[]>(graph.nodes.map((node) => [node, []]))
  for (const { from, to } of edges) {
    neighbours.get(from)!.push(to)
    neighbours.get(to)!.push(from)
  }
  const mean = (node: LineageNode): number => {
    const around = neighbours.get(node)!
    if (around.length === 0) return place.get(node)!
    return around.reduce((sum, other) => sum + place.get(other)!, 0) / around.length
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      const weight = new Map(row.map((node) => [node, mean(node)]))
      row.sort((left, right) => weight.get(left)! - weight.get(right)!)
      number(row)
    }
  }
  return graph.nodes.map((node) => ({ node, layer: layerOf.get(node)!, place: place.get(node)! }))
}
