import { request as httpRequest } from 'node:http'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import type { ServerOptions } from '../../src/server/options.ts'
import { type MemoryPolystore, memoryPolystore } from '../memory-polystore.ts'

export interface Serving {
  readonly url: string
  readonly polystore: MemoryPolystore
  readonly server: PolyprovServer
  get(path: string, headers?: Record<string, string>): Promise<Response>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

/** A server on a free port over a polystore of its own. */
export async function serve(options: ServerOptions = {}): Promise<Serving> {
  const polystore = memoryPolystore()
  const server = createServer(polystore, options)
  const url = await server.listen(0)
  const send: Serving['send'] = (method, path, body, headers = {}) =>
    fetch(url + path, {
      method,
      redirect: 'manual',
      headers: typeof body === 'object' ? { 'Content-Type': 'application/json', ...headers } : headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return { url, polystore, server, send, get: (path, headers) => send('GET', path, undefined, headers) }
}

export interface RawAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
  /** Whether the connection broke before the end. */
  readonly broken: boolean
}

/** A request through node:http, which tells of trailers and broken connections. */
export function rawRequest(
  url: string,
  method = 'GET',
  headers: Record<string, string> = {},
  body = '',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', () => undefined)
      response.on('close', () => {
        const { statusCode = 0, trailers, complete } = response
        resolve({ status: statusCode, headers: response.headers, body: text, trailers, broken: !complete })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

export const ask = (query: string): string => `/sparql?query=${encodeURIComponent(query)}`

/** Waits until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
