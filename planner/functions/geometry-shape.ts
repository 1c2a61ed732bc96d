/** Coordinates as GeoJSON orders them: x (longitude, easting) before y; a height is read and left out. */
export type Position = readonly [x: number, y: number]

/** A geometry as plain data, after GeoJSON (RFC 7946, section 3.1); empty arrays are empty geometries. */
export type Shape =
  | { readonly type: 'Point'; readonly coordinates: Position | readonly [] }
  | { readonly type: 'MultiPoint' | 'LineString'; readonly coordinates: readonly Position[] }
  | { readonly type: 'MultiLineString' | 'Polygon'; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Position[])[])[] }
  | { readonly type: 'GeometryCollection'; readonly geometries: readonly Shape[] }

/** Most positions of one geometry: the time of a predicate grows faster than their number. */
const MAXIMUM_POSITIONS = 250_000
/** Collections nested deeper than this are refused. */
const MAXIMUM_DEPTH = 16

/** Counts what a geometry holds; throws where it is too much, which its reader takes for malformed. */
export interface Budget {
  position(): void
  readonly depth: number
}

export function newBudget(): Budget & { depth: number } {
  let positions = 0
  return {
    depth: 0,
    position: () => {
      if (++positions > MAXIMUM_POSITIONS)
        throw new RangeError(`A geometry has more than ${MAXIMUM_POSITIONS} positions`)
    },
  }
}

/** The shape of a GeoJSON geometry or feature; `undefined` for all that is neither. */
export function shapeFromGeoJson(value: unknown): Shape | undefined {
  try {
    return readShape(value, newBudget(), 0)
  } catch {
    return undefined
  }
}

const malformed = (): never => {
  throw new TypeError('This is no GeoJSON geometry')
}

function readShape(value: unknown, budget: Budget, depth: number): Shape {
  if (typeof value !== 'object' || value === null || depth > MAXIMUM_DEPTH) return malformed()
  const { type, coordinates, geometries, geometry } = value as Record<string, unknown> & {
    readonly type?: unknown
    readonly coordinates?: unknown
    readonly geometries?: unknown
    readonly geometry?: unknown
  }
  const position = (item: unknown): Position => readPosition(item, budget)
  switch (type) {
    case 'Feature':
      return readShape(geometry, budget, depth + 1)
    case 'Point':
      return { type, coordinates: Array.isArray(coordinates) && coordinates.length === 0 ? [] : position(coordinates) }
    case 'MultiPoint':
    case 'LineString':
      return { type, coordinates: list(coordinates, position) }
    case 'MultiLineString':
    case 'Polygon':
      return { type, coordinates: list(coordinates, (line) => list(line, position)) }
    case 'MultiPolygon':
      return { type, coordinates: list(coordinates, (polygon) => list(polygon, (ring) => list(ring, position))) }
    case 'GeometryCollection':
      return { type, geometries: list(geometries, (member) => readShape(member, budget, depth + 1)) }
    default:
      return malformed()
  }
}

const list = <Item>(value: unknown, read: (item: unknown) => Item): Item[] =>
  Array.isArray(value) ? value.map((item) => read(item)) : malformed()

function readPosition(value: unknown, budget: Budget): Position {
  if (!Array.isArray(value) || value.length < 2) return malformed()
  budget.position()
  const [x, y] = value as readonly unknown[]
  return Number.isFinite(x) && Number.isFinite(y) ? [x as number, y as number] : malformed()
}

/** The shape with every position changed. */
export function mapPositions(shape: Shape, change: (position: Position) => Position): Shape {
  switch (shape.type) {
    case 'Point':
      return shape.coordinates.length === 0 ? shape : { ...shape, coordinates: change(shape.coordinates) }
    case 'MultiPoint':
    case 'LineString':
      return { ...shape, coordinates: shape.coordinates.map(change) }
    case 'MultiLineString':
    case 'Polygon':
      return { ...shape, coordinates: shape.coordinates.map((line) => line.map(change)) }
    case 'MultiPolygon':
      return { ...shape, coordinates: shape.coordinates.map((rings) => rings.map((ring) => ring.map(change))) }
    case 'GeometryCollection':
      return { ...shape, geometries: shape.geometries.map((member) => mapPositions(member, change)) }
  }
}
