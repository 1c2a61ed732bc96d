import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { objectIri } from '../../../connectors/connector.ts'
import { GEO, GEOF, RDF, XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import { answer, BASE, keys, pattern, request, store, texts } from './harness.ts'

const HAS_GEOMETRY = iri(`${GEO}hasGeometry`)
const AS_WKT = iri(`${GEO}asWKT`)
const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)

const SURVEYS = `
prefixes:
  geo: ${GEO}
  ex: ${EX}
mappings:
  survey:
    sources: [surveys]
    s: $(@object)
    po:
      - [a, ex:Survey]
      - [ex:name, $(name)]
      - [ex:depth, $(depth)]
      - [ex:tag, $(tags)]
      - [geo:hasGeometry, $(@object)#geometry~iri]
  geometry:
    sources: [surveys]
    s: $(@object)#geometry
    po:
      - [geo:asWKT, $(geometry), geo:wktLiteral]
`

const FILES = {
  'surveys.json': JSON.stringify([
    {
      _id: 'f3',
      name: 'F3',
      depth: 1500,
      tags: ['north', 'public'],
      geometry: { type: 'Point', coordinates: [4.8, 54.9] },
    },
    { _id: 'penobscot', name: 'Penobscot', depth: 20.5, tags: 'public' },
    { name: 'unnamed', depth: null },
  ]),
}

const object = (locator: string) => iri(objectIri(BASE, 'documents', locator))

