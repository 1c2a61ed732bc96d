/** Plane geometry of simple polygons, by the text book. */
export type Position = readonly [x: number, y: number]
/** Corners in order, the first not repeated. */
export type Ring = readonly Position[]

const cross = ([ax, ay]: Position, [bx, by]: Position, [cx, cy]: Position): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

const isBetween = ([ax, ay]: Position, [bx, by]: Position, [x, y]: Position): boolean =>
  Math.min(ax, bx) <= x && x <= Math.max(ax, bx) && Math.min(ay, by) <= y && y <= Math.max(ay, by)

function segmentsMeet(a: Position, b: Position, c: Position, d: Position): boolean {
  const [abc, abd, cda, cdb] = [cross(a, b, c), cross(a, b, d), cross(c, d, a), cross(c, d, b)]
  if (abc * abd < 0 && cda * cdb < 0) return true
  return (
    (abc === 0 && isBetween(a, b, c)) ||
    (abd === 0 && isBetween(a, b, d)) ||
    (cda === 0 && isBetween(c, d, a)) ||
    (cdb === 0 && isBetween(c, d, b))
  )
}

const edges = (ring: Ring): readonly (readonly [Position, Position])[] =>
  ring.map((position, index) => [position, ring[(index + 1) % ring.length]!])

/** Whether a point is inside: a ray to the right crosses the ring an odd number of times. */
function isInside([x, y]: Position, ring: Ring): boolean {
  const crossings = edges(ring).filter(
    ([[ax, ay], [bx, by]]) => ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax),
  )
  return crossings.length % 2 === 1
}

/** Whether two polygons share a point. */
export const intersects = (one: Ring, other: Ring): boolean =>
  edges(one).some(([a, b]) => edges(other).some(([c, d]) => segmentsMeet(a, b, c, d))) ||
  isInside(one[0]!, other) ||
  isInside(other[0]!, one)

export const wktOf = (ring: Ring): string =>
  `POLYGON ((${[...ring, ring[0]!].map((position) => position.join(' ')).join(', ')}))`
