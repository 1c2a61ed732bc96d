import { comparable, fromTopology, isGeographic, type ParsedGeometry } from './geometry-literals.ts'
import { mapPositions, type Position } from './geometry-shape.ts'
import { bufferOf, buildTopology, nearestPositions, shapeOf, type Topology } from './geometry-topology.ts'

/*
 * Measures. In the unit of the CRS (degrees on a geographic CRS, metres on every other one) they are planar. Metres on a
 * geographic CRS are those of a sphere for distances, and of a plane that is true at the middle latitude of the
 * geometries for buffers, lengths and areas: good for what spans a few degrees, and never across the antimeridian.
 */

/** Mean radius of the Earth in metres (IUGG). */
const EARTH_RADIUS = 6_371_008.8
const RADIANS = Math.PI / 180

export type Unit = 'metre' | 'kilometre' | 'degree' | 'radian'

const UNITS: Readonly<Record<string, Unit>> = {
  'http://www.opengis.net/def/uom/OGC/1.0/metre': 'metre',
  'http://www.opengis.net/def/uom/OGC/1.0/kilometre': 'kilometre',
  'http://www.opengis.net/def/uom/OGC/1.0/degree': 'degree',
  'http://www.opengis.net/def/uom/OGC/1.0/radian': 'radian',
  'http://www.opengis.net/def/uom/EPSG/0/9001': 'metre',
  'http://www.opengis.net/def/uom/EPSG/0/9036': 'kilometre',
  'http://www.opengis.net/def/uom/EPSG/0/9102': 'degree',
  'http://www.opengis.net/def/uom/EPSG/0/9101': 'radian',
  'http://qudt.org/vocab/unit/M': 'metre',
  'http://qudt.org/vocab/unit/KiloM': 'kilometre',
  'http://qudt.org/vocab/unit/DEG': 'degree',
  'http://qudt.org/vocab/unit/RAD': 'radian',
}

/** The unit that an IRI of the registers of OGC, EPSG or QUDT names. */
export const unitOf = (iri: string): Unit | undefined => (Object.hasOwn(UNITS, iri) ? UNITS[iri] : undefined)

/** How many metres, or else degrees, one unit is. */
const SIZE: Readonly<Record<Unit, number>> = { metre: 1, kilometre: 1_000, degree: 1, radian: 1 / RADIANS }

const isAngle = (unit: Unit): boolean => unit === 'degree' || unit === 'radian'

/** The geometry whose plane is measured in metres or degrees, as the unit wants, with the way back. */
interface Plane {
  readonly toPlane: (position: Position) => Position
  readonly fromPlane: (position: Position) => Position
}

const SAME: Plane = { toPlane: (position) => position, fromPlane: (position) => position }

/** The plane of a unit; `undefined` where the CRS has no such unit: angles on a projected one. */
function planeOf(geometries: readonly ParsedGeometry[], unit: Unit): Plane | undefined {
  const geographic = isGeographic(geometries[0]!.crs)
  if (isAngle(unit)) return geographic ? SAME : undefined
  return geographic ? localPlane(geometries) : SAME
}

function localPlane(geometries: readonly ParsedGeometry[]): Plane {
  const bounds = geometries.flatMap((geometry) => geometry.bounds ?? [])
  const south = Math.min(...bounds.map((box) => box.minY))
  const north = Math.max(...bounds.map((box) => box.maxY))
  const perDegree = EARTH_RADIUS * RADIANS
  const perLongitude = perDegree * Math.max(Math.cos(((south + north) / 2) * RADIANS), 1e-9)
  return {
    toPlane: ([x, y]) => [x * perLongitude, y * perDegree],
    fromPlane: ([x, y]) => [x / perLongitude, y / perDegree],
  }
}

const mapped = (topology: Topology, plane: Plane, direction: keyof Plane): Topology =>
  plane === SAME ? topology : buildTopology(mapPositions(shapeOf(topology), plane[direction]))

/** The least distance of two geometries; `undefined` for empty ones, CRSs that differ, and units the CRS has not. */
export function distance(left: ParsedGeometry, right: ParsedGeometry, unit: Unit): number | undefined {
  if (!comparable(left, right) || left.bounds === undefined || right.bounds === undefined) return undefined
  const plane = planeOf([left, right], unit)
  if (plane === undefined) return undefined
  const [from, to] = nearestPositions(mapped(left.topology, plane, 'toPlane'), mapped(right.topology, plane, 'toPlane'))
  if (plane === SAME) return Math.hypot(to[0] - from[0], to[1] - from[1]) / SIZE[unit]
  return greatCircle(plane.fromPlane(from), plane.fromPlane(to)) / SIZE[unit]
}

/** The haversine formula, in metres. */
function greatCircle([x1, y1]: Position, [x2, y2]: Position): number {
  const byLatitude = Math.sin(((y2 - y1) * RADIANS) / 2) ** 2
  const byLongitude = Math.sin(((x2 - x1) * RADIANS) / 2) ** 2
  const chord = byLatitude + Math.cos(y1 * RADIANS) * Math.cos(y2 * RADIANS) * byLongitude
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** All that is within a distance of a geometry. */
export function buffer(geometry: ParsedGeometry, radius: number, unit: Unit): ParsedGeometry | undefined {
  const plane = planeOf([geometry], unit)
  if (plane === undefined || !Number.isFinite(radius)) return undefined
  const widened = bufferOf(mapped(geometry.topology, plane, 'toPlane'), radius * SIZE[unit])
  return fromTopology(mapped(widened, plane, 'fromPlane'), geometry.crs)
}

/** The length of lines, the perimeter of areas. */
export function length(geometry: ParsedGeometry, unit: Unit): number | undefined {
  const plane = planeOf([geometry], unit)
  return plane && mapped(geometry.topology, plane, 'toPlane').getLength() / SIZE[unit]
}

/** The area, in the square of the unit. */
export function area(geometry: ParsedGeometry, unit: Unit): number | undefined {
  const plane = planeOf([geometry], unit)
  return plane && mapped(geometry.topology, plane, 'toPlane').getArea() / SIZE[unit] ** 2
}
