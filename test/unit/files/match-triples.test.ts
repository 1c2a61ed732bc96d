import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchTriples } from '../../../connectors/objects/match-triples.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import { iri, isVariable, literal, type Quad, quad, type Term, termKey, variable } from '../../../planner/term.ts'
import { pattern } from './support.ts'

const triple = (subject: string, predicate: string, object: string): Quad =>
  quad(iri(subject), iri(predicate), object.startsWith('"') ? literal(object.slice(1, -1)) : iri(object))

const data = [
  triple('o', 'has', 'a'),
  triple('o', 'has', 'b'),
  triple('a', 'path', '"/a"'),
  triple('b', 'path', '"/b"'),
  triple('a', 'near', 'a'),
  triple('a', 'near', 'b'),
]

const values = (rows: ReturnType<typeof matchTriples>) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term!.value])))

describe('matchTriples', () => {
  it('joins patterns on shared variables', () => {
    expect(values(matchTriples([pattern('?n', 'path', '?p'), pattern('o', 'has', '?n')], data))).toEqual([
      { n: 'a', p: '/a' },
      { n: 'b', p: '/b' },
    ])
  })

  it('keeps constants, literals and repeated variables apart', () => {
    expect(values(matchTriples([pattern('?n', 'path', '"/b"')], data))).toEqual([{ n: 'b' }])
    expect(matchTriples([pattern('?n', 'path', '/b')], data)).toEqual([])
    expect(values(matchTriples([pattern('?x', 'near', '?x')], data))).toEqual([{ x: 'a' }])
    expect(values(matchTriples([pattern('?x', 'near', '?y'), pattern('?y', 'near', '?x')], data))).toEqual([
      { x: 'a', y: 'a' },
    ])
    expect(matchTriples([pattern('?x', '?x', '?y')], data)).toEqual([])
  })

  it('gives one empty row for a pattern without variables that holds, and for no patterns', () => {
    expect(matchTriples([pattern('o', 'has', 'a')], data)).toEqual([{}])
    expect(matchTriples([pattern('o', 'has', 'c')], data)).toEqual([])
    expect(matchTriples([], data)).toEqual([{}])
  })

  it('refuses a product without end', () => {
    const many = Array.from({ length: 1500 }, (_, index) => triple(`s${index}`, 'p', 'x'))
    expect(() => matchTriples([pattern('?a', 'p', '?b'), pattern('?c', 'p', '?d')], many)).toThrow(/1000000 solutions/)
  })

  it('agrees with the definition: every assignment of the terms, tried', () => {
    const names = ['a', 'b', 'c']
    const node = fc.constantFrom(...names)
    const place = fc.constantFrom('a', 'b', 'c', '?x', '?y')
    const triples = fc.uniqueArray(fc.tuple(node, node, node), { maxLength: 8, selector: (each) => each.join() })
    const patterns = fc.array(fc.tuple(place, place, place), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(triples, patterns, (facts, asked) => {
        const quads = facts.map(([s, p, o]) => triple(s, p, o))
        const bgp = asked.map(([s, p, o]) => pattern(s, p, o))
        const found = matchTriples(bgp, quads).map((row) => JSON.stringify([row['x']?.value, row['y']?.value]))
        expect(found.sort()).toEqual(tryAll(bgp, quads, names).sort())
      }),
      { numRuns: 300 },
    )
  })
})

function tryAll(bgp: readonly Pattern[], quads: readonly Quad[], names: readonly string[]): string[] {
  const used = new Set(
    bgp.flatMap(({ subject, predicate, object }) =>
      [subject, predicate, object].filter(isVariable).map(({ value }) => value),
    ),
  )
  const choices = (name: string) => (used.has(name) ? names : [undefined])
  const facts = new Set(
    quads.map(({ subject, predicate, object }) => [subject, predicate, object].map(termKey).join(' ')),
  )
  const found: string[] = []
  for (const x of choices('x'))
    for (const y of choices('y')) {
      const put = (term: Pattern['subject']): Term =>
        isVariable(term) ? iri((term.equals(variable('x')) ? x : y)!) : term
      const holds = bgp.every(({ subject, predicate, object }) =>
        facts.has([subject, predicate, object].map((term) => termKey(put(term))).join(' ')),
      )
      if (holds) found.push(JSON.stringify([x, y]))
    }
  return found
}
