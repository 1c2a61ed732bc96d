import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import memory from '../../connectors/memory/index.ts'
import { blank, iri } from '../../planner/term.ts'
import { type OpenOptions, open } from '../../src/open.ts'
import type { Polystore, QueryOptions } from '../../src/polystore.ts'
import { type Asked, endpointsOf, jsonAnswer } from './endpoints.ts'
import { answerOf, BASE, openTwo, PREFIX } from './two-stores.ts'

const A = 'http://a.example/sparql'
const B = 'http://b.example/sparql'
const GONE = 'http://gone.example/sparql'
const FAULT = 'http://fault.example/sparql'

/** What only the endpoints know. */
const AT_A = `@prefix ex: <http://example.org/> .
ex:m1 ex:rank 1 . ex:m2 ex:rank 2 . ex:d1 ex:rank 3 . ex:m1 ex:part [ ex:size 4 ] , [ ex:size 5 ] .
ex:h1 { ex:m1 ex:seen 1 } ex:h2 { ex:m2 ex:seen 2 . ex:m1 ex:seen 3 }`
const AT_B = `@prefix ex: <http://example.org/> . ex:m1 ex:rank 10 . ex:m3 ex:rank 30 . ex:m3 ex:note "b" .`
/** Which endpoint knows of what. */
const HERE = `@prefix ex: <http://example.org/> .
ex:m1 ex:at <${A}> . ex:m2 ex:at <${A}> . ex:m3 ex:at <${B}> . ex:m1 ex:at <${B}> .
ex:d1 ex:maybe <${A}> . ex:d2 ex:kind ex:Data . ex:d1 ex:kind ex:Data . ex:x ex:bad "text" . ex:y ex:bad <${A}> .`

const openOver = (data: string, options: OpenOptions = {}): Promise<Polystore> =>
  open({ base: BASE }, { ...options, connectors: [memory({ id: 'one', type: 'memory', data }, { base: BASE })] })

let polystore: Polystore
let remote: readonly [Polystore, Polystore]
let asked: Asked[]
let fetch: NonNullable<OpenOptions['fetch']>

beforeAll(async () => {
  remote = [await openOver(AT_A, { fetch: (...request) => fetch(...request) }), await openOver(AT_B)]
  const endpoints = endpointsOf(
    { [A]: remote[0], [B]: remote[1] },
    { stub: ({ endpoint }) => (endpoint === FAULT ? new Response('out of order', { status: 500 }) : undefined) },
  )
  ;({ asked, fetch } = endpoints)
  polystore = await openOver(HERE, { fetch })
})
afterAll(() => Promise.all([polystore, ...remote].map((each) => each.close())))

async function ask(query: string, options: QueryOptions = {}, of = polystore) {
  asked.length = 0
  const execution = await of.execute(PREFIX + query, options)
  if (execution.kind !== 'bindings') throw new Error('not a SELECT query')
  const rows: string[] = []
  for await (const block of execution.blocks) {
    for (const row of block) {
      const shown = row.map((term) => (term?.termType === 'BlankNode' ? '_' : (term?.value ?? '-')))
      rows.push(shown.map((text) => text.replace('http://example.org/', '')).join(' '))
    }
  }
  return { rows: rows.sort(), warnings: execution.warnings(), stats: execution.stats(), requests: asked.length }
}
const rowsOf = async (query: string, options: QueryOptions = {}) => (await ask(query, options)).rows

const UNOPTIMISED: QueryOptions = { without: ['all'] }
const MODES: [string, QueryOptions][] = [
  ['optimised', {}],
  ['unoptimised', UNOPTIMISED],
]

