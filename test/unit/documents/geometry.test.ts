import { describe, expect, it } from 'vitest'
import { collection } from '../../../connectors/documents/collection.ts'
import { conditionOf, fieldCondition } from '../../../connectors/documents/conditions.ts'
import { find } from '../../../connectors/documents/find.ts'
import type { Expression } from '../../../planner/algebra.ts'
import { fromGeoJson, parseGeometry, toWkt, WKT_LITERAL } from '../../../planner/functions/geometry-literals.ts'
import { relate, relationNames } from '../../../planner/functions/geometry-relations.ts'
import { GEOF } from '../../../planner/namespaces.ts'
import { iri, type Literal, literal } from '../../../planner/term.ts'
import { answer, pattern, store } from './harness.ts'

const AS_WKT = iri('http://www.opengis.net/ont/geosparql#asWKT')

const box = (x: number, y: number, size: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [x, y],
      [x + size, y],
      [x + size, y + size],
      [x, y + size],
      [x, y],
    ],
  ],
})

/** Points, lines and boxes about the box of corners (0, 0) and (4, 4): within, on its edge, across it, apart. */
const PLACES: readonly object[] = [
  ...[-1, 0, 1, 4].flatMap((x) => [-1, 0, 2, 4].map((y) => ({ type: 'Point', coordinates: [x, y] }))),
  ...[-2, 0, 1, 3, 4, 9].flatMap((x) => [1, 2, 4].map((size) => box(x, x, size))),
  ...[
    [0, 0, 4, 0],
    [1, 1, 3, 3],
    [-1, 2, 5, 2],
    [0, 4, 2, 6],
    [5, 5, 9, 9],
  ].map(([x1, y1, x2, y2]) => ({
    type: 'LineString',
    coordinates: [
      [x1, y1],
      [x2, y2],
    ],
  })),
  { type: 'MultiPoint', coordinates: [] },
  { type: 'Point', coordinates: 'nowhere' },
]

const CONSTANTS = [
  'POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))',
  'POLYGON ((0 0, 4 0, 0 4, 0 0))',
  'LINESTRING (0 0, 4 0)',
  'POINT (1 2)',
  '<http://www.opengis.net/def/crs/EPSG/0/4326> POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))',
  'POINT EMPTY',
].map((text) => literal(text, iri(WKT_LITERAL)))

const related = (name: string, constant: Literal, side: 'left' | 'right'): Expression => {
  const parts: readonly Expression[] = [
    { kind: 'variable', name: 'w' },
    { kind: 'term', term: constant },
  ]
  return { kind: 'call', operator: GEOF + name, arguments: side === 'left' ? parts : [...parts].reverse() }
}

/** The places of which a relation holds, by the definition. */
const holding = (name: string, constant: Literal, side: 'left' | 'right'): readonly number[] =>
  PLACES.flatMap((place, index) => {
    const geometry = fromGeoJson(place)
    const other = parseGeometry(constant)!
    if (geometry === undefined) return []
    const holds = side === 'left' ? relate(name, geometry, other) : relate(name, other, geometry)
    return holds === true ? [index] : []
  })

const CASES = relationNames.flatMap((name) =>
  CONSTANTS.flatMap((constant) => (['left', 'right'] as const).map((side) => ({ name, constant, side }))),
)
const origin = { store: 's', file: 'f' }
const wkt = { kind: 'field', field: ['place'], termType: 'literal', datatype: WKT_LITERAL } as const

describe('relations of geometries', () => {
  it('hold of the documents that the definition names', async () => {
    const mapping = `mappings: { place: { s: "http://ex/$(_id)", po: [[${AS_WKT.value}, $(place), "${WKT_LITERAL}"]] } }`
    const documents = PLACES.map((place, index) => ({ _id: index, place }))
    await using at = await store({ 'place.json': JSON.stringify(documents) }, mapping)
    for (const { name, constant, side } of CASES) {
      const condition = related(name, constant, side)
      const plan = { kind: 'filter', input: pattern('s', AS_WKT, 'w'), condition } as const
      const found = (await answer(at.connector, plan)).map(({ s }) => Number(s!.value.slice('http://ex/'.length)))
      const asked = `${name} ${side} ${constant.value}`
      expect([asked, found.sort((a, b) => a - b)]).toEqual([asked, holding(name, constant, side)])
    }
  })

  it('are asked of a collection so that none that holds is left out, with and without an index', () => {
    const values = PLACES.map((place) => ({ place }))
    const stored = collection('c', [{ origin, values, lineOf: () => 1 }])
    const operators = new Map<string, string>()
    for (const { name, constant, side } of CASES) {
      const asked = fieldCondition(conditionOf(related(name, constant, side))!, wkt)
      if (asked === undefined) continue
      operators.set(`${name} ${side}`, Object.keys(asked as object)[0]!)
      const ids = (filter: Readonly<Record<string, unknown>>) => new Set(find(stored, filter).map(({ _id }) => _id))
      const [indexed, tested] = [ids({ place: asked }), ids({ $and: [{ place: asked }] })]
      for (const index of holding(name, constant, side)) {
        expect([name, constant.value, index, indexed.has(index), tested.has(index)]).toEqual([
          name,
          constant.value,
          index,
          true,
          true,
        ])
      }
      for (const each of tested) expect(indexed).toContain(each)
    }
    const within = [...operators].filter(([, operator]) => operator === '$geoWithin').map(([name]) => name)
    expect(within.sort()).toEqual(
      ['sfWithin', 'sfEquals', 'ehInside', 'ehCoveredBy', 'ehEquals', 'rcc8eq', 'rcc8tpp', 'rcc8ntpp']
        .map((name) => `${name} left`)
        .concat(
          ['sfContains', 'sfEquals', 'ehContains', 'ehCovers', 'ehEquals', 'rcc8eq', 'rcc8tppi', 'rcc8ntppi'].map(
            (name) => `${name} right`,
          ),
        )
        .sort(),
    )
    expect(operators.get('sfIntersects left')).toBe('$geoIntersects')
    expect(operators.has('sfDisjoint left')).toBe(false)
  })

  it('within: the boundary counts, what passes it does not', () => {
    const values = PLACES.map((place) => ({ place }))
    const stored = collection('c', [{ origin, values, lineOf: () => 1 }])
    const asked = { $geoWithin: { $geometry: box(0, 0, 4) } }
    const found = find(stored, { $and: [{ place: asked }] }).map(({ place }) => toWkt(fromGeoJson(place)!))
    expect(found).toContain('POINT (0 0)')
    expect(found).toContain('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))')
    expect(found).toContain('LINESTRING (0 0, 4 0)')
    expect(found).not.toContain('LINESTRING (-1 2, 5 2)')
    expect(found).not.toContain('POINT (-1 2)')
    expect(find(stored, { place: { $geoWithin: { $geometry: 'nonsense' } } })).toEqual([])
  })
})
