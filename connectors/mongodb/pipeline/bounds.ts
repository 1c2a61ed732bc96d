import type { Document } from 'mongodb'
import { isTagged, type RawDocument, readValue } from '../values.ts'
import { type Column, repeating } from './columns.ts'

/**
 * Types between which terms can be told by their values alone, in the order that MongoDB sorts them in. Between strings
 * and object ids it has objects, arrays and bytes, which mostly give no term.
 */
export type Bracket = 'number' | 'string' | 'objectId' | 'boolean' | 'date'

export function bracketOf(value: unknown): Bracket | undefined {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'object':
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : 'date'
      return value !== null && isTagged(value) ? TAGGED[value._bsontype] : undefined
    default:
      return undefined
  }
}

/** Decimals are left out: MongoDB takes one for an integer of its value, which gives another term. */
const TAGGED: Readonly<Record<string, Bracket>> = {
  Int32: 'number',
  Long: 'number',
  Double: 'number',
  BSONSymbol: 'string',
  ObjectId: 'objectId',
}

export const isDecimal = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && isTagged(value) && value._bsontype === 'Decimal128'

/** Accumulators that tell afterwards what the values of a column were: the least, the greatest, and what they add up to. */
export const boundsOf = ({ name, isScalar }: Column): Document => ({
  [`lo${name}`]: { $min: `$${name}` },
  [`hi${name}`]: { $max: `$${name}` },
  ...kindsOf({ name, isScalar }),
})

/** A sum is a decimal where one of the values is. */
export const kindsOf = ({ name, isScalar }: Pick<Column, 'name' | 'isScalar'>): Document => ({
  [`t${name}`]: { $sum: `$${name}` },
  ...(isScalar ? {} : { [repeating(name)]: { $max: `$${repeating(name)}` } }),
})

/** Whether there may be a decimal among the values of a column. */
export const holdsDecimals = ({ name, types }: Column, row: RawDocument): boolean =>
  (types === undefined || types.has('decimal')) && isDecimal(row[`t${name}`])

/** Whether a document may have given one term several times. */
export const isRepeated = ({ name }: Column, row: RawDocument): boolean => row[repeating(name)] === true

/** What is known of the values of a column in one group. */
export interface Bounds {
  readonly least: unknown
  readonly greatest: unknown
  /** The bracket of all of them; `undefined`: of several. */
  readonly bracket?: Bracket
}

/** `undefined`: some of the values may give no term, or one that another value gives as well. */
export function boundsIn(column: Column, row: RawDocument, isTemplate: boolean): Bounds | undefined {
  const [low, high] = [row[`lo${column.name}`], row[`hi${column.name}`]]
  const [one, other] = [bracketOf(low), bracketOf(high)]
  if (one === undefined || other === undefined || holdsDecimals(column, row) || isRepeated(column, row))
    return undefined
  const values = { least: readValue(low), greatest: readValue(high) }
  if (one === other) return { ...values, bracket: one }
  const isNear = isBelow(one) === isBelow(other)
  // `5` and `"5"` in one array are two terms, but one in a template.
  return isNear && (column.isScalar || !isTemplate) ? values : undefined
}

/** Below objects, in MongoDB's order of types. */
const isBelow = (bracket: Bracket): boolean => bracket === 'number' || bracket === 'string'

/** Accumulators for a sum that is exact where {@link sumIn} says so. */
export const sumOf = ({ name }: Column): Document => ({
  [`s${name}`]: { $sum: `$${name}` },
  // Only numbers have a remainder; in MongoDB's order they stand between null and texts.
  [`f${name}`]: {
    $max: {
      $cond: [
        { $and: [{ $gt: [`$${name}`, null] }, { $lt: [`$${name}`, ''] }] },
        { $ne: [{ $mod: [`$${name}`, 1] }, 0] },
        true,
      ],
    },
  },
})

const LONG = 2n ** 63n
const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The sum of a column's integers; `undefined` where it may be another: one of them is none, or the sum of so many of
 * such a size may pass a long, or the integers that a double tells apart.
 */
export function sumIn(column: Column, row: RawDocument, count: bigint): bigint | undefined {
  const bounds = boundsIn(column, row, false)
  if (bounds?.bracket !== 'number' || row[`f${column.name}`] !== false) return undefined
  const [least, greatest] = [integer(bounds.least), integer(bounds.greatest)]
  if (least === undefined || greatest === undefined) return undefined
  const sum = row[`s${column.name}`]
  const isDouble = typeof sum === 'object' && sum !== null && isTagged(sum) && sum._bsontype === 'Double'
  const most = isDouble ? SAFE : LONG - 1n
  if (count * greatest > most || count * -least > most) return undefined
  return integer(readValue(sum))
}

function integer(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
}
