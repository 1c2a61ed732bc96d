import {
  type Bounds,
  type ParsedGeometry,
  parseGeometry,
  toGeoJson,
} from '../../planner/functions/geometry-literals.ts'
import type { Term } from '../../planner/term.ts'
import type { Filter } from '../documents/compile.ts'

/** Relations of a point with a rectangle that its coordinates decide: inside it, or on its edges as well. */
const DECIDED: Readonly<Record<'left' | 'right', Readonly<Record<string, 'inside' | 'covered'>>>> = {
  left: { sfWithin: 'inside', sfIntersects: 'covered' },
  right: { sfContains: 'inside', sfIntersects: 'covered' },
}

/**
 * What the coordinates of a point must be so that it stands in the relation with the constant, a rectangle along the
 * axes: exactly those, since edges of one latitude are straight in degrees and no geodesics. `undefined`: the constant
 * is no such rectangle, or its relation is another.
 */
export function pointsWithin(
  name: string,
  side: 'left' | 'right',
  constant: Term,
): ((path: string) => Filter) | undefined {
  const relation = Object.hasOwn(DECIDED[side], name) ? DECIDED[side][name] : undefined
  const bounds = relation === undefined ? undefined : rectangleOf(parseGeometry(constant))
  if (bounds === undefined) return undefined
  const between = (least: number, most: number): Filter =>
    relation === 'inside' ? { $gt: least, $lt: most } : { $gte: least, $lte: most }
  return (path) => ({
    [`${path}.coordinates.0`]: between(bounds.minX, bounds.maxX),
    [`${path}.coordinates.1`]: between(bounds.minY, bounds.maxY),
  })
}

/** The bounds of a polygon that fills them. */
function rectangleOf(geometry: ParsedGeometry | undefined): Bounds | undefined {
  const shape = geometry === undefined ? undefined : toGeoJson(geometry)
  const bounds = geometry?.bounds
  if (shape?.type !== 'Polygon' || bounds === undefined) return undefined
  const [ring, ...holes] = shape.coordinates
  if (ring?.length !== 5 || holes.length > 0) return undefined
  const { minX, minY, maxX, maxY } = bounds
  const isCorner = ring.every(([x, y]) => (x === minX || x === maxX) && (y === minY || y === maxY))
  const turns = ring.slice(1).every(([x, y], index) => (x === ring[index]![0]) !== (y === ring[index]![1]))
  const corners = new Set(ring.map(([x, y]) => `${x} ${y}`))
  return isCorner && turns && corners.size === 4 ? bounds : undefined
}
