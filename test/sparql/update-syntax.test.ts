import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PolyprovError } from '../../planner/errors.ts'
import { parse, parseUpdate } from '../../planner/parse.ts'
import { reportOutcomes } from './outcomes.ts'
import { baseOf } from './polystores.ts'
import { SUITES, suitesPresent } from './reference.ts'
import { readUpdateManifest } from './update-manifest.ts'

const present = suitesPresent()

function errorOf(text: string, base?: string): PolyprovError | undefined {
  try {
    parseUpdate(text, base === undefined ? {} : { base })
    return undefined
  } catch (error) {
    if (error instanceof PolyprovError) return error
    throw error
  }
}

describe.skipIf(!present)('W3C update syntax tests', () => {
  it('takes the positive ones and refuses the negative ones', ({ task }) => {
    const { syntaxTests, entries } = readUpdateManifest(join(SUITES, 'sparql11/manifest-sparql11-update.ttl'))
    expect([entries, syntaxTests.length]).toEqual([157, 63])
    const wrong = syntaxTests.filter(
      ({ request, positive }) => (errorOf(readFileSync(request, 'utf8'), baseOf(request)) === undefined) !== positive,
    )
    reportOutcomes(
      task,
      syntaxTests.map((test) => ({
        suite: 'update',
        test: test.iri,
        group: test.group,
        passed: !wrong.includes(test),
      })),
    )
    expect(wrong.map(({ id }) => id)).toEqual([])
  })
})

describe('the parser of updates', () => {
  const operations = (text: string) => parseUpdate(text, { base: 'http://x/' }).operations

  it('gives operations in their order, with the base and prefixes that hold where they stand', () => {
    const [first, second, third] = operations(`
      PREFIX : <http://a/> INSERT DATA { :s :p <o> } ;
      BASE <http://y/> PREFIX : <http://b/> DELETE DATA { GRAPH <g> { :s :p <o> } } ; CLEAR SILENT ALL`)
    expect(first).toMatchObject({
      kind: 'insertData',
      quads: [
        { subject: { value: 'http://a/s' }, object: { value: 'http://x/o' }, graph: { termType: 'DefaultGraph' } },
      ],
    })
    expect(second).toMatchObject({
      kind: 'deleteData',
      quads: [{ subject: { value: 'http://b/s' }, object: { value: 'http://y/o' }, graph: { value: 'http://y/g' } }],
    })
    expect(third).toEqual({ kind: 'clear', target: 'all', silent: true })
  })

  it('takes nodes that nothing follows, and empty parts', () => {
    const data = operations('INSERT DATA { [ <p> 1 ] GRAPH <g> { [ <p> [ <q> 2 ] ] } ( 1 2 ) <p> 3 . [ <p> 4 ] }')[0]
    expect(data?.kind === 'insertData' && data.quads.length).toBe(9)
    expect(operations('INSERT DATA { } ; DELETE { GRAPH <g> {} } INSERT {} WHERE {} ; DELETE WHERE { }')).toHaveLength(
      3,
    )
    expect(operations('')).toEqual([])
    expect(operations('# nothing\nPREFIX : <http://a/>')).toEqual([])
  })

  it('puts the graph of WITH into templates, and not over GRAPH', () => {
    const [modify] = operations(
      'WITH <g> DELETE { ?s ?p 1 } INSERT { GRAPH ?h { ?s ?p 2 } } USING <u> WHERE { ?s ?p ?h }',
    )
    expect(modify).toMatchObject({
      kind: 'modify',
      with: { value: 'http://x/g' },
      remove: [{ graph: { value: 'http://x/g' } }],
      insert: [{ graph: { termType: 'Variable', value: 'h' } }],
      dataset: { default: [{ value: 'http://x/u' }], named: [] },
    })
  })

  it.each([
    [
      'INSERT DATA { _:a <p> 1 } ; INSERT DATA { _:a <p> 2 }',
      'query-semantics',
      /_:a is used in two INSERT DATA.*column 43/,
    ],
    ['DELETE { ?s ?p 1 } WHERE { _:a ?p ?s } ; DELETE { ?s ?p 1 } WHERE { _:a ?p ?s }', 'query-semantics', /_:a/],
    ['INSERT DATA { "s" <p> 1 }', 'query-semantics', /cannot be the subject/],
    ['SELECT * { ?s ?p ?o }', 'query-syntax', /an update is expected/],
    ['INSERT { ?s <p>/<q> 1 } WHERE { ?s ?p ?o }', 'query-syntax', /column/],
    ['INSERT DATA { <a> :p 1 }', 'query-semantics', /not declared/],
    ['CLEAR GRAPH <a> ;; CLEAR ALL', 'query-syntax', /column 18/],
  ])('refuses %s', (text, code, message) => {
    expect(errorOf(text, 'http://x/')).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is not the parser of queries', () => {
    expect(() => parse('CLEAR ALL')).toThrow('a query is expected')
  })
})