describe.each(MODES)('SERVICE, %s', (_mode, options) => {
  test.each<[string, string, string[]]>([
    ['alone', `SELECT ?m ?r { SERVICE <${A}> { ?m ex:rank ?r } }`, ['d1 3', 'm1 1', 'm2 2']],
    ['joined', `SELECT ?m ?r { ?m ex:at <${B}> SERVICE <${A}> { ?m ex:rank ?r } }`, ['m1 1']],
    ['in OPTIONAL', `SELECT ?m ?r { ?m ex:at <${B}> OPTIONAL { SERVICE <${A}> { ?m ex:rank ?r } } }`, ['m1 1', 'm3 -']],
    [
      'in UNION',
      `SELECT ?m ?r { { SERVICE <${A}> { ?m ex:rank ?r FILTER(?r > 1) } } UNION { SERVICE <${B}> { ?m ex:rank ?r } } }`,
      ['d1 3', 'm1 10', 'm2 2', 'm3 30'],
    ],
    ['in MINUS', `SELECT DISTINCT ?m { ?m ex:at ?e MINUS { SERVICE <${A}> { ?m ex:rank ?r } } }`, ['m3']],
    ['in EXISTS', `SELECT DISTINCT ?m { ?m ex:at ?e FILTER EXISTS { SERVICE <${B}> { ?m ex:note ?n } } }`, ['m3']],
    [
      'in NOT EXISTS',
      `SELECT DISTINCT ?m { ?m ex:at ?e FILTER NOT EXISTS { SERVICE <${A}> { ?m ex:rank ?r FILTER(?r < 2) } } }`,
      ['m2', 'm3'],
    ],
    [
      'in a subquery',
      `SELECT ?m ?s { ?m ex:at <${A}> { SELECT ?m (SUM(?r) AS ?s) { SERVICE <${A}> { ?m ex:rank ?r } } GROUP BY ?m } }`,
      ['m1 1', 'm2 2'],
    ],
    [
      'with a subquery that is counted off, which is asked once',
      `SELECT ?m ?r { ?m ex:at ?e SERVICE <${A}> { SELECT ?m ?r { ?m ex:rank ?r } ORDER BY ?r LIMIT 1 } }`,
      ['m1 1', 'm1 1'],
    ],
    [
      'within another',
      `SELECT ?m ?r ?q { SERVICE <${A}> { ?m ex:rank ?r SERVICE <${B}> { ?m ex:rank ?q } } }`,
      ['m1 1 10'],
    ],
    [
      'two, each joined with the other',
      `SELECT ?m ?r ?q { SERVICE <${A}> { ?m ex:rank ?r } SERVICE <${B}> { ?m ex:rank ?q } }`,
      ['m1 1 10'],
    ],
    [
      'over its own graphs',
      `SELECT ?g ?m ?n { ?m ex:at <${A}> SERVICE <${A}> { GRAPH ?g { ?m ex:seen ?n } } }`,
      ['h1 m1 1', 'h2 m1 3', 'h2 m2 2'],
    ],
    [
      'within GRAPH, of which the endpoint knows nothing',
      `SELECT ?m ?r { GRAPH ex:none { ?m ex:at ?e } SERVICE <${A}> { ?m ex:rank ?r } }`,
      [],
    ],
    ['blank nodes of one answer are one', `SELECT ?p { SERVICE <${A}> { ?m ex:part ?p . ?p ex:size ?n } }`, ['_', '_']],
    [
      'blank nodes of two answers are two',
      `SELECT ?p { SERVICE <${A}> { ?m ex:part ?p } SERVICE <${A}> { ?p ex:size ?n } }`,
      [],
    ],
    [
      'VALUES with UNDEF',
      `SELECT ?m ?r { VALUES ?m { ex:m1 UNDEF } SERVICE <${B}> { ?m ex:rank ?r } }`,
      ['m1 10', 'm1 10', 'm3 30'],
    ],
    ['a variable of its own name', `SELECT ?r { SERVICE <${A}> { ex:m1 ex:rank ?r BIND(?r AS ?m) } }`, ['1']],
  ])('%s', async (_name, query, expected) => {
    expect(await rowsOf(query, options)).toEqual(expected)
  })

  test.each<[string, string, string[]]>([
    [
      'of the rest of its group',
      'SELECT ?m ?e ?r { ?m ex:at ?e SERVICE ?e { ?m ex:rank ?r } }',
      [`m1 ${A} 1`, `m1 ${B} 10`, `m2 ${A} 2`, `m3 ${B} 30`],
    ],
    [
      'that stands after it',
      'SELECT ?m ?r { SERVICE ?e { ?m ex:rank ?r } ?m ex:at ?e }',
      ['m1 1', 'm1 10', 'm2 2', 'm3 30'],
    ],
    ['of VALUES', `SELECT ?m { SERVICE ?e { ?m ex:rank ?r } VALUES ?e { <${B}> } }`, ['m1', 'm3']],
    [
      'of BIND',
      `SELECT ?m { ?m ex:at <${B}> BIND(IRI("http://a.example/sparql") AS ?e) SERVICE ?e { ?m ex:rank ?r } }`,
      ['m1'],
    ],
    [
      'in OPTIONAL',
      'SELECT ?m ?n { ?m ex:at ?e OPTIONAL { SERVICE ?e { ?m ex:note ?n } } }',
      ['m1 -', 'm1 -', 'm2 -', 'm3 b'],
    ],
    [
      'in UNION',
      'SELECT ?m ?r { ?m ex:at ?e { SERVICE ?e { ?m ex:note ?r } } UNION { ?x ex:maybe ?e BIND("here" AS ?r) } }',
      ['m1 here', 'm2 here', 'm3 b'],
    ],
    ['in MINUS', 'SELECT ?m ?e { ?m ex:at ?e MINUS { SERVICE ?e { ?m ex:rank ?r FILTER(?r < 20) } } }', [`m3 ${B}`]],
    [
      'in EXISTS',
      'SELECT ?m ?e { ?m ex:at ?e FILTER EXISTS { SERVICE ?e { ?m ex:rank ?r FILTER(?r > 5) } } }',
      [`m1 ${B}`, `m3 ${B}`],
    ],
    [
      'through a subquery that shows it',
      'SELECT ?m ?r { ?m ex:at ?e { SELECT ?e ?m ?r { SERVICE ?e { ?m ex:rank ?r } } } FILTER(?r > 5) }',
      ['m1 10', 'm3 30'],
    ],
    [
      'of another endpoint',
      `SELECT ?m ?r { SERVICE <${A}> { ?m ex:rank ?q } ?m ex:at ?e SERVICE ?e { ?m ex:rank ?r } }`,
      ['m1 1', 'm1 10', 'm2 2'],
    ],
    [
      'that the pattern binds otherwise',
      'SELECT ?m ?r { ?m ex:at ?e SERVICE ?e { ?m ex:rank ?r OPTIONAL { ?e ex:rank ?q } } }',
      [],
    ],
  ])('SERVICE with an endpoint %s', async (_name, query, expected) => {
    expect(await rowsOf(query, options)).toEqual(expected)
  })

  test('SILENT: a failure is one solution of nothing, and a warning', async () => {
    for (const endpoint of [GONE, FAULT]) {
      const { rows, warnings } = await ask(
        `SELECT ?m ?r { ?m ex:at <${B}> SERVICE SILENT <${endpoint}> { ?m ex:rank ?r } }`,
        options,
      )
      expect(rows).toEqual(['m1 -', 'm3 -'])
      expect(warnings).toEqual([expect.stringContaining(`SERVICE SILENT <${endpoint}> failed: The endpoint`)])
    }
  })

  test('SILENT with a variable: the rows of endpoints that fail stay alone', async () => {
    const query = `SELECT ?m ?r { VALUES (?m ?e) { (ex:m1 <${A}>) (ex:m2 <${GONE}>) (ex:m3 <${B}>) (ex:d1 "text") (ex:d1 UNDEF) }
      SERVICE SILENT ?e { ?m ex:rank ?r } }`
    const { rows, warnings } = await ask(query, options)
    expect(rows).toEqual(['d1 -', 'd1 -', 'm1 1', 'm2 -', 'm3 30'])
    expect(warnings).toHaveLength(3)
  })

  test('SILENT changes nothing where the endpoint answers', async () => {
    const query = (silent: string) => `SELECT ?m ?r { ?m ex:at ?e SERVICE ${silent} <${A}> { ?m ex:rank ?r } }`
    expect(await rowsOf(query('SILENT'), options)).toEqual(await rowsOf(query(''), options))
  })

  test.each([
    ['unbound', 'SELECT * { SERVICE ?e { ?s ?p ?o } }'],
    ['unbound in a row', 'SELECT * { ?d ex:kind ex:Data OPTIONAL { ?d ex:maybe ?e } SERVICE ?e { ?s ex:rank ?o } }'],
    ['a literal', 'SELECT * { ?x ex:bad ?e SERVICE ?e { ?s ex:rank ?o } }'],
    ['another protocol', 'SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }'],
    ['bound by OPTIONAL within another group', 'SELECT * { ?m ex:at ?e { SELECT ?s { SERVICE ?e { ?s ?p ?o } } } }'],
  ])('an endpoint that is %s is an error', async (_name, query) => {
    await expect(ask(query, options)).rejects.toMatchObject({ code: 'query-semantics' })
  })
})

