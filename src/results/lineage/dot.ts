import type { Quad } from '../../../planner/term.ts'
import { truncate } from '../width.ts'
import { type LineageNode, lineageGraph, nodeClass, nodeLabel } from './graph.ts'

/** Shapes and colours that the PROV working group draws with. */
const STYLE: Readonly<Record<LineageNode['kind'], string>> = {
  entity: 'shape=ellipse, fillcolor="#fffc87", color="#808080"',
  activity: 'shape=box, fillcolor="#9fb1fc", color="#0000ff"',
  agent: 'shape=house, fillcolor="#fdb266", color="#808080"',
}

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/\r?\n/g, '\\n')}"`

/** The provenance in the DOT language of Graphviz. */
export function lineageToDot(quads: readonly Quad[], of?: string): string {
  const { nodes, edges } = lineageGraph(quads)
  const number = new Map(nodes.map((node, index) => [node, `n${index}`]))
  const nodeLines = nodes.map((node) => {
    const kind = nodeClass(node)
    const label = truncate(nodeLabel(node), 60)
    const text = quoted(kind === undefined ? label : `${label}\n${kind}`)
    const bold = node.term.value === of ? ', penwidth=3' : ''
    const tip = quoted(node.term.value)
    return `  ${number.get(node)} [label=${text}, tooltip=${tip}, style=filled, ${STYLE[node.kind]}${bold}]\n`
  })
  const edgeLines = edges.map(
    ({ relation, from, to }) => `  ${number.get(from)} -> ${number.get(to)} [label=${quoted(relation)}]\n`,
  )
  return `digraph provenance {\n  rankdir=BT\n  node [fontname="sans-serif"]\n${nodeLines.join('')}${edgeLines.join('')}}\n`
}
