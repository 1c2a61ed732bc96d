import 'jsts/org/locationtech/jts/monkey.js'
import ConvexHull from 'jsts/org/locationtech/jts/algorithm/ConvexHull.js'
import Coordinate from 'jsts/org/locationtech/jts/geom/Coordinate.js'
import GeometryFactory from 'jsts/org/locationtech/jts/geom/GeometryFactory.js'
import PrecisionModel from 'jsts/org/locationtech/jts/geom/PrecisionModel.js'
import GeoJSONWriter from 'jsts/org/locationtech/jts/io/GeoJSONWriter.js'
import BufferOp from 'jsts/org/locationtech/jts/operation/buffer/BufferOp.js'
import DistanceOp from 'jsts/org/locationtech/jts/operation/distance/DistanceOp.js'
import OverlayOp from 'jsts/org/locationtech/jts/operation/overlay/OverlayOp.js'
import RelateOp from 'jsts/org/locationtech/jts/operation/relate/RelateOp.js'
import UnionOp from 'jsts/org/locationtech/jts/operation/union/UnionOp.js'
import { type Position, type Shape, shapeFromGeoJson } from './geometry-shape.ts'

/*
 * The only door to JSTS, whose own declarations say `any`. Everything behind it is planar, and may throw: its callers
 * take that for an error of the function.
 */

/** A matrix of the dimensionally extended nine-intersection model (DE-9IM). */
export interface Matrix {
  matches(pattern: string): boolean
  isCrosses(left: number, right: number): boolean
  isOverlaps(left: number, right: number): boolean
  isTouches(left: number, right: number): boolean
  isWithin(): boolean
  isContains(): boolean
  isEquals(left: number, right: number): boolean
}

/** A geometry of JSTS, as far as it is used here. */
export interface Topology {
  isEmpty(): boolean
  getDimension(): number
  getGeometryType(): string
  getEnvelopeInternal(): { getMinX(): number; getMinY(): number; getMaxX(): number; getMaxY(): number }
  getEnvelope(): Topology
  getBoundary(): Topology
  getCentroid(): Topology
  getArea(): number
  getLength(): number
  getNumGeometries(): number
  getGeometryN(index: number): Topology
  isSimple(): boolean
}

const factory = new GeometryFactory(new PrecisionModel())

const coordinates = (positions: readonly Position[]): Coordinate[] => positions.map(([x, y]) => new Coordinate(x, y))

/** Builds the geometry of a shape; throws where a ring is not closed or too short. */
export function buildTopology(shape: Shape): Topology {
  return build(shape) as unknown as Topology
}

function build(shape: Shape): unknown {
  switch (shape.type) {
    case 'Point':
      return shape.coordinates.length === 0
        ? factory.createPoint()
        : factory.createPoint(new Coordinate(...(shape.coordinates as Position)))
    case 'LineString':
      return buildLine(shape.coordinates)
    case 'Polygon':
      return buildPolygon(shape.coordinates)
    case 'MultiPoint':
      return factory.createMultiPoint(coordinates(shape.coordinates).map((point) => factory.createPoint(point)))
    case 'MultiLineString':
      return factory.createMultiLineString(shape.coordinates.map(buildLine))
    case 'MultiPolygon':
      return factory.createMultiPolygon(shape.coordinates.map(buildPolygon))
    case 'GeometryCollection':
      return factory.createGeometryCollection(shape.geometries.map(build))
  }
}

const buildLine = (positions: readonly Position[]): unknown => factory.createLineString(coordinates(positions))

function buildPolygon(rings: readonly (readonly Position[])[]): unknown {
  const [shell, ...holes] = rings.map((ring) => factory.createLinearRing(coordinates(ring)))
  return shell === undefined ? factory.createPolygon() : factory.createPolygon(shell, holes)
}

/** The plain shape of a geometry. */
export function shapeOf(topology: Topology): Shape {
  if (topology.isEmpty()) return emptyShape(topology.getGeometryType())
  const shape = shapeFromGeoJson(new GeoJSONWriter().write(topology))
  if (shape === undefined) throw new TypeError('A geometry came out of JSTS that is none')
  return shape
}

function emptyShape(type: string): Shape {
  const name = (type === 'LinearRing' ? 'LineString' : type) as Shape['type']
  return name === 'GeometryCollection' ? { type: name, geometries: [] } : ({ type: name, coordinates: [] } as Shape)
}

export const matrixOf = (left: Topology, right: Topology): Matrix => RelateOp.relate(left, right) as Matrix

export type SetOperation = 'intersection' | 'union' | 'difference' | 'symDifference'

export function combine(operation: SetOperation, left: Topology, right: Topology): Topology {
  if (operation === 'union') return UnionOp.union(left, right) as Topology
  return OverlayOp[operation](left, right) as Topology
}

/** A buffer of round ends; eight segments approximate a quarter of a circle. */
export const bufferOf = (topology: Topology, radius: number): Topology =>
  BufferOp.bufferOp(topology, radius) as Topology

export const convexHullOf = (topology: Topology): Topology => new ConvexHull(topology).getConvexHull() as Topology

/** The two points, one of each geometry, that are nearest to one another. */
export function nearestPositions(left: Topology, right: Topology): readonly [Position, Position] {
  const [first, second] = DistanceOp.nearestPoints(left, right) as readonly Coordinate[]
  return [
    [first!.x, first!.y],
    [second!.x, second!.y],
  ]
}
