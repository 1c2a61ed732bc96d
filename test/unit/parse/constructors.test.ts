import { describe, expect, it } from 'vitest'
import type { Plan } from '../../../planner/algebra.ts'
import {
  call,
  conjunction,
  conjuncts,
  distinct,
  empty,
  extend,
  FALSE,
  filter,
  group,
  join,
  leftJoin,
  minus,
  order,
  project,
  reduced,
  slice,
  TRUE,
  union,
  unit,
  values,
  variableExpression,
} from '../../../planner/constructors.ts'
import { defaultGraph, iri, literal, variable } from '../../../planner/term.ts'
import { children, expressionsOf, mapChildren, mapExpressions, walk } from '../../../planner/traverse.ts'
import { certainlyBound, variablesOf, variablesOfExpression } from '../../../planner/variables.ts'
import { show } from './show.ts'

const triple = (subject: string, object: string): Plan => ({
  kind: 'pattern',
  subject: variable(subject),
  predicate: iri('http://x/p'),
  object: variable(object),
  graph: defaultGraph,
})
const ab = triple('a', 'b')
const bc = triple('b', 'c')
const cd = triple('c', 'd')
const less = call('<', variableExpression('a'), variableExpression('b'))

describe('constructors', () => {
  it.each<[string, Plan, string]>([
    ['join of nothing', join([]), 'unit'],
    ['join with units', join([unit, ab, unit]), show(ab)],
    ['nested joins', join([join([ab, bc]), cd]), `(join ${show(ab)} ${show(bc)} ${show(cd)})`],
    ['join with an empty input', join([ab, empty(['z'])]), '(empty a b z)'],
    ['union of nothing', union([]), '(empty )'],
    ['nested unions', union([union([ab, bc]), cd]), `(union ${show(ab)} ${show(bc)} ${show(cd)})`],
    ['union with an empty branch', union([ab, empty(['a'])]), show(ab)],
    ['union with an empty branch of its own variables', union([ab, empty(['z'])]), `(union ${show(ab)} (empty z))`],
    ['left join with unit', leftJoin(ab, unit, less), show(ab)],
    ['left join that never matches', leftJoin(ab, triple('a', 'b'), FALSE), show(ab)],
    ['left join whose condition is true', leftJoin(ab, bc, TRUE), `(leftJoin ${show(ab)} ${show(bc)})`],
    ['left join of nothing', leftJoin(empty(['a']), bc), '(empty a b c)'],
    ['minus without a shared variable', minus(ab, cd), show(ab)],
    ['minus of nothing', minus(ab, empty(['a'])), show(ab)],
    ['a filter that is true', filter(ab, TRUE), show(ab)],
    ['a filter that is false', filter(ab, FALSE), '(empty a b)'],
    [
      'filters over filters',
      filter(filter(ab, less), call('BOUND', variableExpression('b'))),
      `(filter (&& (< ?a ?b) (BOUND ?b)) ${show(ab)})`,
    ],
    ['extend of nothing', extend(empty(['a']), 'x', TRUE), '(empty a x)'],
    ['a group with keys of nothing', group(empty(['a']), ['a'], []), '(empty a)'],
    ['a group without keys of nothing', group(empty(['a']), [], []), '(group () () (empty a))'],
    ['projections', project(project(ab, ['a', 'b']), ['a']), `(project (a) ${show(ab)})`],
    [
      'a projection that shows what another hides',
      project(project(ab, ['a']), ['a', 'b']),
      `(project (a b) (project (a) ${show(ab)}))`,
    ],
    ['distinct', distinct(distinct(reduced(ab))), `(distinct ${show(ab)})`],
    ['reduced', reduced(distinct(ab)), `(distinct ${show(ab)})`],
    ['order by nothing', order(ab, []), show(ab)],
    ['slices', slice(slice(ab, 2, 10), 3, 4), `(slice 5 4 ${show(ab)})`],
    ['slices, the inner shorter', slice(slice(ab, 2, 5), 3), `(slice 5 2 ${show(ab)})`],
    ['a slice beyond the inner', slice(slice(ab, 0, 2), 3), '(empty a b)'],
    ['no slice', slice(ab, 0), show(ab)],
    ['no rows', values(['a'], []), '(empty a)'],
    ['one row without variables', values([], [[]]), 'unit'],
    ['rows without variables', values([], [[], []]), '(values () () ())'],
  ])('%s', (_name, plan, expected) => {
    expect(show(plan)).toBe(expected)
  })

  it('take conjunctions apart and put them together', () => {
    const parts = ['a', 'b', 'c', 'd', 'e'].map(variableExpression)
    expect(conjuncts(conjunction(parts))).toEqual(parts)
    expect(conjunction([])).toBe(TRUE)
  })
})

