import { LRUCache } from 'lru-cache'
import { GEO } from '../namespaces.ts'
import { iri, type Literal, literal, type Term } from '../term.ts'
import { mapPositions, type Shape, shapeFromGeoJson } from './geometry-shape.ts'
import { buildTopology, shapeOf, type Topology } from './geometry-topology.ts'
import { LONGEST_GEOMETRY, readWkt, writeWkt } from './geometry-wkt.ts'

export const WKT_LITERAL = `${GEO}wktLiteral`
export const GEOJSON_LITERAL = `${GEO}geoJSONLiteral`
/** Longitude and latitude on WGS 84: the CRS of WKT without a prefix, and of GeoJSON. */
export const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'
const EPSG = 'http://www.opengis.net/def/crs/EPSG/0/'

/** Smallest and largest x and y. */
export interface Bounds {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** A geometry that was read; x is always longitude or easting, whatever order its CRS has in text. */
export interface ParsedGeometry {
  /** The IRI of the CRS, versions and spellings of one CRS made alike. */
  readonly crs: string
  readonly topology: Topology
  /** Absent for an empty geometry. */
  readonly bounds?: Bounds
}

/** Characters of texts whose geometries are kept. */
const CACHED_CHARACTERS = 16_000_000

const cache = new LRUCache<string, { readonly geometry: ParsedGeometry | undefined }>({
  maxSize: CACHED_CHARACTERS,
  sizeCalculation: (_entry, key) => key.length,
})

/**
 * The geometry of a `geo:wktLiteral` or `geo:geoJSONLiteral`, from a cache where it was read before; `undefined` for
 * every other term and for malformed or too large text.
 */
export function parseGeometry(term: Term): ParsedGeometry | undefined {
  if (term.termType !== 'Literal' || term.value.length > LONGEST_GEOMETRY) return undefined
  const datatype = term.datatype.value
  if (datatype !== WKT_LITERAL && datatype !== GEOJSON_LITERAL) return undefined
  const key = `${datatype === WKT_LITERAL ? 'w' : 'j'}${term.value}`
  const known = cache.get(key)
  if (known !== undefined) return known.geometry
  const geometry = datatype === WKT_LITERAL ? fromWkt(term.value) : fromGeoJsonText(term.value)
  cache.set(key, { geometry })
  return geometry
}

const CRS_PREFIX = /^\s*<([^<>\s]*)>\s*/

/** The geometry of well-known text with GeoSPARQL's optional CRS prefix (GeoSPARQL 1.1, section 8.5.1). */
export function fromWkt(text: string): ParsedGeometry | undefined {
  const prefix = CRS_PREFIX.exec(text)
  const crs = prefix === null ? CRS84 : canonicalCrs(prefix[1]!)
  const rest = prefix === null ? text : text.slice(prefix[0].length)
  // An empty lexical form is the empty geometry.
  const shape: Shape | undefined = rest.trim() === '' ? { type: 'GeometryCollection', geometries: [] } : readWkt(rest)
  return shape && fromShape(hasSwappedAxes(crs) ? swapped(shape) : shape, crs)
}

function fromGeoJsonText(text: string): ParsedGeometry | undefined {
  if (text.trim() === '') return fromShape({ type: 'GeometryCollection', geometries: [] }, CRS84)
  try {
    return fromGeoJson(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The geometry of a GeoJSON geometry or feature, whose CRS is CRS84 unless it is told; `undefined` for all else. */
export function fromGeoJson(value: unknown, crs: string = CRS84): ParsedGeometry | undefined {
  const shape = shapeFromGeoJson(value)
  return shape && fromShape(shape, canonicalCrs(crs))
}

function fromShape(shape: Shape, crs: string): ParsedGeometry | undefined {
  try {
    return fromTopology(buildTopology(shape), crs)
  } catch {
    // A ring that is not closed, say.
    return undefined
  }
}

export function fromTopology(topology: Topology, crs: string): ParsedGeometry {
  if (topology.isEmpty()) return { crs, topology }
  const envelope = topology.getEnvelopeInternal()
  const bounds = {
    minX: envelope.getMinX(),
    minY: envelope.getMinY(),
    maxX: envelope.getMaxX(),
    maxY: envelope.getMaxY(),
  }
  return { crs, topology, bounds }
}

/** Well-known text with the prefix of the CRS, which CRS84 does without. */
export function toWkt(geometry: ParsedGeometry): string {
  const shape = shapeOf(geometry.topology)
  const text = writeWkt(hasSwappedAxes(geometry.crs) ? swapped(shape) : shape)
  return geometry.crs === CRS84 ? text : `<${geometry.crs}> ${text}`
}

/** GeoJSON of the geometry's own coordinates, x first. */
export const toGeoJson = (geometry: ParsedGeometry): Shape => shapeOf(geometry.topology)

const WKT_DATATYPE = iri(WKT_LITERAL)

export const wktLiteral = (geometry: ParsedGeometry): Literal => literal(toWkt(geometry), WKT_DATATYPE)

/** One IRI for the spellings of a CRS: `http` and `https`, versions of the EPSG register, URNs. */
export function canonicalCrs(crs: string): string {
  const code =
    /^(?:https?:\/\/www\.opengis\.net\/def\/crs\/EPSG\/[^/]*\/|urn:ogc:def:crs:EPSG:[^:]*:|EPSG:)([0-9]+)$/i.exec(crs)
  if (code !== null) return EPSG + code[1]!
  return /^(?:https?:\/\/www\.opengis\.net\/def\/crs\/OGC\/[^/]*\/|urn:ogc:def:crs:OGC:[^:]*:)CRS84$/i.test(crs)
    ? CRS84
    : crs
}

/** EPSG:4326 has the latitude first; within one other CRS the order of the axes does not matter to topology. */
const hasSwappedAxes = (crs: string): boolean => crs === `${EPSG}4326`

const swapped = (shape: Shape): Shape => mapPositions(shape, ([x, y]) => [y, x])

/** Whether two geometries can be compared: one CRS, or WGS 84 in either order of its axes. */
export const comparable = (left: ParsedGeometry, right: ParsedGeometry): boolean =>
  left.crs === right.crs || (isWgs84(left.crs) && isWgs84(right.crs))

export const isWgs84 = (crs: string): boolean => crs === CRS84 || hasSwappedAxes(crs)

/** Geographic CRSs, whose unit is the degree, as far as they are known here: WGS 84, ETRS89, ED50, NAD27, NAD83. */
export const isGeographic = (crs: string): boolean =>
  isWgs84(crs) || ['4258', '4230', '4267', '4269'].some((code) => crs === EPSG + code)
