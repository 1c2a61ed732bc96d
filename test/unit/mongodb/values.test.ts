import fc from 'fast-check'
import * as bson from 'mongodb'
import { Binary, BSON, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from 'mongodb'
import { describe, expect, it } from 'vitest'
import type { BsonType } from '../../../connectors/mongodb/schema.ts'
import { readDocument, readValue, scalarsOfText, writeValue } from '../../../connectors/mongodb/values.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal, termKey } from '../../../planner/term.ts'
import { Decimal, lexicalForm, naturalDatatype } from '../../../planner/views/natural.ts'
import { fieldTerm, inverse } from '../../../planner/views/term-map.ts'

const NATURAL = { kind: 'field', field: ['v'], termType: 'literal' } as const
const context = { scope: 's', scalars: scalarsOfText }
const read = (value: unknown): unknown => (readDocument(BSON.serialize({ v: value }), bson) as { v: unknown }).v
const shown = (value: unknown) => [lexicalForm(read(value)), naturalDatatype(read(value))?.slice(XSD.length)]

describe('BSON values as terms', () => {
  it.each([
    [new ObjectId('65b000000000000000000001'), '65b000000000000000000001', 'string'],
    ['text', 'text', 'string'],
    [new Int32(7), '7', 'integer'],
    [Long.fromNumber(7), '7', 'integer'],
    [Long.MAX_VALUE, '9223372036854775807', 'integer'],
    [Long.MIN_VALUE, '-9223372036854775808', 'integer'],
    [new Double(7.5), '7.5E0', 'double'],
    [Decimal128.fromString('7.50'), '7.5', 'decimal'],
    [Decimal128.fromString('7.00'), '7', 'decimal'],
    [Decimal128.fromString('-0'), '0', 'decimal'],
    [Decimal128.fromString('1E+3'), '1000', 'decimal'],
    [Decimal128.fromString('12.3E-4'), '0.00123', 'decimal'],
    [Decimal128.fromString('1234567890123456789012345678901234'), '1234567890123456789012345678901234', 'decimal'],
    [true, 'true', 'boolean'],
    [new Date('2024-05-01T02:03:04.500Z'), '2024-05-01T02:03:04.500Z', 'dateTime'],
    [new Date('2024-05-01T02:03:04Z'), '2024-05-01T02:03:04Z', 'dateTime'],
    [new Binary(Buffer.from([1, 255])), '01FF', 'hexBinary'],
    [new UUID('0b0a7f3e-2a4b-4c6d-8e1f-001122334455'), '0b0a7f3e-2a4b-4c6d-8e1f-001122334455', 'string'],
  ])('%s', (value, text, datatype) => {
    expect(shown(value)).toEqual([text, datatype])
    // And back: the term is asked for by a value that gives it.
    const term = literal(text, iri(XSD + datatype))
    const found = inverse(NATURAL, term, context)
    const values = (found as Exclude<typeof found, string>)[0]![0]!.values
    const forms = values.flatMap((each) => writeValue(each, undefined, bson))
    expect(forms.map((form) => JSON.stringify(shown(form)))).toContain(JSON.stringify([text, datatype]))
  })

  it('are Base64 where a view says so', () => {
    const bytes = read(new Binary(Buffer.from([1, 255])))
    const map = { ...NATURAL, datatype: `${XSD}base64Binary` }
    expect(fieldTerm(map, bytes, context)).toMatchObject({ value: 'Af8=' })
    expect(inverse(map, literal('Af8=', iri(map.datatype)), context)).toEqual([
      [{ field: ['v'], values: ['Af8=', Uint8Array.from([1, 255])] }],
    ])
  })

  it.each([
    ['NaN of decimals', Decimal128.fromString('NaN')],
    ['infinity of decimals', Decimal128.fromString('-Infinity')],
    ['a time stamp', new Timestamp({ t: 1, i: 2 })],
    ['a regular expression', /x/],
    ['bytes of another kind', new Binary(Buffer.from([1]), 5)],
    ['null', null],
  ])('are none: %s', (_, value) => {
    expect(read(value)).toBeNull()
  })

  it('may lie in fields of any name', () => {
    // The driver does not write such documents, others do: a name as long stands for it.
    const written = Buffer.from(BSON.serialize({ _bsonkind: 'ObjectId', a: { _bsonkind: 'Binary', sub_type: 0 } }))
    const bytes = Buffer.from(written.toString('latin1').replaceAll('_bsonkind', '_bsontype'), 'latin1')
    expect(readDocument(bytes, bson)).toEqual({ _bsontype: 'ObjectId', a: { _bsontype: 'Binary', sub_type: 0 } })
    const proto = readDocument(BSON.serialize(JSON.parse('{"__proto__":{"x":1}}')), bson) as object
    expect(Object.keys(proto)).toEqual(['__proto__'])
    expect((proto as { x?: number }).x).toBeUndefined()
  })
})

const anyBson = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.integer().map((value) => new Int32(value | 0)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Double(value)),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -60, max: 40 }))
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
  fc.boolean(),
  fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => new Binary(bytes)),
  fc.uuid().map((text) => new UUID(text)),
)
const TYPES: readonly (readonly BsonType[] | undefined)[] = [
  undefined,
  ...(['string', 'objectId', 'bool', 'int', 'long', 'double', 'decimal', 'date', 'binData'] as const).map((type) => [
    type,
  ]),
]

describe('what is asked for', () => {
  it('gives the term that was asked for: forward(inverse(x)) = x, in every type', () => {
    fc.assert(
      fc.property(anyBson, fc.constantFrom(...TYPES), (stored, types) => {
        const value = read(stored)
        const term = fieldTerm(NATURAL, value, context)
        if (term === undefined) return
        const found = inverse(NATURAL, term, context)
        if (typeof found === 'string') throw new Error(`${termKey(term)}: ${found}`)
        const values = found.flatMap((conditions) => conditions.flatMap((condition) => condition.values))
        const forms = values.flatMap((each) => writeValue(each, types && new Set(types), bson))
        for (const form of forms) expect(termKey(fieldTerm(NATURAL, read(form), context)!)).toBe(termKey(term))
        if (types === undefined) expect(forms.map(same)).toContain(same(stored))
      }),
      { numRuns: 500 },
    )
  })
})

/** MongoDB's equality: numbers by value. */
const same = (stored: unknown): string => {
  const value = readValue(stored)
  if (value instanceof Decimal) return `number ${value.text}`
  if (typeof value === 'number' || typeof value === 'bigint') return `number ${value}`
  return `${(stored as { _bsontype?: string })._bsontype} ${lexicalForm(value)}`
}
