import { describe, expect, test } from 'vitest'
import { XSD } from '../../planner/namespaces.ts'
import { blank, iri, literal } from '../../planner/term.ts'
import { difference } from './compare.ts'
import { isomorphic, reducedOf, type Tuple } from './isomorphism.ts'
import type { Result } from './results.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((label) => blank(label)) as [Tuple[0], Tuple[0], Tuple[0], Tuple[0]]
const [p, q] = [iri('urn:p'), iri('urn:q')]

describe('isomorphism', () => {
  test.each<[string, boolean, Tuple[], Tuple[]]>([
    ['labels mean nothing', true, [[a, p, b]], [[c, p, d]]],
    ['order means nothing', true, [[a], [p]], [[p], [b]]],
    ['how often a row comes means something', false, [[p], [p], [q]], [[p], [q], [q]]],
    ['one node is not two', false, [[a, p, a]], [[a, p, b]]],
    [
      'nor two one',
      false,
      [
        [a, p],
        [b, p],
      ],
      [
        [a, p],
        [a, p],
      ],
    ],
    ['unbound is not a blank node', false, [[undefined]], [[a]]],
    [
      'the direction of a cycle can be followed',
      true,
      [
        [a, p, b],
        [b, p, c],
        [c, p, a],
      ],
      [
        [b, p, a],
        [a, p, c],
        [c, p, b],
      ],
    ],
    [
      'two circles of two are not one of four',
      false,
      [
        [a, p, b],
        [b, p, a],
        [c, p, d],
        [d, p, c],
      ],
      [
        [a, p, b],
        [b, p, c],
        [c, p, d],
        [d, p, a],
      ],
    ],
    ['all alike, and mapped one to one', true, [[a], [b], [c]], [[d], [c], [b]]],
  ])('%s', (_name, expected, left, right) => {
    expect(isomorphic(left, right)).toBe(expected)
    expect(isomorphic(right, left)).toBe(expected)
  })

  test('of REDUCED: at least once, at most as often', () => {
    expect(reducedOf([[p]], [[p], [p]])).toBe(true)
    expect(reducedOf([[p], [p], [p]], [[p], [p]])).toBe(false)
    expect(reducedOf([[p]], [[p], [q]])).toBe(false)
  })
})

describe('comparison of results', () => {
  const rows = (values: readonly Tuple[], ordered = false): Result => ({
    kind: 'bindings',
    variables: ['x'],
    rows: values,
    ordered,
  })
  const decimal = (value: string) => literal(value, iri(`${XSD}decimal`))
  const double = (value: string) => literal(value, iri(`${XSD}double`))
  const strict = { laxCardinality: false, byValue: false }

  test('numbers are terms, and values only where that is asked for', () => {
    expect(difference(rows([[decimal('2')]]), rows([[decimal('2.0')]]), strict)).toBeDefined()
    expect(difference(rows([[decimal('2')]]), rows([[decimal('2.0')]]), { ...strict, byValue: true })).toBeUndefined()
    expect(difference(rows([[decimal('2')]]), rows([[double('2')]]), { ...strict, byValue: true })).toBeDefined()
    expect(difference(rows([[double('1E2')]]), rows([[double('100')]]), { ...strict, byValue: true })).toBeUndefined()
    expect(difference(rows([[double('1E2')]]), rows([[double('1E3')]]), { ...strict, byValue: true })).toBeDefined()
  })

  test('order counts where the expected result has one', () => {
    expect(difference(rows([[q], [p]]), rows([[p], [q]]), strict)).toBeUndefined()
    expect(difference(rows([[q], [p]]), rows([[p], [q]], true), strict)).toBeDefined()
  })

  test('other columns, and another kind of result, are differences', () => {
    const other: Result = { kind: 'bindings', variables: ['y'], rows: [], ordered: false }
    expect(difference(rows([]), other, strict)).toBeDefined()
    expect(difference({ kind: 'boolean', value: true }, rows([]), strict)).toBeDefined()
  })
})
