import fc from 'fast-check'
import { Parser } from 'n3'
import { parse as parseWithOxigraph } from 'oxigraph'
import { describe, expect, test } from 'vitest'
import { PROV, RDF, XSD } from '../../../planner/namespaces.ts'
import { blank, defaultGraph, iri, literal, type Quad, quad, type Term, termKey } from '../../../planner/term.ts'
import { serialise } from '../../../src/results/serialise.ts'
import { quadsExecution, textOf } from './executions.ts'

// The package has no types; a name that the compiler cannot follow needs none.
const jsonldPackage: string = 'jsonld'
const { default: jsonld } = (await import(jsonldPackage)) as {
  default: { toRDF(document: unknown, options: { format: string }): Promise<string> }
}

const named = fc.constantFrom('http://x/a', 'http://x/b#c.d', 'http://x/ü', `${PROV}Entity`, `${RDF}type`).map(iri)
const object = fc.oneof(
  named as fc.Arbitrary<Term>,
  fc.string({ unit: 'grapheme' }).map((text) => literal(text)),
  fc.string().map((text) => literal(text, 'en')),
  fc
    .constantFrom('1', '1.5', '1.', '1e0', 'true', '')
    .chain((text) =>
      fc
        .constantFrom('integer', 'decimal', 'double', 'boolean', 'date')
        .map((datatype) => literal(text, iri(XSD + datatype))),
    ),
)
const anyQuads = fc.array(
  fc.tuple(named, named, object, fc.constantFrom(defaultGraph, iri('http://g/1'))).map((parts) => quad(...parts)),
  { maxLength: 12 },
)

const key = ({ subject, predicate, object: value, graph }: Quad): string =>
  [termKey(subject), termKey(predicate), termKey(value), graph.termType === 'DefaultGraph' ? '' : termKey(graph)].join(
    ' ',
  )
const keys = (quads: readonly Quad[]): string[] => [...new Set(quads.map(key))].sort()
const inDefaultGraph = (quads: readonly Quad[]): Quad[] => quads.map((one) => ({ ...one, graph: defaultGraph }))
const parse = (text: string, format: string): Quad[] => new Parser({ format }).parse(text) as unknown as Quad[]

describe.each([
  ['turtle', 'text/turtle', false],
  ['ntriples', 'application/n-triples', false],
  ['nquads', 'application/n-quads', true],
] as const)('%s', (format, mediaType, withGraphs) => {
  test('reads back as the same triples', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuads, async (quads) => {
        const execution = quadsExecution(quads, { prov: PROV, x: 'http://x/' })
        const text = await textOf(serialise(execution, format))
        expect(keys(parse(text, mediaType))).toEqual(keys(withGraphs ? quads : inDefaultGraph(quads)))
      }),
    )
  })
})

test('Turtle groups by subject and predicate, and shortens', async () => {
  const a = iri('http://x/a')
  const quads = [
    quad(a, iri(`${RDF}type`), iri(`${PROV}Entity`)),
    quad(a, iri(`${PROV}value`), literal('1', iri(`${XSD}integer`))),
    quad(a, iri(`${PROV}value`), literal('say "x"')),
    quad(blank('b/0'), iri(`${PROV}value`), a),
  ]
  expect(await textOf(serialise(quadsExecution(quads, { prov: PROV }), 'turtle'))).toBe(
    `@prefix prov: <${PROV}> .\n\n<http://x/a> a prov:Entity ;\n    prov:value 1 , "say \\"x\\"" .\n_:xb_2f_0 prov:value <http://x/a> .\n`,
  )
})

describe('JSON-LD', () => {
  // The reader rewrites the lexical form of doubles.
  const withoutDoubles = (quads: readonly Quad[]): Quad[] =>
    quads.filter(({ object: value }) => value.termType !== 'Literal' || value.datatype.value !== `${XSD}double`)

  test('reads back as the same quads', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuads.map(withoutDoubles), async (quads) => {
        const document = JSON.parse(await textOf(serialise(quadsExecution(quads), 'jsonld')))
        const nquads = await jsonld.toRDF(document, { format: 'application/n-quads' })
        expect(keys(parse(nquads, 'application/n-quads'))).toEqual(keys(quads))
      }),
      { numRuns: 50 },
    )
  })

  test('nothing is an empty array', async () => {
    expect(JSON.parse(await textOf(serialise(quadsExecution([]), 'jsonld')))).toEqual([])
  })
})

describe('RDF/XML', () => {
  const read = (text: string): Quad[] =>
    parseWithOxigraph(text, { format: 'application/rdf+xml', lenient: true }) as unknown as Quad[]
  // XML has no way to write most control characters.
  const writable = (quads: readonly Quad[]): Quad[] =>
    quads.filter(({ object: value }) => /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(value.value))

  test('reads back as the same triples', async () => {
    await fc.assert(
      fc.asyncProperty(anyQuads.map(writable), async (quads) => {
        const text = await textOf(serialise(quadsExecution(quads, { prov: PROV, '0': 'http://x/' }), 'rdfxml'))
        expect(keys(read(text))).toEqual(keys(inDefaultGraph(quads)))
      }),
    )
  })

  test('keeps blank nodes apart, and together', async () => {
    const p = iri('http://x/p')
    const labels = ['1', 'x', '_1', 'b/0', '1']
    const quads = labels.map((label, i) => quad(blank(label), p, literal(String(i))))
    const subjects = read(await textOf(serialise(quadsExecution(quads), 'rdfxml'))).map(({ subject }) => subject.value)
    expect(new Set(subjects).size).toBe(4)
    expect(subjects[0]).toBe(subjects[4])
  })

  test('tells what it cannot write', async () => {
    const nameless = quad(iri('http://x/a'), iri('http://x/1'), literal('o'))
    await expect(textOf(serialise(quadsExecution([nameless]), 'rdfxml'))).rejects.toMatchObject({
      code: 'not-acceptable',
      message: expect.stringContaining('<http://x/1>'),
    })
    const warnings: string[] = []
    const control = quad(iri('http://x/a'), iri('http://x/b'), literal('\u0001'))
    const text = await textOf(
      serialise(quadsExecution([control]), 'rdfxml', { warn: (message) => warnings.push(message) }),
    )
    expect(text).toContain('\uFFFD')
    expect(warnings).toHaveLength(1)
  })
})

test('NDJSON of triples leaves the default graph out', async () => {
  const text = await textOf(serialise(quadsExecution([quad(iri('http://s'), iri('http://p'), literal('o'))]), 'ndjson'))
  expect(text).toBe('{"subject":"http://s","predicate":"http://p","object":"o"}\n')
})
