import Flatbush from 'flatbush'
import type { Bounds, ParsedGeometry } from '../../planner/functions/geometry-literals.ts'
import { fromGeoJson, fromWkt, WKT_LITERAL } from '../../planner/functions/geometry-literals.ts'
import { mapPositions, type Shape, shapeFromGeoJson } from '../../planner/functions/geometry-shape.ts'
import { writeWkt } from '../../planner/functions/geometry-wkt.ts'
import { valuesAt } from '../../planner/views/record.ts'
import type { StoredDocument } from './parse.ts'

/** Texts of geometries by the value they were read from: documents do not change, files are read anew. */
const texts = new WeakMap<object, string | undefined>()

/** A GeoJSON geometry or feature as `geo:wktLiteral`, longitude before latitude. */
export function structured(value: unknown, datatype: string): string | undefined {
  if (datatype !== WKT_LITERAL || typeof value !== 'object' || value === null) return undefined
  if (texts.has(value)) return texts.get(value)
  const shape = shapeFromGeoJson(value)
  const text = shape === undefined ? undefined : writeWkt(shape)
  texts.set(value, text)
  return text
}

/** The geometry of a field's value: GeoJSON, or well-known text. */
export const geometryOf = (value: unknown): ParsedGeometry | undefined =>
  typeof value === 'string' ? fromWkt(value) : fromGeoJson(value)

/** How bounds are asked for: those that have a point in common with others, or lie within them, edges included. */
export type BoundsRelation = 'meet' | 'within'

/** Documents by the bounds of the geometries in a field. */
export type BoundsIndex = (bounds: Bounds, relation: BoundsRelation) => readonly StoredDocument[]

/** An R-tree over the geometries at a path; values that are none, or empty, are left out: they meet nothing. */
export function boundsIndex(documents: readonly StoredDocument[], path: readonly string[]): BoundsIndex {
  const entries: { readonly document: StoredDocument; readonly bounds: Bounds }[] = []
  for (const document of documents) {
    for (const value of valuesAt({ root: document, element: document, index: 0 }, path)) {
      const bounds = boundsOf(value)
      if (bounds !== undefined) entries.push({ document, bounds })
    }
  }
  if (entries.length === 0) return () => []
  const tree = new Flatbush(entries.length)
  for (const { bounds } of entries) tree.add(bounds.minX, bounds.minY, bounds.maxX, bounds.maxY)
  tree.finish()
  return (asked, relation) => {
    const { minX, minY, maxX, maxY } = asked
    const isWithin = (index: number): boolean => isRelated(entries[index]!.bounds, asked, 'within')
    const found = tree.search(minX, minY, maxX, maxY, relation === 'within' ? isWithin : undefined)
    return [...new Set(found.map((index) => entries[index]!.document))]
  }
}

/** Whether bounds have a point in common with those asked for, or lie within them, edges included. */
export function isRelated(own: Bounds, asked: Bounds, relation: BoundsRelation): boolean {
  return relation === 'within'
    ? own.minX >= asked.minX && own.minY >= asked.minY && own.maxX <= asked.maxX && own.maxY <= asked.maxY
    : own.minX <= asked.maxX && own.minY <= asked.maxY && own.maxX >= asked.minX && own.maxY >= asked.minY
}

/** Bounds without the work of building a topology, where the value is GeoJSON. */
export function boundsOf(value: unknown): Bounds | undefined {
  if (typeof value === 'string') return fromWkt(value)?.bounds
  const shape = shapeFromGeoJson(value)
  return shape === undefined ? undefined : shapeBounds(shape)
}

function shapeBounds(shape: Shape): Bounds | undefined {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  mapPositions(shape, (position) => {
    const [x, y] = position
    minX = Math.min(minX, x)
    minY = Math.min(minY, y)
    maxX = Math.max(maxX, x)
    maxY = Math.max(maxY, y)
    return position
  })
  return minX > maxX ? undefined : { minX, minY, maxX, maxY }
}
