import { GEOF, XSD } from '../namespaces.ts'
import { iri, literal, type Term } from '../term.ts'
import {
  comparable,
  fromTopology,
  GEOJSON_LITERAL,
  type ParsedGeometry,
  parseGeometry,
  toGeoJson,
  wktLiteral,
} from './geometry-literals.ts'
import { area, buffer, distance, length, type Unit, unitOf } from './geometry-measures.ts'
import { matchesPattern, relate, relationNames } from './geometry-relations.ts'
import { combine, convexHullOf, type SetOperation, type Topology } from './geometry-topology.ts'
import { booleanTerm } from './literals.ts'
import { doubleValue, integerTerm, numericTerm, toNumber } from './numeric-values.ts'

export { indexGeometries } from './geometry-index.ts'
export {
  fromGeoJson,
  fromWkt,
  type ParsedGeometry,
  parseGeometry,
  toGeoJson,
  toWkt,
} from './geometry-literals.ts'
export { boundsMeet, relate } from './geometry-relations.ts'

type GeometryFunction = (args: readonly Term[]) => Term | undefined

/** An error of JSTS, which gives up on some degenerate geometries, is an error of the function. */
const guarded =
  (apply: GeometryFunction): GeometryFunction =>
  (args) => {
    try {
      return apply(args)
    } catch {
      return undefined
    }
  }

const ofOne = (apply: (geometry: ParsedGeometry) => Term | undefined): GeometryFunction =>
  guarded((args) => {
    const geometry = args.length === 1 ? parseGeometry(args[0]!) : undefined
    return geometry && apply(geometry)
  })

const ofTwo = (
  arity: number,
  apply: (left: ParsedGeometry, right: ParsedGeometry, args: readonly Term[]) => Term | undefined,
): GeometryFunction =>
  guarded((args) => {
    if (args.length !== arity) return undefined
    const left = parseGeometry(args[0]!)
    const right = left && parseGeometry(args[1]!)
    return left && right && apply(left, right, args)
  })

const double = (value: number | undefined): Term | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : numericTerm(doubleValue(value))

const unitArgument = (term: Term | undefined): Unit | undefined =>
  term?.termType === 'NamedNode' || term?.termType === 'Literal' ? unitOf(term.value) : undefined

const setOperation = (operation: SetOperation): GeometryFunction =>
  ofTwo(2, (left, right) =>
    comparable(left, right)
      ? wktLiteral(fromTopology(combine(operation, left.topology, right.topology), left.crs))
      : undefined,
  )

const derived = (derive: (topology: Topology) => Topology): GeometryFunction =>
  ofOne((geometry) => wktLiteral(fromTopology(derive(geometry.topology), geometry.crs)))

/** A measure of one geometry in a unit, or (its metric form) in metres. */
const measure = (apply: (geometry: ParsedGeometry, unit: Unit) => number | undefined, fixed?: Unit): GeometryFunction =>
  guarded((args) => {
    if (args.length !== (fixed === undefined ? 2 : 1)) return undefined
    const geometry = parseGeometry(args[0]!)
    const unit = fixed ?? unitArgument(args[1])
    return geometry && unit && double(apply(geometry, unit))
  })

function bufferBy(args: readonly Term[], unit: Unit | undefined): Term | undefined {
  const geometry = args[0] && parseGeometry(args[0])
  const radius = toNumber(args[1])?.value
  const result = geometry && radius !== undefined && unit ? buffer(geometry, radius, unit) : undefined
  return result && wktLiteral(result)
}

const SIMPLE_FEATURES = 'http://www.opengis.net/ont/sf#'
const ANY_URI = iri(`${XSD}anyURI`)
const GEOJSON_DATATYPE = iri(GEOJSON_LITERAL)

const bound = (side: keyof NonNullable<ParsedGeometry['bounds']>): GeometryFunction =>
  ofOne(({ bounds }) => double(bounds?.[side]))

/**
 * The functions of GeoSPARQL 1.1 on `geo:wktLiteral` and `geo:geoJSONLiteral`, by IRI. All are planar, but for distances
 * in metres on a geographic CRS. A wrong argument, malformed text and CRSs that differ are errors (`undefined`): the only
 * two that are compared are CRS84 and EPSG:4326, which differ by their axes. Results are WKT in the CRS of the first
 * argument.
 */
export const geometryFunctions: ReadonlyMap<string, GeometryFunction> = new Map<string, GeometryFunction>(
  Object.entries({
    ...Object.fromEntries(
      relationNames.map((name) => [name, ofTwo(2, (left, right) => booleanTerm(relate(name, left, right)))]),
    ),
    relate: ofTwo(3, (left, right, args) => booleanTerm(matchesPattern(left, right, args[2]!.value))),
    distance: ofTwo(3, (left, right, args) => {
      const unit = unitArgument(args[2])
      return unit && double(distance(left, right, unit))
    }),
    metricDistance: ofTwo(2, (left, right) => double(distance(left, right, 'metre'))),
    buffer: guarded((args) => (args.length === 3 ? bufferBy(args, unitArgument(args[2])) : undefined)),
    metricBuffer: guarded((args) => (args.length === 2 ? bufferBy(args, 'metre') : undefined)),
    length: measure(length),
    metricLength: measure(length, 'metre'),
    perimeter: measure(length),
    metricPerimeter: measure(length, 'metre'),
    area: measure(area),
    metricArea: measure(area, 'metre'),
    intersection: setOperation('intersection'),
    union: setOperation('union'),
    difference: setOperation('difference'),
    symDifference: setOperation('symDifference'),
    convexHull: derived(convexHullOf),
    envelope: derived((topology) => topology.getEnvelope()),
    boundary: derived((topology) => topology.getBoundary()),
    centroid: derived((topology) => topology.getCentroid()),
    getSRID: ofOne((geometry) => literal(geometry.crs, ANY_URI)),
    isEmpty: ofOne((geometry) => booleanTerm(geometry.topology.isEmpty())),
    isSimple: ofOne((geometry) => booleanTerm(geometry.topology.isSimple())),
    dimension: ofOne((geometry) => integerTerm(geometry.topology.getDimension())),
    numGeometries: ofOne((geometry) => integerTerm(geometry.topology.getNumGeometries())),
    geometryType: ofOne((geometry) => literal(SIMPLE_FEATURES + geometry.topology.getGeometryType(), ANY_URI)),
    minX: bound('minX'),
    minY: bound('minY'),
    maxX: bound('maxX'),
    maxY: bound('maxY'),
    asWKT: ofOne(wktLiteral),
    asGeoJSON: ofOne((geometry) => literal(JSON.stringify(toGeoJson(geometry)), GEOJSON_DATATYPE)),
  }).map(([name, apply]) => [GEOF + name, apply]),
)
