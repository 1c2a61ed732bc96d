import { afterAll, beforeAll, expect, test } from 'vitest'
import { iri, literal, type Polystore, type Term } from '../../src/index.ts'
import { datasets, models, ranges, readStores, type Stores } from './answers.ts'
import { type Example, takeExample } from './fixture.ts'
import { RAW_Q1, RAW_Q2, RAW_Q3, RAW_Q4, RAW_Q6, rawQ5 } from './raw-queries.ts'
import { ask, type Row, run, sorted } from './rows.ts'

let example: Example
let polystore: Polystore
let stores: Stores

beforeAll(async () => {
  example = await takeExample()
  stores = await readStores(example.folder)
  polystore = await example.open()
})

afterAll(async () => {
  await polystore?.close()
  await example?.[Symbol.asyncDispose]()
})

const INTEGER = iri('http://www.w3.org/2001/XMLSchema#integer')

const termOf = (value: string | number): Term => {
  if (typeof value === 'number') return literal(String(value), INTEGER)
  return value.includes(':') ? iri(value) : literal(value)
}

const raw = async (text: string, parameters: Readonly<Record<string, string | number>>): Promise<readonly Row[]> => {
  const terms = Object.entries(parameters).map(([name, value]) => [name, termOf(value)])
  return (await ask(polystore, text, { parameters: Object.fromEntries(terms) })).rows
}

const stored = async (id: string, parameters: Readonly<Record<string, unknown>>): Promise<readonly Row[]> =>
  (await run(polystore, id, parameters)).rows

/** The vocabulary's text of Q1 asks the header for the reference system, the stored query whoever gave the outline. */
const withoutCrs = (rows: readonly Row[]): Row[] => rows.map(({ crs: _, ...row }) => row)

test.each(['q1', 'q2'])('%s of every model', async (id) => {
  for (const model of models(stores)) {
    const [own, expected] = [await raw(id === 'q1' ? RAW_Q1 : RAW_Q2, { model }), await stored(id, { model })]
    expect(expected).not.toEqual([])
    expect(sorted(withoutCrs(own))).toEqual(sorted(withoutCrs(expected)))
  }
})

test.each([
  ['q3', RAW_Q3],
  ['q4', RAW_Q4],
  ['q6', RAW_Q6],
])('%s of every training set', async (id, text) => {
  for (const dataset of datasets(stores)) {
    const expected = await stored(id, { dataset })
    expect(expected).not.toEqual([])
    expect(sorted(await raw(text, { dataset }))).toEqual(sorted(expected))
  }
})

test.each(['exact', 'overlap'] as const)('q5 of every range, %s', async (match) => {
  for (const { axis, start, end } of ranges(stores)) {
    const range = match === 'exact' ? { axis, start, end } : { axis, start: end, end: end + 500 }
    const expected = await stored('q5', { ...range, match })
    expect(expected).not.toEqual([])
    expect(sorted(await raw(rawQ5(match), range))).toEqual(sorted(expected))
  }
})
