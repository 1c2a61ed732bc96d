import { describe, expect, it } from 'vitest'
import { objectIri, type Resolved, type ResolveRequest } from '../../../connectors/connector.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import { GEO } from '../../../planner/namespaces.ts'
import { iri, variable } from '../../../planner/term.ts'
import { BASE, pattern, request, type Store, store, texts } from './harness.ts'

const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)
const MAPPING = `
prefixes: { ex: "${EX}", geo: "${GEO}" }
mappings:
  survey:
    s: $(@object)
    po:
      - [ex:name, $(name)]
      - [ex:tag, $(tags)]
      - [ex:label, $(label)]
      - [ex:self, $(@object)~iri]
      - [geo:hasGeometry, $(@object)#geometry~iri]
  geometry: { sources: [survey], s: $(@object)#geometry, po: [[geo:asWKT, $(geometry), geo:wktLiteral]] }
`
const SURVEYS = [
  { _id: 'a', name: 'A', tags: ['x', 'y'], label: 'x', geometry: { type: 'Point', coordinates: [1, 2] } },
  { _id: 'b', name: 'B', tags: ['y'] },
  { _id: 'c', name: 'C', label: 'z' },
]
const file = (documents: readonly object[]) => ({ 'survey.json': JSON.stringify(documents) })
const object = (id: string) => iri(objectIri(BASE, 'documents', `survey/${id}`))

type Asked = Pick<ResolveRequest, 'locators' | 'patterns'> & Partial<ResolveRequest>

async function resolved(at: Store, asked: Asked, base = request()): Promise<readonly Resolved[]> {
  const references = asked.locators.map((_, index) => iri(`urn:alias:${index}`))
  const found: Resolved[] = []
  for await (const each of at.connector.resolve!({ ...base, references, ...asked })) found.push(each)
  return found.sort((one, other) => one.index - other.index)
}

const short = (found: readonly Resolved[]) =>
  found.map(({ rows }) => texts(rows).map((text) => text.replace(/"(https?:[^ ]*)?/g, '').trim()))

const name = pattern('r', ex('name'), 'n')
const tag = pattern('r', ex('tag'), 't')
const label = pattern('r', ex('label'), 'l')
const wkt: readonly Pattern[] = [pattern('r', iri(`${GEO}hasGeometry`), 'g'), pattern('g', iri(`${GEO}asWKT`), 'w')]
const LOCATORS = ['survey/a', 'survey/b', 'survey/c']

describe('references with OPTIONAL groups', () => {
  it('keep their rows where a group has none', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const asked = request()
    const found = await resolved(at, { locators: LOCATORS, patterns: [name], optional: [[tag], [label]] }, asked)
    expect(short(found)).toEqual([['l=x n=A t=x', 'l=x n=A t=y'], ['n=B t=y'], ['l=z n=C']])
    expect(asked.counted.requests).toBe(1)
  })

  it('join a later group with what an earlier one has bound, or has not', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const later = pattern('r', ex('label'), 't')
    // Of a the label is one of the tags; b has no label; c has no tag, so that its label binds the variable.
    const found = await resolved(at, { locators: LOCATORS, patterns: [name], optional: [[tag], [later]] })
    expect(short(found)).toEqual([['n=A t=x', 'n=A t=y'], ['n=B t=y'], ['n=C t=z']])
    const swapped = await resolved(at, { locators: LOCATORS, patterns: [name], optional: [[later], [tag]] })
    expect(short(swapped)).toEqual([['n=A t=x'], ['n=B t=y'], ['n=C t=z']])
  })

  it('take a group whole or not at all', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const found = await resolved(at, { locators: LOCATORS, patterns: [name], optional: [[tag, label], [...wkt]] })
    expect(found.map(({ rows }) => rows.map((row) => Object.keys(row).sort().join('')))).toEqual([
      ['glntw', 'glntw'],
      ['n'],
      ['n'],
    ])
  })

  it('may go on from a node of the document, without naming the reference', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const [geometry, text] = wkt as readonly [Pattern, Pattern]
    const found = await resolved(at, { locators: LOCATORS, patterns: [geometry], optional: [[text]] })
    expect(found.map(({ rows }) => rows.map(({ w }) => w?.value))).toEqual([['POINT (1 2)'], [undefined], [undefined]])
  })

  it('may be all that is asked, and keep every reference', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const asked = { locators: LOCATORS, patterns: [], reference: variable('r'), optional: [[label]] }
    const counting = request()
    expect(short(await resolved(at, asked, counting))).toEqual([['l=x'], [''], ['l=z']])
    expect(counting.counted.requests).toBe(1)
  })

  it('have no rows where what is not optional has none', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    expect(short(await resolved(at, { locators: LOCATORS, patterns: [label], optional: [[tag]] }))).toEqual([
      ['l=x t=x', 'l=x t=y'],
      [],
      ['l=z'],
    ])
  })
})

