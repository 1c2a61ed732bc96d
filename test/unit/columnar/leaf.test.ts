import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchBuilder } from '../../../connectors/batch.ts'
import { openColumnar } from '../../../connectors/columnar/index.ts'
import type { Batch, Connector, Dictionary } from '../../../connectors/connector.ts'
import type { Path, PathPattern, Pattern, Plan } from '../../../planner/algebra.ts'
import { defaultGraph, iri, literal, type Quad, quad, type Term, termKey, variable } from '../../../planner/term.ts'
import { createTermTable } from '../../../src/engine/term-table.ts'
import { joined, type Solution, solutionsOf } from './naive.ts'

const nodes = ['a', 'b', 'c', 'd'].map((name) => iri(`urn:${name}`))
const predicates = ['p', 'q', 'r'].map((name) => iri(`urn:${name}`))
const graphs = [defaultGraph, defaultGraph, iri('urn:g'), iri('urn:h')]
const absent = iri('urn:absent')
const objects: Term[] = [...nodes, literal('1')]
const variables = ['x', 'y', 'z'].map(variable)

const anyQuad = fc
  .tuple(
    fc.constantFrom(...nodes),
    fc.constantFrom(...predicates),
    fc.constantFrom(...objects),
    fc.constantFrom(...graphs),
  )
  .map(([s, p, o, g]) => quad(s, p, o, g))
const end = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...variables) }, fc.constantFrom(...nodes, absent))
const graph = fc.constantFrom(defaultGraph, defaultGraph, variable('g'), iri('urn:g'))
const pattern: fc.Arbitrary<Pattern> = fc.record({
  kind: fc.constant('pattern' as const),
  subject: end,
  predicate: fc.constantFrom(...predicates, ...predicates, absent, variable('x'), variable('w')),
  object: fc.oneof(end, fc.constantFrom(...objects)),
  graph,
})
const { path } = fc.letrec<{ path: Path }>((tie) => ({
  path: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...predicates).map((predicate): Path => ({ kind: 'predicate', predicate })),
    fc
      .tuple(fc.subarray(predicates), fc.subarray(predicates))
      .map(([forward, backward]): Path => ({ kind: 'negated', forward, backward })),
    tie('path').map((inner): Path => ({ kind: 'inverse', path: inner })),
    fc
      .tuple(fc.constantFrom('zeroOrMore', 'oneOrMore', 'zeroOrOne'), tie('path'))
      .map(([kind, inner]) => ({ kind, path: inner }) as Path),
    fc
      .tuple(fc.constantFrom('sequence', 'alternative'), fc.array(tie('path'), { minLength: 2, maxLength: 3 }))
      .map(([kind, paths]) => ({ kind, paths }) as Path),
  ),
}))
const pathPattern: fc.Arbitrary<PathPattern> = fc.record({
  kind: fc.constant('path' as const),
  subject: end,
  path,
  object: end,
  graph,
})
const leaf: fc.Arbitrary<Plan> = fc.oneof(
  pattern,
  pathPattern,
  fc.constantFrom<Plan>({ kind: 'graphs', graph: variable('g') }, { kind: 'graphs', graph: iri('urn:g') }),
  fc
    .array(fc.oneof({ weight: 3, arbitrary: pattern }, pathPattern), { maxLength: 4 })
    .map((inputs): Plan => ({ kind: 'join', inputs })),
)

const meter = { request() {}, bytes() {}, warn() {} }

function lines(batch: Batch, dictionary: Dictionary): string[] {
  return Array.from({ length: batch.length }, (_, row) =>
    lineOf(
      Object.fromEntries(
        batch.variables.flatMap((name, index) => {
          const id = batch.columns[index]![row]!
          return id === 0 ? [] : [[name, termKey(dictionary.decode(id))]]
        }),
      ),
    ),
  )
}

const lineOf = (row: Solution): string =>
  Object.keys(row)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => `${name}=${row[name]}`)
    .join(' ')

async function answer(store: Connector, plan: Plan, dictionary: Dictionary, bindings?: Batch): Promise<string[]> {
  const native = store.push!(plan)!.native
  const found: string[] = []
  const request = {
    dictionary,
    signal: new AbortController().signal,
    meter,
    evaluate: () => {
      throw new Error('a leaf needs no operators')
    },
    ...(bindings === undefined ? {} : { bindings }),
  }
  for await (const batch of store.execute!(native, request)) found.push(...lines(batch, dictionary))
  return found.sort()
}

const place = { base: 'urn:polyprov:', folder: '.' }
const definition = { id: 'store', type: 'columnar' }

