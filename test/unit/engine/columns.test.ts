import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Batch } from '../../../connectors/connector.ts'
import type { Aggregate } from '../../../planner/algebra.ts'
import { createAccumulator } from '../../../planner/functions/aggregates.ts'
import { compareForOrder } from '../../../planner/functions/order.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'
import type { QueryContext } from '../../../src/engine/context.ts'
import { group } from '../../../src/engine/operators/group.ts'
import { order } from '../../../src/engine/operators/order.ts'
import { orderOfDoubles } from '../../../src/engine/operators/radix-sort.ts'
import { contextOf } from './query-context.ts'

const typed = (type: string) => (value: string) => literal(value, iri(XSD + type))

/** Anything that a SUM or an ORDER BY may meet, numbers of every kind among them. */
const term: fc.Arbitrary<Term | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }).map(String).map(typed('integer')) },
  {
    weight: 6,
    arbitrary: fc.constantFrom('1', '-2.5E3', '0', '-0', 'NaN', 'INF', '-INF', '1e-3').map(typed('double')),
  },
  fc.constantFrom('9007199254740991', '-9007199254740993', '99999999999999999999').map(typed('integer')),
  fc.constantFrom('0.1', '1.0', '-3.25').map(typed('decimal')),
  fc.constantFrom('0.1', '3').map(typed('float')),
  fc.constantFrom('7', 'x').map(typed('byte')),
  fc.constantFrom<Term | undefined>(undefined, literal('a'), iri('http://x/')),
)
const integer = fc
  .oneof(fc.integer({ min: -9, max: 9 }).map(String), fc.constantFrom('4503599627370496', '-9007199254740991'))
  .map(typed('integer'))
const double = fc.constantFrom('1', '-2.5E3', '0', '-0', 'INF', '1e-3').map(typed('double'))
const numbers = fc.oneof(
  fc.integer({ min: -99, max: 99 }).map(String).map(typed('integer')),
  fc.double().map((value) => typed('double')(Number.isFinite(value) ? value.toExponential() : 'NaN')),
)

function batchOf(
  rows: readonly (readonly (Term | undefined)[])[],
  names: readonly string[],
  context: QueryContext,
): Batch {
  const columns = names.map((_, i) =>
    Uint32Array.from(rows, (row) => (row[i] === undefined ? 0 : context.dictionary.encode(row[i]))),
  )
  return { variables: names, columns, length: rows.length }
}

async function* only(...batches: readonly Batch[]): AsyncGenerator<Batch> {
  yield* batches
}

test('doubles in the order of their values, NaN first, equal ones as they came', async () => {
  const { signal } = new AbortController()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }))), async (values) => {
      const order = [...(await orderOfDoubles(Float64Array.from(values), signal))]
      const compare = (a: number, b: number): number => {
        const [left, right] = [values[a]!, values[b]!]
        if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(right)) - Number(Number.isNaN(left))
        if (left === right) return Number(Object.is(right, -0)) - Number(Object.is(left, -0))
        return left < right ? -1 : 1
      }
      expect(order).toEqual(values.map((_, i) => i).sort((a, b) => compare(a, b) || a - b))
    }),
  )
})

test('COUNT and SUM of a column are those of the accumulators, whatever its terms', async () => {
  const aggregates: readonly Aggregate[] = [
    { variable: 'all', function: 'count', distinct: false },
    { variable: 'some', function: 'count', distinct: false, expression: { kind: 'variable', name: 'v' } },
    { variable: 'sum', function: 'sum', distinct: false, expression: { kind: 'variable', name: 'v' } },
  ]
  const rowsOf = (value: fc.Arbitrary<Term | undefined>) =>
    fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), value), { maxLength: 20 })
  // Batches of one kind of number, and of all.
  const batches = fc.array(fc.oneof(rowsOf(term), rowsOf(integer), rowsOf(integer), rowsOf(double)), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(batches, async (parts) => {
      const context = contextOf()
      const keyedParts = parts.map((rows) => rows.map(([key, value]) => [iri(`http://x/${key}`), value] as const))
      const keyed = keyedParts.flat()
      const expected: Record<string, (string | undefined)[]> = {}
      for (const key of new Set(keyed.map(([{ value }]) => value))) {
        const accumulators = aggregates.map(createAccumulator)
        for (const [, value] of keyed.filter(([each]) => each.value === key)) {
          for (const accumulator of accumulators) accumulator.add(value)
        }
        expected[key] = accumulators.map((each) => each.result()).map((result) => result && JSON.stringify(result))
      }
      const input = keyedParts.map((part) => batchOf(part, ['k', 'v'], context))
      const actual: Record<string, (string | undefined)[]> = {}
      for await (const batch of group(only(...input), ['k', 'v'], ['k'], aggregates, context)) {
        for (let row = 0; row < batch.length; row++) {
          const [key, ...results] = batch.columns.map((column) =>
            column[row] === 0 ? undefined : context.dictionary.decode(column[row]!),
          )
          actual[key!.value] = results.map((result) => result && JSON.stringify(result))
        }
      }
      expect(actual).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test('ORDER BY is a stable sort by the order of terms, as far as its rows are read', async () => {
  const row = fc.oneof(fc.tuple(term, term), fc.tuple(numbers, numbers))
  const most = fc.option(fc.nat({ max: 12 }), { nil: undefined })
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 30 }),
      fc.boolean(),
      fc.boolean(),
      most,
      async (rows, first, second, limit) => {
        const context = contextOf()
        const by = [first, second].map((descending, i) => ({
          expression: { kind: 'variable', name: 'ab'[i]! } as const,
          descending,
        }))
        const given = batchOf(rows, ['a', 'b'], context)
        const numbered = {
          variables: ['a', 'b', 'n'],
          columns: [...given.columns, Uint32Array.from(rows, (_, i) => i)],
          length: rows.length,
        }
        const actual: number[] = []
        for await (const batch of order(only(numbered), numbered.variables, by, context, limit)) {
          actual.push(...batch.columns[2]!.subarray(0, batch.length))
        }
        const compare = (a: number, b: number): number =>
          compareForOrder(rows[a]![0], rows[b]![0]) * (first ? -1 : 1) ||
          compareForOrder(rows[a]![1], rows[b]![1]) * (second ? -1 : 1)
        const whole = rows.map((_, i) => i).sort((a, b) => compare(a, b) || a - b)
        expect(actual).toEqual(whole.slice(0, limit))
      },
    ),
    { numRuns: 300 },
  )
})
