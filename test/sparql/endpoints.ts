import type { Polystore } from '../../src/polystore.ts'
import { type FormatName, resultFormat } from '../../src/results/formats.ts'
import { serialise } from '../../src/results/serialise.ts'

export interface Asked {
  readonly endpoint: string
  readonly query: string
}

/** Answers instead of an endpoint; `undefined` where the polystores are to. */
export type Stub = (asked: Asked, signal: AbortSignal | undefined) => Response | Promise<Response> | undefined

/** Endpoints that are polystores of this process, as `open` takes them; every other address is one that nobody knows. */
export function endpointsOf(
  polystores: Readonly<Record<string, Pick<Polystore, 'execute'>>>,
  { format = 'json', stub }: { readonly format?: FormatName; readonly stub?: Stub } = {},
): { readonly fetch: typeof fetch; readonly asked: Asked[] } {
  const asked: Asked[] = []
  return {
    asked,
    async fetch(address, { body, signal } = {}) {
      const endpoint = String(address)
      const request = { endpoint, query: new URLSearchParams(String(body)).get('query') ?? '' }
      asked.push(request)
      const stubbed = stub?.(request, signal ?? undefined)
      if (stubbed !== undefined) return stubbed
      const polystore = polystores[endpoint]
      if (polystore === undefined) throw new TypeError('fetch failed', { cause: unknownHost(endpoint) })
      const execution = await polystore.execute(request.query)
      let text = ''
      for await (const chunk of serialise(execution, format)) text += chunk
      return new Response(text, { headers: { 'Content-Type': resultFormat(format).contentType } })
    },
  }
}

const unknownHost = (endpoint: string): Error =>
  Object.assign(new Error(`getaddrinfo ENOTFOUND ${new URL(endpoint).hostname}`), { code: 'ENOTFOUND' })

export const jsonAnswer = (rows: readonly object[]): Response =>
  new Response(JSON.stringify({ head: { vars: [] }, results: { bindings: rows } }), {
    headers: { 'Content-Type': 'application/sparql-results+json' },
  })
