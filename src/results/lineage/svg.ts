import type { Quad } from '../../../planner/term.ts'
import { truncate } from '../width.ts'
import { xmlText } from '../xml.ts'
import { type LineageNode, lineageGraph, nodeClass, nodeLabel } from './graph.ts'
import { layout } from './layout.ts'

const WIDTH = 210
const HEIGHT = 46
const GAP_X = 30
const GAP_Y = 60
const MARGIN = 20

const FILL: Readonly<Record<LineageNode['kind'], string>> = {
  entity: '#fffc87',
  activity: '#9fb1fc',
  agent: '#fdb266',
}

interface Box {
  readonly node: LineageNode
  readonly x: number
  readonly y: number
}

function shape({ node, x, y }: Box, of: string | undefined): string {
  const stroke = node.term.value === of ? 'stroke="#c00000" stroke-width="3"' : 'stroke="#606060"'
  const fill = `fill="${FILL[node.kind]}" ${stroke}`
  const radius = node.kind === 'entity' ? HEIGHT / 2 : node.kind === 'agent' ? 8 : 0
  return `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="${radius}" ${fill}/>`
}

function box(placed: Box, of: string | undefined): string {
  const { node, x, y } = placed
  const middle = x + WIDTH / 2
  const kind = nodeClass(node)
  const label = xmlText(truncate(nodeLabel(node), 30))
  const lines =
    kind === undefined
      ? `<text x="${middle}" y="${y + 28}">${label}</text>`
      : `<text x="${middle}" y="${y + 20}">${label}</text><text x="${middle}" y="${y + 36}" class="kind">${xmlText(truncate(kind, 32))}</text>`
  return `<g><title>${xmlText(node.term.value)}</title>${shape(placed, of)}${lines}</g>\n`
}

/** The provenance as a drawing: origins below, what came from them above. */
export function lineageToSvg(quads: readonly Quad[], of?: string): string {
  const graph = lineageGraph(quads)
  const placed = layout(graph)
  const boxes = new Map<LineageNode, Box>(
    placed.map(({ node, layer, place }) => [
      node,
      { node, x: MARGIN + place * (WIDTH + GAP_X), y: MARGIN + layer * (HEIGHT + GAP_Y) },
    ]),
  )
  const width = placed.reduce((most, { place }) => Math.max(most, place + 1), 1) * (WIDTH + GAP_X) - GAP_X + 2 * MARGIN
  const height =
    placed.reduce((most, { layer }) => Math.max(most, layer + 1), 1) * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN
  const lines = graph.edges.map(({ relation, from, to }) => {
    const start = boxes.get(from)!
    const end = boxes.get(to)!
    const down = end.y > start.y
    const [x1, y1] = [start.x + WIDTH / 2, down ? start.y + HEIGHT : start.y]
    const [x2, y2] = [end.x + WIDTH / 2, down ? end.y : end.y + HEIGHT]
    const line = `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" marker-end="url(#arrow)"/>`
    return `${line}<text x="${(x1 + x2) / 2}" y="${(y1 + y2) / 2}" class="relation">${relation}</text>\n`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${xmlText(of === undefined ? 'Provenance' : `Provenance of ${of}`)}</title>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#606060"/></marker></defs>
<style>text{font:12px sans-serif;text-anchor:middle}.kind{fill:#505050;font-size:10px}.relation{fill:#404040;font-size:10px}line{stroke:#606060}</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${lines.join('')}${[...boxes.values()].map((placedBox) => box(placedBox, of)).join('')}</svg>\n`
}
