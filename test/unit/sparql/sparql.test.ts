import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonReader } from '../../../connectors/sparql/results-json.ts'
import { xmlReader } from '../../../connectors/sparql/results-xml.ts'
import { blank, iri, literal, quad } from '../../../planner/term.ts'
import { open } from '../../../src/open.ts'
import { BASE, sendJson, serveQuads, stubEndpoint } from './serving.ts'

const polystoreOf = (endpoint: string, more: object = {}) =>
  open({ base: BASE, stores: [{ id: 'remote', type: 'sparql', endpoint, ...more }] })

const uri = (value: string) => ({ type: 'uri', value })
const ROW = { s: uri('http://x/s'), p: uri('http://x/p'), o: uri('http://x/o') }
/** The same triple, whatever is asked of it; descriptions are short. */
const answerAll = (query: string) =>
  /COUNT\(\*\)/.test(query) ? [{ term: uri('http://x/p'), n: { type: 'literal', value: '1' } }] : [ROW]
const asksData = (query: string) => /\?s <http:\/\/x\/p> \?o/.test(query)

describe('results', () => {
  const rows = fc.array(
    fc.dictionary(
      fc.constantFrom('a', 'b', 'bindings', 'results'),
      fc.record({ type: fc.constantFrom('uri', 'literal'), value: fc.string({ unit: 'binary' }) }),
      { noNullPrototype: true },
    ),
  )
  const cut = (text: string, cuts: readonly number[]): string[] => {
    const places = [...new Set(cuts.map((each) => each % (text.length + 1)))].sort((a, b) => a - b)
    return [0, ...places].map((start, i) => text.slice(start, places[i]))
  }

  it('in JSON are read row by row, however the text comes', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat()), fc.boolean(), (bindings, cuts, pretty) => {
        const whole = { head: { vars: ['a"[{'] }, results: { distinct: false, bindings }, warnings: ['[{"'] }
        const reader = jsonReader()
        const read = cut(JSON.stringify(whole, null, pretty ? 1 : undefined), cuts).flatMap((part) => reader.feed(part))
        reader.end()
        expect(read).toEqual(bindings)
      }),
      { numRuns: 500 },
    )
  })

  it('in JSON may be any number, with white space between them', () => {
    const reader = jsonReader()
    reader.feed('{"head":{"vars":[]},"results":{"bindings":[{}')
    const part = `${' '.repeat(100)},\n{}`.repeat(1_000)
    let count = 0
    for (let i = 0; i < 20; i++) count += reader.feed(part).length
    reader.feed(' ]}}')
    reader.end()
    expect(count).toBe(20_000)
  })

  it('in JSON are refused where they end too soon', () => {
    const whole = JSON.stringify({ head: {}, results: { bindings: [ROW, ROW] } })
    for (let length = 0; length < whole.length; length++) {
      const reader = jsonReader()
      reader.feed(whole.slice(0, length))
      expect(() => reader.end()).toThrow()
    }
  })

  it('in XML are read likewise', () => {
    const text = `<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="a"/></head>
      <results><result><binding name="a"><literal xml:lang="en">a &lt;&amp;&#x1F600; ]]</literal></binding>
      <binding name="b"><bnode>n1</bnode></binding></result><result></result>
      <result><binding name='a'><literal datatype="urn:t"/></binding></result></results></sparql>`
    const expected = [
      { a: { type: 'literal', value: 'a <&😀 ]]', 'xml:lang': 'en' }, b: { type: 'bnode', value: 'n1' } },
      {},
      { a: { type: 'literal', value: '', datatype: 'urn:t' } },
    ]
    for (let place = 0; place <= text.length; place++) {
      const reader = xmlReader()
      expect([...reader.feed(text.slice(0, place)), ...reader.feed(text.slice(place))]).toEqual(expected)
      reader.end()
      const broken = xmlReader()
      broken.feed(text.slice(0, place))
      if (place < text.length) expect(() => broken.end()).toThrow()
    }
  })
})

