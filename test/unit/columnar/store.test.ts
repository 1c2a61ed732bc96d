import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_GRAPHS, NAMED_GRAPHS, openTripleStore, type Snapshot } from '../../../connectors/columnar/store/index.ts'
import { blank, defaultGraph, iri, literal, type Quad, quad, termFromKey, termKey } from '../../../planner/term.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-store-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const keyOf = ({ subject, predicate, object, graph }: Quad): string =>
  [subject, predicate, object].map(termKey).join(' ') + (graph.termType === 'DefaultGraph' ? '' : ` ${termKey(graph)}`)

function contents(snapshot: Snapshot, s = 0, p = 0, o = 0, g: number = ALL_GRAPHS): string[] {
  const found: string[] = []
  snapshot.match(s, p, o, g, (subject, predicate, object, graph) => {
    const ids = graph === 0 ? [subject, predicate, object] : [subject, predicate, object, graph]
    found.push(ids.map((id) => snapshot.dictionary.key(id)).join(' '))
  })
  return found.sort()
}

const subjects = [iri('urn:a'), iri('urn:b'), iri('urn:c'), blank('x')]
const predicates = Array.from({ length: 20 }, (_, index) => iri(`urn:p${index}`))
const objects = [...subjects, literal('é"x"@en'), literal('1', iri('http://www.w3.org/2001/XMLSchema#integer'))]
const graphs = [defaultGraph, defaultGraph, iri('urn:g1'), iri('urn:g2')]
const anyQuad = fc
  .tuple(
    fc.constantFrom(...subjects),
    fc.constantFrom(...predicates),
    fc.constantFrom(...objects),
    fc.constantFrom(...graphs),
  )
  .map(([s, p, o, g]) => quad(s, p, o, g))

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ add: fc.array(anyQuad, { maxLength: 30 }), remove: fc.array(anyQuad) }) },
  { weight: 1, arbitrary: fc.constant('compact' as const) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
)

type Step = 'compact' | 'reopen' | { readonly add: readonly Quad[]; readonly remove: readonly Quad[] }

/** What a change does to a set of quads. */
function change(set: Map<string, Quad>, { add, remove }: Exclude<Step, string>): { added: number; removed: number } {
  const before = set.size
  for (const each of remove) set.delete(keyOf(each))
  const between = set.size
  for (const each of add) set.set(keyOf(each), each)
  return { added: set.size - between, removed: before - between }
}

describe('the triple store', () => {
  it.each(['memory', 'disk'])('is a set of quads, whatever is done to it (%s)', async (where) => {
    let run = 0
    const property = async (steps: Step[], tidyAfter: number): Promise<void> => {
      const options = { tidyAfter, ...(where === 'disk' ? { path: join(folder, `set-${run++}`) } : {}) }
      let store = await openTripleStore(options)
      const expected = new Map<string, Quad>()
      const held: { snapshot: Snapshot; expected: string[] }[] = []
      for (const action of steps) {
        held.push({ snapshot: store.snapshot(), expected: [...expected.keys()].sort() })
        if (action === 'compact') await store.compact()
        else if (action === 'reopen') {
          if (where === 'memory') continue
          await store.close()
          store = await openTripleStore(options)
        } else expect(await store.write(action)).toEqual(change(expected, action))
        expect(contents(store.snapshot())).toEqual([...expected.keys()].sort())
        expect(store.snapshot().quads).toBe(expected.size)
      }
      for (const each of held) expect(contents(each.snapshot)).toEqual(each.expected)
      await store.close()
    }
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.constantFrom(5, 40, 1000), property), {
      numRuns: where === 'disk' ? 40 : 80,
    })
  })

  it('makes changes that come together one after the other, and all of a change or nothing', async () => {
    const path = join(folder, 'together')
    const store = await openTripleStore({ path, tidyAfter: 10 })
    const [a, b, c] = subjects.map((subject) => quad(subject, predicates[0]!, iri('urn:o')))
    const bad = { ...a!, subject: literal('x') as unknown as Quad['subject'] }
    const results = await Promise.allSettled([
      store.write({ add: [a!, b!, a!] }),
      store.write({ remove: [a!] }),
      store.write({ add: [c!, bad] }),
      store.write({ add: [a!, b!] }),
    ])
    expect(results.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code))).toEqual([
      { added: 2, removed: 0 },
      { added: 0, removed: 1 },
      'parameter',
      { added: 1, removed: 0 },
    ])
    expect(contents(store.snapshot())).toEqual([keyOf(a!), keyOf(b!)].sort())
    await store.close()
    const again = await openTripleStore({ path })
    expect(contents(again.snapshot())).toEqual([keyOf(a!), keyOf(b!)].sort())
    await again.close()
  })

  it('answers every shape of pattern, with its exact count', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyQuad, { minLength: 1, maxLength: 300, size: 'max' }),
        fc.array(anyQuad, { maxLength: 40 }),
        fc.constantFrom(2, 20),
        async (all, remove, width) => {
          // Few predicates make long runs, many make use of the index by subject and object.
          const add = all.map(({ subject, predicate, object, graph }) =>
            quad(subject, predicates[predicates.indexOf(predicate) % width]!, object, graph),
          )
          const store = await openTripleStore()
          await store.write({ add: add.slice(0, 100) })
          await store.write({ add: add.slice(100), remove })
          const snapshot = store.snapshot()
          const rows = contents(snapshot).map((line) => line.split(' ').map(termFromKey).map(termKey))
          const probe = add[0]!
          const id = (term: Quad['object']) => snapshot.dictionary.find(termKey(term))
          const graphsToAsk: [number, (graph: string | undefined) => boolean][] = [
            [0, (graph) => graph === undefined],
            [NAMED_GRAPHS, (graph) => graph !== undefined],
            [ALL_GRAPHS, () => true],
          ]
          for (const graph of [iri('urn:g1'), iri('urn:g2')])
            if (id(graph) !== 0) graphsToAsk.push([id(graph), (key) => key === termKey(graph)])
          for (let bits = 0; bits < 8; bits++)
            for (const [graph, fits] of graphsToAsk) {
              const terms = [probe.subject, probe.predicate, probe.object].map((term, at) =>
                (bits >> at) & 1 ? term : undefined,
              )
              const [s, p, o] = terms.map((term) => (term === undefined ? 0 : id(term)))
              const wanted = rows
                .filter(
                  (row) => terms.every((term, at) => term === undefined || termKey(term) === row[at]) && fits(row[3]),
                )
                .map((row) => row.join(' '))
              expect(contents(snapshot, s, p, o, graph)).toEqual(wanted.sort())
              expect(snapshot.count(s!, p!, o!, graph)).toBe(wanted.length)
            }
          const named = new Set(rows.filter((row) => row[3] !== undefined).map((row) => row[3]))
          expect([...snapshot.graphs()].map((graph) => snapshot.dictionary.key(graph)).sort()).toEqual(
            [...named].sort(),
          )
          await store.close()
        },
      ),
      { numRuns: 60 },
    )
  })
})
