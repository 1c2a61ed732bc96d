import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { Writer } from 'n3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conformanceChecks } from '../../connectors/conformance.ts'
import sparql from '../../connectors/sparql/index.ts'
import type { Quad } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import { QUADS } from '../conformance/data.ts'
import { serverOf, startRelay } from './servers.ts'

const BASE = 'urn:test:'
const server = serverOf('SPARQL server', 'SPARQL_ENDPOINT', 'VIRTUOSO_ISQL')
const graph = `urn:test:${randomUUID()}`
const run = promisify(execFile)

const isql = (statement: string) => run('isql-vt', [server!.VIRTUOSO_ISQL, 'dba', 'dba', `exec=${statement}`])

/** What Virtuoso keeps as it is given: it has one integer `1`, whatever its lexical form and type, and no booleans but numbers. */
const isKept = ({ object }: Quad): boolean => object.termType !== 'Literal' || !/^0\d|^1\.5$|^true$/.test(object.value)
const quads = QUADS.filter((quad) => quad.graph.termType === 'DefaultGraph' && isKept(quad))

const triples = (all: readonly Quad[]): string =>
  new Writer({ format: 'N-Triples' }).quadsToString(all.map((quad) => ({ ...quad }) as never))

describe.skipIf(server === undefined)('Virtuoso', () => {
  const definition = (more: object = {}) => ({
    id: 'virtuoso',
    type: 'sparql',
    endpoint: server?.SPARQL_ENDPOINT,
    graph,
    ...more,
  })
  const polystoreOf = (more: object = {}) => open({ base: BASE, stores: [definition(more)] })

  beforeAll(async () => {
    const text = triples(quads).replaceAll("'", "''")
    await isql(`DB.DBA.TTLP('${text}', '', '${graph}');`)
    const rows = Array.from({ length: 2_500 }, (_, i) => `<http://n/${i}> <http://n/value> ${i} .`)
    for (let at = 0; at < rows.length; at += 500)
      await isql(`DB.DBA.TTLP('${rows.slice(at, at + 500).join(' ')}', '', '${graph}-many');`)
    await isql(`DB.DBA.TTLP('_:a <http://b/p> <http://b/x> . <http://b/x> <http://b/q> _:a .', '', '${graph}-blank');`)
  })
  afterAll(async () => {
    for (const name of [graph, `${graph}-many`, `${graph}-blank`]) await isql(`SPARQL CLEAR GRAPH <${name}>;`)
  })

  const checks = conformanceChecks({
    quads,
    open: async () => sparql(definition(), { base: BASE }),
  })
  for (const { name, run: check } of checks) it(name, check)

  it('joins in the store, with keys in blocks', async () => {
    await using polystore = await polystoreOf({ graph: `${graph}-many`, quirks: { keys: 100 } })
    const values = Array.from({ length: 1_050 }, (_, i) => `<http://n/${i * 2}>`).join(' ')
    const rows = polystore.query(`SELECT ?s ?v { VALUES ?s { ${values} } ?s <http://n/value> ?v }`)
    const found = await rows.toArray()
    expect(found).toHaveLength(1_050)
    expect(found.every(({ ['s']: s, ['v']: v }) => s === `http://n/${v}`)).toBe(true)
  })

  it('is paged, and never silently cut', async () => {
    const text = 'SELECT ?s ?v { ?s <http://n/value> ?v }'
    await using paged = await polystoreOf({ graph: `${graph}-many`, quirks: { maxRows: 1_000 } })
    const rows = paged.query(text)
    expect(new Set((await rows.toArray()).map(({ ['s']: s }) => s)).size).toBe(2_500)
    expect(rows.stats()?.stores['virtuoso']?.requests).toBe(3)
    const endpoint = `${server!.SPARQL_ENDPOINT}?maxrows=1000`
    await using cut = await polystoreOf({ graph: `${graph}-many`, endpoint })
    await expect(cut.query(text).toArray()).rejects.toThrow(/cuts its answers after 1000 rows/)
    expect(await cut.query(text).toArray()).toHaveLength(2_500)
  })

  it('keeps its blank nodes together', async () => {
    await using polystore = await polystoreOf({ graph: `${graph}-blank` })
    const text = 'SELECT ?x ?b { ?b <http://b/p> ?x . ?x <http://b/q> ?b }'
    expect(await polystore.query(text).toArray()).toHaveLength(1)
    await using other = await open({
      base: BASE,
      stores: [
        definition({ graph: `${graph}-blank` }),
        { id: 'more', type: 'memory', data: '<http://b/x> <http://c/r> 1 .' },
      ],
    })
    const across = 'SELECT ?b ?n { ?x <http://c/r> ?n . ?b <http://b/p> ?x OPTIONAL { ?x <http://b/q> ?b } }'
    expect(await other.query(across).toArray()).toHaveLength(1)
  })

  it('without a graph gives each triple once', async () => {
    await isql(`DB.DBA.TTLP('<http://n/1> <http://n/value> 1 .', '', '${graph}-blank');`)
    await using polystore = await polystoreOf({ graph: undefined })
    expect(await polystore.query('SELECT ?v { <http://n/1> <http://n/value> ?v }').toArray()).toEqual([{ v: 1 }])
    expect(
      await polystore.query(`SELECT ?g { GRAPH ?g { <http://n/1> <http://n/value> ?v } } ORDER BY ?g`).toArray(),
    ).toEqual([{ g: `${graph}-blank` }, { g: `${graph}-many` }])
  })

  it('that is frozen in the middle of a query ends it in time', async () => {
    await using relay = await startRelay(server!.SPARQL_ENDPOINT)
    await using polystore = await polystoreOf({ endpoint: relay.url, timeout: 2_000, retries: 0 })
    const text = 'SELECT * { ?s <http://x/p> ?o }'
    expect((await polystore.query(text).toArray()).length).toBeGreaterThan(0)
    relay.freeze()
    await expect(polystore.query(text).toArray()).rejects.toMatchObject({
      code: 'store-timeout',
      details: { store: 'virtuoso' },
    })
    await expect(polystore.query(text, { timeout: 200 }).toArray()).rejects.toMatchObject({ code: 'timeout' })
    await relay.kill()
    await expect(polystore.query(text).toArray()).rejects.toMatchObject({ code: 'store-failed' })
  })
})
