import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RULES } from '../../planner/rules/index.ts'
import { iri, literal, open, type Polystore, type QueryOptions, type Term } from '../../src/index.ts'
import { type Example, takeExample } from './fixture.ts'
import { forwardQuery } from './forward-query.ts'
import { RAW_Q1, RAW_Q2, RAW_Q3, RAW_Q4, RAW_Q6, rawQ5 } from './raw-queries.ts'
import { ask, type Row, run, sorted } from './rows.ts'

let example: Example
let polystore: Polystore

beforeAll(async () => {
  example = await takeExample()
  polystore = await example.open()
})

afterAll(async () => {
  await polystore?.close()
  await example?.[Symbol.asyncDispose]()
})

const INTEGER = iri('http://www.w3.org/2001/XMLSchema#integer')
const OPTIONAL = RULES.filter(({ optional }) => optional).map(({ name }) => name)

type Ask = (options: QueryOptions) => Promise<{ readonly rows: readonly Row[] }>

const raw =
  (text: string, parameters: () => Readonly<Record<string, Term>> = () => ({})): Ask =>
  (options) =>
    ask(polystore, text, { ...options, parameters: parameters() })
const stored =
  (id: string, parameters: () => Readonly<Record<string, unknown>>): Ask =>
  (options) =>
    run(polystore, id, parameters(), options)

const model = () => ({ model: example.summary.models.at(-1)!.iri })
const dataset = () => ({ dataset: example.summary.trainingSets[1]!.iri })
const range = () => {
  const { axis, rangeStart, rangeEnd } = example.summary.trainingSets[2]!
  return { axis, start: rangeStart, end: rangeEnd }
}
const termsOf = (parameters: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, iri(value)]))
const rangeTerms = () => {
  const { axis, start, end } = range()
  return { axis: literal(axis), start: literal(String(start), INTEGER), end: literal(String(end), INTEGER) }
}

const QUERIES: readonly (readonly [string, Ask])[] = [
  ['q1', stored('q1', model)],
  ['q2', stored('q2', model)],
  ['q3', stored('q3', dataset)],
  ['q4', stored('q4', dataset)],
  ['q5, exact', stored('q5', () => ({ ...range(), match: 'exact' }))],
  ['q5, overlap', stored('q5', () => ({ ...range(), match: 'overlap' }))],
  ['q6', stored('q6', dataset)],
  ['raw q1', raw(RAW_Q1, () => termsOf(model()))],
  ['raw q2', raw(RAW_Q2, () => termsOf(model()))],
  ['raw q3', raw(RAW_Q3, () => termsOf(dataset()))],
  ['raw q4', raw(RAW_Q4, () => termsOf(dataset()))],
  ['raw q5, exact', raw(rawQ5('exact'), rangeTerms)],
  ['raw q5, overlap', raw(rawQ5('overlap'), rangeTerms)],
  ['raw q6', raw(RAW_Q6, () => termsOf(dataset()))],
  [
    'forward',
    raw(
      forwardQuery([
        [-60, -60],
        [10, -60],
        [10, 60],
        [-60, 60],
      ]),
    ),
  ],
]

describe.each(QUERIES)('%s', (_, asked) => {
  test('has the same answer without optimisations', async () => {
    const { rows } = await asked({})
    expect(rows).not.toEqual([])
    const expected = sorted(rows)
    for (const rule of ['all', ...OPTIONAL]) {
      const slower = await asked({ without: [rule] })
      expect(sorted(slower.rows), `without ${rule}`).toEqual(expected)
    }
  })

  test('has the same answer where pushed parts are verified', async () => {
    const { rows } = await asked({})
    expect(sorted((await asked({ verify: true })).rows)).toEqual(sorted(rows))
  })
})

test('unknown names of rules change nothing', async () => {
  const [, asked] = QUERIES[0]!
  expect((await asked({ without: ['no-such-rule'] })).rows).toEqual((await asked({})).rows)
})

test('documents alone, without provenance, are counted once', async () => {
  const surveys = { id: 'surveys', type: 'documents', path: `${example.folder}/documents` }
  await using alone = await open({ stores: [{ ...surveys, views: `${example.folder}/surveys.yarrrml.yaml` }] })
  const { rows } = await ask(
    alone,
    `PREFIX geo: <http://www.opengis.net/ont/geosparql#> SELECT ?wkt { ?survey geo:hasGeometry/geo:asWKT ?wkt }`,
  )
  expect(rows).toHaveLength(3)
})
