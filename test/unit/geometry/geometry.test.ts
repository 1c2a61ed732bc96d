import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boundsMeet,
  fromGeoJson,
  fromWkt,
  geometryFunctions,
  indexGeometries,
  type ParsedGeometry,
  parseGeometry,
  relate,
  toGeoJson,
  toWkt,
} from '../../../planner/functions/geometry.ts'
import { GEO, GEOF, XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'

const wkt = (text: string): Term => literal(text, iri(`${GEO}wktLiteral`))
const json = (value: unknown): Term => literal(JSON.stringify(value), iri(`${GEO}geoJSONLiteral`))
const uom = (name: string): Term => iri(`http://www.opengis.net/def/uom/OGC/1.0/${name}`)
const double = (value: number): Term => literal(String(value), iri(`${XSD}double`))
const call = (name: string, ...args: readonly Term[]): string | undefined =>
  geometryFunctions.get(GEOF + name)!(args)?.value
const number = (name: string, ...args: readonly Term[]): number => Number(call(name, ...args))
const geometry = (text: string): ParsedGeometry => {
  const parsed = fromWkt(text)
  if (parsed === undefined) throw new Error(`malformed: ${text}`)
  return parsed
}

const A = 'POLYGON((0 0,10 0,10 10,0 10,0 0))'
const HOLED = 'POLYGON((0 0,10 0,10 10,0 10,0 0),(3 3,7 3,7 7,3 7,3 3))'

/** The simple features relations that hold, in the order of this list. */
const SIMPLE = ['Equals', 'Disjoint', 'Intersects', 'Touches', 'Crosses', 'Within', 'Contains', 'Overlaps']
const holding = (left: string, right: string): string =>
  SIMPLE.filter((name) => relate(`sf${name}`, geometry(left), geometry(right)) === true).join(' ')

describe('simple features relations', () => {
  it.each([
    [
      'equal polygons of other vertices',
      A,
      'POLYGON((10 10,0 10,0 0,5 0,10 0,10 10))',
      'Equals Intersects Within Contains',
    ],
    ['polygons apart', A, 'POLYGON((20 0,30 0,30 10,20 0))', 'Disjoint'],
    [
      'polygons whose bounds meet, but not they',
      'POLYGON((0 0,10 0,0 10,0 0))',
      'POLYGON((9 9,10 9,10 10,9 9))',
      'Disjoint',
    ],
    ['an edge in common', A, 'POLYGON((10 0,20 0,20 10,10 10,10 0))', 'Intersects Touches'],
    ['a corner in common', A, 'POLYGON((10 10,20 10,20 20,10 10))', 'Intersects Touches'],
    ['polygons that overlap', A, 'POLYGON((5 5,15 5,15 15,5 15,5 5))', 'Intersects Overlaps'],
    ['a polygon within', 'POLYGON((2 2,3 2,3 3,2 2))', A, 'Intersects Within'],
    ['a polygon within that shares an edge', 'POLYGON((0 0,3 0,3 3,0 0))', A, 'Intersects Within'],
    ['a polygon in the hole', 'POLYGON((4 4,6 4,6 6,4 4))', HOLED, 'Disjoint'],
    ['a polygon that fills the hole', 'POLYGON((3 3,7 3,7 7,3 7,3 3))', HOLED, 'Intersects Touches'],
    ['a point on the boundary', 'POINT(10 5)', A, 'Intersects Touches'],
    ['a point inside', 'POINT(5 5)', A, 'Intersects Within'],
    ['points, some inside', 'MULTIPOINT((5 5),(20 20))', A, 'Intersects Crosses'],
    ['a line through', 'LINESTRING(-5 5,15 5)', A, 'Intersects Crosses'],
    ['a line along the boundary', 'LINESTRING(0 0,10 0)', A, 'Intersects Touches'],
    ['lines that cross', 'LINESTRING(0 0,10 10)', 'LINESTRING(0 10,10 0)', 'Intersects Crosses'],
    ['lines that share a part', 'LINESTRING(0 0,5 0)', 'LINESTRING(3 0,9 0)', 'Intersects Overlaps'],
    ['lines end to end', 'LINESTRING(0 0,5 0)', 'LINESTRING(5 0,9 5)', 'Intersects Touches'],
    ['equal points', 'POINT(1 2)', 'POINT(1.0 2e0)', 'Equals Intersects Within Contains'],
    ['an empty geometry', 'POINT EMPTY', A, 'Disjoint'],
  ])('%s', (_name, left, right, expected) => {
    expect(holding(left, right)).toBe(expected)
  })

  it('of random boxes agree with arithmetic', () => {
    const box = fc.tuple(
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
    )
    const text = ([x, y, w, h]: readonly number[]): string =>
      `POLYGON((${x} ${y},${x! + w!} ${y},${x! + w!} ${y! + h!},${x} ${y! + h!},${x} ${y}))`
    fc.assert(
      fc.property(box, box, (a, b) => {
        const [left, right] = [geometry(text(a)), geometry(text(b))]
        const [ax, ay, aw, ah] = a
        const [bx, by, bw, bh] = b
        const meet = ax <= bx + bw && bx <= ax + aw && ay <= by + bh && by <= ay + ah
        const interiors = ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah
        const within = ax >= bx && ay >= by && ax + aw <= bx + bw && ay + ah <= by + bh
        const contains = bx >= ax && by >= ay && bx + bw <= ax + aw && by + bh <= ay + ah
        expect(relate('sfIntersects', left, right)).toBe(meet)
        expect(relate('sfDisjoint', left, right)).toBe(!meet)
        expect(boundsMeet(left, right)).toBe(meet)
        expect(relate('sfTouches', left, right)).toBe(meet && !interiors)
        expect(relate('sfWithin', left, right)).toBe(within)
        expect(relate('sfContains', left, right)).toBe(contains)
        expect(relate('sfEquals', left, right)).toBe(within && contains)
        expect(relate('sfOverlaps', left, right)).toBe(interiors && !within && !contains)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the other families', () => {
  const inner = 'POLYGON((2 2,3 2,3 3,2 2))'
  const edge = 'POLYGON((0 0,3 0,3 3,0 0))'
  it.each([
    ['ehInside', inner, A],
    ['ehCoveredBy', edge, A],
    ['ehContains', A, inner],
    ['ehCovers', A, edge],
    ['ehMeet', A, 'POLYGON((10 0,20 0,20 10,10 10,10 0))'],
    ['ehDisjoint', A, 'POINT(50 50)'],
    ['rcc8eq', A, A],
    ['rcc8ntpp', inner, A],
    ['rcc8tpp', edge, A],
    ['rcc8dc', A, 'POLYGON((20 0,30 0,30 10,20 0))'],
    ['rcc8ec', A, 'POLYGON((10 0,20 0,20 10,10 10,10 0))'],
    ['rcc8po', A, 'POLYGON((5 5,15 5,15 15,5 15,5 5))'],
  ])('%s', (name, left, right) => {
    expect(call(name, wkt(left), wkt(right))).toBe('true')
    expect(call(name, wkt('LINESTRING(0 0,10 10)'), wkt('LINESTRING(0 10,10 0)'))).toBe('false')
  })

  it('relate takes a pattern of nine letters', () => {
    expect(call('relate', wkt(A), wkt('POINT(5 5)'), literal('0F2FF1FF2'))).toBe('true')
    expect(call('relate', wkt(A), wkt('POINT(5 5)'), literal('T*****FF*'))).toBe('true')
    expect(call('relate', wkt(A), wkt('POINT(5 5)'), literal('T****'))).toBeUndefined()
  })
})

describe('reading and writing', () => {
  it.each([
    'POINT (1 2)',
    'POINT (1e-7 -2.5)',
    'LINESTRING (0 0, 1 1, 2 0)',
    'MULTIPOINT ((1 2), (3 4))',
    'MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))',
    'POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0), (3 3, 3 7, 7 7, 7 3, 3 3))',
    'MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))',
    'GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))',
    'POLYGON EMPTY',
    '<http://www.opengis.net/def/crs/EPSG/0/4326> POINT (52.1 4.3)',
    '<http://www.opengis.net/def/crs/EPSG/0/23031> POINT (605835 6073556)',
  ])('%s comes back', (text) => {
    expect(toWkt(geometry(text))).toBe(text)
  })

  it.each([
    'point z(1 2 3)',
    'POINTZ (1 2 3)',
    'POINT M (1 2 3)',
    'POINT ZM(1 2 3 4)',
    '  POINT ( 1   2 ) ',
    'POINT(+1 2.)',
  ])('%s is a point', (text) => expect(toWkt(geometry(text))).toBe('POINT (1 2)'))

  it.each([
    'POINT(1)',
    'POINT(a b)',
    'POINT(1 2) x',
    'POINT(1 2',
    'POINT(1,2)',
    'POINT()',
    'POINT(1 2, 3 4)',
    'POLYGON((0 0,1 1,1 0))',
    'POLYGON((0 0,1 1',
    'LINESTRING(1 2)',
    'CIRCLE(1 2)',
    'SRID=4326;POINT(1 2)',
    '<http://x POINT(1 2)',
    'POINT(1e999 2)',
  ])('%s is malformed', (text) => {
    expect(fromWkt(text)).toBeUndefined()
    expect(call('sfIntersects', wkt(text), wkt(A))).toBeUndefined()
  })

  it('reads EPSG:4326 as latitude and longitude', () => {
    const crs = '<http://www.opengis.net/def/crs/EPSG/0/4326> '
    expect(geometry(`${crs}POINT(52 4)`).bounds).toEqual({ minX: 4, minY: 52, maxX: 4, maxY: 52 })
    expect(call('sfEquals', wkt(`${crs}POINT(52 4)`), wkt('POINT(4 52)'))).toBe('true')
    expect(call('sfEquals', wkt(`${crs}POINT(52 4)`), json({ type: 'Point', coordinates: [4, 52] }))).toBe('true')
    expect(call('getSRID', wkt('<urn:ogc:def:crs:EPSG::4326> POINT(52 4)'))).toBe(
      'http://www.opengis.net/def/crs/EPSG/0/4326',
    )
  })

  it('does not compare CRSs that differ', () => {
    const utm = wkt('<http://www.opengis.net/def/crs/EPSG/0/23031> POINT(1 2)')
    expect(call('sfEquals', utm, wkt('POINT(1 2)'))).toBeUndefined()
    expect(call('sfEquals', utm, wkt('<http://www.opengis.net/def/crs/EPSG/9.9/23031> POINT(1 2)'))).toBe('true')
    expect(call('union', utm, wkt('POINT(1 2)'))).toBeUndefined()
  })

  it('reads GeoJSON geometries and features, and nothing else', () => {
    const feature = { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [1, 2, 3] } }
    expect(toWkt(fromGeoJson(feature)!)).toBe('POINT (1 2)')
    expect(toGeoJson(geometry(A))).toEqual({
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [10, 0],
          [10, 10],
          [0, 10],
          [0, 0],
        ],
      ],
    })
    for (const value of [
      null,
      1,
      'POINT(1 2)',
      {},
      { type: 'Point' },
      { type: 'Point', coordinates: ['1', 2] },
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
          ],
        ],
      },
    ]) {
      expect(fromGeoJson(value)).toBeUndefined()
    }
    expect(parseGeometry(literal('{', iri(`${GEO}geoJSONLiteral`)))).toBeUndefined()
    expect(parseGeometry(literal('POINT(1 2)'))).toBeUndefined()
    expect(parseGeometry(iri('http://x/'))).toBeUndefined()
  })

  it('refuses what is too large', () => {
    const positions = Array.from({ length: 250_001 }, (_, index) => `${index} 0`)
    expect(fromWkt(`LINESTRING(${positions.join(',')})`)).toBeUndefined()
    expect(fromWkt(`${'GEOMETRYCOLLECTION('.repeat(1_000)}POINT(1 2)${')'.repeat(1_000)}`)).toBeUndefined()
  })
})

