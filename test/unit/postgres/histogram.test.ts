import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../../connectors/documents/conditions.ts'
import { histogramOf, shareByHistogram } from '../../../connectors/postgres/histogram.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'

const compare = (operator: '<' | '<=' | '>' | '>=' | '=' | '!=', constant: Term): Condition => ({
  kind: 'compare',
  variable: 'n',
  operator,
  constant,
})
const number = (value: number): Term => literal(String(value), iri(`${XSD}double`))

describe('the histogram of a column', () => {
  it.each([
    ['{1,2.5,1000}', [1, 2.5, 1000]],
    ['{-3,4}', [-3, 4]],
    ['{7}', undefined],
    ['{NaN,1}', undefined],
    ['{a,b}', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%s is read', (text, bounds) => {
    expect(histogramOf(text)).toEqual(bounds)
  })

  it.each([
    ['<', 10, 0],
    ['<', 20, 0.5],
    ['<=', 25, 0.75],
    ['>', 29, 0.05],
    ['>=', 100, 0],
    ['<', 100, 1],
    ['>', -1, 1],
  ] as const)('tells the share %s %d', (operator, value, share) => {
    expect(shareByHistogram([10, 20, 30], compare(operator, number(value)))).toBeCloseTo(share)
  })

  it('tells nothing of what it does not order', () => {
    for (const condition of [
      compare('=', number(20)),
      compare('!=', number(20)),
      compare('<', literal('20')),
      compare('<', number(Number.NaN)),
      compare('<', iri('urn:20')),
      { kind: 'in', variable: 'n', constants: [number(20)] } as const,
    ])
      expect(shareByHistogram([10, 20, 30], condition)).toBeUndefined()
  })

  it('tells a share from 0 to 1 that grows with the number', () => {
    const bounds = fc
      .array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2, maxLength: 20 })
      .map((values) => values.sort((one, other) => one - other))
    fc.assert(
      fc.property(bounds, fc.double({ noNaN: true }), fc.double({ noNaN: true }), (histogram, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map(
          (value) => shareByHistogram(histogram, compare('<', number(value)))!,
        )
        expect(less).toBeGreaterThanOrEqual(0)
        expect(more).toBeLessThanOrEqual(1)
        expect(less).toBeLessThanOrEqual(more!)
      }),
    )
  })
})
