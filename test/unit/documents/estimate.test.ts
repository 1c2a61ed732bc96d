import { describe, expect, it } from 'vitest'
import { objectIri } from '../../../connectors/connector.ts'
import memory from '../../../connectors/memory/index.ts'
import type { Expression, Pattern, Plan } from '../../../planner/algebra.ts'
import { GEO, GEOF, XSD } from '../../../planner/namespaces.ts'
import { parse } from '../../../planner/parse.ts'
import { optimise } from '../../../planner/plan.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'
import { answer, BASE, pattern, type Store, store } from './harness.ts'

const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)
const AS_WKT = iri(`${GEO}asWKT`)

const MAPPING = `
prefixes: { ex: "${EX}", geo: "${GEO}" }
mappings:
  survey:
    s: $(@object)
    po:
      - [a, ex:Survey]
      - [ex:name, $(name)]
      - [ex:group, $(group)]
      - [ex:depth, $(depth)]
      - [ex:tag, $(tags)]
      - [geo:hasGeometry, $(@object)#geometry~iri]
      - p: ex:country
        o: { mapping: country, condition: { function: equal, parameters: [[str1, $(country)], [str2, $(code)]] } }
  geometry: { sources: [survey], s: $(@object)#geometry, po: [[geo:asWKT, $(geometry), geo:wktLiteral]] }
  country: { s: ex:country/$(code), po: [[ex:label, $(label)]] }
`

/** Surveys in ten groups and five countries, each a point of its own on a line; every second has a depth, all have two tags. */
const surveys = (count: number): Promise<Store> => {
  const documents = Array.from({ length: count }, (_, index) => ({
    _id: `s${index}`,
    name: `survey ${index}`,
    group: index % 10,
    ...(index % 2 === 0 ? { depth: index } : {}),
    tags: [`t${index % 3}`, 'all'],
    country: `c${index % 5}`,
    geometry: { type: 'Point', coordinates: [index, 0] },
  }))
  const countries = [0, 1, 2, 3, 4].map((index) => ({ code: `c${index}`, label: `Country ${index}` }))
  const lines = (values: readonly object[]): string => values.map((value) => JSON.stringify(value)).join('\n')
  return store({ 'survey.ndjson': lines(documents), 'country.ndjson': lines(countries) }, MAPPING)
}

const call = (operator: string, ...parts: readonly (string | Term)[]): Expression => ({
  kind: 'call',
  operator,
  arguments: parts.map((part) =>
    typeof part === 'string' ? { kind: 'variable', name: part } : { kind: 'term', term: part },
  ),
})
const filtered = (input: Plan, condition: Expression): Plan => ({ kind: 'filter', input, condition })
const join = (...inputs: readonly Pattern[]): Plan => ({ kind: 'join', inputs })
const square = literal('POLYGON ((-0.5 -1, 1.5 -1, 1.5 1, -0.5 1, -0.5 -1))', iri(`${GEO}wktLiteral`))
const object = (id: string) => iri(objectIri(BASE, 'documents', `survey/${id}`))

/** Fragments whose rows are known from keys, counts and indexes. */
const PLANS: Readonly<Record<string, Plan>> = {
  all: pattern('s', ex('name'), 'n'),
  byKey: pattern(object('s2'), ex('name'), 'n'),
  missing: pattern(object('none'), ex('name'), 'n'),
  elsewhere: pattern(iri('urn:other'), ex('name'), 'n'),
  byValue: pattern('s', ex('name'), literal('survey 1')),
  ofSome: pattern('s', ex('depth'), 'd'),
  tags: pattern('s', ex('tag'), 't'),
  star: join(pattern('s', ex('name'), 'n'), pattern('s', ex('group'), 'g'), pattern('s', ex('tag'), 't')),
  countries: join(pattern('s', ex('country'), 'c'), pattern('c', ex('label'), 'l')),
  distinct: { kind: 'distinct', input: { kind: 'project', input: pattern('s', ex('tag'), 't'), variables: ['t'] } },
  limited: { kind: 'slice', input: pattern('s', ex('name'), 'n'), offset: 1, limit: 1 },
  nothing: pattern('s', ex('unknown'), 'x'),
}