describe('measures', () => {
  it('are planar in the unit of the CRS', () => {
    expect(number('distance', wkt('POINT(0 0)'), wkt('POINT(3 4)'), uom('degree'))).toBe(5)
    const utm = (text: string): Term => wkt(`<http://www.opengis.net/def/crs/EPSG/0/23031> ${text}`)
    expect(number('distance', utm('POINT(0 0)'), utm('POINT(3000 4000)'), uom('metre'))).toBe(5_000)
    expect(number('distance', utm('POINT(0 0)'), utm('POINT(3000 4000)'), uom('kilometre'))).toBe(5)
    expect(call('distance', utm('POINT(0 0)'), utm('POINT(3 4)'), uom('degree'))).toBeUndefined()
    expect(number('area', utm(A), uom('metre'))).toBe(100)
    expect(number('length', utm(A), uom('metre'))).toBe(40)
  })

  it('in metres on WGS 84 are those of a sphere', () => {
    const metre = 6_371_008.8 * (Math.PI / 180)
    expect(number('distance', wkt('POINT(0 0)'), wkt('POINT(0 1)'), uom('metre'))).toBeCloseTo(metre, 3)
    // Amsterdam to Oslo.
    const far = number('distance', wkt('POINT(4.9 52.37)'), wkt('POINT(10.75 59.91)'), uom('kilometre'))
    expect(far).toBeGreaterThan(910)
    expect(far).toBeLessThan(918)
    expect(number('metricArea', wkt('POLYGON((4 60,4.01 60,4.01 60.01,4 60.01,4 60))'))).toBeCloseTo(
      (metre * 0.01) ** 2 * Math.cos((60.005 * Math.PI) / 180),
      0,
    )
    const around = call('buffer', wkt('POINT(4 60)'), double(1_000), uom('metre'))!
    expect(number('metricArea', wkt(around)) / (Math.PI * 1e6)).toBeCloseTo(1, 1)
    expect(number('distance', wkt(around), wkt('POINT(4 60.02)'), uom('metre'))).toBeCloseTo(metre * 0.02 - 1_000, 0)
  })

  it('of empty geometries and unknown units are errors', () => {
    expect(call('distance', wkt('POINT EMPTY'), wkt('POINT(0 0)'), uom('degree'))).toBeUndefined()
    expect(call('distance', wkt('POINT(1 1)'), wkt('POINT(0 0)'), uom('cubit'))).toBeUndefined()
    expect(call('buffer', wkt('POINT(1 1)'), literal('far'), uom('degree'))).toBeUndefined()
    expect(call('distance', wkt('POINT(1 1)'))).toBeUndefined()
  })
})

