import { type Bounds, WKT_LITERAL } from '../../planner/functions/geometry-literals.ts'
import { valuesAt } from '../../planner/views/record.ts'
import { propertiesOf } from '../../planner/views/unfold.ts'
import type { View } from '../../planner/views/view.ts'
import { mongoPath } from '../documents/compile.ts'
import { type BoundsRelation, boundsOf, isRelated } from '../documents/geometry.ts'
import type { StoredDocument } from '../documents/parse.ts'

/**
 * The share of a collection's documents with a geometry at a path whose bounds meet others, or are within them;
 * `undefined` where nothing is known of it.
 */
export type ShareByBounds = (
  collection: string,
  path: string,
  bounds: Bounds,
  relation: BoundsRelation,
) => number | undefined

/** Where no sampled document is, half a one is taken to be. */
const NONE_FOUND = 0.5

/** Shares by the bounds in samples of the collections, of which nothing else is kept. */
export function sharesByBounds(
  views: readonly View[],
  sampleOf: (collection: string) => readonly StoredDocument[],
): ShareByBounds {
  const known = new Map<string, readonly (readonly Bounds[])[]>()
  for (const view of views) {
    for (const { object } of propertiesOf(view)) {
      if (object.kind !== 'field' || object.termType !== 'literal' || object.datatype !== WKT_LITERAL) continue
      const path = mongoPath(object.field, view)
      if (path === undefined) continue
      const sample = sampleOf(view.collection)
      known.set(
        keyOf(view.collection, path),
        sample.map((document) => allBounds(document, path)),
      )
    }
  }
  return (collection, path, asked, relation) => {
    const sample = known.get(keyOf(collection, path)) ?? []
    if (sample.length === 0) return undefined
    const found = sample.filter((all) => all.some((bounds) => isRelated(bounds, asked, relation))).length
    return (found || NONE_FOUND) / sample.length
  }
}

const keyOf = (collection: string, path: string): string => `${collection}\0${path}`

const allBounds = (document: StoredDocument, path: string): readonly Bounds[] =>
  valuesAt({ root: document, element: document, index: 0 }, path.split('.')).flatMap((value) => boundsOf(value) ?? [])