describe('what is sent', () => {
  test('keys, in one request for all, and the columns that are read', async () => {
    const { requests } = await ask(`SELECT ?m { ?m ex:at <${A}> SERVICE <${A}> { ?m ex:rank ?r ; ex:part ?p } }`)
    expect(requests).toBe(1)
    expect(asked[0]!.query).toContain('VALUES (?m) { (<http://example.org/m1>) (<http://example.org/m2>) }')
    expect(asked[0]!.query).toMatch(/^SELECT \?m WHERE/)
  })

  test('one request for each endpoint of a variable', async () => {
    const { requests, stats } = await ask('SELECT ?r { ?m ex:at ?e SERVICE ?e { ?m ex:rank ?r } }')
    expect(requests).toBe(2)
    expect(asked.map(({ endpoint }) => endpoint).sort()).toEqual([A, B])
    expect(stats.stores[A]).toMatchObject({ requests: 1, rows: 2 })
    expect(stats.stores[B]).toMatchObject({ requests: 1, rows: 2 })
    expect(stats.stores[A]!.bytes).toBeGreaterThan(100)
  })

  test('a semi join asks for its keys at once', async () => {
    const { requests } = await ask(`SELECT ?m { ?m ex:at ?e FILTER EXISTS { SERVICE <${B}> { ?m ex:note ?n } } }`)
    expect(requests).toBe(1)
    expect(asked[0]!.query).toContain('VALUES (?m)')
  })

  test('keys of SILENT too', async () => {
    await ask(`SELECT ?m ?r { ?m ex:at <${A}> SERVICE SILENT <${A}> { ?m ex:rank ?r } }`)
    expect(asked[0]!.query).toContain('VALUES (?m)')
  })

  test('many keys in blocks, one request for each', async () => {
    const data = Array.from({ length: 2_500 }, (_, i) => `<urn:n${i}> <urn:p> ${i} .`).join('\n')
    await using numbers = await openOver(data)
    const endpoints = endpointsOf({ [A]: numbers })
    await using many = await openOver(data.replaceAll('urn:p', 'urn:q'), { fetch: endpoints.fetch })
    const { rows } = await ask(`SELECT ?n { ?n <urn:q> ?q SERVICE <${A}> { ?n <urn:p> ?v } }`, {}, many)
    expect(rows).toHaveLength(2_500)
    const sizes = endpoints.asked.map(({ query }) => query.split('(<urn:n').length - 1)
    expect(sizes).toEqual([999, 999, 502])
  })

  test('no blank nodes: neither as keys nor in the place of variables', async () => {
    const data = '@prefix ex: <http://example.org/> . _:a ex:at ex:m1 . ex:m1 ex:at ex:m1 .'
    await using here = await openOver(data, { fetch })
    const query = `SELECT ?x { ?x ex:at ?m SERVICE <${A}> { ?x ex:rank ?r } }`
    expect((await ask(query, {}, here)).rows).toEqual(['m1'])
    expect(asked[0]!.query).toContain('VALUES (?x) { (<http://example.org/m1>) }')
    const exists = `SELECT ?x { ?x ex:at ?m FILTER NOT EXISTS { SERVICE <${A}> { ?s ex:rank ?r FILTER(?s = ?x || isBlank(?x)) } } }`
    expect((await ask(exists, {}, here)).rows).toEqual([])
    expect(asked.some(({ query: text }) => text.includes('_:'))).toBe(false)
    const parameters = { x: blank('a') }
    expect((await ask(`SELECT ?r { SERVICE <${A}> { ?x ex:rank ?r } }`, { parameters })).rows).toEqual([])
  })

  test('the endpoint as a parameter', async () => {
    const parameters = { where: iri(A), m: iri('http://example.org/m1') }
    expect(await rowsOf('SELECT ?r { SERVICE ?where { ?m ex:rank ?r } }', { parameters })).toEqual(['1'])
  })

  test('nothing where there are no keys', async () => {
    expect((await ask(`SELECT ?m { ?m ex:nobody ?x SERVICE <${A}> { ?m ex:rank ?r } }`)).requests).toBe(0)
  })

  test('explain shows the text', async () => {
    const text = `${PREFIX}SELECT ?m { ?m ex:at ?e SERVICE <${A}> { ?m ex:rank ?r FILTER(?r > 1) } }`
    const { text: shown } = await polystore.explain(text)
    expect(shown).toContain(`service <${A}>`)
    expect(shown).toMatch(/\| SELECT \?m WHERE \{ .* FILTER\(\(\?r > "1"\^\^<[^>]*integer>\)\) \}/)
    const analysed = await polystore.explain(text, { analyze: true })
    expect(analysed.text).toMatch(/service <[^>]*> \[rows 1, requests 1, /)
  })
})

describe('what comes back', () => {
  const answering = (rows: readonly object[]) =>
    openOver(HERE, { fetch: endpointsOf({}, { stub: () => jsonAnswer(rows) }).fetch })
  const integer = (value: string) => ({ type: 'literal', value, datatype: 'http://www.w3.org/2001/XMLSchema#integer' })

  test('columns that are missing or were not asked for', async () => {
    await using here = await answering([
      { r: integer('1'), z: integer('9') },
      { m: { type: 'uri', value: 'urn:m' } },
      {},
    ])
    expect((await ask(`SELECT ?m ?r { SERVICE <${A}> { ?m ex:rank ?r } }`, {}, here)).rows).toEqual([
      '- -',
      '- 1',
      'urn:m -',
    ])
  })

  test.each([
    ['a value of no kind', [{ r: { type: 'thing', value: 'x' } }]],
    ['no value', [{ r: { type: 'uri' } }]],
  ])('%s is an error', async (_name, rows) => {
    await using here = await answering(rows)
    await expect(ask(`SELECT * { SERVICE <${A}> { ?m ex:rank ?r } }`, {}, here)).rejects.toMatchObject({
      code: 'store-failed',
    })
  })

  test('XML', async () => {
    await using here = await openOver(HERE, { fetch: endpointsOf({ [A]: remote[0] }, { format: 'xml' }).fetch })
    expect((await ask(`SELECT ?m ?r { SERVICE <${A}> { ?m ex:rank ?r } }`, {}, here)).rows).toHaveLength(3)
  })

  test.each([
    [() => new Response('no', { status: 500 }), 'answers 500'],
    [() => new Response('<p>', { headers: { 'Content-Type': 'text/html' } }), 'text/html'],
    [
      () => new Response(null, { status: 302, headers: { Location: 'http://127.0.0.1/' } }),
      'redirects to http://127.0.0.1/',
    ],
    [() => new Response('{"head":{', { headers: { 'Content-Type': 'application/sparql-results+json' } }), 'is broken'],
  ])('a failure names the endpoint: %#', async (answer, reason) => {
    let requests = 0
    const stub = () => {
      requests++
      return answer()
    }
    await using here = await openOver(HERE, { fetch: endpointsOf({}, { stub }).fetch })
    const failed = ask(`SELECT * { SERVICE <${A}> { ?m ex:rank ?r } }`, {}, here)
    await expect(failed).rejects.toMatchObject({ code: 'store-failed', details: { store: A } })
    await expect(failed).rejects.toThrow(reason)
    expect(requests).toBe(1)
  })

  test('half an answer of SILENT is none', async () => {
    const half = '{"head":{"vars":["m"]},"results":{"bindings":[{"m":{"type":"uri","value":"urn:m"}},'
    const stub = () => new Response(half, { headers: { 'Content-Type': 'application/sparql-results+json' } })
    await using here = await openOver(HERE, { fetch: endpointsOf({}, { stub }).fetch })
    expect((await ask(`SELECT ?m { SERVICE SILENT <${A}> { ?m ex:rank ?r } }`, {}, here)).rows).toEqual(['-'])
  })

  test('with partial a lost endpoint is a warning, and has no rows', async () => {
    const { rows, warnings } = await ask(`SELECT * { ?m ex:at ?e SERVICE <${FAULT}> { ?m ex:rank ?r } }`, {
      partial: true,
    })
    expect(rows).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('answers 500')])
  })

  test('an endless answer is cut off by its bytes', async () => {
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new TextEncoder().encode('{"head":{"vars":[]},"results":{"bindings":['.padEnd(65_536)))
          },
        }),
        { headers: { 'Content-Type': 'application/sparql-results+json' } },
      )
    await using here = await openOver(HERE, {
      fetch: endpointsOf({}, { stub: endless }).fetch,
      limits: { memory: 1 << 20 },
    })
    const failed = ask(`SELECT * { SERVICE <${A}> { ?m ex:rank ?r } }`, {}, here)
    await expect(failed).rejects.toMatchObject({ code: 'store-failed' })
  })

  test('an endpoint that never answers ends with the query; SILENT goes on without it', async () => {
    const aborted: string[] = []
    const stub = ({ endpoint }: Asked, signal: AbortSignal | undefined) =>
      new Promise<Response>((_, reject) => {
        signal!.addEventListener('abort', () => {
          aborted.push(endpoint)
          reject(signal!.reason)
        })
      })
    await using here = await openOver(HERE, { fetch: endpointsOf({}, { stub }).fetch })
    const query = (silent: string) => `SELECT ?m { ?m ex:maybe ?e SERVICE ${silent} <${A}> { ?m ex:rank ?r } }`
    expect((await ask(query('SILENT'), { timeout: 2_000 }, here)).rows).toEqual(['d1'])
    const controller = new AbortController()
    const failed = ask(query(''), { signal: controller.signal }, here)
    while (here.running.list()[0]?.waitingFor[0] !== A) await new Promise((resolve) => setTimeout(resolve, 2))
    controller.abort()
    await expect(failed).rejects.toMatchObject({ code: 'cancelled' })
    expect(aborted).toEqual([A, A])
  })
})

