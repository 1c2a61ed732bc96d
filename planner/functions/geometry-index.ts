import Flatbush from 'flatbush'
import type { Bounds, ParsedGeometry } from './geometry-literals.ts'

/** Finds geometries by their bounds: the first step of a spatial join, which `relate` completes. */
export interface GeometryIndex {
  /** Positions, in the list the index was made of, of the geometries whose bounds meet these. */
  search(bounds: Bounds): readonly number[]
}

/**
 * An index over the bounds of geometries; empty ones, and places of the list without a geometry, are never found. It
 * knows no CRS: all geometries must have comparable ones. Bounds rule out nothing for `sfDisjoint`.
 */
export function indexGeometries(geometries: readonly (ParsedGeometry | undefined)[]): GeometryIndex {
  const places: number[] = []
  for (const [place, geometry] of geometries.entries()) if (geometry?.bounds !== undefined) places.push(place)
  if (places.length === 0) return { search: () => [] }
  const tree = new Flatbush(places.length)
  for (const place of places) {
    const { minX, minY, maxX, maxY } = geometries[place]!.bounds!
    tree.add(minX, minY, maxX, maxY)
  }
  tree.finish()
  return {
    search: ({ minX, minY, maxX, maxY }) => tree.search(minX, minY, maxX, maxY).map((found) => places[found]!),
  }
}