describe('constructions', () => {
  const B = 'POLYGON((5 5,15 5,15 15,5 15,5 5))'
  it.each([
    ['intersection', 25],
    ['union', 175],
    ['difference', 75],
    ['symDifference', 150],
  ])('%s', (name, area) => {
    expect(number('area', wkt(call(name, wkt(A), wkt(B))!), uom('degree'))).toBeCloseTo(area, 9)
  })

  it('of one geometry', () => {
    const line = wkt('LINESTRING(0 0,4 2,8 0)')
    expect(call('envelope', line)).toBe('POLYGON ((0 0, 0 2, 8 2, 8 0, 0 0))')
    expect(number('area', wkt(call('convexHull', line)!), uom('degree'))).toBe(8)
    expect(call('boundary', line)).toBe('MULTIPOINT ((0 0), (8 0))')
    expect(call('centroid', wkt(A))).toBe('POINT (5 5)')
    expect(call('isEmpty', wkt('POLYGON EMPTY'))).toBe('true')
    expect(call('isEmpty', line)).toBe('false')
    expect(call('geometryType', line)).toBe('http://www.opengis.net/ont/sf#LineString')
    expect(call('intersection', wkt('POINT(50 50)'), wkt(A))).toMatch(/EMPTY$/)
  })

  it('keep the CRS of the first', () => {
    const crs = '<http://www.opengis.net/def/crs/EPSG/0/4326> '
    expect(call('intersection', wkt(`${crs}LINESTRING(0 5,20 5)`), wkt(A))).toBe(`${crs}LINESTRING (0 5, 10 5)`)
  })
})

describe('the index', () => {
  it('finds what meets the bounds', () => {
    const geometries = [A, 'POINT(50 50)', 'POINT EMPTY', 'POINT(10 10)'].map(fromWkt)
    const index = indexGeometries([...geometries, undefined])
    expect([...index.search({ minX: 9, minY: 9, maxX: 20, maxY: 20 })].sort()).toEqual([0, 3])
    expect(indexGeometries([]).search({ minX: 0, minY: 0, maxX: 1, maxY: 1 })).toEqual([])
  })
})
