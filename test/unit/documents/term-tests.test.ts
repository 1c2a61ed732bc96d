import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { termCondition } from '../../../connectors/documents/term-tests.ts'
import { regexOf } from '../../../connectors/documents/text-patterns.ts'
import type { Expression } from '../../../planner/algebra.ts'
import { call, filter, termExpression, variableExpression } from '../../../planner/constructors.ts'
import { matchesRegex } from '../../../planner/functions/regex.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import { answer, pattern, store, texts } from './harness.ts'

const EX = 'https://example.org/terms#'
const v = variableExpression('v')
const text = (value: string) => termExpression(literal(value))
const number = (value: string) => termExpression(literal(value, iri(`${XSD}integer`)))
const MAPPING = `
prefixes: { ex: "${EX}" }
mappings:
  thing: { s: ex:thing/$(_id), po: [[ex:v, $(v)], [ex:title, $(v), en~lang]] }
`
const letters = fc.constantFrom(...'aAbBkKsSſKé.$^*+?()[]{}|/\\-"\'\n😀 0', '\u{10FFFF}', '\0')
const value = fc.string({ unit: letters, maxLength: 5 })
const stored = fc.oneof(value, fc.integer({ min: -20, max: 20 }), fc.constantFrom(1.5, true, false, null))
const subject = fc.constantFrom<Expression>(v, call('STR', v))
const test = fc.oneof(
  fc
    .tuple(fc.constantFrom('STRSTARTS', 'STRENDS', 'CONTAINS'), subject, value)
    .map(([name, of, is]) => call(name, of, text(is))),
  fc
    .tuple(
      subject,
      fc.constantFrom('a', '^a', 'K$', '^.$', '^.*s.?$', '[a-b]+', 'a\\.', '-', 'a\\-'),
      fc.constantFrom('', 'i'),
    )
    .map(([of, is, flags]) => call('REGEX', of, text(is), text(flags))),
)
const condition: fc.Arbitrary<Expression> = fc.oneof(
  test,
  fc.tuple(test, test).map(([one, other]) => call('||', one, other)),
  fc
    .tuple(test, fc.integer({ min: -2, max: 2 }))
    .map(([one, other]) => call('||', one, call('>', v, number(`${other}`)))),
  test.map((one) => call('!', one)),
  fc.constantFrom(
    call('=', v, termExpression(literal('true', iri(`${XSD}boolean`)))),
    call('BOUND', v),
    call('NOT IN', v, number('1'), text('a')),
    call('>', call('STRLEN', call('STR', v)), number('1')),
  ),
)

describe('conditions on one variable', () => {
  it('are kept as the engine keeps them, whatever stands in their texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(stored, fc.array(stored, { maxLength: 3 })), { maxLength: 8 }),
        fc.array(condition, { minLength: 6, maxLength: 6 }),
        async (values, conditions) => {
          const documents = values.map((each, _id) => ({ _id, v: each }))
          await using at = await store({ 'thing.json': JSON.stringify(documents) }, MAPPING)
          for (const predicate of ['v', 'title']) {
            const all = pattern('s', iri(EX + predicate), 'v')
            const rows = await answer(at.connector, all)
            for (const each of conditions) {
              const known = termCondition(each)
              expect(at.connector.accepts!(each)).toBe(known === undefined ? 'no' : 'exact')
              if (known?.kind !== 'test') continue
              const expected = rows.filter(({ v: term }) => known.holds(term!))
              expect(texts(await answer(at.connector, filter(all, each)))).toEqual(texts(expected))
            }
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('are left to the engine where they ask for chance, time, or backtracking', () => {
    expect(termCondition(call('=', v, call('RAND')))).toBeUndefined()
    expect(termCondition(call('<', v, call('NOW')))).toBeUndefined()
    expect(termCondition(call('REGEX', v, text('(a)\\1')))).toBeUndefined()
    expect(termCondition(call('=', v, variableExpression('w')))).toBeUndefined()
  })
})

describe('a regular expression for a store', () => {
  it('matches all that the original matches', () => {
    const parts = fc.array(
      fc.constantFrom('a', 'K', 's', '.', '[a-b0-9]', '\\.', '-', 'é', '*', '+', '?', '^', '$', '|', '(', '{2}', '\\d'),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(
        parts.map((all) => all.join('')),
        fc.constantFrom('', 'i', 's'),
        value,
        (source, flags, of) => {
          const written = regexOf(source, flags)
          if (written === undefined) return
          let original: boolean | undefined
          try {
            original = matchesRegex(of, source, flags)
          } catch {
            return
          }
          if (original === true) expect(new RegExp(written, 'u').test(of)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
    expect(regexOf('(a+)+', '')).toBeUndefined()
    expect(regexOf('.*.*.*x', '')).toBeUndefined()
    expect(regexOf('é', 'i')).toBeUndefined()
    expect(regexOf('k', 'i')).toBe('[kK\u212A]')
  })
})
