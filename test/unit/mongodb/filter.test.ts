import * as bson from 'mongodb'
import { Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { compile } from '../../../connectors/documents/compile.ts'
import { conditionOf } from '../../../connectors/documents/conditions.ts'
import { structured } from '../../../connectors/documents/geometry.ts'
import { withoutDecided } from '../../../connectors/mongodb/decided.ts'
import { extendedJson } from '../../../connectors/mongodb/filter.ts'
import { type CollectionKnowledge, NO_KNOWLEDGE } from '../../../connectors/mongodb/knowledge.ts'
import { projectionOf } from '../../../connectors/mongodb/projection.ts'
import { conditionsFor, scanFilter } from '../../../connectors/mongodb/read.ts'
import {
  type BsonType,
  type CollectionSchema,
  either,
  schemaOfFields,
  schemaOfJson,
} from '../../../connectors/mongodb/schema.ts'
import { scalarsOfText } from '../../../connectors/mongodb/values.ts'
import type { Expression, Plan } from '../../../planner/algebra.ts'
import { filter, join, project } from '../../../planner/constructors.ts'
import { GEO, GEOF, XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'
import type { TermMap, View } from '../../../planner/views/view.ts'
import { pattern } from '../documents/harness.ts'

const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)
const HEX = '65b000000000000000000001'
const ID = '0b0a7f3e-2a4b-4c6d-8e1f-001122334455'
const UUID_JSON = { $binary: { base64: 'Cwp/PipLTG2OHwARIjNEVQ==', subType: '04' } }

const field = (name: string, more: object = {}): TermMap =>
  ({ kind: 'field', field: name.split('.'), termType: 'literal', ...more }) as TermMap
const constant = (name: string): TermMap => ({ kind: 'constant', term: ex(name) })
const VIEW: View = {
  name: 'survey',
  collection: 'surveys',
  subject: { kind: 'template', text: [`${EX}survey/`, ''], fields: [['_id']], termType: 'iri' },
  classes: [],
  properties: [
    { predicate: constant('value'), object: field('value') },
    { predicate: constant('amount'), object: field('details.amount') },
    { predicate: constant('decimal'), object: field('value', { datatype: `${XSD}decimal` }) },
    { predicate: constant('shape'), object: field('shape', { datatype: `${GEO}wktLiteral` }) },
    { predicate: constant('tag'), object: field('tags') },
  ],
}
const options = { scope: 'catalogue', structured, scalars: scalarsOfText, key: () => [['_id']] }

/** What a fragment's first find asks of MongoDB, as Extended JSON. */
function asked(plan: Plan, keys: Readonly<Record<string, readonly Term[]>> = {}, schema?: CollectionSchema) {
  const query = compile(plan, [VIEW], options, (conjunct) => conditionOf(conjunct) !== undefined)!
  const member = query.members[0]!
  const knowledge = () => ({ ...NO_KNOWLEDGE, ...(schema === undefined ? {} : { schema }) })
  const restrictions = {
    keys: new Map(Object.entries(keys)),
    conditions: conditionsFor(query, member, { knowledge, bson }),
  }
  const found = scanFilter(member, 0, restrictions, { options, knowledge, bson })
  return found === undefined ? undefined : JSON.parse(extendedJson(found, { BSON: bson.BSON }))
}
const types = (path: string, ...of: BsonType[]) => schemaOfFields({ [path]: of })
const value = pattern('s', ex('value'), 'v')
const of = (id: string) => ex(`survey/${id}`)
const call = (operator: string, ...terms: readonly Term[]): Expression => ({
  kind: 'call',
  operator,
  arguments: [{ kind: 'variable', name: 'v' }, ...terms.map((term) => ({ kind: 'term' as const, term }))],
})
const typed = (text: string, name: string) => literal(text, iri(XSD + name))

describe('keys are asked for in every type that shows their text', () => {
  it.each([
    ['k1', 'k1'],
    ['7', { $in: ['7', 7] }],
    ['007', '007'],
    [
      '9007199254740993',
      { $in: ['9007199254740993', { $numberLong: '9007199254740993' }, { $numberDecimal: '9007199254740993' }] },
    ],
    ['1.5', { $in: ['1.5', { $numberDecimal: '1.5' }] }],
    ['true', { $in: ['true', true] }],
    [HEX, { $in: [HEX, { $oid: HEX }] }],
    [ID, { $in: [ID, UUID_JSON] }],
  ])('%s', (text, filters) => {
    const found = asked(pattern(of(text), ex('value'), 'v'))
    expect(found).toMatchObject({ value: { $exists: true } })
    expect(withoutBytes(found._id)).toEqual(filters)
  })

  it('as one $in of all', () => {
    expect(asked(value, { s: [of('a'), of('7'), of(HEX)] })).toEqual({
      _id: { $in: ['a', '7', 7, HEX, { $oid: HEX }] },
      value: { $exists: true },
    })
  })
})

/** Texts of digits show bytes as well. */
function withoutBytes(condition: { readonly $in?: readonly unknown[] }) {
  const kept = condition.$in?.filter((each) => !JSON.stringify(each).includes('"subType":"00"'))
  return kept === undefined ? condition : kept.length === 1 ? kept[0] : { $in: kept }
}

describe('keys are asked for in the type of their field', () => {
  it.each<readonly [string, readonly BsonType[], unknown]>([
    ['7', ['string'], '7'],
    ['7', ['int'], 7],
    ['7', ['long'], 7],
    ['7', ['double'], 7],
    ['7', ['int', 'string'], { $in: ['7', 7] }],
    ['7', ['decimal'], { $numberDecimal: '7' }],
    ['1.5', ['decimal'], { $numberDecimal: '1.5' }],
    [HEX, ['objectId'], { $oid: HEX }],
    [HEX, ['string'], HEX],
    [ID, ['binData'], UUID_JSON],
    ['01FF', ['binData'], { $binary: { base64: 'Af8=', subType: '00' } }],
  ])('%s as %s', (text, of_, expected) => {
    expect(asked(value, { s: [of(text)] }, types('_id', ...of_))?._id).toEqual(expected)
  })

  it('with the very class of BSON', () => {
    const knowing = (type: BsonType) => () => ({ ...NO_KNOWLEDGE, schema: types('value', type) })
    const filterOfKey = (type: BsonType, term: Term) => {
      const query = compile(value, [VIEW], options, () => false)!
      const keys = new Map([['v', [term]]])
      return scanFilter(query.members[0]!, 0, { keys }, { options, knowledge: knowing(type), bson })?.['value']
    }
    expect(filterOfKey('int', typed('7', 'integer'))).toEqual(new Int32(7))
    expect(filterOfKey('long', typed('7', 'integer'))).toEqual(Long.fromNumber(7))
    expect(filterOfKey('double', typed('7', 'integer'))).toEqual(new Double(7))
    expect(filterOfKey('decimal', typed('7.5', 'decimal'))).toEqual(Decimal128.fromString('7.5'))
    expect(filterOfKey('objectId', literal(HEX))).toEqual(new ObjectId(HEX))
    expect(filterOfKey('binData', literal(ID))).toEqual(new UUID(ID).toBinary())
    expect(filterOfKey('date', typed('2024-05-01T00:00:00Z', 'dateTime'))).toEqual(new Date('2024-05-01T00:00:00Z'))
    expect(filterOfKey('bool', typed('true', 'boolean'))).toBe(true)
  })

  it('and not at all where the type cannot show them', () => {
    expect(asked(value, { s: [of('seven')] }, types('_id', 'int'))).toBeUndefined()
    expect(asked(value, { s: [of('3000000000')] }, types('_id', 'int'))).toBeUndefined()
    expect(asked(value, { v: [typed('1.5', 'decimal')] }, types('value', 'string'))).toBeUndefined()
  })
})

describe('the types of a JSON Schema', () => {
  const json = schemaOfJson({
    bsonType: 'object',
    properties: {
      _id: { bsonType: 'objectId' },
      tags: { bsonType: 'array', items: { bsonType: 'string' } },
      details: { bsonType: ['object'], properties: { amount: { bsonType: ['long', 'null'] } } },
      parts: { bsonType: 'array', items: { bsonType: 'object', properties: { code: { type: 'string' } } } },
      loose: { anyOf: [{ bsonType: 'int' }] },
      mixed: { bsonType: ['array', 'object'], properties: { code: { bsonType: 'int' } } },
      open: { description: 'anything' },
    },
  })
  it.each<readonly [string, readonly string[] | undefined]>([
    ['_id', ['objectId']],
    ['tags', ['string']],
    ['details.amount', ['long', 'null']],
    ['parts.code', ['string']],
    ['loose', undefined],
    ['mixed.code', undefined],
    ['open', undefined],
    ['absent', undefined],
    ['_id.x', undefined],
    ['constructor', undefined],
  ])('%s', (path, expected) => {
    const found = json.types(path.split('.'))
    expect(found === undefined ? undefined : [...found]).toEqual(expected)
  })

  it('yield to those that are configured', () => {
    expect([...either(types('_id', 'int'), json).types(['_id'])!]).toEqual(['int'])
    expect([...either(types('_id', 'int'), json).types(['tags'])!]).toEqual(['string'])
  })
})

describe('conditions', () => {
  const on = (condition: Expression, schema?: CollectionSchema) => asked(filter(value, condition), {}, schema)?.value
  it('compare numbers by value', () => {
    expect(on(call('>=', typed('7', 'integer')))).toEqual({ $gte: 7 })
    expect(on(call('=', typed('7', 'integer')))).toEqual(7)
    expect(on(call('IN', typed('7', 'integer'), typed('8', 'integer')))).toEqual({ $in: [7, 8] })
    expect(on(call('<', typed('0.5', 'double')), types('value', 'double'))).toEqual({ $lt: 0.5 })
  })

  it('leave room for decimals, which SPARQL rounds to doubles', () => {
    expect(on(call('=', typed('0.5', 'double')))).toEqual({ $gte: 0.49999999999999994, $lte: 0.5000000000000001 })
    expect(on(call('<=', typed('0', 'double')))).toEqual({ $lte: 5e-324 })
    expect(on(call('IN', typed('0.5', 'double')))).toEqual({ $exists: true })
  })

  it('compare dates, to the millisecond', () => {
    expect(on(call('>', typed('2024-05-01T02:00:00+02:00', 'dateTime')))).toEqual({
      $gte: { $date: '2024-04-30T23:59:59.999Z' },
    })
    expect(on(call('>', typed('2024-05-01T02:00:00', 'dateTime')))).toEqual({ $exists: true })
  })

  it('ask for strings in the type of their field', () => {
    expect(on(call('=', literal(HEX)))).toEqual({ $in: [HEX, { $oid: HEX }] })
    expect(on(call('=', literal(HEX)), types('value', 'objectId'))).toEqual({ $oid: HEX })
    expect(on(call('<', literal('x')))).toEqual({ $exists: true })
  })

  it('ask for points by a larger box, and for other geometries by the boxes of their vertices', () => {
    const wkt = literal('POLYGON ((4 54, 5.5 54, 5.5 55, 4 54))', iri(`${GEO}wktLiteral`))
    const shape = filter(pattern('s', ex('shape'), 'v'), call(`${GEOF}sfWithin`, wkt))
    const points = schemaOfJson({
      bsonType: 'object',
      properties: { shape: { bsonType: 'object', properties: { type: { enum: ['Point'] } } } },
    })
    expect(asked(shape)).toEqual({ shape: { $exists: true }, $expr: expect.anything() })
    expect(JSON.stringify(asked(shape))).not.toContain('$geo')
    const [ring] = asked(shape, {}, points).shape.$geoIntersects.$geometry.coordinates
    expect(ring).toHaveLength(7)
    const rounded = (point: readonly number[]) => point.map((degrees) => Number(degrees.toFixed(6)))
    expect(rounded(ring[0])).toEqual([3.98999, 53.98999])
    expect(rounded(ring[2])).toEqual([5.51001, 53.98999])
    expect(rounded(ring[3])).toEqual([5.51001, 55.01001])
    expect(ring.at(-1)).toEqual(ring[0])
  })

  it('ask for points in a rectangle by their coordinates, where these are known to be numbers', () => {
    const relation = (name: string, text: string) =>
      filter(pattern('s', ex('shape'), 'v'), call(`${GEOF}${name}`, literal(text, iri(`${GEO}wktLiteral`))))
    const rectangle = 'POLYGON ((4 54, 5 54, 5 55, 4 55, 4 54))'
    const points = (more: object) =>
      schemaOfJson({
        bsonType: 'object',
        properties: {
          shape: {
            ...{ bsonType: 'object', required: ['type', 'coordinates'] },
            properties: {
              type: { enum: ['Point'] },
              coordinates: { bsonType: 'array', items: { bsonType: ['int', 'double'] }, ...more },
            },
          },
        },
      })
    const box = { $geoIntersects: expect.anything() }
    const numbers = points({})
    expect(asked(relation('sfWithin', rectangle), {}, numbers)).toEqual({
      ...{ shape: box, 'shape.coordinates.0': { $gt: 4, $lt: 5 }, 'shape.coordinates.1': { $gt: 54, $lt: 55 } },
    })
    expect(asked(relation('sfIntersects', rectangle), {}, numbers)).toMatchObject({
      'shape.coordinates.1': { $gte: 54, $lte: 55 },
    })
    expect(asked(relation('sfTouches', rectangle), {}, numbers)).toEqual({ shape: box })
    expect(asked(relation('sfWithin', 'POLYGON ((4 54, 5 54, 5 55, 4 54))'), {}, numbers)).toEqual({ shape: box })
    expect(asked(relation('sfWithin', rectangle), {}, points({ items: { bsonType: 'number' } }))).toEqual({
      shape: box,
    })
  })
})

describe('what only a filter reads', () => {
  const read = (plan: Plan, schema: CollectionSchema, more: Partial<CollectionKnowledge> = {}) => {
    const query = compile(plan, [VIEW], options, (conjunct) => conditionOf(conjunct) !== undefined)!
    const knowledge = () => ({ ...NO_KNOWLEDGE, ...more, schema })
    return projectionOf(withoutDecided(query, [], { options, bson, knowledge }).members[0]!, 0)
  }
  const schema = (bsonType: BsonType | readonly BsonType[]) =>
    schemaOfJson({ bsonType: 'object', properties: { value: { bsonType } } })
  const above = project(filter(value, call('>', typed('1', 'integer'))), ['s'])
  const equal = (term: Term) => pattern('s', ex('value'), term)

  it('is not fetched where the types of its field leave no doubt', () => {
    expect(read(above, schema('int'))).toEqual({ _id: 1 })
    expect(read(equal(typed('1', 'integer')), schema(['int', 'long']))).toEqual({ _id: 1 })
    expect(read(equal(literal('x')), schema('string'))).toEqual({ _id: 1 })
  })

  it('is fetched where equal values are other terms, arrays may be, or NaN', () => {
    const both = { _id: 1, value: 1 }
    expect(read(above, schema(['int', 'double']))).toEqual(both)
    expect(read(above, schema(['int', 'array']))).toEqual(both)
    expect(read(filter(value, call('>', typed('1', 'integer'))), schema('int'))).toEqual(both)
    expect(read(equal(typed('1', 'integer')), schema(['int', 'double']))).toEqual(both)
    expect(read(equal(literal('x')), schema(['string', 'objectId']))).toEqual(both)
    expect(read(equal(literal('x')), schema('string'), { collation: { locale: 'en', strength: 1 } })).toEqual(both)
  })
})

describe('a projection', () => {
  const of_ = (plan: Plan) => projectionOf(compile(plan, [VIEW], options, () => false)!.members[0]!, 0)
  it('names what is read, and no more', () => {
    expect(of_(value)).toEqual({ _id: 1, value: 1 })
    expect(of_(join([value, pattern('s', ex('amount'), 'a')]))).toEqual({ _id: 1, value: 1, 'details.amount': 1 })
  })

  const view = (path: readonly string[], iterator?: readonly string[]): View => ({
    ...VIEW,
    ...(iterator === undefined ? {} : { iterator }),
    subject: { kind: 'constant', term: ex('s') },
    properties: [{ predicate: constant('value'), object: { kind: 'field', field: path, termType: 'literal' } }],
  })
  it.each<readonly [readonly string[], readonly string[] | undefined, unknown]>([
    [['a', 'b'], undefined, { _id: 0, 'a.b': 1 }],
    [['a', '0', 'b'], undefined, { _id: 0, a: 1 }],
    [['a', '*', 'b'], undefined, { _id: 0, 'a.b': 1 }],
    [['a.b'], undefined, undefined],
    [['$where'], undefined, undefined],
    [['a', '$b'], undefined, { _id: 0, a: 1 }],
    [['__proto__'], undefined, undefined],
    [['b'], ['a'], { _id: 0, a: 1 }],
    [['@index'], ['a'], { _id: 0, a: 1 }],
    [['$', '_id'], ['a'], { _id: 1, a: 1 }],
  ])('of %j in %j', (path, iterator, expected) => {
    const query = compile(pattern(ex('s'), ex('value'), 'v'), [view(path, iterator)], options, () => false)!
    expect(projectionOf(query.members[0]!, 0)).toEqual(expected)
  })
})
