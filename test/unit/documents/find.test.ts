import { describe, expect, it } from 'vitest'
import { collection } from '../../../connectors/documents/collection.ts'
import { find } from '../../../connectors/documents/find.ts'

const origin = { store: 's', file: 'f' }
const lineOf = () => 1

/** A thousand documents that count how often their name is read. */
function counting() {
  const reads = { count: 0 }
  const values = Array.from({ length: 1000 }, (_, index) => ({
    _id: `d${index}`,
    group: index % 10,
    place: { type: 'Point', coordinates: [index, 0] },
    get name() {
      reads.count++
      return 'n'
    },
  }))
  return { reads, stored: collection('c', [{ origin, values, lineOf }]) }
}

const square = (x: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [x - 0.5, -1],
      [x + 0.5, -1],
      [x + 0.5, 1],
      [x - 0.5, 1],
      [x - 0.5, -1],
    ],
  ],
})

describe('finding documents', () => {
  it('goes to the documents that are named by _id, and no others', () => {
    const { reads, stored } = counting()
    const found = find(stored, { _id: { $in: ['d3', 'd999', 'none'] }, name: { $exists: true } })
    expect(found.map(({ _id }) => _id)).toEqual(['d3', 'd999'])
    expect(reads.count).toBeLessThanOrEqual(2)
  })

  it('goes to those that hold a value by an index of the field', () => {
    const { reads, stored } = counting()
    expect(find(stored, { group: 3, name: 'n' })).toHaveLength(100)
    expect(reads.count).toBeLessThanOrEqual(200)
  })

  it('goes to those whose bounds meet a geometry', () => {
    const { reads, stored } = counting()
    const found = find(stored, { place: { $geoIntersects: { $geometry: square(7) } }, name: 'n' })
    expect(found.map(({ _id }) => _id)).toEqual(['d7'])
    expect(reads.count).toBeLessThanOrEqual(2)
  })

  it('tells a geometry from its bounds where the query is nested', () => {
    const { stored } = counting()
    const triangle = {
      type: 'Polygon',
      coordinates: [
        [
          [0, -1],
          [9, -1],
          [0, 9],
          [0, -1],
        ],
      ],
    }
    const found = find(stored, { $or: [{ place: { $geoIntersects: { $geometry: triangle } } }] })
    expect(found.map(({ _id }) => _id)).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7', 'd8'])
  })

  it('compares values of one type only', () => {
    const mixed = collection('c', [
      { origin, lineOf, values: [1, '1', true, null, [1, '2'], { n: 1 }].map((x) => ({ x })) },
    ])
    expect(find(mixed, { x: 1 }).map(({ _id }) => _id)).toEqual([0, 4])
    expect(find(mixed, { x: { $gte: 1 } }).map(({ _id }) => _id)).toEqual([0, 4])
    expect(find(mixed, { x: { $in: ['1', '2'] } }).map(({ _id }) => _id)).toEqual([1, 4])
    expect(find(mixed, { x: { $exists: true } })).toHaveLength(6)
  })

  it('refuses two documents of one _id', () => {
    const values = ['1', 1].map((_id) => ({ _id }))
    expect(() => collection('c', [{ origin, values, lineOf }])).toThrowError("f, line 1: the _id '1' occurs twice")
  })
})