describe('variables', () => {
  it.each<[string, Plan, readonly string[], readonly string[]]>([
    ['join', join([ab, bc]), ['a', 'b', 'c'], ['a', 'b', 'c']],
    ['left join', leftJoin(ab, bc), ['a', 'b', 'c'], ['a', 'b']],
    ['union', union([ab, bc]), ['a', 'b', 'c'], ['b']],
    ['minus', minus(ab, bc), ['a', 'b'], ['a', 'b']],
    [
      'extend that may fail',
      extend(ab, 'x', call('+', variableExpression('a'), variableExpression('b'))),
      ['a', 'b', 'x'],
      ['a', 'b'],
    ],
    ['extend that cannot fail', extend(ab, 'x', variableExpression('b')), ['a', 'b', 'x'], ['a', 'b', 'x']],
    ['values', values(['x', 'y'], [[literal('1'), undefined]]), ['x', 'y'], ['x']],
    ['project', project(leftJoin(ab, bc), ['a', 'c', 'z']), ['a', 'c', 'z'], ['a']],
    [
      'group',
      group(
        leftJoin(ab, bc),
        ['a', 'c'],
        [
          { variable: 'n', function: 'count', distinct: false },
          { variable: 'm', function: 'max', distinct: false, expression: variableExpression('b') },
        ],
      ),
      ['a', 'c', 'n', 'm'],
      ['a', 'n'],
    ],
    ['semi join', { kind: 'bindJoin', left: ab, right: bc, keys: ['b'], form: 'semi' }, ['a', 'b'], ['a', 'b']],
    [
      'left bind join',
      { kind: 'bindJoin', left: ab, right: bc, keys: ['b'], form: 'left' },
      ['a', 'b', 'c'],
      ['a', 'b'],
    ],
  ])('of %s', (_name, plan, visible, certain) => {
    expect(variablesOf(plan)).toEqual(visible)
    expect([...certainlyBound(plan)]).toEqual(certain)
  })

  it('of an expression, EXISTS included', () => {
    const exists = {
      kind: 'exists',
      negated: false,
      plan: filter(bc, call('=', variableExpression('a'), TRUE)),
    } as const
    expect([...variablesOfExpression(call('&&', less, exists))].sort()).toEqual(['a', 'b', 'c'])
  })
})

describe('traversal', () => {
  const plan = filter(leftJoin(join([ab, bc]), cd, less), { kind: 'exists', negated: true, plan: triple('d', 'e') })

  it('keeps the same plan where nothing changes', () => {
    for (const node of walk(plan)) {
      expect(mapChildren(node, (child) => child)).toBe(node)
      expect(mapExpressions(node, (expression) => expression)).toBe(node)
    }
  })

  it('changes children and expressions', () => {
    expect(show(mapChildren(plan, () => unit))).toContain('unit)')
    expect(expressionsOf(mapExpressions(plan, () => TRUE))).toEqual([TRUE])
    expect(children(plan)).toHaveLength(1)
  })

  it('walks parents first, into EXISTS when told', () => {
    expect([...walk(plan)].map((node) => node.kind)).toEqual([
      'filter',
      'leftJoin',
      'join',
      'pattern',
      'pattern',
      'pattern',
    ])
    expect([...walk(plan, { exists: true })]).toHaveLength(7)
  })
})