describe('a leaf over the triple store', () => {
  it.each(['base', 'foreign'])('has the solutions that its definition gives (%s dictionary)', async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyQuad, { selector: (q) => JSON.stringify(q), maxLength: 25 }),
        leaf,
        async (quads, plan) => {
          await using store = await openColumnar(definition, place)
          await store.store.write({ add: quads.slice(0, 12) })
          await store.store.write({ add: quads.slice(12) })
          const dictionary = createTermTable(kind === 'base' ? store.dictionary() : undefined)
          const expected = solutionsOf(plan, quads).map(lineOf).sort()
          expect(await answer(store, plan, dictionary)).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('keeps to the rows it is given, each solution once', async () => {
    const value = fc.option(fc.constantFrom<Term>(...objects, absent), { freq: 6 })
    const rows = fc.array(fc.tuple(value, value), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyQuad, { selector: (q) => JSON.stringify(q) }),
        leaf,
        rows,
        async (quads, plan, given) => {
          await using store = await openColumnar(definition, place)
          await store.store.write({ add: quads })
          const dictionary = createTermTable(store.dictionary())
          const builder = batchBuilder(['x', 'unknown', 'y'])
          for (const [x, y] of given)
            builder.add([x === null ? 0 : dictionary.encode(x), 7, y === null ? 0 : dictionary.encode(y)])
          const keys = given.map(
            ([x, y]): Solution => ({ ...(x && { x: termKey(x) }), ...(y && { y: termKey(y) }) }) as Solution,
          )
          const all = solutionsOf(plan, quads)
          const needed = all.filter((row) => joined([row], keys).length > 0).map(lineOf)
          const found = await answer(store, plan, dictionary, builder.build())
          const everything = countLines(all.map(lineOf))
          for (const [line, count] of countLines(found)) expect(count).toBe(everything.get(line))
          expect(needed.filter((line) => !found.includes(line))).toEqual([])
          if (given.every(([x, y]) => x !== null && y !== null)) expect(found).toEqual(needed.sort())
        },
      ),
      { numRuns: 500 },
    )
  })
})

function countLines(all: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of all) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

describe('a query over the triple store', () => {
  it('reads one snapshot, and the next query what was written meanwhile', async () => {
    await using store = await openColumnar(definition, place)
    const add: Quad[] = [quad(nodes[0]!, predicates[0]!, nodes[1]!)]
    await store.write({ add })
    const plan: Plan = {
      kind: 'pattern',
      subject: variable('x'),
      predicate: predicates[0]!,
      object: variable('y'),
      graph: defaultGraph,
    }
    const based = createTermTable(store.dictionary())
    const foreign = createTermTable()
    expect(await answer(store, plan, foreign)).toHaveLength(1)
    await store.write({ add: [quad(nodes[1]!, predicates[0]!, nodes[2]!)] })
    expect(await answer(store, plan, based)).toHaveLength(1)
    expect(await answer(store, plan, foreign)).toHaveLength(1)
    expect(await answer(store, plan, createTermTable())).toHaveLength(2)
    expect(store.description.triples).toBe(2)
  })

  it('stops when it is cancelled, whether it finds something or not', async () => {
    await using store = await openColumnar(definition, place)
    await store.store.load(
      Array.from({ length: 3000 }, (_, i) => quad(iri(`urn:s${i}`), predicates[0]!, iri(`urn:o${i}`))),
    )
    const side = (name: string): Pattern => ({
      kind: 'pattern',
      subject: variable(name),
      predicate: predicates[0]!,
      object: variable(`${name}o`),
      graph: defaultGraph,
    })
    const product: Plan = { kind: 'join', inputs: [side('a'), side('b'), side('c')] }
    await store.store.load(
      Array.from({ length: 20_000 }, (_, i) => quad(iri(`urn:n${i}`), predicates[1]!, iri(`urn:n${i + 1}`))),
    )
    // Cycles in a long chain: much work from every node, and no batch that would give an occasion to stop.
    const barren: Plan = {
      kind: 'path',
      subject: variable('a'),
      path: { kind: 'oneOrMore', path: { kind: 'predicate', predicate: predicates[1]! } },
      object: variable('a'),
      graph: defaultGraph,
    }
    for (const plan of [product, barren]) {
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('enough')), 20)
      const batches = store.execute!(store.push!(plan)!.native, {
        dictionary: createTermTable(store.dictionary()),
        signal: controller.signal,
        meter,
        evaluate: () => {
          throw new Error('a leaf needs no operators')
        },
      })
      await expect(
        (async () => {
          for await (const _ of batches);
        })(),
      ).rejects.toThrow('enough')
    }
  })
})
