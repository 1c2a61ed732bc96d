import { expect, it } from 'vitest'
import { sharesByBounds } from '../../../connectors/mongodb/shares.ts'
import { WKT_LITERAL } from '../../../planner/functions/geometry-literals.ts'
import { iri } from '../../../planner/term.ts'
import type { View } from '../../../planner/views/view.ts'

const VIEW: View = {
  name: 'place',
  collection: 'places',
  subject: { kind: 'constant', term: iri('urn:s') },
  classes: [],
  properties: [
    {
      predicate: { kind: 'constant', term: iri('urn:at') },
      object: { kind: 'field', field: ['at', 'point'], termType: 'literal', datatype: WKT_LITERAL },
    },
  ],
}
const point = (x: number, y: number) => ({ type: 'Point', coordinates: [x, y] })
const line = { type: 'LineString', coordinates: [point(0, 0), point(9, 9)].map(({ coordinates }) => coordinates) }
const documents = [point(1, 1), point(2, 2), [point(3, 3), point(1, 2)], line, { type: 'Point' }].map((each, _id) => ({
  _id,
  at: { point: each },
}))
const bounds = (minX: number, minY: number, maxX: number, maxY: number) => ({ minX, minY, maxX, maxY })

it('the share of an area is that of a sample, and half a document where the sample has none', () => {
  const share = sharesByBounds([VIEW], (name) => (name === 'places' ? documents : []))
  expect(share('places', 'at.point', bounds(1, 1, 2, 2), 'within')).toBe(3 / 5)
  expect(share('places', 'at.point', bounds(1, 1, 2, 2), 'meet')).toBe(4 / 5)
  expect(share('places', 'at.point', bounds(20, 20, 21, 21), 'meet')).toBe(0.5 / 5)
  expect(share('places', 'elsewhere', bounds(1, 1, 2, 2), 'meet')).toBeUndefined()
  expect(sharesByBounds([VIEW], () => [])('places', 'at.point', bounds(1, 1, 2, 2), 'meet')).toBeUndefined()
})
