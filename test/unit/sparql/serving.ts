import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import memory from '../../../connectors/memory/index.ts'
import type { Quad } from '../../../planner/term.ts'
import { open } from '../../../src/open.ts'
import { createServer as createPolystoreServer } from '../../../src/server/create-server.ts'

export const BASE = 'urn:test:'

/** Quads as a polystore of ours, served over SPARQL in this process. */
export async function serveQuads(
  quads: readonly Quad[] | string,
): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const store = memory(
    typeof quads === 'string' ? { id: 'served', type: 'memory', data: quads } : { id: 'served', type: 'memory', quads },
    { base: BASE },
  )
  const polystore = await open({ base: BASE, stores: [] }, { connectors: [store] })
  const server = createPolystoreServer(polystore, {})
  const url = await server.listen(0)
  return {
    endpoint: `${url}/sparql`,
    async [Symbol.asyncDispose]() {
      await server.close()
      await polystore.close()
    },
  }
}

export interface Request {
  readonly method: string
  readonly query: string
  readonly headers: IncomingMessage['headers']
  aborted: boolean
}

/** An endpoint that says whatever it is told to, and keeps what it was asked. */
export async function stubEndpoint(
  answer: (request: Request, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly endpoint: string; readonly asked: Request[] }> {
  const asked: Request[] = []
  const server = createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const parameters =
      incoming.method === 'POST' ? new URLSearchParams(body) : new URL(incoming.url!, 'http://x').searchParams
    const request: Request = {
      method: incoming.method ?? '',
      query: parameters.get('query') ?? '',
      headers: incoming.headers,
      aborted: false,
    }
    response.on('close', () => {
      request.aborted = !response.writableFinished
    })
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}/sparql`,
    asked,
    [Symbol.asyncDispose]() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

type Row = Readonly<Record<string, object>>

export function sendJson(response: ServerResponse, rows: readonly Row[], headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'Content-Type': 'application/sparql-results+json; charset=utf-8', ...headers })
  response.end(JSON.stringify({ head: { vars: Object.keys(rows[0] ?? {}) }, results: { bindings: rows } }))
}