describe('the estimate of a fragment', () => {
  it.each([3, 1_000, 100_000])('is near its rows: %i documents', async (count) => {
    await using at = await surveys(count)
    await at.connector.describe(new AbortController().signal)
    const estimated = (plan: Plan) => at.connector.estimate!(plan).rows
    for (const [name, plan] of Object.entries(PLANS)) {
      // To read them all takes seconds, and shows no more than a thousand do.
      if (count > 1_000 && estimated(plan) > 10) continue
      const rows = (await answer(at.connector, plan)).length
      expect([name, rows, Math.abs(estimated(plan) - rows) <= 0.1 * rows + 1e-9 || [estimated(plan)]]).toEqual([
        name,
        rows,
        true,
      ])
    }
    for (const [name, rows] of Object.entries({ all: count, tags: 2 * count, star: 2 * count, countries: count })) {
      expect([name, Math.round(estimated(PLANS[name]!))]).toEqual([name, rows])
    }
    const group = pattern('s', ex('group'), literal('1', iri(`${XSD}integer`)))
    expect(estimated(group)).toBeCloseTo(count / Math.min(10, count), 3)
    const near = filtered(
      join(pattern('s', iri(`${GEO}hasGeometry`), 'g'), pattern('g', AS_WKT, 'w')),
      call(`${GEOF}sfWithin`, 'w', square),
    )
    const apart = filtered(pattern('g', AS_WKT, 'w'), call(`${GEOF}sfDisjoint`, 'w', square))
    if (count > 5_000) expect(estimated(near)).toBeCloseTo(count / 10)
    expect(await answer(at.connector, near)).toHaveLength(2)
    expect(estimated(near)).toBeCloseTo(2)
    expect(estimated(apart)).toBeGreaterThan(count / 2)
    const { distinct } = at.connector.estimate!(PLANS['star']!)
    expect(distinct).toMatchObject({ s: count, n: count, g: Math.min(10, count), t: Math.min(4, count + 1) })
    const range = filtered(pattern('s', ex('depth'), 'd'), call('<', 'd', literal('10', iri(`${XSD}integer`))))
    expect(estimated(range)).toBeCloseTo(Math.ceil(count / 2) / 3)
    expect(estimated(filtered(PLANS['all']!, call('=', 'n', literal('survey 2'))))).toBeCloseTo(1)
    expect(estimated({ kind: 'order', input: PLANS['all']!, by: [] })).toBeGreaterThanOrEqual(count)
  })
})

/** The stores that a plan reads, in order, by the kind of the join that adds them. */
function order(plan: Plan): readonly string[] {
  switch (plan.kind) {
    case 'fragment':
      return [plan.source]
    case 'bindJoin':
      return [...order(plan.left), ...order(plan.right).map((source) => `bind ${source}`)]
    case 'join':
      return plan.inputs.flatMap(order)
    default:
      return 'input' in plan ? order(plan.input) : []
  }
}

describe('joins with other stores', () => {
  const wells = (count: number) =>
    memory(
      {
        id: 'wells',
        type: 'memory',
        data: Array.from(
          { length: count },
          (_, index) => `<urn:w${index}> <${EX}in> <${object(`s${index}`).value}> .`,
        ).join('\n'),
      },
      { base: BASE },
    )
  const planned = async (at: Store, count: number, where: string) => {
    const { plan } = parse(`PREFIX ex: <${EX}> PREFIX geo: <${GEO}> PREFIX geof: <${GEOF}> SELECT * { ${where} }`)
    return order(optimise(plan, { base: BASE, sources: [wells(count), at.connector] }).plan)
  }
  const within = `FILTER(geof:sfWithin(?g, "${square.value}"^^geo:wktLiteral))`
  const geometry = `?s geo:hasGeometry/geo:asWKT ?g . ${within}`

  it('start with the smaller side, and ask documents for its keys', async () => {
    await using few = await surveys(3)
    await using some = await surveys(1_000)
    await using many = await surveys(100_000)
    for (const each of [few, some, many]) await each.connector.describe(new AbortController().signal)
    const both = '?w ex:in ?s . ?s ex:name ?n'
    expect(await planned(few, 2_000, both)).toEqual(['documents', 'wells'])
    expect(await planned(few, 2, both)).toEqual(['wells', 'documents'])
    expect(await planned(some, 10, both)).toEqual(['wells', 'bind documents'])
    expect(await planned(some, 10_000, both)).toEqual(['documents', 'wells'])
    expect(await planned(many, 100, both)).toEqual(['wells', 'bind documents'])
    // A key, or a small area, makes many documents few.
    expect(await planned(many, 100, '?w ex:in ?s . ?s ex:name "survey 7"')).toEqual(['documents', 'wells'])
    expect(await planned(some, 100, `?w ex:in ?s . ${geometry}`)).toEqual(['documents', 'wells'])
  })
})
