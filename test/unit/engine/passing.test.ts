import { describe, expect, it } from 'vitest'
import { batchBuilder } from '../../../connectors/batch.ts'
import { type Connector, storeIri } from '../../../connectors/connector.ts'
import { iri, literal } from '../../../planner/term.ts'
import { createMemoryBudget } from '../../../src/engine/context.ts'
import { createPassingTable } from '../../../src/engine/term-table.ts'
import { open } from '../../../src/open.ts'

const P = 'http://x/p'

/** A store that answers patterns with `count` rows, all of other terms; `passes` as it says. */
function counting(count: number, passes: boolean): Connector {
  const description = { predicates: [{ iri: P, count }] }
  return {
    id: 'many',
    iri: storeIri('urn:polyprov:', 'many'),
    type: 'many',
    description,
    describe: async () => description,
    push: (plan) => (plan.kind === 'pattern' ? { native: { language: 'rows', text: 'rows', query: plan } } : undefined),
    async *execute(_native, { dictionary }) {
      const builder = batchBuilder(['s', 'o'])
      for (let row = 0; row < count; row++) {
        builder.add([dictionary.encode(iri(`http://x/${row}`)), dictionary.encode(literal(`value ${row}`))])
        if (builder.length === 1_000) yield builder.build()
      }
      yield builder.build()
    },
    ...(passes ? { passes: () => true } : {}),
    async *scan() {},
  }
}

const openMany = (count: number, passes: boolean, memory: number) =>
  open({ base: 'urn:polyprov:', stores: [] }, { connectors: [counting(count, passes)], limits: { memory } })

describe('rows that leave as they come', () => {
  it('take no more memory the more they are', async () => {
    await using polystore = await openMany(400_000, true, 16 << 20)
    let rows = 0
    const execution = await polystore.execute(`SELECT ?s ?o { ?s <${P}> ?o }`)
    if (execution.kind !== 'bindings') throw new Error('A SELECT has bindings')
    for await (const block of execution.blocks) {
      for (const [subject, object] of block) {
        expect([subject?.value, object?.value]).toEqual([`http://x/${rows}`, `value ${rows}`])
        rows++
      }
    }
    expect(rows).toBe(400_000)
  })

  it('are kept where their store keeps ids, or an operator keeps rows', async () => {
    await using keeping = await openMany(400_000, false, 64 << 20)
    await expect(keeping.query(`SELECT ?s ?o { ?s <${P}> ?o }`).toArray()).rejects.toMatchObject({ code: 'memory' })
    await using polystore = await openMany(400_000, true, 64 << 20)
    await expect(polystore.query(`SELECT DISTINCT ?s ?o { ?s <${P}> ?o }`).toArray()).rejects.toMatchObject({
      code: 'memory',
    })
  })
})

it('terms of two generations are known; a term that comes again has an id that is good', () => {
  const table = createPassingTable(undefined, createMemoryBudget(1 << 30))
  const early = table.encode(literal('early'))
  for (let i = 0; i < 3; i++) {
    const ids = Array.from({ length: 70_000 }, (_, j) => table.encode(literal(`${i} ${j}`)))
    table.passed!(1_000)
    expect(table.decode(ids[0]!).value).toBe(`${i} 0`)
    expect(table.decode(ids[69_999]!).value).toBe(`${i} 69999`)
  }
  const again = table.encode(literal('early'))
  expect(again).not.toBe(early)
  expect(table.decode(again).value).toBe('early')
})