describe('whom SERVICE may ask', () => {
  test.each<[string, 'none' | 'any' | string[], string, boolean]>([
    ['any', 'any', `SELECT * { SERVICE <${A}> {} }`, true],
    ['none', 'none', `SELECT * { SERVICE SILENT <${A}> {} }`, false],
    ['none, of a variable', 'none', 'SELECT * { ?m ex:at ?e SERVICE SILENT ?e { ?m ?p ?o } }', false],
    ['none, but the stores registered', 'none', `SELECT * { SERVICE <${BASE}store/one> { ?m ex:at ?e } }`, true],
    ['one of a list', [A], `SELECT * { SERVICE <${A}> {} }`, true],
    ['none of a list', [A], `SELECT * { SERVICE <${B}> {} }`, false],
    ['none of a list, by a variable', [A], 'SELECT * { ?m ex:at ?e SERVICE ?e { ?m ?p ?o } }', false],
    ['none of a list, within another', [A], `SELECT * { SERVICE <${A}> { SERVICE <${B}> {} } }`, false],
    ['any within another', [A], `SELECT * { SERVICE <${A}> { ?m ex:at ?e SERVICE ?e {} } }`, false],
    ['none of a list, within EXISTS', [A], `SELECT * { ?m ?p ?o FILTER EXISTS { SERVICE <${B}> {} } }`, false],
  ])('%s', async (_name, service, query, allowed) => {
    await using here = await openOver(HERE, { fetch, limits: { service } })
    const answer = ask(query, {}, here)
    if (allowed) await expect(answer).resolves.toBeDefined()
    else await expect(answer).rejects.toMatchObject({ code: 'forbidden' })
    if (!allowed) expect(asked.some(({ endpoint }) => service === 'none' || endpoint !== A)).toBe(false)
    expect(here.running.list()).toEqual([])
  })
})

