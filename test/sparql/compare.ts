import { XSD } from '../../planner/namespaces.ts'
import { literal, type Term, termKey } from '../../planner/term.ts'
import type { Execution } from '../../src/polystore.ts'
import { serialise } from '../../src/results/serialise.ts'
import { isomorphic, reducedOf, type Tuple } from './isomorphism.ts'
import { linesOf, type Result } from './results.ts'

/** An execution run to its end, in the form of the expected result. */
export async function resultOf(execution: Execution, expected: Result): Promise<Result> {
  if (expected.kind === 'text') {
    let text = ''
    for await (const chunk of serialise(execution, expected.format)) text += chunk
    return { ...expected, lines: linesOf(text) }
  }
  switch (execution.kind) {
    case 'boolean':
      return { kind: 'boolean', value: execution.value }
    case 'quads': {
      const quads = []
      for await (const block of execution.blocks) quads.push(...block)
      return { kind: 'quads', quads }
    }
    case 'bindings': {
      const rows = []
      for await (const block of execution.blocks) rows.push(...block)
      return { kind: 'bindings', variables: execution.variables, rows, ordered: false }
    }
  }
}

/** How a result is to be compared. */
export interface Comparison {
  /** A solution may come less often than expected (REDUCED). */
  readonly laxCardinality: boolean
  /** Numbers are equal where their values are, whatever their lexical form. */
  readonly byValue: boolean
}

/** Why a result is not the expected one, or `undefined`. */
export function difference(
  found: Result,
  expected: Result,
  { laxCardinality, byValue }: Comparison,
): string | undefined {
  if (found.kind !== expected.kind) return `a result of kind ${found.kind}, expected ${expected.kind}`
  const form = byValue ? inCanonicalForms : (result: Result) => result
  return same(form(found), form(expected), laxCardinality)
    ? undefined
    : `found\n${show(found)}\nexpected\n${show(expected)}`
}

function same(found: Result, expected: Result, laxCardinality: boolean): boolean {
  if (found.kind === 'boolean' && expected.kind === 'boolean') return found.value === expected.value
  if (found.kind === 'quads' && expected.kind === 'quads') return isomorphic(triples(found), triples(expected))
  if (found.kind === 'text' && expected.kind === 'text') return sameLines(found.lines, expected.lines)
  if (found.kind !== 'bindings' || expected.kind !== 'bindings') return false
  if (String([...found.variables].sort()) !== String([...expected.variables].sort())) return false
  const rows = found.rows.map((row) => expected.variables.map((name) => row[found.variables.indexOf(name)]))
  if (laxCardinality) return reducedOf(rows, expected.rows)
  return expected.ordered
    ? isomorphic(rows.map(numbered), expected.rows.map(numbered))
    : isomorphic(rows, expected.rows)
}

/** An RDF graph is a set: a triple that is constructed twice is one. */
function triples({ quads }: Extract<Result, { kind: 'quads' }>): readonly Tuple[] {
  const known = new Map(
    quads.map(({ subject, predicate, object }): [string, Tuple] => [
      [subject, predicate, object].map(termKey).join('\n'),
      [subject, predicate, object],
    ]),
  )
  return [...known.values()]
}

const numbered = (row: Tuple, i: number): Tuple => [{ termType: 'NamedNode', value: `row:${i}` } as Term, ...row]

/** The header in its order, the others in any; labels of blank nodes stand for nothing but themselves. */
function sameLines(found: readonly string[], expected: readonly string[]): boolean {
  const normal = ([header, ...lines]: readonly string[]): string =>
    [header, ...lines.map((line) => line.replace(/_:\w+/g, '_:')).sort()].join('\n')
  return normal(found) === normal(expected)
}

function inCanonicalForms(result: Result): Result {
  if (result.kind === 'text') {
    return { ...result, lines: result.lines.map((line) => line.replaceAll(/(?<=[0-9])E(?=[0-9])/g, 'e')) }
  }
  if (result.kind !== 'bindings') return result
  return { ...result, rows: result.rows.map((row) => row.map((term) => term && canonical(term))) }
}

/** A decimal, float or double in one form for its value (XML Schema 2, section 3.2: canonical representation). */
function canonical(term: Term): Term {
  if (term.termType !== 'Literal') return term
  const { value, datatype } = term
  const [, sign, whole, fraction = ''] = /^([+-]?)0*([0-9]+)(?:\.([0-9]*?)0*)?$/.exec(value) ?? []
  if (datatype.value === `${XSD}decimal` && whole !== undefined) {
    return literal(`${sign === '-' ? '-' : ''}${whole}.${fraction}`, datatype)
  }
  const isFloating = datatype.value === `${XSD}double` || datatype.value === `${XSD}float`
  return isFloating && Number.isFinite(Number(value)) ? literal(String(Number(value)), datatype) : term
}

function show(result: Result): string {
  switch (result.kind) {
    case 'boolean':
      return `  ${result.value}`
    case 'text':
      return result.lines.map((line) => `  ${line}`).join('\n')
    case 'quads':
      return result.quads
        .map((quad) => `  ${[quad.subject, quad.predicate, quad.object].map(showTerm).join(' ')}`)
        .join('\n')
    case 'bindings':
      return [
        `  ${result.variables.join('\t')}`,
        ...result.rows.map((row) => `  ${row.map(showTerm).join('\t')}`),
      ].join('\n')
  }
}

function showTerm(term: Term | undefined): string {
  if (term === undefined) return '-'
  if (term.termType === 'NamedNode') return `<${term.value}>`
  if (term.termType === 'BlankNode') return `_:${term.value.slice(-8)}`
  return term.language === ''
    ? `${JSON.stringify(term.value)}^^${term.datatype.value.replace(/^.*#/, '')}`
    : `${JSON.stringify(term.value)}@${term.language}`
}
