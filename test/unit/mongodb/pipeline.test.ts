import * as bson from 'mongodb'
import { Decimal128, Double, Int32, Long, ObjectId } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { structured } from '../../../connectors/documents/geometry.ts'
import { termCondition } from '../../../connectors/documents/term-tests.ts'
import { commandsOf } from '../../../connectors/mongodb/answer.ts'
import { compileQuery } from '../../../connectors/mongodb/compile.ts'
import { type CollectionKnowledge, hintsOf, NO_KNOWLEDGE } from '../../../connectors/mongodb/knowledge.ts'
import { boundsIn, sumIn } from '../../../connectors/mongodb/pipeline/bounds.ts'
import type { Database } from '../../../connectors/mongodb/read.ts'
import { schemaOfJson } from '../../../connectors/mongodb/schema.ts'
import { scalarsOfText } from '../../../connectors/mongodb/values.ts'
import type { Aggregate, Plan } from '../../../planner/algebra.ts'
import {
  call,
  distinct,
  filter,
  group,
  join,
  order,
  project,
  slice,
  termExpression,
  variableExpression,
} from '../../../planner/constructors.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import type { TermMap, View } from '../../../planner/views/view.ts'
import { pattern } from '../documents/harness.ts'

const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)
const field = (path: string): TermMap => ({ kind: 'field', field: path.split('.'), termType: 'literal' })
const property = (name: string, object: TermMap) => ({
  predicate: { kind: 'constant', term: ex(name) } as const,
  object,
})
const template = (text: string, path: string): TermMap => ({
  kind: 'template',
  text: [EX + text, ''],
  fields: [path.split('.')],
  termType: 'iri',
})
const VIEW: View = {
  name: 'surveys',
  collection: 'surveys',
  subject: template('survey/', '_id'),
  classes: [],
  properties: [
    property('basin', field('place.basin')),
    property('depth', field('depth')),
    property('tag', field('tags')),
    property('status', template('status/', 'status')),
  ],
}
const place = (knowledge: CollectionKnowledge): Database => ({
  config: {} as never,
  db: {} as never,
  bson,
  options: { scope: 'm', structured, scalars: scalarsOfText, key: () => [['_id']] },
  knowledge: () => knowledge,
})

/** The pipeline of a fragment as Extended JSON; `undefined` where it is left to `find`, or to the engine. */
function pipeline(plan: Plan, knowledge: CollectionKnowledge = NO_KNOWLEDGE): readonly unknown[] | undefined {
  const database = place(knowledge)
  const query = compileQuery(plan, [VIEW], (conjunct) => termCondition(conjunct) !== undefined, database)
  const [command, ...others] = query === undefined ? [] : commandsOf(query, database)
  expect(others).toEqual([])
  return command === undefined ? undefined : JSON.parse(command).pipeline
}

const aggregate = (name: Aggregate['function'], of?: string, isDistinct = false): Aggregate => ({
  variable: 'n',
  function: name,
  distinct: isDistinct,
  ...(of === undefined ? {} : { expression: variableExpression(of) }),
})
const basin = pattern('s', ex('basin'), 'b')
const depth = pattern('s', ex('depth'), 'd')
const tag = pattern('s', ex('tag'), 't')
const both = join([basin, depth])
const over100 = call('>', variableExpression('d'), termExpression(literal('100', iri(`${XSD}integer`))))
const scalars: CollectionKnowledge = {
  ...NO_KNOWLEDGE,
  schema: schemaOfJson({
    bsonType: 'object',
    properties: {
      depth: { bsonType: 'int' },
      place: { bsonType: 'object', properties: { basin: { bsonType: 'string' } } },
    },
  }),
}
const by = (name: string, descending = false) => [{ expression: variableExpression(name), descending }]

