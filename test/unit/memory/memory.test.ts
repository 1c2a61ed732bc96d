import { describe, expect, test } from 'vitest'
import { BATCH_ROWS } from '../../../connectors/batch.ts'
import type { Batch, Bindings, Meter } from '../../../connectors/connector.ts'
import memory from '../../../connectors/memory/index.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import { type BlankNode, defaultGraph, iri, literal, type Quad, quad, variable } from '../../../planner/term.ts'

const EX = 'http://example.org/'
const ex = (name: string) => iri(EX + name)
const meter: Meter = { request: () => {}, bytes: () => {}, warn: () => {} }
const open = (options: { data?: string; quads?: readonly Quad[] }) =>
  memory({ id: 'm', type: 'memory', ...options }, { base: 'urn:polyprov:' })

const pattern = (
  subject: Pattern['subject'],
  predicate: Pattern['predicate'],
  object: Pattern['object'],
  graph: Pattern['graph'] = defaultGraph,
): Pattern => ({ kind: 'pattern', subject, predicate, object, graph })

async function scan(options: Parameters<typeof open>[0], asked: Pattern, signal = new AbortController().signal) {
  const blocks: (readonly Bindings[])[] = []
  const dictionary = { encode: () => 0, find: () => 0, decode: () => ex('none') }
  for await (const rows of open(options).scan({ pattern: asked, dictionary, signal, meter })) {
    blocks.push(rows as Exclude<typeof rows, Batch>)
  }
  return blocks
}

const values = (rows: readonly Bindings[]) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term?.value])))

const [s, p, o, g] = [variable('s'), variable('p'), variable('o'), variable('g')]
const data = `
  @prefix ex: <${EX}> .
  ex:a ex:p ex:b, ex:a, "1", 1 ; a ex:C .
  ex:a ex:p ex:b .
  ex:g { ex:a ex:p ex:in-g . ex:g ex:p ex:g }
  ex:h { ex:a ex:p ex:in-h }
`

describe('the memory connector', () => {
  test('describes its predicates and classes', async () => {
    const connector = open({ data })
    expect(connector.iri).toBe('urn:polyprov:store/m')
    expect(await connector.describe(new AbortController().signal)).toEqual({
      predicates: [
        { iri: `${EX}p`, count: 7 },
        { iri: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type', count: 1 },
      ],
      classes: [{ iri: `${EX}C`, count: 1 }],
      triples: 8,
      namedGraphs: true,
    })
    expect(open({}).description).toMatchObject({ predicates: [], triples: 0, namedGraphs: false })
  })

  test('the default graph, one graph, every named graph', async () => {
    const objects = async (graph: Pattern['graph']) =>
      values((await scan({ data }, pattern(ex('a'), ex('p'), o, graph))).flat())
    expect(await objects(defaultGraph)).toEqual([{ o: `${EX}b` }, { o: `${EX}a` }, { o: '1' }, { o: '1' }])
    expect(await objects(ex('h'))).toEqual([{ o: `${EX}in-h` }])
    expect(await objects(g)).toEqual([
      { g: `${EX}g`, o: `${EX}in-g` },
      { g: `${EX}h`, o: `${EX}in-h` },
    ])
    expect(await objects(ex('absent'))).toEqual([])
  })

  test('terms are compared, not values', async () => {
    expect(await scan({ data }, pattern(s, p, literal('1')))).toHaveLength(1)
    expect(await scan({ data }, pattern(s, p, literal('01')))).toEqual([])
  })

  test('a variable in several places is one term', async () => {
    expect(values((await scan({ data }, pattern(s, p, s))).flat())).toEqual([{ s: `${EX}a`, p: `${EX}p` }])
    expect(values((await scan({ data }, pattern(g, ex('p'), g, g))).flat())).toEqual([{ g: `${EX}g` }])
  })

  test('blank nodes belong to the store, those of the text apart from those the parser makes', async () => {
    const [rows = []] = await scan({ data: `_:x <${EX}p> [] . [] <${EX}p> _:n3-0 .` }, pattern(s, p, o))
    const terms = rows.flatMap((row) => [row['s'], row['o']] as BlankNode[])
    expect(terms.every(({ termType, value }) => termType === 'BlankNode' && value.startsWith('m.'))).toBe(true)
    expect(new Set(terms.map(({ value }) => value)).size).toBe(4)
  })

  test('quads of a program', async () => {
    const quads = [quad(ex('a'), ex('p'), literal('x', 'en')), quad(ex('a'), ex('p'), literal('x', 'en'), ex('g'))]
    expect((await scan({ quads }, pattern(s, p, o))).flat()).toEqual([
      { s: ex('a'), p: ex('p'), o: literal('x', 'en') },
    ])
  })

  test('large scans come in blocks and can be cancelled', async () => {
    const quads = Array.from({ length: 2 * BATCH_ROWS + 1 }, (_, i) => quad(ex(`s${i}`), ex('p'), literal(`${i}`)))
    const blocks = await scan({ quads }, pattern(s, ex('p'), o))
    expect(blocks.map((rows) => rows.length)).toEqual([BATCH_ROWS, BATCH_ROWS, 1])
    const reason = new Error('enough')
    await expect(scan({ quads }, pattern(s, ex('p'), o), AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('what is wrong with a definition', () => {
    const opened = (extra: object) => () => memory({ id: 'm', type: 'memory', ...extra }, { base: 'urn:polyprov:' })
    expect(opened({ file: 'a.ttl' })).toThrow(/file/)
    expect(opened({ data: 'no turtle' })).toThrow(/line 1/)
    expect(opened({ data: '<<a b c>> <p> <o> .' })).toThrow(expect.objectContaining({ code: 'configuration' }))
    expect(opened({ quads: [1] })).toThrow(/quads/)
  })
})
