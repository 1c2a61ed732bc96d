import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { iri, literal, quad } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import { openUpdatable } from '../sparql/updatable.ts'

/*
 * Yasqe, the editor of Yasgui that makes its requests, as published, in a page without a screen. The page is another
 * origin than the endpoint, so the browser asks for leave first where the request is not simple.
 */

interface YasqeResponse {
  readonly status: number
  readonly headers: Headers
  readonly content: string
}

interface Yasqe {
  setValue(query: string): void
  query(): Promise<YasqeResponse>
}

type YasqeClass = new (parent: unknown, options: object) => Yasqe

interface Page {
  readonly window: {
    readonly document: { readonly body: unknown; getElementById(id: string): unknown }
    eval(script: string): void
  }
}

// The package has no types; a name that the compiler cannot follow needs none.
const jsdomPackage: string = 'jsdom'
const { JSDOM } = (await import(jsdomPackage)) as { JSDOM: new (html: string, options: object) => Page }

const SCRIPT = createRequire(import.meta.url).resolve('@zazuko/yasqe')
const ORIGIN = 'https://yasgui.example'
const TOKEN = 'token-of-a-test'
const EX = 'http://example.org/'

let polystore: Polystore
let server: PolyprovServer
let endpoint: string

beforeAll(async () => {
  const quads = [
    quad(iri(`${EX}a`), iri(`${EX}p`), literal('ä')),
    quad(iri(`${EX}a`), iri(`${EX}p`), literal('in a graph'), iri(`${EX}g`)),
  ]
  polystore = await openUpdatable(quads, EX)
  server = createServer(polystore, { token: TOKEN })
  endpoint = `${await server.listen(0)}/sparql`
})

afterAll(async () => {
  await server.close(0)
  await polystore.close()
})

/** `fetch` as a browser has it for a page of another origin: only what the server allows is let through. */
async function fetchFromPage(input: Request): Promise<Response> {
  const headers = new Headers(input.headers)
  headers.set('Origin', ORIGIN)
  const { method } = input
  const unsafe = [...input.headers.keys()].filter((name) => !['accept', 'content-type'].includes(name))
  if (unsafe.length > 0) {
    const preflight = await fetch(input.url, {
      method: 'OPTIONS',
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': unsafe.join(','),
      },
    })
    const allowed = (preflight.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/ *, */)
    if (!unsafe.every((name) => allowed.includes(name))) throw new TypeError(`not allowed: ${unsafe}`)
  }
  const body = method === 'GET' ? undefined : await input.text()
  const response = await fetch(input.url, { method, headers, ...(body === undefined ? {} : { body }) })
  if (!['*', ORIGIN].includes(response.headers.get('access-control-allow-origin') ?? '')) {
    throw new TypeError(`${ORIGIN} may not read the answer`)
  }
  return response
}

function openYasqe(requestConfig: object): Yasqe {
  const { window } = new JSDOM('<!doctype html><div id="yasqe"></div>', {
    runScripts: 'outside-only',
    url: `${ORIGIN}/`,
    pretendToBeVisual: true,
  })
  // CodeMirror measures text; there is none to be seen.
  const range = { setStart() {}, setEnd() {}, getClientRects: () => [], getBoundingClientRect: () => ({}) }
  Object.assign(window.document, {
    createRange: () => ({ ...range, commonAncestorContainer: window.document.body }),
  })
  Object.assign(window, { fetch: fetchFromPage, Headers, Request, Response, AbortController, URLSearchParams })
  window.eval(readFileSync(SCRIPT, 'utf8'))
  const { Yasqe } = window as unknown as { Yasqe: YasqeClass & { readonly default?: YasqeClass } }
  return new (Yasqe.default ?? Yasqe)(window.document.getElementById('yasqe'), {
    requestConfig: { endpoint, ...requestConfig },
    persistenceId: null,
  })
}

const valuesOf = ({ content }: YasqeResponse): readonly string[] =>
  (JSON.parse(content) as { results: { bindings: { o: { value: string } }[] } }).results.bindings.map(
    ({ o }) => o.value,
  )

describe('Yasqe', () => {
  it.each(['GET', 'POST'])('asks by %s', async (method) => {
    const yasqe = openYasqe({ method })
    yasqe.setValue('SELECT ?o { ?s ?p ?o }')
    const response = await yasqe.query()
    expect(response.status).toBe(200)
    expect(valuesOf(response)).toEqual(['ä'])
  })

  it('names graphs', async () => {
    const yasqe = openYasqe({ method: 'POST', defaultGraphs: [`${EX}g`], namedGraphs: [`${EX}g`] })
    yasqe.setValue('SELECT ?o { ?s ?p ?o }')
    expect(valuesOf(await yasqe.query())).toEqual(['in a graph'])
  })

  it('reads graphs', async () => {
    const yasqe = openYasqe({ method: 'POST' })
    yasqe.setValue('CONSTRUCT WHERE { ?s ?p ?o }')
    const { headers, content } = await yasqe.query()
    expect(headers.get('content-type') ?? Object(headers)['content-type']).toMatch(/turtle|n-triples|json|xml/)
    expect(content).toContain('ä')
  })

  it('sends headers of its own, where the server lets it', async () => {
    const yasqe = openYasqe({ method: 'GET', headers: { 'X-Of-The-Page': '1' } })
    yasqe.setValue('SELECT ?o { ?s ?p ?o }')
    expect(valuesOf(await yasqe.query())).toEqual(['ä'])
  })

  it('updates with the token, and not without', async () => {
    const update = `INSERT DATA { <${EX}b> <${EX}p> "new" }`
    const stranger = openYasqe({ method: 'POST' })
    stranger.setValue(update)
    await expect(stranger.query()).rejects.toThrow(/unauthorized/)
    const yasqe = openYasqe({ method: 'POST', headers: { Authorization: `Bearer ${TOKEN}` } })
    yasqe.setValue(update)
    await yasqe.query()
    yasqe.setValue(`SELECT ?o { <${EX}b> ?p ?o }`)
    expect(valuesOf(await yasqe.query())).toEqual(['new'])
  })
})
