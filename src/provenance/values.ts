import { objectIri, storeIri } from '../../connectors/connector.ts'
import { PL, XSD } from '../../planner/namespaces.ts'
import { iri, type Literal, literal, type NamedNode, type Quad, quad } from '../../planner/term.ts'
import { pl } from './vocabulary.ts'

/** A value with no identity of its own. Whole numbers become `xsd:integer`, other numbers `xsd:double`. */
export type Scalar = string | number | bigint | boolean | Date | Literal

/** A record kept in a store, as it was seen when it was captured. */
export interface Reference {
  /** Id of the store, as it is registered. */
  readonly store: string
  /** Path, key, `collection/_id` or `table/key` within the store; the resource, as a node, in a triple store. */
  readonly locator: string | NamedNode
  /** What the record looks like: `pl:File` where absent. */
  readonly schema?: NamedNode
  /** `SEG-Y`, `HDF5` and so on. */
  readonly format?: string
  readonly sizeBytes?: number
  readonly etag?: string
  readonly checksum?: string
  readonly modified?: Date
}

/** A range of slices, both ends included. */
export interface SliceRange {
  readonly axis: 'inline' | 'crossline'
  readonly start: number
  readonly end: number
}

/** More about a value than the value. */
export interface About {
  /** Unit that the value is in. */
  readonly unit?: string
  /** Classes of its own, beside `pl:AttributeValue` or `pl:DataReference`. */
  readonly classes?: readonly NamedNode[]
}

export type Captured = Scalar | Reference | SliceRange

export const isReference = (value: Captured): value is Reference =>
  typeof value === 'object' && 'store' in value && 'locator' in value
const isRange = (value: Captured): value is SliceRange => typeof value === 'object' && 'axis' in value

const INTEGER = iri(`${XSD}integer`)
const DOUBLE = iri(`${XSD}double`)
const BOOLEAN = iri(`${XSD}boolean`)
const DATE_TIME = iri(`${XSD}dateTime`)

/** A double in its canonical lexical form (XML Schema 1.1 part 2, section 3.3.5.2): `1.0E0`, `NaN`, `-INF`. */
export function double(value: number): Literal {
  if (Number.isNaN(value)) return literal('NaN', DOUBLE)
  if (!Number.isFinite(value)) return literal(value > 0 ? 'INF' : '-INF', DOUBLE)
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const digits = mantissa.includes('.') ? mantissa : `${mantissa}.0`
  return literal(`${Object.is(value, -0) ? '-' : ''}${digits}E${exponent.replace('+', '')}`, DOUBLE)
}

export const integer = (value: number | bigint): Literal => literal(String(value), INTEGER)
export const dateTime = (value: Date): Literal => literal(value.toISOString(), DATE_TIME)

/** The literal that a scalar is written as. */
function scalarLiteral(value: Scalar): Literal {
  if (value instanceof Date) return dateTime(value)
  switch (typeof value) {
    case 'string':
      return literal(value)
    case 'bigint':
      return integer(value)
    case 'boolean':
      return literal(String(value), BOOLEAN)
    case 'number':
      return Number.isSafeInteger(value) ? integer(value) : double(value)
    default:
      return value
  }
}

/** The node of a data reference: the same wherever the same record of the same store is meant. */
export function referenceIri(base: string, { store, locator }: Reference): NamedNode {
  return iri(objectIri(base, store, typeof locator === 'string' ? locator : locator.value))
}

/** What is said of a data reference itself, beside its classes. */
export function referenceQuads(base: string, node: NamedNode, reference: Reference): Quad[] {
  const { locator, format, sizeBytes, etag, checksum, modified } = reference
  const quads = [
    quad(node, pl.isStoredInStore, iri(storeIri(base, reference.store))),
    quad(node, pl.value, typeof locator === 'string' ? literal(locator) : locator),
    quad(node, pl.ofSchema, reference.schema ?? iri(`${PL}File`)),
  ]
  if (format !== undefined) quads.push(quad(node, pl.format, literal(format)))
  if (sizeBytes !== undefined) quads.push(quad(node, pl.sizeBytes, integer(sizeBytes)))
  if (etag !== undefined) quads.push(quad(node, pl.etag, literal(etag)))
  if (checksum !== undefined) quads.push(quad(node, pl.checksum, literal(checksum)))
  if (modified !== undefined) quads.push(quad(node, pl.modified, dateTime(modified)))
  return quads
}

/** What a value that is no reference says: `pl:value`, or the range of slices. */
export function valueQuads(node: NamedNode, value: Scalar | SliceRange): Quad[] {
  if (!isRange(value)) return [quad(node, pl.value, scalarLiteral(value))]
  return [
    quad(node, pl.value, literal(`${value.axis} ${value.start} to ${value.end}`)),
    quad(node, pl.axis, literal(value.axis)),
    quad(node, pl.rangeStart, integer(value.start)),
    quad(node, pl.rangeEnd, integer(value.end)),
  ]
}
