import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import memory from '../../../connectors/memory/index.ts'
import { writeQuery } from '../../../connectors/sparql/write.ts'
import { isWritable, writeTerm } from '../../../connectors/sparql/write-term.ts'
import type { Plan } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { parse } from '../../../planner/parse.ts'
import { blank, defaultGraph, iri, literal, type Term, termKey, variable } from '../../../planner/term.ts'
import { open } from '../../../src/open.ts'
import { dataset, randomQuery } from '../../fuzz/generate.ts'
import { BASE, quadsOf } from '../../fuzz/stores.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      "'",
      '\\',
      '\n',
      '\r',
      '\t',
      'u',
      'U',
      '0',
      '4',
      '1',
      '}',
      '{',
      '#',
      '.',
      '<',
      '>',
      '?',
      '\u0001',
      '\u007f',
    ),
  }),
  fc.constantFrom('\\u0022 } ; DROP ALL #', '" } UNION { ?s ?p ?o } #', '\\', '\\"', '"""', '\\u0041', '\\\\U00000041'),
)
const anyTerm: fc.Arbitrary<Term> = fc.oneof(
  text.map((value) => literal(value)),
  fc.tuple(text, fc.constantFrom('en', 'de-CH', 'x-private')).map(([value, language]) => literal(value, language)),
  fc.tuple(text, fc.constantFrom(`${XSD}integer`, 'urn:type')).map(([value, type]) => literal(value, iri(type))),
  fc.tuple(text, text).map(([value, language]) => literal(value, language === '' ? 'en' : language)),
  fc.tuple(text, text).map(([value, type]) => literal(value, iri(type))),
  text.map((value) => iri(`urn:x:${value}`)),
)

describe('terms', () => {
  it('stay what they are, and nothing else can be said by them', () => {
    fc.assert(
      fc.property(anyTerm, (term) => {
        if (!isWritable(term)) {
          expect(() => writeTerm(term)).toThrow()
          return
        }
        const { plan } = parse(`SELECT * { VALUES ?x { ${writeTerm(term)} } }`)
        const inner = plan.kind === 'project' ? plan.input : plan
        expect(inner.kind).toBe('values')
        const { rows } = inner as Plan & { kind: 'values' }
        expect(rows.map((row) => row.map((each) => termKey(each!)))).toEqual([[termKey(term)]])
      }),
      { numRuns: 1_000 },
    )
  })

  it('that no query can name are refused', () => {
    for (const term of [
      blank('b'),
      iri('urn:a b'),
      iri('urn:a>'),
      literal('a', 'en> }'),
      literal('\ud800'),
      literal('a', iri('urn:"')),
    ])
      expect(isWritable(term)).toBe(false)
  })
})

const pattern = (
  subject: string,
  object: string,
  graph: Plan & { kind: 'pattern' } extends { graph: infer G } ? G : never,
) =>
  ({ kind: 'pattern', subject: variable(subject), predicate: iri('urn:p'), object: variable(object), graph }) as const

function parsed(query: string): Plan | undefined {
  try {
    return parse(query).plan
  } catch (error) {
    if (error instanceof PolyprovError && error.kind !== 'internal') return undefined
    if (error instanceof PolyprovError && error.code === 'unsupported') return undefined
    throw error
  }
}

describe('queries', () => {
  it('have names that every endpoint takes, and lead back to the plan’s own', () => {
    const { text: written, columns } = writeQuery(pattern('.store1', '_:b0', defaultGraph), undefined)
    expect(written).toBe('SELECT ?v_0 ?v_1 WHERE { ?v_0 <urn:p> ?v_1 . }')
    expect([...columns]).toEqual([
      ['v_0', '.store1'],
      ['v_1', '_:b0'],
    ])
  })

  it('are sets of patterns where the endpoint repeats triples', () => {
    const plan = pattern('s', 'o', defaultGraph)
    const options = { distinctPatterns: true }
    expect(writeQuery(plan, 'urn:g', options).text).toBe('SELECT DISTINCT ?s ?o FROM <urn:g> WHERE { ?s <urn:p> ?o . }')
    expect(writeQuery({ kind: 'project', input: plan, variables: ['s'] }, undefined, options).text).toBe(
      'SELECT ?s WHERE { { SELECT DISTINCT ?s ?o WHERE { ?s <urn:p> ?o . } } }',
    )
  })

  it('written from the algebra of a query mean what the query means', async () => {
    await fc.assert(
      fc.asyncProperty(dataset, randomQuery, fc.boolean(), async (lines, query, distinctPatterns) => {
        fc.pre(query.form === 'select')
        const original = `PREFIX : <http://x/> PREFIX xsd: <${XSD}> ${query.head} WHERE { ${query.where} } ${query.grouping}`
        const plan = parsed(original)
        // Random queries need not mean anything.
        fc.pre(plan !== undefined)
        const { text: written, columns } = writeQuery(plan, undefined, { distinctPatterns })
        const store = memory({ id: 'a', type: 'memory', quads: quadsOf(lines) }, { base: BASE })
        await using polystore = await open({ base: BASE, stores: [] }, { connectors: [store] })
        const rowsOf = async (asked: string, names: ReadonlyMap<string, string> | undefined) => {
          const execution = await polystore.execute(asked)
          const rows: string[] = []
          if (execution.kind !== 'bindings') throw new Error('no rows')
          const shown = execution.variables.map((name) => (names === undefined ? name : names.get(name)))
          for await (const block of execution.blocks) {
            for (const row of block) {
              const cells = row.flatMap((term, i) => (term === undefined ? [] : [`${shown[i]}=${termKey(term)}`]))
              // Any value of a group, and any order of its values, will do.
              const certain = cells.filter((cell) => !/^(?:sample|concat|undefined)/.test(cell))
              rows.push(certain.sort().join(' '))
            }
          }
          return rows.sort()
        }
        expect(await rowsOf(written, columns), written).toEqual(await rowsOf(original, undefined))
      }),
      { numRuns: 150 },
    )
  })
})
