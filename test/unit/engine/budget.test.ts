import { expect, test } from 'vitest'
import { iri, literal } from '../../../planner/term.ts'
import { createMemoryBudget } from '../../../src/engine/context.ts'
import { evaluationContext } from '../../../src/engine/evaluation.ts'
import { createTermTable } from '../../../src/engine/term-table.ts'
import { open } from '../../../src/index.ts'

test("a query's own terms count against its memory budget, each once", () => {
  const table = createTermTable(undefined, createMemoryBudget(10_000))
  for (let i = 0; i < 1000; i++) table.encode(iri('urn:same'))
  expect(() => table.encode(literal('x'.repeat(10_000)))).toThrowError(expect.objectContaining({ code: 'memory' }))
  expect(table.decode(table.encode(iri('urn:same')))).toEqual(iri('urn:same'))
})

test('long strings in many rows end the query with `memory`', async () => {
  const data = Array.from({ length: 200 }, (_, i) => `<urn:s${i}> <urn:p> "${i} ${'x'.repeat(50)}" .`).join('\n')
  const polystore = await open({ stores: [{ id: 'notes', type: 'memory', data }] }, { limits: { memory: 1 << 24 } })
  const doubled = Array.from({ length: 17 }, (_, i) => `BIND(CONCAT(?x${i}, ?x${i}) AS ?x${i + 1})`).join(' ')
  await expect(
    polystore.query(`SELECT (MAX(STRLEN(?x17)) AS ?longest) { ?s <urn:p> ?x0 ${doubled} }`).toArray(),
  ).rejects.toMatchObject({ code: 'memory' })
  await polystore.close()
})

test('a call is ended where the query was cancelled', () => {
  const controller = new AbortController()
  const checkpoint = evaluationContext(undefined, controller.signal).evaluation.longCall?.()
  expect(() => checkpoint?.()).not.toThrow()
  controller.abort()
  expect(() => checkpoint?.()).toThrowError(expect.objectContaining({ code: 'cancelled' }))
})

test('queries share a budget, and a query that has ended holds nothing of it', () => {
  const common = createMemoryBudget(1_000)
  const first = createMemoryBudget(800, common)
  const second = createMemoryBudget(800, common)
  first.reserve(700)
  expect(() => second.reserve(400)).toThrow(/budget/)
  second.close()
  first.close()
  first.release(700)
  const third = createMemoryBudget(1_000, common)
  third.reserve(1_000)
  expect(() => third.reserve(1)).toThrow(/budget/)
})
