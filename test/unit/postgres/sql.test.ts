import { afterAll, describe, expect, it } from 'vitest'
import type { Plan } from '../../../planner/algebra.ts'
import {
  call,
  distinct,
  extend,
  filter,
  group,
  join,
  leftJoin,
  minus,
  order,
  project,
  slice,
  termExpression,
  union,
  variableExpression,
} from '../../../planner/constructors.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import { answer, keys, pattern } from '../documents/harness.ts'
import { load, memoryDatabase, store } from './harness.ts'

const database = await memoryDatabase()
await load(
  database,
  `CREATE TABLE "trip" (id text PRIMARY KEY, "route ""1""" int NOT NULL, price numeric(8,2), day date, flag int, code char(4));
   CREATE TABLE stop_time (trip text, stop int, seconds int NOT NULL, note text, PRIMARY KEY (trip, stop));
   INSERT INTO trip VALUES ('a', 1, 1.50, '2020-01-01', 1, 'x'), ('b', 1, 2.25, '2020-01-02', 0, 'yy'), ('c', 2, NULL, NULL, NULL, NULL);
   INSERT INTO stop_time VALUES ('a', 1, 10, 'n'), ('a', 2, 20, NULL), ('b', 1, 30, 'n');`,
)
afterAll(() => database.close())

const VIEWS = `prefixes:
  x: http://x/
mappings:
  trip:
    s: http://x/trip/$(id)
    po:
      - [a, x:Trip]
      - [x:route, $(route "1")]
      - [x:price, $(price)]
      - [x:day, $(day)]
      - [x:flag, $(flag), xsd:boolean]
      - [x:code, $(code)]
  stop_time:
    s: http://x/stop/$(trip)_$(stop)
    po:
      - [x:trip, x:trip/$(trip)~iri]
      - [x:seconds, $(seconds)]
      - [x:note, $(note)]
`

const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
const x = (name: string) => iri(`http://x/${name}`)
const number = (value: string, type = 'integer') => termExpression(literal(value, iri(XSD + type)))
const { connector } = await store(database, VIEWS)
const textOf = (plan: Plan): string | undefined => connector.push!(plan)?.native.text
const values = async (plan: Plan, name: string, bindings?: Parameters<typeof answer>[2]) =>
  (await answer(connector, plan, bindings)).map((row) => row[name]?.value)

const stops = join([pattern('s', x('trip'), 't'), pattern('s', x('seconds'), 'n'), pattern('t', x('route'), 'r')])