describe('references under another name', () => {
  it('may be several to one document', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const asked = request()
    const locators = ['survey/a', 'survey/b', 'survey/a', 'survey/none', 'survey/a']
    const found = await resolved(at, { locators, patterns: [name], optional: [[label]] }, asked)
    expect(found.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    expect(short(found)).toEqual([['l=x n=A'], ['n=B'], ['l=x n=A'], [], ['l=x n=A']])
    expect(found[3]!.error).toMatchObject({ code: 'missing-object' })
    expect(asked.counted.requests).toBe(1)
  })

  it('are met where the patterns name them as a constant, as subject and as object', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const reference = iri('urn:alias:0')
    const patterns = [pattern(reference, ex('name'), 'n'), pattern(reference, ex('self'), reference)]
    const found = await resolved(at, { locators: ['survey/b'], reference, patterns })
    expect(short(found)).toEqual([['n=B']])
    const other = [pattern(reference, ex('name'), 'n'), pattern(reference, ex('self'), object('a'))]
    expect(short(await resolved(at, { locators: ['survey/b'], reference, patterns: other }))).toEqual([[]])
  })

  it('are no variable of the rows, and lead to the document’s own nodes', async () => {
    await using at = await store(file(SURVEYS), MAPPING)
    const found = await resolved(at, { locators: ['survey/a'], patterns: [...wkt] })
    expect(found[0]!.rows).toHaveLength(1)
    expect(Object.keys(found[0]!.rows[0]!).sort()).toEqual(['g', 'w'])
    expect(found[0]!.rows[0]!['g']).toEqual(iri(`${object('a').value}#geometry`))
  })
})

describe('ten thousand references', () => {
  const COUNT = 10_000
  const many = Array.from({ length: COUNT }, (_, index) => ({
    _id: index,
    name: `n${index}`,
    ...(index % 2 === 0 ? { label: 'l' } : {}),
  }))
  const locators = many.map(({ _id }) => `survey/${_id}`)

  it('are one request', async () => {
    await using at = await store(file(many), MAPPING)
    const asked = request()
    const found = await resolved(at, { locators, patterns: [name], optional: [[label], [tag]] }, asked)
    expect(found).toHaveLength(COUNT)
    expect(found.every(({ rows }, index) => rows.length === 1 && rows[0]!['n']?.value === `n${index}`)).toBe(true)
    expect(found.filter(({ rows }) => rows[0]!['l'] !== undefined)).toHaveLength(COUNT / 2)
    expect(asked.counted.requests).toBe(1)
  })

  it('end when they are cancelled', async () => {
    await using at = await store(file(many), MAPPING)
    const controller = new AbortController()
    const asked = request(controller.signal)
    const pending = resolved(at, { locators, patterns: [name], optional: [[label]] }, asked)
    setImmediate(() => controller.abort(new Error('enough')))
    await expect(pending).rejects.toThrowError('enough')
    const begun = new AbortController()
    await at.connector.describe(begun.signal)
    const encode = asked.dictionary.encode.bind(asked.dictionary)
    let encoded = 0
    // Ended while the rows are made.
    const dictionary = {
      ...asked.dictionary,
      encode: (term: Parameters<typeof encode>[0]) => {
        if (++encoded === COUNT + 100) begun.abort(new Error('enough'))
        return encode(term)
      },
    }
    const late = { ...request(begun.signal), dictionary }
    await expect(resolved(at, { locators, patterns: [name] }, late)).rejects.toThrowError('enough')
    expect(encoded).toBeLessThan(COUNT + 5_000)
  })
})
