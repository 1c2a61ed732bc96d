import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDictionary } from '../../connectors/columnar/store/dictionary.ts'
import { objectIri } from '../../connectors/connector.ts'
import { locatorOf } from '../../connectors/objects/object-terms.ts'
import { isWritable, writeTerm } from '../../connectors/sparql/write-term.ts'
import { parse } from '../../planner/parse.ts'
import { blank, iri, literal, type Term, termFromKey, termKey } from '../../planner/term.ts'
import { walk } from '../../planner/traverse.ts'
import { decodeValue, encodeValue } from '../../planner/views/encoding.ts'
import { nastyTerm, nastyText } from '../injection/nasty.ts'

/*
 * Keys of every kind both ways; those of documents are in test/unit/views/term-map.test.ts, those of MongoDB and
 * PostgreSQL in the tests of their types.
 */
const isWellFormed = (text: string) => !/[\ud800-\udfff]/u.test(text)
const term = fc.oneof(
  nastyTerm,
  nastyText.map((label) => blank(label)),
)

const parts = (each: Term): string =>
  JSON.stringify(
    each.termType === 'Literal'
      ? [each.value, each.language.toLowerCase(), each.datatype.value]
      : [each.termType, each.value],
  )

describe('forward and inverse', () => {
  it('of terms as keys: any term comes back, and no two have one key', () => {
    fc.assert(
      fc.property(term, term, (one, other) => {
        expect(parts(termFromKey(termKey(one)))).toBe(parts(one))
        expect(termKey(one) === termKey(other)).toBe(parts(one) === parts(other))
      }),
      { numRuns: 2_000 },
    )
    const alike: readonly Term[] = [
      literal('a"b', iri('c')),
      literal('a', iri('b"c')),
      literal('a', 'en'),
      literal('a', iri('@en')),
      literal('a', iri('\\aen')),
      literal('a', iri('b\\qc')),
      literal('a"b', 'en'),
      literal('a', 'en"b'),
    ]
    expect(new Set(alike.map(termKey)).size).toBe(alike.length)
    for (const each of alike) expect(parts(termFromKey(termKey(each)))).toBe(parts(each))
  })

  it('of ids of an embedded store: half a surrogate pair has none', () => {
    const dictionary = createDictionary()
    fc.assert(
      fc.property(term, (each) => {
        const key = termKey(each)
        if (!isWellFormed(key)) {
          expect(dictionary.find(key)).toBe(0)
          expect(() => dictionary.add(key)).toThrow(/half of a surrogate pair/)
          return
        }
        const id = dictionary.add(key)
        expect(dictionary.key(id)).toBe(key)
        expect(dictionary.find(key)).toBe(id)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of locators in IRIs of objects', () => {
    const place = { base: 'urn:polyprov:', store: 'lake' }
    fc.assert(
      fc.property(nastyText.filter(isWellFormed), (locator) => {
        fc.pre(locator !== '')
        expect(locatorOf(objectIri(place.base, place.store, locator), place)).toBe(locator)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of values in templates', () => {
    fc.assert(
      fc.property(
        nastyText.filter(isWellFormed),
        fc.constantFrom('iri' as const, 'component' as const),
        (text, how) => {
          expect(decodeValue(encodeValue(text, how), how)).toBe(text)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('of terms in the text of a query', () => {
    fc.assert(
      fc.property(nastyTerm.filter(isWritable), (each) => {
        const { plan } = parse(`SELECT * { ?s ?p ${writeTerm(each)} }`, { base: 'urn:polyprov:' })
        const [pattern] = [...walk(plan)].filter((node) => node.kind === 'pattern')
        expect(parts(pattern!.object as Term)).toBe(parts(each))
      }),
      { numRuns: 1_000 },
    )
  })
})