describe('a folder of documents', () => {
  it('answers patterns that pass through a node of the view from one document', async () => {
    await using at = await store(FILES, SURVEYS)
    const asked = request()
    const plan = { kind: 'join', inputs: [pattern('d', HAS_GEOMETRY, 'g'), pattern('g', AS_WKT, 'w')] } as const
    expect(at.connector.push!(plan)?.native).toMatchObject({
      language: 'mongodb',
      text: '{"find":"surveys","filter":{"geometry":{"$exists":true}}}',
    })
    const rows = await answer(at.connector, plan, undefined, asked)
    expect(texts(rows)).toEqual([
      `d=<${object('surveys/f3').value} g=<${object('surveys/f3').value}#geometry w="POINT (4.8 54.9)"${GEO}wktLiteral`,
    ])
    expect(asked.counted.requests).toBe(1)
  })

  it('gives a literal the datatype of its JSON value', async () => {
    await using at = await store(FILES, SURVEYS)
    const rows = await answer(at.connector, pattern('d', ex('depth'), 'x'))
    expect(texts(rows)).toEqual([
      `d=<${object('surveys/f3').value} x="1500"${XSD}integer`,
      `d=<${object('surveys/penobscot').value} x="2.05E1"${XSD}double`,
    ])
  })

  it('looks keys up by _id', async () => {
    await using at = await store(FILES, SURVEYS)
    const plan = pattern('d', ex('name'), 'n')
    const given = keys('d', [object('surveys/f3'), object('surveys/2'), iri('https://elsewhere.org/')])
    expect(texts(await answer(at.connector, plan, given))).toEqual([
      `d=<${object('surveys/2').value} n="unnamed"${XSD}string`,
      `d=<${object('surveys/f3').value} n="F3"${XSD}string`,
    ])
  })

  it('answers a variable predicate with every property and class', async () => {
    await using at = await store(FILES, SURVEYS)
    const rows = await answer(at.connector, pattern(object('surveys/penobscot'), 'p', 'o'))
    expect(texts(rows)).toEqual([
      `o="2.05E1"${XSD}double p=<${EX}depth`,
      `o="Penobscot"${XSD}string p=<${EX}name`,
      `o="public"${XSD}string p=<${EX}tag`,
      `o=<${object('surveys/penobscot').value}#geometry p=<${HAS_GEOMETRY.value}`,
      `o=<${EX}Survey p=<${RDF}type`,
    ])
  })

  it('chooses elements of an array independently for each pattern', async () => {
    await using at = await store(FILES, SURVEYS)
    const plan = {
      kind: 'project',
      variables: ['a', 'b'],
      input: { kind: 'join', inputs: [pattern('d', ex('tag'), 'a'), pattern('d', ex('tag'), 'b')] },
    } as const
    const rows = (await answer(at.connector, plan)).map(({ a, b }) => `${a!.value} ${b!.value}`)
    expect(rows.sort()).toEqual(['north north', 'north public', 'public north', 'public public', 'public public'])
  })

  it('resolves references under their own term, in one request', async () => {
    await using at = await store(FILES, SURVEYS)
    const asked = request()
    const found = []
    const references = [iri('urn:mine:1'), iri('urn:mine:2'), iri('urn:mine:3')]
    const locators = ['surveys/f3', 'surveys/penobscot', 'surveys/none']
    const patterns = [pattern('r', HAS_GEOMETRY, 'g'), pattern('g', AS_WKT, 'w')]
    for await (const each of at.connector.resolve!({ ...asked, locators, references, patterns })) found.push(each)
    found.sort((one, other) => one.index - other.index)
    expect(found.map(({ rows }) => texts(rows))).toEqual([
      [`g=<${object('surveys/f3').value}#geometry w="POINT (4.8 54.9)"${GEO}wktLiteral`],
      [],
      [],
    ])
    expect(found[1]!.error).toBeUndefined()
    expect(found[2]!.error).toMatchObject({ code: 'missing-object', details: { locator: 'surveys/none' } })
    expect(asked.counted.requests).toBe(1)
  })

  it('follows a reference to another mapping by the values of its fields, and by nothing that a document says', async () => {
    const mapping = `
prefixes: { ex: "${EX}" }
mappings:
  well:
    s: ex:well/$(_id)
    po: [{ p: ex:of, o: { mapping: field, condition: { function: equal, parameters: [[str1, $(field)], [str2, $(code)]] } } }]
  field: { s: ex:field/$(code), po: [[ex:label, $(label)]] }
`
    const wells = [
      { _id: 1, field: 'a' },
      { _id: 2, field: { $ne: 'a' } },
      { _id: 3, field: null },
      { _id: 4, field: ['b', 'a'] },
    ]
    const fields = ['a', 'b', 'c'].map((code) => ({ code, label: code.toUpperCase() }))
    await using at = await store({ 'well.json': JSON.stringify(wells), 'field.json': JSON.stringify(fields) }, mapping)
    const asked = request()
    const plan = { kind: 'join', inputs: [pattern('w', ex('of'), 'f'), pattern('f', ex('label'), 'l')] } as const
    const rows = await answer(at.connector, { kind: 'project', input: plan, variables: ['w', 'l'] }, undefined, asked)
    expect(rows.map(({ w, l }) => `${w!.value.slice(EX.length)} ${l!.value}`).sort()).toEqual([
      'well/1 A',
      'well/4 A',
      'well/4 B',
    ])
    const bound = await answer(at.connector, plan, keys('w', [ex('well/2')]))
    expect(bound).toEqual([])
  })

  it('answers relations of geometries in the plane', async () => {
    await using at = await store(FILES, SURVEYS)
    const condition = (name: string, text: string) =>
      ({
        kind: 'call',
        operator: `${GEOF}${name}`,
        arguments: [
          { kind: 'variable', name: 'w' },
          { kind: 'term', term: literal(text, iri(`${GEO}wktLiteral`)) },
        ],
      }) as const
    const ask = async (name: string, text: string) =>
      (
        await answer(at.connector, {
          kind: 'filter',
          input: pattern('g', AS_WKT, 'w'),
          condition: condition(name, text),
        })
      ).length
    expect(at.connector.accepts!(condition('sfWithin', 'POINT (1 1)'))).toBe('exact')
    expect(at.connector.accepts!(condition('sfWithin', 'POINT (1'))).toBe('no')
    expect(await ask('sfIntersects', 'POLYGON ((4 54, 5 54, 5 55, 4 55, 4 54))')).toBe(1)
    expect(await ask('sfWithin', 'POLYGON ((4 54, 5 54, 4 55, 4 54))')).toBe(0)
    expect(await ask('sfDisjoint', 'POLYGON ((4 54, 5 54, 4 55, 4 54))')).toBe(1)
  })

  it('counts a triple that two documents give once, and takes DISTINCT and LIMIT', async () => {
    const mapping = `
prefixes: { ex: "${EX}" }
mappings: { person: { s: ex:$(name), po: [[ex:likes, $(likes)]] } }
`
    const people = [
      { name: 'a', likes: 1 },
      { name: 'a', likes: 1 },
      { name: 'b', likes: 1 },
    ]
    await using at = await store({ 'person.json': JSON.stringify(people) }, mapping)
    const input = { kind: 'project', input: pattern('p', ex('likes'), 'x'), variables: ['x'] } as const
    expect(await answer(at.connector, input)).toHaveLength(2)
    expect(await answer(at.connector, { kind: 'distinct', input })).toHaveLength(1)
    expect(await answer(at.connector, { kind: 'slice', input, offset: 1, limit: 5 })).toHaveLength(1)
    expect(await answer(at.connector, { kind: 'slice', input, offset: 0, limit: 0 })).toHaveLength(0)
  })

  it('stops when it is cancelled', async () => {
    await using at = await store(FILES, SURVEYS)
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    const asked = request(controller.signal)
    await expect(answer(at.connector, pattern('s', 'p', 'o'), undefined, asked)).rejects.toThrowError('enough')
  })

  it('sees files that have changed', async () => {
    await using at = await store(FILES, SURVEYS)
    const plan = pattern('d', ex('name'), 'n')
    expect(await answer(at.connector, plan)).toHaveLength(3)
    await writeFile(join(at.folder, 'data/surveys.json'), '[{"_id":"a","name":"only"}]')
    expect((await answer(at.connector, plan)).map(({ n }) => n!.value)).toEqual(['only'])
  })

  it('names file and line of what is no JSON', async () => {
    await using at = await store({ 'surveys.json': '[\n {"a": 1},\n {"a": x}\n]' }, SURVEYS)
    await expect(answer(at.connector, pattern('d', ex('name'), 'n'))).rejects.toMatchObject({
      code: 'malformed-object',
      message: expect.stringContaining('surveys.json, line 3:'),
      details: { store: 'documents', line: 3 },
    })
  })

  it('says so when its folder is gone', async () => {
    await using at = await store(FILES, SURVEYS)
    await rm(join(at.folder, 'data'), { recursive: true })
    await expect(answer(at.connector, pattern('d', ex('name'), 'n'))).rejects.toMatchObject({
      code: 'store-failed',
      details: { store: 'documents' },
    })
    await expect(at.connector.check!(new AbortController().signal)).rejects.toMatchObject({ code: 'store-failed' })
  })

  it('keeps comparisons exactly', async () => {
    await using at = await store(FILES, SURVEYS)
    const condition = {
      kind: 'call',
      operator: '>',
      arguments: [
        { kind: 'variable', name: 'x' },
        { kind: 'term', term: literal('20.5', iri(`${XSD}decimal`)) },
      ],
    } as const
    expect(at.connector.accepts!(condition)).toBe('exact')
    const plan = { kind: 'filter', input: pattern('d', ex('depth'), 'x'), condition } as const
    expect((await answer(at.connector, plan)).map(({ x }) => x!.value)).toEqual(['1500'])
  })

  it('describes its predicates, classes and what it answers of references', async () => {
    await using at = await store(FILES, SURVEYS)
    const description = await at.connector.describe(new AbortController().signal)
    expect(description.classes).toEqual([{ iri: `${EX}Survey`, count: 3 }])
    expect(description.predicates).toContainEqual({ iri: `${EX}tag`, count: 3, distinctSubjects: 2 })
    expect(description.referencePredicates?.map(({ iri: each }) => each)).not.toContain(AS_WKT.value)
    expect(description.referencePredicates?.map(({ iri: each }) => each)).toContain(HAS_GEOMETRY.value)
    expect(at.connector.description).toBe(description)
  })
})
