import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openColumnar } from '../../../connectors/columnar/index.ts'
import openMemory from '../../../connectors/memory/index.ts'
import { iri, literal, type Quad, quad } from '../../../planner/term.ts'
import { open } from '../../../src/open.ts'
import type { Polystore } from '../../../src/polystore.ts'
import { openUpdatable, quadsIn } from '../../sparql/updatable.ts'

const named = (graph: string, object: string): Quad =>
  quad(iri('http://x/s'), iri('http://x/p'), iri(object), iri(graph))

const shown = async (polystore: Polystore): Promise<readonly string[]> =>
  (await quadsIn(polystore))
    .map((each) =>
      [each.subject, each.predicate, each.object, each.graph].map(({ value }) => value.replace('http://x/', '')),
    )
    .map((parts) => parts.join(' ').trim())
    .sort()

describe('a request of several operations', () => {
  it('does them in order, each on what those before it left', async () => {
    await using polystore = await openUpdatable()
    const result = await polystore.update(`
      INSERT DATA { <s> <p> 1 } ;
      INSERT { ?s <q> ?o } WHERE { ?s <p> ?o } ;
      DELETE { ?s <p> ?o } WHERE { ?s <q> ?o } ;
      COPY DEFAULT TO <g>`)
    expect(result).toEqual({ store: 'store', added: 3, removed: 1 })
    expect(await shown(polystore)).toEqual(['s q 1', 's q 1 g'])
  })

  it.each([
    ['CREATE GRAPH <g>', 'conflict'],
    ['DROP GRAPH <h>', 'not-found'],
    ['COPY <h> TO <k>', 'not-found'],
    ['MOVE <h> TO DEFAULT', 'not-found'],
    ['ADD <h> TO <g>', 'not-found'],
    ['LOAD <http://127.0.0.1:1/x.ttl>', 'forbidden'],
    ['INSERT { ?s <p> ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }', 'store-failed'],
  ])('leaves nothing where %s fails, and with SILENT goes on', async (operation, code) => {
    await using polystore = await openUpdatable([named('http://x/g', 'http://x/o')])
    const before = await shown(polystore)
    const text = `CLEAR ALL ; INSERT DATA { <a> <b> 1 . GRAPH <g> { <a> <b> 2 } } ; ${operation} ; INSERT DATA { <c> <d> 3 }`
    await expect(polystore.update(text)).rejects.toMatchObject({ code })
    expect(await shown(polystore)).toEqual(before)
    await polystore.update(
      text.replace(/;\s(CREATE|DROP|COPY|MOVE|ADD|LOAD)/, '; $1 SILENT').replace('SERVICE', 'SERVICE SILENT'),
    )
    expect(await shown(polystore)).toContain('c d 3')
  })

  it('is all seen, or nothing of it', async () => {
    await using polystore = await openUpdatable([quad(iri('http://x/n'), iri('http://x/is'), literal('0'))])
    const seen = new Set<number>()
    let writing = true
    const reading = (async () => {
      while (writing) {
        const rows = await polystore.query('SELECT ?x ?v { ?x <is> ?v }').toArray()
        seen.add(rows.length)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let i = 1; i <= 20; i++) {
      await polystore.update(
        `DELETE { ?x <is> ?v } WHERE { ?x <is> ?v } ; INSERT DATA { <n> <is> "${i}" } ; INSERT { <m> <is> ?v } WHERE { <n> <is> ?v } ; DELETE WHERE { <m> <is> ?v }`,
      )
    }
    writing = false
    await reading
    expect([...seen]).toEqual([1])
  })

  it('comes after those that came before', async () => {
    await using polystore = await openUpdatable([quad(iri('http://x/n'), iri('http://x/is'), literal('0'))])
    const increment =
      'DELETE { <n> <is> ?v } INSERT { <n> <is> ?w } WHERE { <n> <is> ?v BIND(STR(<http://www.w3.org/2001/XMLSchema#integer>(?v) + 1) AS ?w) }'
    await Promise.all(Array.from({ length: 25 }, () => polystore.update(increment)))
    expect(await shown(polystore)).toEqual(['n is 25'])
  })

  it('changes nothing when it is cancelled or late, nor when it waits', async () => {
    const quads = Array.from({ length: 300 }, (_, i) =>
      quad(iri(`http://x/${i}`), iri('http://x/p'), literal(String(i))),
    )
    await using polystore = await openUpdatable(quads)
    const slow = 'INSERT { ?a <q> ?c } WHERE { ?a ?p ?b . ?c ?r ?d . ?e ?f ?g FILTER(?b + ?d = ?g + 1000) }'
    const controller = new AbortController()
    const first = polystore.update(`DELETE WHERE { <1> ?p ?o } ; ${slow}`, { timeout: 300 })
    const waiting = polystore.update('CLEAR ALL', { signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
    await expect(first).rejects.toMatchObject({ code: 'timeout' })
    expect(await quadsIn(polystore)).toHaveLength(300)
  })
})

describe('a template', () => {
  it('makes blank nodes for each solution, and leaves out what is no triple', async () => {
    await using polystore = await openUpdatable()
    await polystore.update('INSERT DATA { <a> <p> 1 . <b> <p> <c> }')
    const { added } = await polystore.update(
      'INSERT { _:n <of> ?s . _:n <is> ?o . ?o <literal> ?s . ?s ?o ?unbound . ?s ?v 1 } WHERE { ?s <p> ?o BIND("v" AS ?v) }',
    )
    expect(added).toBe(5)
    const nodes = (await quadsIn(polystore)).filter(({ predicate }) => predicate.value === 'http://x/of')
    expect(new Set(nodes.map(({ subject }) => subject.value)).size).toBe(2)
    expect(await shown(polystore)).toContain('c literal b')
  })

  it('removes by blank nodes that WHERE finds, and names graphs by variables', async () => {
    await using polystore = await openUpdatable()
    await polystore.update('INSERT DATA { GRAPH <g> { _:a <p> 1 . _:a <q> 2 } GRAPH <h> { <b> <p> 1 } }')
    await polystore.update('DELETE { GRAPH ?g { ?s <q> 2 } } INSERT { ?s <r> ?g } WHERE { GRAPH ?g { ?s <p> 1 } }')
    expect((await shown(polystore)).map((line) => line.replace(/^u\w+/, '_')).sort()).toEqual(
      ['_ p 1 g', '_ r g', 'b p 1 h', 'b r h'].sort(),
    )
  })

  it('is of the graph of WITH, also where that holds nothing yet', async () => {
    await using polystore = await openUpdatable()
    await polystore.update('WITH <g> INSERT { <a> <p> 1 } WHERE { FILTER NOT EXISTS { <a> <p> 1 } }')
    await polystore.update('WITH <g> INSERT { <a> <p> 2 } WHERE { FILTER NOT EXISTS { <a> <p> 1 } }')
    await polystore.update('WITH <g> INSERT { <a> <q> ?g } WHERE { GRAPH ?g { ?s ?p ?o } }')
    expect(await shown(polystore)).toEqual(['a p 1 g', 'a q g g'])
  })
})

describe('the store of an update', () => {
  const openStores = async (): Promise<Polystore> => {
    const context = { base: 'http://x/', folder: '.' }
    return open(
      { base: 'http://x/' },
      {
        connectors: [
          await openColumnar({ id: 'fixed', type: 'columnar', role: 'provenance' }, context),
          await openColumnar({ id: 'one', type: 'columnar', update: true }, context),
          openMemory({ id: 'memory', type: 'memory', data: '<http://x/a> <http://x/p> <http://x/b> .' }, context),
        ],
      },
    )
  }

  it('is one whose definition allows it', async () => {
    await using polystore = await openStores()
    const update = 'INSERT DATA { <a> <p> 1 }'
    await expect(polystore.update(update, { store: 'fixed' })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('`update: true`'),
    })
    await expect(polystore.update(update, { store: 'memory' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(polystore.update(update, { store: 'other' })).rejects.toMatchObject({ code: 'not-found' })
    expect(await polystore.update(update)).toEqual({ store: 'one', added: 1, removed: 0 })
    expect(polystore.stores.list().map(({ updates }) => updates)).toEqual([undefined, true, undefined])
    await using none = await openUpdatable([], 'http://x/', { update: false })
    await expect(none.update(update)).rejects.toMatchObject({ code: 'forbidden', message: /No store takes updates/ })
    const context = { base: 'http://x/', folder: '.' }
    await expect(openColumnar({ id: 'a', type: 'columnar', readOnly: true, update: true }, context)).rejects.toThrow(
      'must be false where readOnly is true',
    )
    await polystore.stores.register(await openColumnar({ id: 'two', type: 'columnar', update: true }, context))
    await expect(polystore.update(update)).rejects.toMatchObject({ code: 'parameter', details: { parameter: 'store' } })
  })

  it('is what WHERE reads, unless it is to read every store', async () => {
    await using polystore = await openStores()
    const copy = 'INSERT { ?s <copied> ?o } WHERE { ?s <p> ?o }'
    expect(await polystore.update(copy)).toMatchObject({ added: 0 })
    expect(await polystore.update(copy, { scope: 'polystore' })).toMatchObject({ store: 'one', added: 1 })
    expect(await polystore.update('DELETE WHERE { ?s ?p ?o }', { scope: 'polystore' })).toMatchObject({ removed: 1 })
    expect(await shown(polystore)).toEqual(['a p b'])
  })

  it('takes no update once it is closed', async () => {
    const polystore = await openUpdatable()
    await polystore.close()
    await expect(polystore.update('CLEAR ALL')).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('LOAD', () => {
  let folder: string
  let server: Server
  let url: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-load-'))
    await writeFile(join(folder, 'data.ttl'), '<a> <p> _:b . _:b <p> 1 .')
    await writeFile(join(folder, 'broken.ttl'), '<a> <p> <b> .\n<a <p> .')
    await rm(`${folder}-secret.ttl`, { force: true })
    await writeFile(`${folder}-secret.ttl`, '<a> <p> <secret> .')
    await symlink(`${folder}-secret.ttl`, join(folder, 'link.ttl'))
    server = createServer((request, response) => {
      if (request.url === '/data/moved.ttl') return response.writeHead(302, { Location: '/data/graph' }).end()
      if (request.url === '/data/away.ttl') return response.writeHead(302, { Location: '/secret' }).end()
      if (request.url === '/data/none') return response.writeHead(404).end()
      if (request.url === '/data/page') return response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>')
      if (request.url === '/data/json') {
        response.writeHead(200, { 'Content-Type': 'application/ld+json' })
        return response.end('{"@id":"http://x/a","http://x/p":"json"}')
      }
      return response
        .writeHead(200, { 'Content-Type': 'text/turtle; charset=utf-8' })
        .end(`<#a> <p> "${request.url}" .`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
    await rm(`${folder}-secret.ttl`, { force: true })
  })

  const openLoading = () => openUpdatable([], 'http://x/', { update: { load: [folder, `${url}/data/`] } })

  it('reads files of folders, and documents of places, that the definition names', async () => {
    await using polystore = await openLoading()
    const file = pathToFileURL(join(folder, 'data.ttl')).href
    expect(await polystore.update(`LOAD <${file}> ; LOAD <${file}> INTO GRAPH <g>`)).toMatchObject({ added: 4 })
    const nodes = (await quadsIn(polystore)).filter(({ subject }) => subject.termType === 'BlankNode')
    expect(new Set(nodes.map(({ subject }) => subject.value)).size).toBe(2)
    await polystore.update(`CLEAR ALL ; LOAD <${url}/data/moved.ttl> INTO GRAPH <g> ; LOAD <${url}/data/json>`)
    expect(await shown(polystore)).toEqual([`${url}/data/graph#a ${url}/data/p /data/graph g`, 'a p json'].sort())
  })

  it.each([
    ['a file elsewhere', () => `${pathToFileURL(`${folder}-secret.ttl`).href}`, 'forbidden'],
    ['a link that leads elsewhere', () => pathToFileURL(join(folder, 'link.ttl')).href, 'forbidden'],
    [
      'a path out of the folder',
      () => `${pathToFileURL(folder).href}/../${folder.split('/').at(-1)}-secret.ttl`,
      'forbidden',
    ],
    ['another place', () => `${url}/secret`, 'forbidden'],
    ['a redirection elsewhere', () => `${url}/data/away.ttl`, 'forbidden'],
    ['a path that climbs', () => `${url}/data/../secret`, 'forbidden'],
    ['a user in the URL', () => `${url.replace('//', '//user@')}/data/graph`, 'forbidden'],
    ['another scheme', () => 'ftp://127.0.0.1/data/x.ttl', 'forbidden'],
    ['what is not there', () => `${url}/data/none`, 'store-failed'],
    ['no such file', () => pathToFileURL(join(folder, 'none.ttl')).href, 'store-failed'],
    ['what is no RDF', () => `${url}/data/page`, 'unsupported-media-type'],
    ['what does not parse', () => pathToFileURL(join(folder, 'broken.ttl')).href, 'query-semantics'],
  ])('refuses %s', async (_, addressOf, code) => {
    await using polystore = await openLoading()
    await expect(polystore.update(`LOAD <${addressOf()}>`)).rejects.toMatchObject({ code })
    expect(await polystore.update(`LOAD SILENT <${addressOf()}>`)).toMatchObject({ added: 0 })
  })

  it('is of the definition alone', async () => {
    const context = { base: 'http://x/', folder: '.' }
    await expect(
      openColumnar({ id: 'a', type: 'columnar', update: { load: ['ftp://x/'] } }, context),
    ).rejects.toMatchObject({ code: 'configuration' })
  })
})

describe('graphs as a whole', () => {
  it('are read, replaced, added to and removed', async () => {
    await using polystore = await openUpdatable()
    const { graphs } = polystore
    const triple = (object: string) => quad(iri('http://x/s'), iri('http://x/p'), literal(object))
    expect(await graphs.read('http://x/g')).toBeUndefined()
    expect(await graphs.write('http://x/g', [triple('1'), triple('2')])).toMatchObject({ existed: false, exists: true })
    expect(await graphs.write('http://x/g', [triple('3')], { replace: false })).toMatchObject({ added: 1, removed: 0 })
    expect(await graphs.write('http://x/g', [triple('3'), triple('4')])).toMatchObject({ added: 2, removed: 3 })
    const execution = await graphs.read('http://x/g')
    if (execution?.kind !== 'quads') throw new Error('A graph is quads')
    const found: string[] = []
    for await (const block of execution.blocks) found.push(...block.map(({ object }) => object.value))
    expect(found.sort()).toEqual(['3', '4'])
    expect(await graphs.remove('http://x/g')).toMatchObject({ existed: true, exists: false, removed: 2 })
    expect(await graphs.remove('http://x/g')).toMatchObject({ existed: false })
    expect(await graphs.remove(undefined)).toMatchObject({ existed: true })
    expect(await graphs.read(undefined)).toMatchObject({ kind: 'quads' })
  })
})
