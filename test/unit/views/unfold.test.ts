import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collection } from '../../../connectors/documents/collection.ts'
import { compile } from '../../../connectors/documents/compile.ts'
import { conditionOf, satisfies } from '../../../connectors/documents/conditions.ts'
import { execute } from '../../../connectors/documents/execute.ts'
import type { Expression, Pattern, Plan } from '../../../planner/algebra.ts'
import { GEO, RDF, XSD } from '../../../planner/namespaces.ts'
import { defaultGraph, iri, literal, type Term, variable } from '../../../planner/term.ts'
import { unfold } from '../../../planner/views/unfold.ts'
import type { FieldPath, PredicateObjectMap, TermMap, View } from '../../../planner/views/view.ts'
import { keys, request, rowsOf, texts } from '../documents/harness.ts'
import { type Collections, match, materialise } from './oracle.ts'

const context = { scope: 'store' }
const options = { ...context, key: () => [['_id']] }

const constant = (value: string): TermMap => ({ kind: 'constant', term: iri(value) })
const template = (text: readonly string[], ...fields: readonly FieldPath[]): TermMap => ({
  kind: 'template',
  text,
  fields,
  termType: 'iri',
})
const field = (...path: string[]): TermMap => ({ kind: 'field', field: path, termType: 'literal' })

const scalar = fc.constantFrom<unknown>(
  ...[1, 2, 1.5, -0, 9007199254740993n, 9007199254740995n, '9007199254740993'],
  ...['1', 'x', 'x-y', 'a b/é', '', true, 'true', 'urn:x', null],
)
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ n: scalar }, { requiredKeys: [], noNullPrototype: true }) },
)
const item = fc.record({ n: value, a: value, constructor: scalar }, { requiredKeys: [], noNullPrototype: true })
const record = fc.record(
  { a: value, b: value, items: fc.oneof(fc.array(fc.oneof(item, scalar), { maxLength: 3 }), item) },
  { requiredKeys: [], noNullPrototype: true },
)
const documents = fc
  .uniqueArray(fc.constantFrom<string | number | bigint>('1', 2, 'x', 'x-y', 'é/', 9007199254740993n), { maxLength: 4 })
  .chain((ids) => fc.tuple(...ids.map((_id) => record.map((fields) => ({ _id, ...fields })))))
const collections = fc.record({ one: documents, two: documents })

const fieldPath = fc.constantFrom<FieldPath>(
  ['a'],
  ['b'],
  ['b', 'n'],
  ['items', 'n'],
  ['items', '*', 'n'],
  ['items', '*', 'a', '*'],
  ['items', '0', 'n'],
  ['n'],
  ['$', '_id'],
  ['@index'],
)
const subject = fc.oneof(
  fc.constantFrom<TermMap>(
    template(['http://x/', ''], ['_id']),
    template(['http://x/', ''], ['$', '_id']),
    template(['http://x/', '#g'], ['$', '_id']),
    template(['http://x/', '/', ''], ['$', '_id'], ['@index']),
    template(['http://x/', '-', ''], ['a'], ['b']),
    template(['http://x/', ''], ['a']),
    {
      kind: 'template',
      text: ['http://x/', '/', ''],
      fields: [['_id'], ['a']],
      termType: 'iri',
      encoding: 'component',
    },
    { kind: 'template', text: ['', '.', ''], fields: [['a'], ['b']], termType: 'blank' },
    { kind: 'field', field: ['a'], termType: 'iri', base: 'http://x/' },
    { kind: 'field', field: ['a'], termType: 'blank' },
    constant('http://x/1'),
  ),
)
const predicate = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('http://p/p', 'http://p/q', `${RDF}type`).map(constant) },
  { weight: 1, arbitrary: fc.constant(template(['http://p/', ''], ['a'])) },
)
const object: fc.Arbitrary<PredicateObjectMap['object']> = fc.oneof(
  fieldPath.map((path) => field(...path)),
  fieldPath.map((path): TermMap => ({ kind: 'field', field: path, termType: 'literal', datatype: `${XSD}integer` })),
  fieldPath.map((path): TermMap => ({ kind: 'field', field: path, termType: 'literal', datatype: `${XSD}double` })),
  fieldPath.map((path): TermMap => ({ kind: 'field', field: path, termType: 'literal', language: 'en' })),
  fieldPath.map(
    (path): TermMap => ({ kind: 'template', text: ['', '-', ''], fields: [path, ['a']], termType: 'literal' }),
  ),
  subject,
  fc.constantFrom<TermMap>(constant('http://x/C'), { kind: 'constant', term: literal('x') }),
  fc.record({
    kind: fc.constant('join' as const),
    view: fc.constantFrom('v0', 'v1', 'v2'),
    on: fc.array(fc.record({ child: fieldPath, parent: fieldPath }), { maxLength: 2 }),
  }),
)
const property: fc.Arbitrary<PredicateObjectMap> = fc
  .tuple(predicate, object, fc.option(fc.constantFrom(constant('http://g/1'), template(['http://g/', ''], ['a']))))
  .map(([p, o, graph]) =>
    graph === null || graph === undefined ? { predicate: p, object: o } : { predicate: p, object: o, graph },
  )