describe('an endpoint', () => {
  it('is asked for a whole group at once, and for keys in blocks', async () => {
    const triples = Array.from(
      { length: 250 },
      (_, i) => `<http://x/${i}> <http://x/p> <http://x/c${i % 5}> ; <http://x/n> ${i} .`,
    )
    await using served = await serveQuads(triples.join('\n'))
    await using polystore = await open({
      base: BASE,
      stores: [
        { id: 'remote', type: 'rdf', endpoint: served.endpoint, quirks: { keys: 100 } },
        {
          id: 'local',
          type: 'memory',
          data: Array.from({ length: 210 }, (_, i) => `<http://x/${i}> <http://x/local> ${i} .`).join('\n'),
        },
      ],
    })
    const whole = polystore.query('SELECT ?c (COUNT(*) AS ?n) { ?s <http://x/p> ?c ; <http://x/n> ?v } GROUP BY ?c')
    expect((await whole.toArray()).map(({ ['n']: n }) => n)).toEqual([50, 50, 50, 50, 50])
    expect(whole.stats()?.stores['remote']?.requests).toBe(1)
    const values = Array.from({ length: 210 }, (_, i) => `<http://x/${i}>`).join(' ')
    const joined = polystore.query(
      `SELECT ?s ?v { VALUES ?s { ${values} } ?s <http://x/local> ?l OPTIONAL { ?s <http://x/n> ?v } }`,
    )
    const found = await joined.toArray()
    expect(found).toHaveLength(210)
    expect(found.every(({ ['s']: s, ['v']: v }) => s === `http://x/${v}`)).toBe(true)
  })

  it('that holds blank nodes is not asked for them by name', async () => {
    const data = '_:a <http://x/p> <http://x/o> . _:a <http://x/q> _:b . _:b <http://x/n> 1 , 2 .'
    await using served = await serveQuads(data)
    await using polystore = await polystoreOf(served.endpoint)
    const rows = await polystore
      .query(
        'SELECT ?n { ?a <http://x/p> <http://x/o> OPTIONAL { ?a <http://x/q> ?b . ?b <http://x/n> ?n } } ORDER BY ?n',
      )
      .toArray()
    expect(rows).toEqual([{ n: 1 }, { n: 2 }])
  })

  it('that holds blank nodes in its named graphs only is known to', async () => {
    await using served = await serveQuads([quad(blank('a'), iri('urn:p'), literal('x'), iri('urn:g'))])
    await using polystore = await polystoreOf(served.endpoint)
    const rows = polystore.query('SELECT * { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s', { verify: true })
    expect(await rows.toArray()).toHaveLength(1)
  })

  it.each([
    [{}, 'polyprov', true],
    [{}, 'another', false],
    [{ literals: 'term', strings: 'same', defaultGraph: 'own', values: true }, 'another', true],
  ])('is not asked for what the quirks %j and the server %s tell', async (quirks, server, known) => {
    await using stub = await stubEndpoint((request, response) =>
      sendJson(response, answerAll(request.query), { Server: server }),
    )
    await using _ = await polystoreOf(stub.endpoint, { quirks })
    expect(stub.asked.some(({ query }) => /VALUES|isNumeric|NOT EXISTS/.test(query))).toBe(!known)
  })

  it.each([{}, { method: 'POST' }])(
    'is asked whether it answers when it is described, and when it is checked: %j',
    async (quirks) => {
      await using stub = await stubEndpoint((request, response) => sendJson(response, answerAll(request.query)))
      const times = () => stub.asked.filter(({ query }) => query === 'SELECT * WHERE { ?s ?p ?o } LIMIT 1').length
      await using polystore = await polystoreOf(stub.endpoint, { quirks })
      const before = times()
      await polystore.stores.check('remote')
      expect([before, times()]).toEqual([2, 3])
    },
  )

  it('answers a query as the store behind it does, verified', async () => {
    await using served = await serveQuads(
      '@prefix : <http://x/> . :a :p :b ; :n 1 ; :name "A" . :b :p :c ; :n 2.5 ; :name "B"@en . :c :p :a ; :n "x" . :d :n 1e0 .',
    )
    await using polystore = await polystoreOf(served.endpoint)
    for (const where of [
      '?s :p ?o ; :n ?n FILTER(?n > 1)',
      '?s :n ?n OPTIONAL { ?s :name ?m FILTER(STRSTARTS(?m, "A")) }',
      '?s :p+ ?o FILTER NOT EXISTS { ?o :name ?x }',
      '{ ?s :p :b } UNION { ?s :n 1 } MINUS { ?s :name "B"@en }',
      '{ SELECT ?s (COUNT(?o) AS ?n) { ?s :p|:n ?o } GROUP BY ?s } FILTER(?n > 1)',
      '?s :n ?n BIND(STR(?n) AS ?m) FILTER(?s IN (:a, :d))',
      '?s ?p ?o FILTER(isIRI(?o) && ?p != :name)',
    ])
      await polystore.query(`PREFIX : <http://x/> SELECT * { ${where} }`, { verify: true }).toArray()
  })

  it('is sent credentials and headers, and errors tell neither', async () => {
    await using stub = await stubEndpoint((request, response) => {
      if (
        request.headers.authorization === `Basic ${Buffer.from('me:hidden-word').toString('base64')}` &&
        !asksData(request.query)
      )
        sendJson(response, answerAll(request.query))
      else {
        response.writeHead(403)
        response.end('hidden-word is wrong')
      }
    })
    await using polystore = await polystoreOf(stub.endpoint, {
      user: 'me',
      password: 'hidden-word',
      headers: { 'X-Key': 'k' },
    })
    expect(stub.asked[0]!.headers['x-key']).toBe('k')
    const failing = polystore.query('SELECT * { ?s <http://x/p> ?o }').toArray()
    await expect(failing).rejects.toMatchObject({ code: 'store-failed', details: { store: 'remote' } })
    await expect(failing).rejects.toThrow(/access is denied/)
    await expect(failing).rejects.not.toThrow(/hidden-word/)
  })

  it.each([
    ['no results', (_: unknown, response: import('node:http').ServerResponse) => response.end('<html>'), /media type/],
    [
      'a redirect',
      (_: unknown, response: import('node:http').ServerResponse) =>
        response.writeHead(301, { Location: 'http://y/' }).end(),
      /redirects to http:\/\/y\/: give that endpoint/,
    ],
    [
      'half a result',
      (_: unknown, response: import('node:http').ServerResponse) =>
        response
          .writeHead(200, { 'Content-Type': 'application/sparql-results+json' })
          .end('{"head":{},"results":{"bindings":['),
      /is broken/,
    ],
  ])('that answers with %s is told', async (_, answer, message) => {
    await using stub = await stubEndpoint((request, response) => {
      if (asksData(request.query)) answer(request, response)
      else sendJson(response, answerAll(request.query))
    })
    await using polystore = await polystoreOf(stub.endpoint)
    const failing = polystore.query('SELECT * { ?s <http://x/p> ?o }').toArray()
    await expect(failing).rejects.toMatchObject({ code: 'store-failed', details: { store: 'remote' } })
    await expect(failing).rejects.toThrow(message)
  })

  it('is asked again where it is busy, and hung up on where it is silent', async () => {
    let busy = 2
    await using stub = await stubEndpoint((request, response) => {
      if (!asksData(request.query)) sendJson(response, answerAll(request.query))
      else if (busy-- > 0) response.writeHead(503).end()
      else if (busy > -2) sendJson(response, [ROW])
    })
    await using polystore = await polystoreOf(stub.endpoint, { timeout: 1_000 })
    const text = 'SELECT * { ?s <http://x/p> ?o }'
    const rows = polystore.query(text)
    expect(await rows.toArray()).toHaveLength(1)
    expect(rows.stats()?.stores['remote']?.requests).toBe(3)
    await expect(polystore.query(text).toArray()).rejects.toMatchObject({ code: 'store-timeout' })
    await expect(polystore.query(text, { timeout: 100 }).toArray()).rejects.toMatchObject({ code: 'timeout' })
    await expect.poll(() => stub.asked.slice(-2).map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it.each([
    ['1', 2],
    ['3600', 1],
    [new Date(Date.now() + 7_200_000).toUTCString(), 1],
    ['soon', 2],
  ])('that asks to wait %s is asked %i times', async (retryAfter, times) => {
    await using stub = await stubEndpoint((request, response) => {
      if (!asksData(request.query)) sendJson(response, answerAll(request.query))
      else response.writeHead(503, { 'Retry-After': retryAfter }).end('closed')
    })
    await using polystore = await polystoreOf(stub.endpoint, { retries: 1 })
    const began = Date.now()
    const failing = polystore.query('SELECT * { ?s <http://x/p> ?o }').toArray()
    await expect(failing).rejects.toThrow(/answers 503.*closed/)
    expect(stub.asked.filter(({ query }) => asksData(query))).toHaveLength(times)
    if (retryAfter === '1') expect(Date.now() - began).toBeGreaterThanOrEqual(1_000)
  })

  it('that cuts its answers is never taken at its word', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ s: uri(`http://x/${i}`), o: uri('http://x/o') }))
    await using stub = await stubEndpoint((request, response) => {
      if (asksData(request.query) && /COUNT/.test(request.query))
        sendJson(response, [
          Object.fromEntries([[/AS \?(\w+)\)/.exec(request.query)![1], { type: 'literal', value: '1500' }]]),
        ])
      else if (asksData(request.query)) sendJson(response, many)
      else sendJson(response, answerAll(request.query))
    })
    await using polystore = await polystoreOf(stub.endpoint)
    await expect(polystore.query('SELECT * { ?s <http://x/p> ?o }').toArray()).rejects.toThrow(
      /cuts its answers after 1000 rows/,
    )
  })

  it('gives its first rows before its last', async () => {
    let finish = () => undefined as unknown
    await using stub = await stubEndpoint((request, response) => {
      if (!asksData(request.query)) return sendJson(response, answerAll(request.query))
      response.writeHead(200, { 'Content-Type': 'application/sparql-results+json' })
      response.write(`{"head":{"vars":["s","o"]},"results":{"bindings":[${JSON.stringify(ROW)}`)
      finish = () => response.end(']}}')
    })
    await using polystore = await polystoreOf(stub.endpoint)
    const rows = polystore.query('SELECT * { ?s <http://x/p> ?o }')[Symbol.asyncIterator]()
    expect((await rows.next()).done).toBe(false)
    finish()
    expect((await rows.next()).done).toBe(true)
  })

  it.each([
    [{ endpoint: 'http://user:hidden@x/' }, /must hold no user name/],
    [{ endpoint: 'file:///x' }, /must be an http or https URL/],
    [{ graph: 'urn:x> ' }, /graph: must be an absolute IRI/],
    [{ quirk: {} }, /quirk/],
  ])('%j is refused', async (wrong, message) => {
    const opening = polystoreOf('http://127.0.0.1:1/', wrong)
    await expect(opening).rejects.toMatchObject({ code: 'configuration' })
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.not.toThrow(/hidden/)
  })
})
