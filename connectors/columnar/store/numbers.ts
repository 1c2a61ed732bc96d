const XSD = 'http://www.w3.org/2001/XMLSchema#'

const INTEGERS: ReadonlySet<string> = new Set(
  [
    'integer',
    'long',
    'int',
    'short',
    'byte',
    'nonNegativeInteger',
    'nonPositiveInteger',
    'negativeInteger',
    'positiveInteger',
    'unsignedLong',
    'unsignedInt',
    'unsignedShort',
    'unsignedByte',
  ].map((name) => XSD + name),
)

const INTEGER = /^[+-]?\d+$/
const DOUBLE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN)$/

/**
 * The value of a literal, given by its key, where a JavaScript number holds it exactly: doubles, floats and safe
 * integers. `undefined` for all else, decimals included.
 */
export function numericValue(key: string): number | undefined {
  if (key[0] !== '"') return undefined
  const end = key.lastIndexOf('"')
  if (!key.startsWith(XSD, end + 1)) return undefined
  const datatype = key.slice(end + 1)
  const text = key.slice(1, end)
  if (INTEGERS.has(datatype)) {
    const value = INTEGER.test(text) ? Number(text) : Number.NaN
    return Number.isSafeInteger(value) ? value : undefined
  }
  const double = datatype === `${XSD}double`
  if ((!double && datatype !== `${XSD}float`) || !DOUBLE.test(text)) return undefined
  const value = Number(text.replace('INF', 'Infinity'))
  return double ? value : Math.fround(value)
}
