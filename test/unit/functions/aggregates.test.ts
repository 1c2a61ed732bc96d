import { expect, test } from 'vitest'
import type { Aggregate } from '../../../planner/algebra.ts'
import { createAccumulator } from '../../../planner/functions/aggregates.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { blank, iri, literal, type Term } from '../../../planner/term.ts'
import { written } from './expressions.ts'

const integer = (value: number | string): Term => literal(String(value), iri(`${XSD}integer`))
const decimal = (value: string): Term => literal(value, iri(`${XSD}decimal`))
const double = (value: string): Term => literal(value, iri(`${XSD}double`))

function aggregated(
  name: Aggregate['function'],
  terms: readonly (Term | undefined)[],
  options: Partial<Aggregate> = {},
): string {
  const accumulator = createAccumulator({
    variable: 'result',
    function: name,
    distinct: false,
    expression: { kind: 'variable', name: 'value' },
    ...options,
  })
  for (const term of terms) accumulator.add(term)
  return written(accumulator.result())
}

test('empty groups (18.5.1)', () => {
  expect(aggregated('count', [])).toBe('0')
  expect(aggregated('sum', [])).toBe('0')
  expect(aggregated('avg', [])).toBe('0')
  expect(aggregated('groupConcat', [])).toBe('""')
  for (const name of ['min', 'max', 'sample'] as const) expect(aggregated(name, [])).toBe('error')
})

test('an error spoils a sum, an average, a minimum and a concatenation; it is not counted', () => {
  const terms = [integer(1), undefined, integer(3)]
  for (const name of ['sum', 'avg', 'min', 'groupConcat'] as const) expect(aggregated(name, terms)).toBe('error')
  expect(aggregated('max', terms)).toBe('3')
  expect(aggregated('count', terms)).toBe('2')
  expect(aggregated('sample', [undefined, integer(3)])).toBe('3')
  expect(aggregated('sum', [integer(1), literal('a')])).toBe('error')
  expect(aggregated('sum', [integer(1), blank('b')])).toBe('error')
})

test('COUNT(*) counts solutions, COUNT(?x) bound values', () => {
  const star = createAccumulator({ variable: 'n', function: 'count', distinct: false })
  for (const term of [undefined, integer(1), undefined]) star.add(term)
  expect(written(star.result())).toBe('3')
  expect(aggregated('count', [undefined, integer(1), undefined])).toBe('1')
})

test('sums are exact and take the widest type', () => {
  expect(aggregated('sum', Array(10).fill(decimal('0.1')))).toBe('1')
  expect(aggregated('sum', [integer('9007199254740993'), integer(1)])).toBe('9007199254740994')
  expect(aggregated('sum', [integer(1), double('0.5')])).toBe('"1.5E0"^^double')
  expect(aggregated('avg', [integer(1), integer(2)])).toBe('1.5')
  expect(aggregated('avg', [integer(1), integer(1), integer(2)])).toBe('1.333333333333333333')
})

test('DISTINCT is by term, not by value', () => {
  const terms = [integer(1), integer('01'), integer(1), decimal('1.0')]
  expect(aggregated('count', terms, { distinct: true })).toBe('3')
  expect(aggregated('sum', terms, { distinct: true })).toBe('3')
  expect(aggregated('groupConcat', terms, { distinct: true, separator: ',' })).toBe('"1,01,1.0"')
})

test('minimum and maximum go by the order of ORDER BY and keep the term', () => {
  const terms = [integer('05'), decimal('4.50'), double('1e1')]
  expect(aggregated('min', terms)).toBe('4.50')
  expect(aggregated('max', terms)).toBe('"1e1"^^double')
  expect(aggregated('min', [literal('b'), iri('http://a'), integer(2)])).toBe('<http://a>')
  expect(aggregated('max', [literal('b'), iri('http://a'), integer(2)])).toBe('"b"')
})

test('GROUP_CONCAT gives a simple literal whatever the tags', () => {
  expect(aggregated('groupConcat', [literal('a', 'en'), literal('b', 'en')])).toBe('"a b"')
  expect(aggregated('groupConcat', [iri('http://a'), integer(1)], { separator: '; ' })).toBe('"http://a; 1"')
  expect(aggregated('groupConcat', [literal('a'), blank('b')])).toBe('error')
})
