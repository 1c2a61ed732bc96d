import { type Bounds, parseGeometry } from '../../planner/functions/geometry-literals.ts'
import type { Term } from '../../planner/term.ts'
import type { Filter } from '../documents/compile.ts'

/** The longest part of a box's edges, in degrees. */
const STEP = 1
/** Degrees by which a box is larger than the bounds whatever its size, and by which one with edges of a degree is. */
const MARGIN = 1e-5
const MARGIN_OF_STEP = 0.01

/**
 * MongoDB's edges are geodesics, those of `geof:` are straight in degrees, so that only points are the same in both: of
 * these it is asked for all within the bounds of the geometry. Between two points of one latitude, a degree apart, a
 * geodesic is less than 0.0022 degrees off the parallel; that grows with the square of what they are apart. Boxes near
 * the poles, or half around the Earth, are not asked for.
 */
export function pointsNear(constant: Term): unknown {
  const bounds = parseGeometry(constant)?.bounds
  if (bounds === undefined) return undefined
  const step = Math.min(STEP, bounds.maxX - bounds.minX)
  const margin = MARGIN + MARGIN_OF_STEP * step ** 2
  const { minX, minY, maxX, maxY } = {
    minX: bounds.minX - margin,
    minY: bounds.minY - margin,
    maxX: bounds.maxX + margin,
    maxY: bounds.maxY + margin,
  }
  const isUsual = minX >= -180 && maxX <= 180 && maxX - minX < 170 && minY > -89 && maxY < 89
  if (!isUsual) return undefined
  return { $geoIntersects: { $geometry: { type: 'Polygon', coordinates: [boxRing({ minX, minY, maxX, maxY })] } } }
}

function boxRing({ minX, minY, maxX, maxY }: Bounds): readonly (readonly [number, number])[] {
  const steps = Math.ceil((maxX - minX) / STEP)
  const along = (y: number) =>
    Array.from({ length: steps + 1 }, (_, step) => [minX + ((maxX - minX) * step) / steps, y] as const)
  const south = along(minY)
  return [...south, ...along(maxY).reverse(), south[0]!]
}

/**
 * Geometries whose box, edges straight in degrees, may meet that of the constant. Nothing that MongoDB's own operators
 * ask finds at least these: the geodesic between two vertices lies up to tens of degrees off the straight edge, it is the
 * other way around the Earth where they are more than 180 degrees apart, and a geometry that is none on the sphere (with
 * a vertex twice, or edges that cross there) is left out without a word. But a straight edge lies within the box of its
 * ends, so that a geometry has a point in common with the constant only where the box of its vertices has one with the
 * constant's box, in the same numbers on either side. Values of other kinds (a collection, a feature, a text) are all
 * let through.
 */
export function boxesMeeting(constant: Term): ((path: string) => Filter) | undefined {
  const bounds = parseGeometry(constant)?.bounds
  return bounds === undefined ? undefined : (path) => ({ $expr: mayMeet(`$${path}`, bounds) })
}

/** How many arrays are around the vertices of a geometry. */
const DEPTHS: Readonly<Record<string, number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
}

function mayMeet(path: string, { minX, minY, maxX, maxY }: Bounds): unknown {
  const isBeside = (vertices: unknown): unknown => {
    const along = (axis: 0 | 1) => ({ $map: { input: vertices, as: 'vertex', in: coordinate('$$vertex', axis) } })
    return {
      $or: [
        { $lt: [{ $max: along(0) }, minX] },
        { $gt: [{ $min: along(0) }, maxX] },
        { $lt: [{ $max: along(1) }, minY] },
        { $gt: [{ $min: along(1) }, maxY] },
      ],
    }
  }
  const coordinates = `${path}.coordinates`
  const excluded = Object.entries(DEPTHS).map(([type, depth]) => ({
    // A condition, since all parts of a conjunction may be worked out: of an array of geometries there are no such vertices.
    $cond: [{ $eq: [`${path}.type`, type] }, isBeside(vertices(coordinates, depth)), false],
  }))
  return { $not: [{ $or: excluded }] }
}

/** The vertices as one array: what is no array where one should be is no geometry, and left out. */
function vertices(coordinates: unknown, depth: number): unknown {
  const array = (value: unknown) => ({ $cond: [{ $isArray: value }, value, []] })
  if (depth === 0) return [array(coordinates)]
  let found: unknown = array(coordinates)
  for (let level = 1; level < depth; level++) {
    found = { $reduce: { input: found, initialValue: [], in: { $concatArrays: ['$$value', array('$$this')] } } }
  }
  return found
}

const coordinate = (vertex: string, axis: 0 | 1): unknown => ({
  $cond: [{ $isArray: vertex }, { $arrayElemAt: [vertex, axis] }, null],
})