describe('SQL of fragments', () => {
  it('reads one row once, joins by columns, and builds no terms', () => {
    expect(textOf(stops)).toBe(
      `SELECT t0."trip"::text, t0."stop"::text, t0."seconds"::text, t1."route ""1"""::text` +
        ` FROM "public"."stop_time" AS t0, "public"."trip" AS t1 WHERE t0."trip" = t1."id"`,
    )
  })

  it('asks for constants by the columns of their templates', () => {
    expect(textOf(pattern(x('stop/a%2Fb_7'), x('seconds'), 'n'))).toBe(
      `SELECT t0."seconds"::text FROM "public"."stop_time" AS t0 WHERE (t0."trip" = $1::text AND t0."stop" = $2::text::int4)\n-- $1 = "a/b", $2 = "7"`,
    )
    expect(textOf(pattern(x('stop/a_b'), x('seconds'), 'n'))).toBe('')
    expect(textOf(pattern(x('stop/a_99999999999'), x('seconds'), 'n'))).toBe('')
  })

  it('pushes comparisons of numbers, dates and strings', () => {
    const priced = pattern('t', x('price'), 'p')
    expect(textOf(filter(priced, call('>', variableExpression('p'), number('1.5', 'decimal'))))).toMatch(
      /WHERE t0\."price" < 'Infinity'::numeric AND t0\."price" > '-Infinity'::numeric AND t0\."price" > \$1::text::numeric/,
    )
    expect(
      textOf(filter(pattern('t', x('day'), 'd'), call('<=', number('2020-01-01', 'date'), variableExpression('d')))),
    ).toMatch(/isfinite\(t0\."day"\) AND t0\."day" >= \$1::text::date/)
    expect(
      textOf(filter(pattern('s', x('note'), 'o'), call('<', variableExpression('o'), termExpression(literal('m'))))),
    ).toMatch(/t0\."note" COLLATE "C" < \$1::text/)
  })

  it('limits, sorts, counts and sums where that is exact', () => {
    const seconds = pattern('s', x('seconds'), 'n')
    const byNumber = order(seconds, [{ expression: variableExpression('n'), descending: true }])
    expect(textOf(slice(byNumber, 1, 2))).toMatch(
      / ORDER BY t0\."seconds" DESC LIMIT \$1::text::int8 OFFSET \$2::text::int8/,
    )
    const sums = group(
      join([pattern('s', x('trip'), 't'), seconds]),
      ['t'],
      [
        { variable: 'c', function: 'count', distinct: false },
        { variable: 'sum', function: 'sum', distinct: false, expression: variableExpression('n') },
      ],
    )
    expect(textOf(sums)).toBe(
      'SELECT t1."c0"::text, t1."c1"::text, t1."c2"::text FROM (SELECT t0."trip" AS c0, count(*) AS c1, sum(t0."seconds") AS c2' +
        ' FROM "public"."stop_time" AS t0 GROUP BY t0."trip") AS t1',
    )
    const byText = order(pattern('s', x('note'), 'o'), [{ expression: variableExpression('o'), descending: false }])
    expect(textOf(byText)).toMatch(/ ORDER BY t0\."note" COLLATE "C"$/)
    expect(textOf(distinct(project(pattern('s', x('note'), 'o'), ['o'])))).toBe(
      'SELECT DISTINCT t0."note"::text FROM "public"."stop_time" AS t0 WHERE t0."note" IS NOT NULL',
    )
  })

  const trips = pattern('s', x('trip'), 't')

  it('takes OPTIONAL, of the same row without a join', () => {
    expect(textOf(leftJoin(trips, pattern('s', x('note'), 'o')))).toBe(
      'SELECT t0."trip"::text, t0."stop"::text, t0."note"::text FROM "public"."stop_time" AS t0',
    )
    expect(textOf(leftJoin(trips, pattern('t', x('day'), 'd')))).toBe(
      'SELECT t0."trip"::text, t0."stop"::text, t1."day"::text FROM "public"."stop_time" AS t0' +
        ' LEFT JOIN "public"."trip" AS t1 ON (isfinite(t1."day") AND t0."trip" = t1."id")',
    )
  })

  it('takes UNION, EXISTS and MINUS', () => {
    expect(textOf(union([pattern('s', x('note'), 'o'), pattern('t', x('code'), 'o')]))).toBe(
      `SELECT t0."trip"::text, t0."stop"::text, t0."note"::text, '0' FROM "public"."stop_time" AS t0 WHERE t0."note" IS NOT NULL` +
        ` UNION ALL SELECT concat(t1."code"), t1."id"::text, NULL, '1' FROM "public"."trip" AS t1 WHERE t1."code" IS NOT NULL`,
    )
    const routes = pattern('t', x('route'), 'r')
    const none: Plan = { kind: 'bindJoin', left: routes, right: trips, keys: [], form: 'anti' }
    expect(textOf(none)).toMatch(
      / WHERE NOT EXISTS \(SELECT FROM "public"\."stop_time" AS t1 WHERE t0\."id" = t1\."trip"\)$/,
    )
    expect(textOf({ ...none, form: 'semi' })).toMatch(/ WHERE EXISTS \(SELECT FROM /)
    expect(textOf(minus(trips, pattern('s', x('note'), 'o')))).toMatch(/ WHERE \(t0\."note" IS NOT NULL\) IS NOT TRUE$/)
  })

  it('takes the first groups in an order, HAVING and all', () => {
    const counts = group(trips, ['t'], [{ variable: 'c', function: 'count', distinct: false }])
    const many = filter(extend(counts, 'n', variableExpression('c')), call('>', variableExpression('n'), number('1')))
    const plan = slice(
      project(order(many, [{ expression: variableExpression('n'), descending: true }]), ['t', 'n']),
      0,
      5,
    )
    expect(textOf(plan)).toBe(
      'SELECT t1."c0"::text, t1."c1"::text FROM (SELECT t0."trip" AS c0, count(*) AS c1 FROM "public"."stop_time" AS t0' +
        ' GROUP BY t0."trip") AS t1 WHERE t1."c1" > $1::text::int8 ORDER BY t1."c1" DESC LIMIT $2::text::int8\n-- $1 = "1", $2 = "5"',
    )
  })

  it('answers aggregates as the engine does', async () => {
    const aggregates = (['count', 'sum', 'avg', 'min', 'max'] as const).map((name) => ({
      variable: name,
      function: name,
      distinct: false,
      expression: variableExpression('p'),
    }))
    const plan = group(pattern('t', x('price'), 'p'), [], aggregates)
    const [row] = await answer(connector, plan)
    expect(Object.entries(row!).map(([name, term]) => `${name} ${term!.value}`)).toEqual([
      'count 2',
      'sum 3.75',
      'avg 1.875',
      'min 1.5',
      'max 2.25',
    ])
    const none = filter(pattern('t', x('price'), 'p'), call('>', variableExpression('p'), number('9')))
    const [empty] = await answer(connector, group(none, [], aggregates.slice(0, 3)))
    expect(Object.values(empty!).map((term) => term!.value)).toEqual(['0', '0', '0'])
  })

  it('has no group of no rows where there are keys', async () => {
    const count = [{ variable: 'c', function: 'count', distinct: false }] as const
    const none = call('>', variableExpression('n'), number('1000'))
    const plan = group(filter(pattern('s', 'p', 'n'), none), ['p'], count)
    expect(connector.push!(plan)).toBeUndefined()
    const classes = (name: string) =>
      group(
        pattern(x(`trip/${name}`), iri(TYPE), 'c'),
        ['c'],
        count.map((each) => ({ ...each, variable: 'n' })),
      )
    expect(await values(classes('a'), 'n')).toEqual(['1'])
    expect(await values(classes('nothing'), 'n')).toEqual([])
  })

  it('takes keys of several columns row by row', async () => {
    const plan = pattern('s', x('seconds'), 'n')
    const asked = ['a_2', 'b_1', 'b_2', 'nothing', 'a_99999999999'].map((name) => x(`stop/${name}`))
    expect((await values(plan, 'n', keys('s', asked))).sort()).toEqual(['20', '30'])
  })

  it('keeps literals as the mapping types them', async () => {
    expect((await values(pattern('t', x('flag'), 'f'), 'f')).sort()).toEqual(['false', 'true'])
    const flagged = pattern('t', x('flag'), literal('true', iri(`${XSD}boolean`)))
    expect(await values(flagged, 't')).toEqual(['http://x/trip/a'])
    expect(await values(pattern('t', x('flag'), literal('1', iri(`${XSD}boolean`))), 't')).toEqual([])
    expect(await values(pattern('t', x('code'), literal('x   ')), 't')).toEqual(['http://x/trip/a'])
    expect(await values(pattern('t', x('code'), literal('x')), 't')).toEqual([])
  })
})
