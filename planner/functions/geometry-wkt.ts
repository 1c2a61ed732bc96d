import { newBudget, type Position, type Shape } from './geometry-shape.ts'

/** Longest text of a geometry, in UTF-16 code units. */
export const LONGEST_GEOMETRY = 16_000_000

const TOKEN = /\s*(?:([A-Za-z]+)|([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|([(),]))/y

interface Reader {
  /** The next token, which stays: a word in upper case, a number, a bracket or comma, or nothing at the end. */
  peek(): string | undefined
  take(): string | undefined
  expect(token: string): void
  position(): Position
}

const fail = (): never => {
  throw new SyntaxError('This is no well-known text of a geometry')
}

/**
 * Reads well-known text (OGC 06-103r4, section 7) without a CRS; Z and M are read and left out. `undefined` where the
 * text is malformed or too large.
 */
export function readWkt(text: string): Shape | undefined {
  if (text.length > LONGEST_GEOMETRY) return undefined
  try {
    const reader = newReader(text)
    const shape = readGeometry(reader, 0)
    return reader.peek() === undefined ? shape : undefined
  } catch {
    return undefined
  }
}

function newReader(text: string): Reader {
  const budget = newBudget()
  const end = text.trimEnd().length
  let offset = 0
  let current: string | undefined
  const advance = (): void => {
    if (offset >= end) {
      current = undefined
      return
    }
    TOKEN.lastIndex = offset
    const match = TOKEN.exec(text)
    offset = TOKEN.lastIndex
    current = match === null ? fail() : (match[1]?.toUpperCase() ?? match[2] ?? match[3])
  }
  advance()
  const take = (): string | undefined => {
    const token = current
    advance()
    return token
  }
  const ordinate = (): number => {
    const value = Number(take() ?? 'nothing')
    return Number.isFinite(value) ? value : fail()
  }
  return {
    peek: () => current,
    take,
    expect: (token) => {
      if (take() !== token) fail()
    },
    position: () => {
      budget.position()
      const position: Position = [ordinate(), ordinate()]
      for (let more = 0; more < 2 && current !== ',' && current !== ')'; more++) ordinate()
      return position
    },
  }
}

function readGeometry(reader: Reader, depth: number): Shape {
  if (depth > 16) return fail()
  // The dimension may be written apart or at the end of the name: POINT Z, POINTZ.
  const name = reader.take()?.replace(/(?<=[A-Z]{4})(?:ZM|Z|M)$/, '')
  if (name !== undefined && ['Z', 'M', 'ZM'].includes(reader.peek() ?? '')) reader.take()
  const position = (): Position => reader.position()
  const line = (): readonly Position[] => readList(reader, position)
  const rings = (): readonly (readonly Position[])[] => readList(reader, line)
  switch (name) {
    case 'POINT':
      return { type: 'Point', coordinates: readPoint(reader) }
    case 'LINESTRING':
    case 'LINEARRING':
      return { type: 'LineString', coordinates: line() }
    case 'POLYGON':
    case 'TRIANGLE':
      return { type: 'Polygon', coordinates: rings() }
    case 'MULTIPOINT':
      return { type: 'MultiPoint', coordinates: readList(reader, () => readMember(reader)) }
    case 'MULTILINESTRING':
      return { type: 'MultiLineString', coordinates: rings() }
    case 'MULTIPOLYGON':
      return { type: 'MultiPolygon', coordinates: readList(reader, rings) }
    case 'GEOMETRYCOLLECTION':
      return { type: 'GeometryCollection', geometries: readList(reader, () => readGeometry(reader, depth + 1)) }
    default:
      return fail()
  }
}

function readList<Item>(reader: Reader, read: () => Item): readonly Item[] {
  if (reader.peek() === 'EMPTY') {
    reader.take()
    return []
  }
  reader.expect('(')
  const items = [read()]
  while (reader.peek() === ',') {
    reader.take()
    items.push(read())
  }
  reader.expect(')')
  return items
}

function readPoint(reader: Reader): Position | readonly [] {
  const points = readList(reader, () => reader.position())
  return points.length > 1 ? fail() : (points[0] ?? [])
}

/** A member of a MULTIPOINT, with brackets of its own or without. */
function readMember(reader: Reader): Position {
  if (reader.peek() !== '(') return reader.position()
  const point = readPoint(reader)
  return point.length === 0 ? fail() : point
}

/** Writes well-known text, without a CRS. */
export function writeWkt(shape: Shape): string {
  const name = shape.type.toUpperCase()
  switch (shape.type) {
    case 'Point':
      return shape.coordinates.length === 0 ? `${name} EMPTY` : `${name} (${shape.coordinates.join(' ')})`
    case 'LineString':
      return `${name} ${writeLine(shape.coordinates)}`
    case 'MultiPoint':
      return `${name} ${writeList(shape.coordinates, (position) => `(${position.join(' ')})`)}`
    case 'Polygon':
    case 'MultiLineString':
      return `${name} ${writeList(shape.coordinates, writeLine)}`
    case 'MultiPolygon':
      return `${name} ${writeList(shape.coordinates, (rings) => writeList(rings, writeLine))}`
    case 'GeometryCollection':
      return `${name} ${writeList(shape.geometries, writeWkt)}`
  }
}

const writeList = <Item>(items: readonly Item[], write: (item: Item) => string): string =>
  items.length === 0 ? 'EMPTY' : `(${items.map((item) => write(item)).join(', ')})`

const writeLine = (positions: readonly Position[]): string => writeList(positions, (position) => position.join(' '))
