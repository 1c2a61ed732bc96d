import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { XSD } from '../../../planner/namespaces.ts'
import { blank, iri, literal, type Term, termKey } from '../../../planner/term.ts'
import { recordsOf, type ViewRecord } from '../../../planner/views/record.ts'
import { inverse, termsOf } from '../../../planner/views/term-map.ts'
import type { TermMap } from '../../../planner/views/view.ts'

const context = { scope: 'store' }
const record = (root: unknown): ViewRecord => recordsOf(root, undefined)[0]!
const keysOf = (map: TermMap, root: unknown) => termsOf(map, record(root), context).map(termKey)
const field = (more: Partial<Extract<TermMap, { kind: 'field' }>> = {}): TermMap => ({
  kind: 'field',
  field: ['x'],
  termType: 'literal',
  ...more,
})
const template = (text: readonly string[], more: Partial<Extract<TermMap, { kind: 'template' }>> = {}): TermMap => ({
  kind: 'template',
  text,
  fields: [['x'], ['y']].slice(0, text.length - 1),
  termType: 'iri',
  ...more,
})

describe('the natural mapping', () => {
  it.each([
    ['x', '"x"string'],
    [5, '"5"integer'],
    [-0, '"0"integer'],
    [1e21, '"1000000000000000000000"integer'],
    [12345678901234567890n, '"12345678901234567890"integer'],
    [0.1, '"1.0E-1"double'],
    [123.456, '"1.23456E2"double'],
    [true, '"true"boolean'],
    [new Date('2020-01-02T03:04:05Z'), '"2020-01-02T03:04:05Z"dateTime'],
  ])('gives %s as %s', (x, text) => {
    expect(keysOf(field(), { x })).toEqual([text.replace(/"([a-zA-Z]+)$/, `"${XSD}$1`)])
  })

  it.each([[null], [undefined], [{}], [[]], [[null]], ['\ud800']])('gives nothing for %j', (x) => {
    expect(keysOf(field(), { x })).toEqual([])
  })

  it('writes numbers canonically in the datatype that is asked', () => {
    expect(keysOf(field({ datatype: `${XSD}double` }), { x: [5, '5'] })).toEqual([
      `"5.0E0"${XSD}double`,
      `"5"${XSD}double`,
    ])
    expect(keysOf(field({ datatype: `${XSD}decimal` }), { x: [1e-7, 2.5] })).toEqual([
      `"0.0000001"${XSD}decimal`,
      `"2.5"${XSD}decimal`,
    ])
  })
})

describe('templates', () => {
  it('encode what an IRI cannot hold, and leave characters beyond ASCII', () => {
    expect(keysOf(template(['http://x/', '']), { x: "a/b c'é(1)~" })).toEqual(['<http://x/a%2Fb%20c%27é%281%29~'])
    expect(keysOf(template(['http://x/', ''], { encoding: 'component' }), { x: "a/b c'é(1)~" })).toEqual([
      "<http://x/a%2Fb%20c'%C3%A9(1)~",
    ])
  })

  it('combine the elements of arrays, each term once', () => {
    expect(keysOf(template(['http://x/', '/', '']), { x: [1, 2, 1], y: ['a', 'b'] })).toHaveLength(4)
  })

  it('give blank nodes labels that every syntax takes', () => {
    const [label] = termsOf(template(['n ', ''], { termType: 'blank' }), record({ x: 'a_b/é' }), context)
    expect(label).toEqual(blank('store.n_20_a_5f_b_2f__e9_'))
  })
})

const matches = (map: TermMap, term: Term) => inverse(map, term, context)

describe('the inverse', () => {
  const single = template(['http://x/', ''])
  it('reads a term back to what the record must hold', () => {
    expect(matches(single, iri('http://x/7'))).toEqual([[{ field: ['x'], values: ['7', 7] }]])
    expect(matches(field(), literal('7', iri(`${XSD}integer`)))).toEqual([[{ field: ['x'], values: [7] }]])
    expect(matches(template(['http://x/', '-', '']), iri('http://x/a-b-c'))).toHaveLength(2)
  })

  it.each([
    ['an IRI encoded otherwise', single, iri('http://x/%41')],
    ['lower-case escapes', single, iri('http://x/%c3%a9')],
    ['broken escapes', single, iri('http://x/%zz')],
    ['a reserved character', single, iri('http://x/a/b')],
    ['another namespace', single, iri('http://y/a')],
    ['a literal for an IRI', single, literal('http://x/a')],
    ['another datatype', field(), literal('7', iri(`${XSD}int`))],
    ['a lexical form that is not canonical', field(), literal('07', iri(`${XSD}integer`))],
    ['a double that is an integer in JSON', field(), literal('7.0E0', iri(`${XSD}double`))],
    ['another language', field({ language: 'en' }), literal('a', 'de')],
    ['a blank node of another store', field({ termType: 'blank' }), blank('other.a')],
  ])('matches nothing for %s', (_, map, term) => {
    expect(matches(map, term)).toBe('no match')
  })

  it('gives up on a template with too many readings, rather than to try them all', () => {
    expect(matches(template(['http://x/', '', '']), iri(`http://x/${'a'.repeat(10_000)}`))).toBe('unknown')
  })

  it('finds every record that gives the term', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom('a-b', '-', '%', '7', 'true'),
    )
    const map = fc.constantFrom<TermMap>(
      field(),
      field({ datatype: `${XSD}integer` }),
      field({ datatype: `${XSD}double` }),
      field({ datatype: `${XSD}decimal` }),
      field({ language: 'en' }),
      field({ termType: 'iri', base: 'http://x/' }),
      field({ termType: 'blank' }),
      single,
      template(['http://x/', '-', '']),
      template(['http://x/', '/', '#']),
      template(['http://x/', '/', ''], { encoding: 'component' }),
      template(['a', '-', ''], { termType: 'literal' }),
      template(['', ' ', ''], { termType: 'blank' }),
    )
    fc.assert(
      fc.property(map, value, value, (each, x, y) => {
        for (const term of termsOf(each, record({ x, y }), context)) {
          const found = inverse(each, term, context)
          if (found === 'unknown') continue
          expect(found).not.toBe('no match')
          const given: Record<string, unknown> = { x, y }
          const holds = (found as Exclude<typeof found, string>).some((conditions) =>
            conditions.every(({ field: path, values }) => values.some((candidate) => candidate === given[path[0]!])),
          )
          expect(holds).toBe(true)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
