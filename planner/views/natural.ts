import { XSD } from '../namespaces.ts'

/** A decimal number of a store that keeps it exactly. */
export class Decimal {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Canonical, without an exponent (XML Schema 1.1 part 2, section 3.3.3). */
  get text(): string {
    return this.#text
  }
}

/**
 * The datatype that a value's own type maps to (R2RML, section 10.2, for JSON): strings, integers, other numbers as
 * doubles, booleans; of stores that have them dates, decimals, and bytes. `undefined`: the value is no scalar.
 */
export function naturalDatatype(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return `${XSD}string`
    case 'bigint':
      return `${XSD}integer`
    case 'number':
      return Number.isInteger(value) ? `${XSD}integer` : `${XSD}double`
    case 'boolean':
      return `${XSD}boolean`
    default:
      if (value instanceof Decimal) return `${XSD}decimal`
      if (value instanceof Uint8Array) return `${XSD}hexBinary`
      return value instanceof Date && !Number.isNaN(value.getTime()) ? `${XSD}dateTime` : undefined
  }
}

/**
 * The lexical form of a scalar as `datatype`: canonical for numbers, unchanged for strings, and for decimals, of which
 * several would be one double; of bytes their digits, or Base64 where that is the datatype. `undefined`: no scalar, or a string with half a surrogate pair, which no RDF term can hold.
 */
export function lexicalForm(value: unknown, datatype: string | undefined = naturalDatatype(value)): string | undefined {
  switch (typeof value) {
    case 'string':
      return /\p{Surrogate}/u.test(value) ? undefined : value
    case 'bigint':
      return isFloating(datatype) ? canonicalDouble(Number(value)) : `${value}`
    case 'boolean':
      return `${value}`
    case 'number':
      return numberForm(value, datatype)
    default:
      if (value instanceof Decimal) return value.text
      if (value instanceof Uint8Array) return datatype === `${XSD}base64Binary` ? base64(value) : hexadecimal(value)
      return value instanceof Date && !Number.isNaN(value.getTime()) ? dateForm(value) : undefined
  }
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

/** Whether a datatype rounds integers (XML Schema 1.1 part 2, sections 3.3.4 and 3.3.5): several then have one form. */
export const isFloating = (datatype: string | undefined): boolean =>
  datatype === `${XSD}double` || datatype === `${XSD}float`

function numberForm(value: number, datatype: string | undefined): string {
  if (isFloating(datatype)) return canonicalDouble(value)
  if (Number.isInteger(value)) return `${BigInt(value)}`
  return datatype === `${XSD}decimal` ? decimalForm(value) : canonicalDouble(value)
}

/** XML Schema's canonical form of a double: `1.5E0`. */
export function canonicalDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF'
  if (Object.is(value, -0)) return '-0.0E0'
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}

/** The shortest digits that read back as this number, without an exponent. */
function decimalForm(value: number): string {
  const text = `${value}`
  if (!text.includes('e')) return text
  const [mantissa = '0', exponent = '0'] = `${Math.abs(value)}`.split('e')
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(-Number(exponent) - 1)}${mantissa.replace('.', '')}`
}

const dateForm = (value: Date): string => value.toISOString().replace('.000Z', 'Z')

/** Scalars whose lexical form may be `text`: what a record can hold where a term shows this text. */
export function valuesOfText(text: string): readonly unknown[] {
  const values: unknown[] = [text]
  if (text === 'true' || text === 'false') values.push(text === 'true')
  if (/^-?(\d|INF|NaN)/.test(text)) {
    const value = Number(text)
    if (Number.isFinite(value)) values.push(value)
    if (!Number.isSafeInteger(value) && /^-?\d+$/.test(text)) values.push(BigInt(text))
  }
  if (/^\d{4}-\d\d-\d\dT/.test(text)) {
    const date = new Date(text)
    if (!Number.isNaN(date.getTime()) && dateForm(date) === text) values.push(date)
  }
  return values
}
