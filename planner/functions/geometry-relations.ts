import { comparable, type ParsedGeometry } from './geometry-literals.ts'
import { type Matrix, matrixOf } from './geometry-topology.ts'

type Test = (matrix: Matrix, left: number, right: number) => boolean

const pattern =
  (...patterns: readonly string[]): Test =>
  (matrix) =>
    patterns.some((one) => matrix.matches(one))

const EQUALS = 'TFFFTFFFT'
const DISJOINT = 'FF*FF****'

/**
 * The relations of GeoSPARQL 1.1, tables 3 to 5, by DE-9IM: simple features, Egenhofer, RCC8. The Egenhofer and RCC8
 * families are those of the tables, letter by letter.
 */
const RELATIONS: Readonly<Record<string, Test>> = {
  sfEquals: (matrix, left, right) => matrix.isEquals(left, right),
  sfDisjoint: pattern(DISJOINT),
  sfIntersects: (matrix) => !matrix.matches(DISJOINT),
  sfTouches: (matrix, left, right) => matrix.isTouches(left, right),
  sfCrosses: (matrix, left, right) => matrix.isCrosses(left, right),
  sfWithin: (matrix) => matrix.isWithin(),
  sfContains: (matrix) => matrix.isContains(),
  sfOverlaps: (matrix, left, right) => matrix.isOverlaps(left, right),
  ehEquals: pattern(EQUALS),
  ehDisjoint: pattern(DISJOINT),
  ehMeet: pattern('FT*******', 'F**T*****', 'F***T****'),
  ehOverlap: pattern('T*T***T**'),
  ehCovers: pattern('T*TFT*FF*'),
  ehCoveredBy: pattern('TFF*TFT**'),
  ehInside: pattern('TFF*FFT**'),
  ehContains: pattern('T*TFF*FF*'),
  rcc8eq: pattern(EQUALS),
  rcc8dc: pattern('FFTFFTTTT'),
  rcc8ec: pattern('FFTFTTTTT'),
  rcc8po: pattern('TTTTTTTTT'),
  rcc8tppi: pattern('TTTFTTFFT'),
  rcc8tpp: pattern('TFFTTFTTT'),
  rcc8ntpp: pattern('TFFTFFTTT'),
  rcc8ntppi: pattern('TTTFFTFFT'),
}

/** Local names of the relation functions in the namespace `geof:`. */
export const relationNames: readonly string[] = Object.keys(RELATIONS)

/** Relations that hold of geometries whose bounds have no point in common; every other one is false of them. */
const APART: ReadonlySet<string> = new Set(['sfDisjoint', 'ehDisjoint'])

/**
 * Whether a relation holds, by its local name (`sfWithin`). Planar, in the coordinates of the common CRS.
 * `undefined` is an error: an unknown relation, two CRSs that are not comparable, geometries JSTS cannot relate.
 */
export function relate(name: string, left: ParsedGeometry, right: ParsedGeometry): boolean | undefined {
  const test = Object.hasOwn(RELATIONS, name) ? RELATIONS[name] : undefined
  if (test === undefined || !comparable(left, right)) return undefined
  // RCC8 is a calculus of regions: the letters of its patterns decide, bounds do not.
  if (!name.startsWith('rcc8') && !boundsMeet(left, right)) return APART.has(name)
  try {
    return test(matrixOf(left.topology, right.topology), left.topology.getDimension(), right.topology.getDimension())
  } catch {
    return undefined
  }
}

/** `geof:relate`: whether the matrix of two geometries matches a pattern of nine letters out of `TF012*`. */
export function matchesPattern(left: ParsedGeometry, right: ParsedGeometry, letters: string): boolean | undefined {
  if (!/^[TF012*]{9}$/.test(letters) || !comparable(left, right)) return undefined
  try {
    return matrixOf(left.topology, right.topology).matches(letters)
  } catch {
    return undefined
  }
}

/** Whether the bounds of two geometries have a point in common; an empty geometry meets nothing. */
export function boundsMeet(left: ParsedGeometry, right: ParsedGeometry): boolean {
  const { bounds: first } = left
  const { bounds: second } = right
  if (first === undefined || second === undefined) return false
  return (
    first.minX <= second.maxX && second.minX <= first.maxX && first.minY <= second.maxY && second.minY <= first.maxY
  )
}
