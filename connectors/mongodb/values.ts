import { Decimal } from '../../planner/views/natural.ts'
import type { MongodbPackage } from './client.ts'
import type { BsonType, FieldTypes } from './schema.ts'

/** The classes of BSON values. */
export type BsonClasses = Omit<MongodbPackage, 'MongoClient'>

type Tagged = Readonly<Record<string, unknown>> & { readonly _bsontype: string }

/** Subtypes of binary values that have a meaning here. */
const BYTES = 0
const UUID_SUBTYPE = 4

/** An instance of a BSON class; a document may have a field of that name. */
export const isTagged = (value: object): value is Tagged => '_bsontype' in value && !Object.hasOwn(value, '_bsontype')

/** A document as views read it: texts for object ids and UUIDs, `bigint` for large integers, decimals and bytes as they are. */
export function readDocument(bytes: Uint8Array, { BSON }: Pick<BsonClasses, 'BSON'>): unknown {
  const document = BSON.deserialize(bytes, { useBigInt64: true, bsonRegExp: true, validation: { utf8: false } })
  return readValue(document)
}

/** A document whose values keep the types of BSON. */
export type RawDocument = Readonly<Record<string, unknown>>

/** A document with its numbers as BSON has them: integers of either length, doubles, decimals. */
export const readRaw = (bytes: Uint8Array, { BSON }: Pick<BsonClasses, 'BSON'>): RawDocument =>
  BSON.deserialize(bytes, { promoteValues: false, bsonRegExp: true, validation: { utf8: false } })

/** One BSON value as views read it; `null` where no term can be made of it. */
export function readValue(value: unknown): unknown {
  if (typeof value === 'bigint') return readLong(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value ?? null
  if (Array.isArray(value)) return value.map(readValue)
  if (isTagged(value)) return readTagged(value)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, readValue(each)]))
}

const readLong = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

function readTagged(value: Tagged): unknown {
  switch (value._bsontype) {
    case 'ObjectId':
    case 'BSONSymbol':
    case 'Decimal128':
      return value._bsontype === 'Decimal128' ? readDecimal(`${value}`) : `${value}`
    case 'Int32':
    case 'Double':
      return Number(value)
    case 'Long':
      return readLong(BigInt(`${value}`))
    case 'Binary':
      return readBinary(value as unknown as BinaryValue)
    case 'DBRef':
      return { $ref: value['collection'], $id: readValue(value['oid']) }
    default:
      return null
  }
}

interface BinaryValue {
  readonly sub_type: number
  value(): Uint8Array
}

function readBinary(binary: BinaryValue): unknown {
  const bytes = binary.value()
  if (binary.sub_type === BYTES) return Uint8Array.from(bytes)
  if (binary.sub_type !== UUID_SUBTYPE || bytes.length !== 16) return null
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The decimal of a Decimal128's text, which may have an exponent; `null` for those that are no numbers. */
function readDecimal(text: string): Decimal | null {
  const parts = /^([+-]?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text)
  if (parts === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  const before =
    digits
      .slice(0, Math.max(0, point))
      .padEnd(point, '0')
      .replace(/^0+(?=\d)/, '') || '0'
  const after = ('0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))).replace(/0+$/, '')
  const magnitude = after === '' ? before : `${before}.${after}`
  return new Decimal(sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude)
}

/** Decimals and bytes that show this text. */
export function scalarsOfText(text: string): readonly unknown[] {
  const scalars: unknown[] = []
  if (/^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/.test(text)) scalars.push(new Decimal(text))
  if (/^([0-9A-F]{2})*$/.test(text)) scalars.push(Uint8Array.from(Buffer.from(text, 'hex')))
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') === text) scalars.push(Uint8Array.from(bytes))
  return scalars
}

const NUMERIC: readonly BsonType[] = ['int', 'long', 'double', 'decimal']

/**
 * The BSON values of the given types that are read as this one ({@link readValue}): what a field is asked for. Where the
 * types are unknown, of every type, and as MongoDB compares numbers by their values, one of them stands for all.
 */
export function writeValue(value: unknown, types: FieldTypes, bson: BsonClasses): readonly unknown[] {
  const may = (type: BsonType): boolean => types === undefined || types.has(type)
  switch (typeof value) {
    case 'string':
      return textForms(value, may, bson)
    case 'boolean':
      return may('bool') ? [value] : []
    case 'number':
      return numberForms(value, types, bson)
    case 'bigint':
      return may('long') && BigInt.asIntN(64, value) === value ? [bson.Long.fromBigInt(value)] : []
    default:
      if (typeof value === 'object' && value !== null && isTagged(value)) return [value]
      if (value instanceof Date) return may('date') ? [value] : []
      if (value instanceof Decimal) return may('decimal') ? decimalForms(value, bson) : []
      return value instanceof Uint8Array && may('binData') ? [new bson.Binary(value, BYTES)] : []
  }
}

function textForms(
  text: string,
  may: (type: BsonType) => boolean,
  { ObjectId, UUID }: BsonClasses,
): readonly unknown[] {
  const forms: unknown[] = may('string') ? [text] : []
  if (may('objectId') && /^[0-9a-f]{24}$/.test(text)) forms.push(new ObjectId(text))
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
  if (may('binData') && isUuid) forms.push(new UUID(text).toBinary())
  return forms
}

function numberForms(value: number, types: FieldTypes, { Int32, Long, Double }: BsonClasses): readonly unknown[] {
  if (types === undefined) return [value]
  const isInt = (value | 0) === value
  const possible = NUMERIC.filter((type) => types.has(type))
  if (possible.length > 1) return [value]
  switch (possible[0]) {
    case 'int':
      return isInt ? [new Int32(value)] : []
    case 'long':
      return Number.isSafeInteger(value) ? [Long.fromNumber(value)] : []
    case 'double':
      return [new Double(value)]
    default:
      return []
  }
}

function decimalForms({ text }: Decimal, { Decimal128 }: BsonClasses): readonly unknown[] {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '')
  const significant = digits.replace(/0+$/, '') || '0'
  // Decimal128 has 34 digits.
  if (significant.length > 34) return []
  return [Decimal128.fromString(`${sign}${significant}E${digits.length - significant.length - fraction.length}`)]
}
