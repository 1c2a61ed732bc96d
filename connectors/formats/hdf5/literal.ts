import type { Metadata } from 'h5wasm'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, type Literal, literal } from '../../../planner/term.ts'
import { canonicalDouble } from '../../../planner/views/natural.ts'
import { isComplex } from './numpy.ts'
import type { Value } from './protocol.ts'

const FLOAT = 1

/**
 * An attribute's value as a literal. A value of one element, whatever its rank, is that element (as in NetCDF, where
 * every attribute is a vector): an integer or enumeration an `xsd:integer`, a float of up to 4 bytes an `xsd:float`, of
 * 8 bytes an `xsd:double`, h5py's booleans an `xsd:boolean`, text an `xsd:string`. All else is text, as JSON in Python's
 * spelling: arrays and sequences `[1, 2]`, compounds `{"x": 1.5}`; complex numbers are written as Python does, `(1+2j)`.
 */
export function valueLiteral(type: Metadata, value: Value): Literal {
  if (typeof value === 'string') return literal(value)
  if (typeof value === 'boolean') return literal(`${value}`, iri(`${XSD}boolean`))
  if (typeof value === 'object') return literal(valueText(type, value, type.total_size === 1 ? [] : (type.shape ?? [])))
  if (type.type !== FLOAT) return literal(`${value}`, iri(`${XSD}integer`))
  const number = Number(value)
  if (type.size === 8) return literal(canonicalDouble(number), iri(`${XSD}double`))
  return literal(canonicalDouble(shortest(number, type.size)), iri(`${XSD}float`))
}

/** `shape`: dimensions of lists that the value still has around its elements. */
function valueText(type: Metadata, value: Value, shape: readonly number[]): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object') return type.type === FLOAT ? floatText(Number(value), type.size) : `${value}`
  if (shape.length > 0) return listText(value.map((part) => valueText(type, part, shape.slice(1))))
  if (isComplex(type)) return complexText(type, value.map(Number))
  const { compound_type: compound, array_type: array, vlen_type: sequence } = type
  if (compound !== undefined) {
    const members = compound.members.map(
      (member, i) => `${JSON.stringify(member.name)}: ${valueText(member, value[i]!, [])}`,
    )
    return `{${members.join(', ')}}`
  }
  const element = array ?? sequence
  const dimensions = array === undefined ? [value.length] : (array.shape ?? [])
  return element === undefined ? '[]' : valueText(element, value, dimensions)
}

/** Numbers as a list's text: shapes and chunks too. */
export const listText = (parts: readonly (string | number)[]): string => `[${parts.join(', ')}]`

function floatText(value: number, size: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const text = `${Object.is(value, -0) ? '-0' : shortest(value, size)}`
  return /[.e]/.test(text) ? text : `${text}.0`
}

function complexText(type: Metadata, [real = 0, imaginary = 0]: readonly number[]): string {
  const part = (value: number) =>
    floatText(value, type.size / 2)
      .replace(/\.0$/, '')
      .replace('Infinity', 'inf')
      .replace('NaN', 'nan')
  const second = part(imaginary)
  return `(${part(real)}${/^-/.test(second) ? '' : '+'}${second}j)`
}

/** The number with the fewest digits that a float of this size cannot tell from `value`: 12.34, not 12.34000015258789. */
function shortest(value: number, size: number): number {
  if (size === 8 || !Number.isFinite(value)) return value
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return rounded
  }
  return value
}