const views: fc.Arbitrary<readonly View[]> = fc
  .array(
    fc.record({
      collection: fc.constantFrom('one', 'two'),
      iterator: fc.constantFrom<FieldPath>([], ['items'], ['items', '*']),
      subject,
      classes: fc.constantFrom<readonly ReturnType<typeof iri>[]>([], [iri('http://x/C')]),
      properties: fc.array(property, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((drawn) =>
    drawn.map(({ iterator, ...view }, index) => ({
      ...view,
      name: `v${index}`,
      ...(iterator.length === 0 ? {} : { iterator }),
    })),
  )

/** Positions drawn as numbers: a variable, or a term that the graph holds there. */
const drawnPattern = fc.record({
  subject: fc.nat(12),
  predicate: fc.nat(12),
  object: fc.nat(12),
  graph: fc.nat(8),
  quad: fc.nat(),
})
const drawnPatterns = fc.array(drawnPattern, { minLength: 1, maxLength: 3 })

function patternsOf(
  drawn: readonly { subject: number; predicate: number; object: number; graph: number; quad: number }[],
  graph: ReturnType<typeof materialise>,
): readonly Pattern[] {
  return drawn.map(({ quad, ...numbers }) => {
    const keysOf = graph.quads.length === 0 ? undefined : graph.quads[quad % graph.quads.length]!
    const at = (number: number, index: number, names: readonly string[]) => {
      const term = keysOf === undefined ? undefined : graph.terms.get(keysOf[index]!)
      const isConstant = number > 7 && term !== undefined && term.termType !== 'BlankNode'
      return isConstant ? term : variable(names[number % names.length]!)
    }
    const inGraph = keysOf !== undefined && keysOf[3] !== '' && numbers.graph < 7
    return {
      kind: 'pattern',
      subject: at(numbers.subject, 0, ['s', 's', 'o', 't']),
      predicate: at(numbers.predicate + 3, 1, ['p', 'p', 'o']) as Pattern['predicate'],
      object: at(numbers.object, 2, ['o', 't', 'u', 's']),
      graph: inGraph ? (at(numbers.graph * 2, 3, ['g', 'g', 'o']) as Pattern['graph']) : defaultGraph,
    }
  })
}

async function answerOf(
  patterns: readonly Pattern[],
  over: readonly View[],
  data: Collections,
  bound?: readonly [string, Term],
  condition?: Expression,
) {
  const input: Plan = patterns.length === 1 ? patterns[0]! : { kind: 'join', inputs: patterns }
  const plan: Plan = condition === undefined ? input : { kind: 'filter', input, condition }
  const query = compile(plan, over, { ...options, limit: 5000 }, (conjunct) => conditionOf(conjunct) !== undefined)
  if (query === undefined) return undefined
  const stored = new Map(
    Object.entries(data).map(([name, values]) => [
      name,
      collection(name, [{ origin: { store: 's', file: name }, values, lineOf: () => 1 }]),
    ]),
  )
  const asked = request()
  const bindings = bound === undefined ? undefined : keys(bound[0], [bound[1]])(asked.dictionary)
  const rows = []
  const source = { context, has: async () => true, collection: async (name: string) => stored.get(name)! }
  for await (const batch of execute(query, source, { ...asked, bindings }))
    rows.push(...rowsOf(batch, asked.dictionary.decode))
  return texts(rows)
}

const RUNS = Number(process.env['POLYPROV_RUNS'] ?? 1500)

describe('unfolding', () => {
  it('answers as the graph of all triples does', async () => {
    const check = fc.asyncProperty(views, collections, drawnPatterns, async (over, data, drawn) => {
      const graph = materialise(over, data, context)
      fc.pre(graph.quads.length < 200)
      const patterns = patternsOf(drawn, graph)
      const expected = match(patterns, graph.quads)
      const given = await answerOf(patterns, over, data)
      fc.pre(given !== undefined)
      expect(given).toEqual(expected)
    })
    await fc.assert(check, { numRuns: RUNS })
  })

  it('answers for a key what the graph answers with it', async () => {
    const check = fc.asyncProperty(views, collections, drawnPattern, fc.nat(), async (over, data, drawn, choice) => {
      const graph = materialise(over, data, context)
      const patterns = patternsOf([drawn], graph)
      const expected = match(patterns, graph.quads)
      fc.pre(expected.length > 0)
      const chosen = expected[choice % expected.length]!
      const name = ['s', 'o', 'p', 't', 'u', 'g'].find((each) => chosen.includes(`${each}=`))
      fc.pre(name !== undefined)
      const solutions = patternsOf([drawn], graph)
      const key = [...graph.terms.keys()].find((each) => chosen.split(/ (?=[a-z]=)/).includes(`${name}=${each}`))!
      const given = await answerOf(solutions, over, data, [name!, graph.terms.get(key)!])
      expect(given).toEqual(expected.filter((each) => each.split(/ (?=[a-z]=)/).includes(`${name}=${key}`)))
    })
    await fc.assert(check, { numRuns: RUNS })
  })
})

const constantTerm = fc.constantFrom(
  literal('1', iri(`${XSD}integer`)),
  literal('1.0', iri(`${XSD}decimal`)),
  literal('1.5E0', iri(`${XSD}double`)),
  literal('0', iri(`${XSD}integer`)),
  literal('9007199254740993', iri(`${XSD}integer`)),
  literal('9.007199254740992E15', iri(`${XSD}double`)),
  literal('x'),
  literal('1'),
  literal('true', iri(`${XSD}boolean`)),
  literal('x', 'en'),
  iri('http://x/C'),
)

describe('a condition on a variable', () => {
  it('keeps the solutions that satisfy it, with whatever the filter of the collection lets through', async () => {
    const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'IN')
    const check = fc.asyncProperty(
      views,
      collections,
      drawnPattern,
      operator,
      constantTerm,
      async (over, data, drawn, name, term) => {
        const graph = materialise(over, data, context)
        const patterns = patternsOf([{ ...drawn, object: 0 }], graph)
        const variableTerm: Expression = { kind: 'variable', name: 'o' }
        const condition: Expression = {
          kind: 'call',
          operator: name,
          arguments: [variableTerm, { kind: 'term', term }],
        }
        const objects = [...graph.terms]
          .filter(([, each]) => satisfies(each, conditionOf(condition)!))
          .map(([key]) => key)
        const expected = match(patterns, graph.quads).filter((each) =>
          each.split(/ (?=[a-z]=)/).some((part) => part.startsWith('o=') && objects.includes(part.slice(2))),
        )
        expect(await answerOf(patterns, over, data, undefined, condition)).toEqual(expected)
      },
    )
    await fc.assert(check, { numRuns: RUNS })
  })
})

describe('one record', () => {
  const document = template(['http://x/', ''], ['_id'])
  const node = template(['http://x/', '#geometry'], ['_id'])
  const over: readonly View[] = [
    {
      name: 'document',
      collection: 'one',
      subject: document,
      classes: [],
      properties: [
        { predicate: constant(`${GEO}hasGeometry`), object: node },
        { predicate: constant('http://p/name'), object: field('name') },
      ],
    },
    {
      name: 'node',
      collection: 'one',
      subject: node,
      classes: [],
      properties: [{ predicate: constant(`${GEO}asWKT`), object: field('wkt') }],
    },
  ]
  const pattern = (s: string, p: string, o: string): Pattern => ({
    kind: 'pattern',
    subject: variable(s),
    predicate: iri(p),
    object: variable(o),
    graph: defaultGraph,
  })
  const patterns = [
    pattern('g', `${GEO}asWKT`, 'w'),
    pattern('d', 'http://p/name', 'n'),
    pattern('d', `${GEO}hasGeometry`, 'g'),
  ]

  it('answers patterns about it, whatever their order', () => {
    expect(unfold(patterns, over, options)?.map(({ scans }) => scans.length)).toEqual([1])
  })

  it('is not taken for granted where no key is known', () => {
    expect(unfold(patterns, over, context)?.map(({ scans }) => scans.length)).toEqual([3])
  })

  it('gives up past the limit rather than trying every combination', () => {
    const any = [variable('p'), variable('q'), variable('r')].map(
      (p, index): Pattern => ({
        ...pattern(`s${index}`, 'urn:x', `o${index}`),
        predicate: p,
      }),
    )
    expect(unfold(any, over, { ...options, limit: 10 })).toBeUndefined()
  })
})
