import { type FieldName, fieldValue, scaled, type TraceHeader } from './trace-header.ts'

export type Point = readonly [number, number]

/** Places of coordinates in order of trust: bin, source, receiver group. */
const PLACES = [
  ['cdp_x', 'cdp_y'],
  ['sht_x', 'sht_y'],
  ['rec_x', 'rec_y'],
] as const satisfies readonly (readonly [FieldName, FieldName])[]

export type CoordinatePlace = (typeof PLACES)[number]

/** The first place that holds coordinates in any of the headers. */
export const coordinatePlace = (headers: readonly TraceHeader[]): CoordinatePlace | undefined =>
  PLACES.find((place) => headers.some((header) => place.some((name) => fieldValue(header, name).value !== 0)))

/** Trace identification code of a dead trace, which often has no coordinates (bytes 29-30). */
const DEAD = 2

/** Coordinates of a trace in the survey's units, or decimal degrees where the header says that they are angles. */
export function coordinatesOf(header: TraceHeader, [x, y]: CoordinatePlace): Point | undefined {
  const empty = [x, y].every((name) => fieldValue(header, name).value === 0)
  if (empty && fieldValue(header, 'trctype').value === DEAD) return undefined
  const scalar = fieldValue(header, 'co_scal').value
  const units = fieldValue(header, 'coorunit').value
  const value = (name: FieldName) => {
    const { value: raw, wide } = fieldValue(header, name)
    return wide ? raw : scaled(raw, scalar)
  }
  const lengths: Point = [value(x), value(y)]
  if (!lengths.every(Number.isFinite)) return undefined
  const angles: Point = [toDegrees(lengths[0], units), toDegrees(lengths[1], units)]
  // Writers leave code 3 on metres: what cannot be longitude and latitude is no angle.
  return Math.abs(angles[0]) <= 180 && Math.abs(angles[1]) <= 90 ? angles : lengths
}

/** By the coordinate units code (bytes 89-90): 2 arc seconds, 3 decimal degrees, 4 degrees, minutes, seconds. */
function toDegrees(value: number, units: number): number {
  if (units === 2) return value / 3600
  if (units !== 4) return value
  const size = Math.abs(value)
  const degrees = Math.floor(size / 10_000)
  const minutes = Math.floor((size % 10_000) / 100)
  return Math.sign(value) * (degrees + minutes / 60 + (size % 100) / 3600)
}

/** The corners of a parallelogram in turn; one that is not known follows from the others. */
export function completeCorners(corners: readonly (Point | undefined)[]): readonly Point[] {
  const known = corners.filter((corner) => corner !== undefined)
  const at = corners.indexOf(undefined)
  if (corners.length !== 4 || known.length !== 3) return known
  const [before, opposite, after] = [corners[(at + 3) % 4]!, corners[(at + 2) % 4]!, corners[(at + 1) % 4]!]
  return [...known, [before[0] + after[0] - opposite[0], before[1] + after[1] - opposite[1]]]
}

/** The convex hull of the points as WKT: a polygon, or a line or point where they span none. */
export function hullText(points: readonly Point[]): string | undefined {
  const hull = convexHull(points)
  const text = (point: Point) => `${plain(point[0])} ${plain(point[1])}`
  if (hull.length === 0) return undefined
  if (hull.length === 1) return `POINT (${text(hull[0]!)})`
  if (hull.length === 2) return `LINESTRING (${hull.map(text).join(', ')})`
  return `POLYGON ((${[...hull, hull[0]!].map(text).join(', ')}))`
}

/** WKT readers need not take exponents. */
const plain = (value: number): string => {
  const text = String(value)
  return text.includes('e') ? value.toFixed(9) : text
}

/** Andrew's monotone chain, counter-clockwise, without points on an edge. */
export function convexHull(points: readonly Point[]): readonly Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const distinct = sorted.filter((point, index) => index === 0 || !samePoint(point, sorted[index - 1]!))
  if (distinct.length < 3) return distinct
  const lower = chain(distinct)
  const upper = chain([...distinct].reverse())
  return [...lower.slice(0, -1), ...upper.slice(0, -1)]
}

function chain(points: readonly Point[]): Point[] {
  const kept: Point[] = []
  for (const point of points) {
    while (kept.length >= 2 && !turnsLeft(kept.at(-2)!, kept.at(-1)!, point)) kept.pop()
    kept.push(point)
  }
  return kept
}

const samePoint = (a: Point, b: Point): boolean => a[0] === b[0] && a[1] === b[1]
const turnsLeft = (a: Point, b: Point, c: Point): boolean =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0
