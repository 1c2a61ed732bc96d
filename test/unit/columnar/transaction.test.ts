import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ALL_GRAPHS,
  openTripleStore,
  type Snapshot,
  type StoreTransaction,
  type TripleStore,
} from '../../../connectors/columnar/store/index.ts'
import { defaultGraph, iri, type Quad, quad, termKey } from '../../../planner/term.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-transaction-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const quadOf = (number: number): Quad =>
  quad(
    iri(`urn:s:${number % 7}`),
    iri(`urn:p:${number % 3}`),
    iri(`urn:o:${number}`),
    number % 2 === 0 ? defaultGraph : iri(`urn:g:${number % 5}`),
  )

const idsOf = (transaction: StoreTransaction, quads: readonly Quad[]) => ({
  ids: Uint32Array.from(
    quads.flatMap(({ subject, predicate, object, graph }) => [
      ...[subject, predicate, object].map((term) => transaction.add(termKey(term))),
      graph.termType === 'DefaultGraph' ? 0 : transaction.add(termKey(graph)),
    ]),
  ),
  length: quads.length,
})

const change = (transaction: StoreTransaction, add: readonly number[], remove: readonly number[] = []) =>
  transaction.change({ remove: idsOf(transaction, remove.map(quadOf)), add: idsOf(transaction, add.map(quadOf)) })

/** The numbers of the quads of a state. */
function numbersIn(snapshot: Snapshot): readonly number[] {
  const found: number[] = []
  snapshot.match(0, 0, 0, ALL_GRAPHS, (_subject, _predicate, object) => {
    found.push(Number(snapshot.dictionary.key(object).split(':').at(-1)))
  })
  expect(snapshot.quads).toBe(found.length)
  return found.sort((a, b) => a - b)
}

const numbers = (store: TripleStore) => numbersIn(store.snapshot())

describe('a transaction', () => {
  it('sees its own changes, which others see when it has ended', async () => {
    const store = await openTripleStore()
    await store.write({ add: [1, 2, 3].map(quadOf) })
    const counts = await store.transaction(async (transaction) => {
      expect(await change(transaction, [3, 4], [1])).toEqual({ added: 1, removed: 1 })
      expect(numbersIn(transaction.snapshot())).toEqual([2, 3, 4])
      expect(numbers(store)).toEqual([1, 2, 3])
      // What was removed comes back, and what was added goes again.
      expect(await change(transaction, [1], [4])).toEqual({ added: 1, removed: 1 })
      expect(numbersIn(transaction.snapshot())).toEqual([1, 2, 3])
      return change(transaction, [5], [2])
    })
    expect(counts).toEqual({ added: 1, removed: 1 })
    expect(numbers(store)).toEqual([1, 3, 5])
  })

  it('leaves nothing where it fails', async () => {
    const store = await openTripleStore()
    await store.write({ add: [1, 2, 3].map(quadOf) })
    const before = store.snapshot()
    const failing = store.transaction(async (transaction) => {
      await change(transaction, [4, 5, 6], [1, 2])
      await change(transaction, [1], [4])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(store.snapshot()).toBe(before)
    expect(numbers(store)).toEqual([1, 2, 3])
    await store.write({ remove: [quadOf(2)], add: [quadOf(4)] })
    expect(numbers(store)).toEqual([1, 3, 4])
  })

  it('is alone: writes and other transactions wait, readers do not', async () => {
    const store = await openTripleStore()
    const order: string[] = []
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const first = store.transaction(async (transaction) => {
      await change(transaction, [1])
      await gate
      order.push('first')
    })
    const second = store.write({ add: [quadOf(2)] }).then(() => order.push('second'))
    const third = store.transaction(async (transaction) => {
      expect(numbersIn(transaction.snapshot())).toEqual([1, 2])
      order.push('third')
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(numbers(store)).toEqual([])
    go()
    await Promise.all([first, second, third])
    expect(order).toEqual(['first', 'second', 'third'])
  })

  it('comes back from the disk, with maintenance under way, as a set would be', async () => {
    const numbersArbitrary = fc.array(fc.nat(60), { maxLength: 30 })
    const changes = fc.array(fc.tuple(numbersArbitrary, numbersArbitrary), { minLength: 1, maxLength: 4 })
    const step = fc.record({ changes, fails: fc.boolean(), compact: fc.boolean(), written: numbersArbitrary })
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const path = join(folder, `run-${run++}`)
        const store = await openTripleStore({ path, tidyAfter: 40 })
        let expected = new Set<number>()
        for (const each of steps) {
          const compacting = each.compact ? store.compact() : undefined
          const next = new Set(expected)
          const done = store.transaction(async (transaction) => {
            for (const [add, remove] of each.changes) {
              for (const number of remove) next.delete(number)
              for (const number of add) next.add(number)
              await change(transaction, add, remove)
              expect(numbersIn(transaction.snapshot())).toEqual([...next].sort((a, b) => a - b))
            }
            if (each.fails) throw new Error('no')
          })
          if (each.fails) await expect(done).rejects.toThrow('no')
          else {
            await done
            expected = next
          }
          await store.write({ add: each.written.map(quadOf) })
          for (const number of each.written) expected.add(number)
          expect(numbers(store)).toEqual([...expected].sort((a, b) => a - b))
          await compacting
        }
        expect(numbers(store)).toEqual([...expected].sort((a, b) => a - b))
        await store.close()
        const again = await openTripleStore({ path })
        expect(numbers(again)).toEqual([...expected].sort((a, b) => a - b))
        await again.close()
      }),
      { numRuns: 20 },
    )
  }, 60_000)

  it('gives back the room of many removed quads', async () => {
    const store = await openTripleStore({ tidyAfter: 1000 })
    const many = Array.from({ length: 150_000 }, (_, number) => quadOf(number))
    await store.write({ add: many })
    await store.compact()
    await store.transaction(async (transaction) => {
      const snapshot = transaction.snapshot()
      const ids: number[] = []
      snapshot.match(0, 0, 0, ALL_GRAPHS, (...each) => void ids.push(...each))
      await transaction.change({
        remove: { ids: Uint32Array.from(ids), length: many.length },
        add: { ids: new Uint32Array(0), length: 0 },
      })
    })
    expect(store.snapshot().quads).toBe(0)
    const rows = () =>
      [...store.snapshot().defaults, ...store.snapshot().named].reduce((sum, table) => sum + table.rows, 0)
    while (rows() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await store.close()
  }, 30_000)
})