describe('the stores of the polystore itself', () => {
  test('are asked in this process, alone', async () => {
    await using two = await openTwo({ fetch })
    const only = await answerOf(
      await two.execute(`${PREFIX}SELECT ?m ?d { SERVICE <${BASE}store/runs> { ?m ex:from+ ?d } }`),
    )
    const direct = await openTwo()
    await direct.stores.remove('labels')
    expect(only).toEqual(await answerOf(await direct.execute(`${PREFIX}SELECT ?m ?d { ?m ex:from+ ?d }`)))
    await direct.close()
    expect(asked).toEqual([])
  })

  test.each(MODES)(
    'their blank nodes are the ones of all queries, and OPTIONAL, graphs and a variable work: %s',
    async (_mode, options) => {
      await using two = await openTwo()
      const store = `<${BASE}store/runs>`
      const names = `SELECT ?m ?name { ?m ex:by ?who SERVICE ${store} { ?who ex:name ?name } }`
      expect((await ask(names, options, two)).rows).toEqual(['m1 Ann', 'm2 Bob'])
      const graphs = `SELECT ?g ?m { VALUES ?e { ${store} } SERVICE ?e { GRAPH ?g { ?m ex:state "done" } } }`
      expect((await ask(graphs, options, two)).rows).toEqual(['g1 m1', 'g2 m1', 'g2 m3'])
      const optional = `SELECT ?m ?l { ?m ex:loss ?x OPTIONAL { SERVICE <${BASE}store/labels> { ?m ex:label ?l } } }`
      expect((await ask(optional, options, two)).rows).toEqual(['m1 first', 'm2 second', 'm3 -'])
    },
  )
})
