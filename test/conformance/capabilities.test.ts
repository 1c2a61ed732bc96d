import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { CAPABILITIES, type Capability, forEverySubset } from '../../connectors/conformance/capabilities.ts'
import { capabilityChecks } from '../../connectors/conformance.ts'
import { load, memoryDatabase, store } from '../unit/postgres/harness.ts'
import { PEOPLE_QUADS, PEOPLE_REFERENCES, PEOPLE_SQL, PEOPLE_VIEWS } from '../unit/postgres/people.ts'
import { engine, tally } from './capabilities.ts'
import { BASE, QUADS } from './data.ts'
import { type NamedSubject, objectSubject, SUBJECTS, temporaryFolder } from './subjects.ts'

const folder = await temporaryFolder()
const objects = await objectSubject(folder)
afterAll(() => rm(folder, { recursive: true, force: true }))

const provenance: NamedSubject = {
  name: 'columnar as provenance',
  quads: QUADS,
  async open() {
    const definition = { id: 'provenance', type: 'columnar', role: 'provenance' } as const
    const connector = await openColumnar(definition, { base: BASE, folder: '.' })
    await connector.write({ add: QUADS })
    return connector
  },
}

const database = await memoryDatabase()
await load(database, PEOPLE_SQL)
afterAll(() => database.close())

const postgres: NamedSubject = {
  name: 'postgres, embedded',
  quads: PEOPLE_QUADS,
  references: PEOPLE_REFERENCES,
  async open() {
    const { connector, ...rest } = await store(database, PEOPLE_VIEWS)
    return Object.assign(connector, { [Symbol.asyncDispose]: rest[Symbol.asyncDispose] })
  },
}

/** Beside what the kit makes up of any data. */
const OVER_TRIPLES = [
  '?s x:p ?o OPTIONAL { ?o x:size ?n FILTER(?n > 1) }',
  '?s a ?class MINUS { ?s x:flag ?f }',
  '?s a ?class FILTER NOT EXISTS { ?s x:self ?s }',
  'x:a (x:p|x:q)* ?o',
  'GRAPH ?g { ?s x:p ?o } ?o x:size ?n',
  '{ SELECT ?s (COUNT(*) AS ?k) (SUM(?n) AS ?t) { ?s x:size ?n } GROUP BY ?s } ?s a ?class',
  '{ SELECT DISTINCT ?class { ?s a ?class } ORDER BY ?class LIMIT 1 } ?s a ?class',
].map((where) => `PREFIX x: <http://x/> SELECT * { ${where} }`)

describe.each([...SUBJECTS, provenance, postgres, objects])('the connector $name', (subject) => {
  const counted = tally(subject.name)
  beforeAll(counted.start)
  afterAll(counted.print)
  const queries = subject.quads === QUADS ? OVER_TRIPLES : []
  for (const { name, run } of capabilityChecks(subject, engine, { ...counted, queries })) it(name, run)
})

describe('the exploration of subsets', () => {
  const subset = fc.subarray([...CAPABILITIES])
  /** A decision tree of its own: after each capability another one is asked for, or nothing. */
  const asking =
    (order: readonly Capability[], skips: ReadonlySet<Capability>) => (has: (one: Capability) => boolean) => {
      for (const capability of order) if (!has(capability) && skips.has(capability)) return
    }

  it('meets every subset once, each by the run that decides alike', async () => {
    await fc.assert(
      fc.asyncProperty(subset, subset, fc.array(subset, { maxLength: 20 }), async (order, skips, subsets) => {
        const few = order.slice(0, 7)
        const decisions: ReadonlyMap<Capability, boolean>[] = []
        const { runs, mattered } = await forEverySubset(async (has) => {
          const made = new Map<Capability, boolean>()
          asking(
            few,
            new Set(skips),
          )((capability) => {
            made.set(capability, has(capability))
            return made.get(capability)!
          })
          decisions.push(made)
        })
        expect(runs).toBe(decisions.length)
        expect(mattered).toEqual(new Set(few))
        const all = decisions.reduce((sum, made) => sum + 2 ** (CAPABILITIES.length - made.size), 0)
        expect(all).toBe(2 ** CAPABILITIES.length)
        for (const on of subsets) {
          const alike = decisions.filter((made) => [...made].every(([one, isOn]) => on.includes(one) === isOn))
          expect(alike).toHaveLength(1)
        }
      }),
    )
  })
})