describe('a pipeline', () => {
  it('groups by what is read again, and tells the bounds of the rest', () => {
    const stages = pipeline(group(filter(both, over100), ['b'], [aggregate('sum', 'd')]), scalars)!
    expect(stages[0]).toEqual({ $match: { 'place.basin': { $exists: true }, depth: { $gt: 100 } } })
    expect(stages[1]).toEqual({ $project: { _id: 0, c0: '$_id', c1: '$place.basin', c2: '$depth' } })
    expect(stages[2]).toEqual({ $match: { c0: { $ne: null }, c1: { $ne: null }, c2: { $ne: null } } })
    expect(stages[3]).toEqual({ $match: { c2: { $gt: 100 } } })
    expect(stages[4]).toMatchObject({
      $group: { _id: '$c1', n: { $sum: 1 }, loc2: { $min: '$c2' }, hic2: { $max: '$c2' }, sc2: { $sum: '$c2' } },
    })
  })

  it('makes a row of each value of an array', () => {
    const stages = pipeline(group(tag, ['t'], [aggregate('count')]))!
    expect(stages).toContainEqual({ $unwind: '$c1' })
    expect(stages).not.toContainEqual({ $unwind: '$c0' })
    expect(stages.at(-1)).toMatchObject({ $group: { _id: '$c1', rc1: { $max: '$rc1' } } })
  })

  it('gives distinct values, and all solutions where a key tells them apart', () => {
    expect(pipeline(distinct(project(both, ['b'])))?.at(-1)).toMatchObject({ $group: { _id: '$c1' } })
    expect(pipeline(distinct(project(both, ['s', 'b'])))).toBeUndefined()
    expect(pipeline(slice(distinct(project(both, ['b'])), 0, 5))).toBeUndefined()
  })

  it('gives the first of an order, as many as are skipped and wanted', () => {
    const first = slice(project(order(both, by('d', true)), ['b', 'd']), 5, 10)
    expect(pipeline(first)?.slice(-2)).toEqual([{ $sort: { c2: -1 } }, { $limit: 15 }])
    expect(pipeline(order(both, by('s')))).toBeUndefined()
  })

  it('is none where the values do not tell the terms', () => {
    const fractions = { ...NO_KNOWLEDGE, ...hintsOf([{ depth: 1.5, place: [{ basin: 'x' }] }]) }
    expect(pipeline(group(depth, [], [aggregate('avg', 'd')]), fractions)).toBeUndefined()
    expect(pipeline(group(depth, [], [aggregate('max', 'd')]), fractions)).toBeDefined()
    // A path through an array of objects.
    expect(pipeline(group(basin, ['b'], [aggregate('count')]), fractions)).toBeUndefined()
    expect(pipeline(group(depth, [], [aggregate('groupConcat', 'd')]))).toBeUndefined()
  })

  it.each(['$where', '{"$gt":""}', 'a.b', '$$ROOT', '"', 'x\u2028'])('holds %j as a value only', (text) => {
    const equal = call('=', variableExpression('b'), termExpression(literal(text)))
    const stages = pipeline(group(filter(basin, equal), ['b'], [aggregate('count')]))!
    expect(stages[0]).toEqual({ $match: { 'place.basin': text } })
    const constant = pattern('s', ex('basin'), literal(text))
    for (const stage of pipeline(group(join([constant, depth]), ['d'], [aggregate('count')]))!) {
      const [[operator, argument]] = Object.entries(stage as object) as [[string, unknown]]
      if (operator !== '$match') expect(JSON.stringify(argument)).not.toContain(JSON.stringify(text))
    }
  })
})

describe('the bounds of a group', () => {
  const column = { name: 'c0', path: 'depth', types: undefined, isScalar: false }
  const row = (lo: unknown, hi: unknown, more: object = {}) => ({ loc0: lo, hic0: hi, tc0: new Int32(0), ...more })
  it.each([
    [row(new Int32(1), new Double(2.5)), 'number'],
    [row('a', 'b'), 'string'],
    [row(new ObjectId(), new ObjectId()), 'objectId'],
    [row(new Date(0), new Date(1)), 'date'],
    [row(new Int32(1), 'b'), undefined],
  ])('%# are of one bracket, or of two that lie together', (raw, bracket) => {
    expect(boundsIn(column, raw, false)?.bracket).toBe(bracket)
    expect(boundsIn(column, raw, false)).toBeDefined()
  })

  it.each([
    row('a', new ObjectId()),
    row(new Int32(1), [1]),
    row({}, {}),
    row(new Int32(1), new Int32(1), { tc0: Decimal128.fromString('1') }),
    row(new Int32(1), new Int32(1), { rc0: true }),
    row(new Date(Number.NaN), new Date(0)),
  ])('%# do not tell what lies between them', (raw) => {
    expect(boundsIn(column, raw, false)).toBeUndefined()
  })

  it('tell whether a sum can be trusted', () => {
    const sum = (lo: unknown, hi: unknown, total: unknown, count: bigint, isFractional = false) =>
      sumIn(column, row(lo, hi, { sc0: total, fc0: isFractional }), count)
    expect(sum(new Int32(-1), new Int32(3), new Int32(2), 2n)).toBe(2n)
    expect(sum(new Double(1), new Double(3), new Double(4), 2n)).toBe(4n)
    expect(sum(new Double(1), new Double(1.5), new Double(2.5), 2n, true)).toBeUndefined()
    const most = Long.fromString('9223372036854775807')
    expect(sum(most, most, most, 1n)).toBe(9223372036854775807n)
    // The server may wrap around, or go on with doubles.
    expect(sum(most, most, new Int32(-2), 2n)).toBeUndefined()
    expect(sum(new Int32(1), Long.fromString('9007199254740993'), new Double(2 ** 53), 2n)).toBeUndefined()
  })
})
