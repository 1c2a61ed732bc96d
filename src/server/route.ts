import type { Express, Request, Response } from 'express'
import type { z } from 'zod'
import { PolyprovError } from '../../planner/errors.ts'
import type { Polystore } from '../polystore.ts'
import { demandAuthority } from './authority.ts'
import { hangUpSignal } from './deadline.ts'
import type { Metrics } from './metrics.ts'
import type { Settings } from './options.ts'
import { collect, validate } from './parameters.ts'

/** What every route works with. */
export interface ServerContext {
  readonly polystore: Polystore
  readonly settings: Settings
  readonly metrics: Metrics
  /** Queries under way in this server. */
  readonly slots: { taken: number }
  readonly isDraining: () => boolean
}

/** One request, its query string validated. */
export interface Call<Parameters = Record<string, unknown>> {
  readonly context: ServerContext
  readonly request: Request
  readonly response: Response
  readonly parameters: Parameters
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal
}

/** What may be in a body, by media type. */
export type Content = Readonly<Record<string, z.ZodType>>

/** One method of one address: what it takes, what it answers, and how; the documentation is made from it too. */
export interface Operation {
  readonly summary: string
  readonly description?: string
  /** Parameters of the query string; any other is refused. Absent: the handler reads the query string itself. */
  readonly parameters?: z.ZodObject
  /** Names that may be given more than once. */
  readonly repeatable?: readonly string[]
  readonly body?: Content
  readonly answers: Readonly<Record<number, { readonly description: string; readonly content?: Content }>>
  /** Whether it needs the right to write. */
  readonly writes?: boolean
  readonly handle: (call: Call) => Promise<void> | void
}

export const METHODS = ['get', 'post', 'put', 'delete', 'query'] as const
export type Method = (typeof METHODS)[number]

export interface Route {
  /** Express path: `/api/v1/stores/:id`. */
  readonly path: string
  readonly methods: Readonly<Partial<Record<Method, Operation>>>
}

/** An operation whose handler sees the types of its parameters. */
export function operation<Shape extends z.ZodObject>(
  definition: Omit<Operation, 'handle' | 'parameters'> & {
    readonly parameters: Shape
    readonly handle: (call: Call<z.output<Shape>>) => Promise<void> | void
  },
): Operation {
  return definition as unknown as Operation
}

/** Name and value pairs of the query string, as sent. */
export function searchPairs(request: Request): Iterable<[string, string]> {
  const start = request.url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1))
}

/** A part of the path: `:id`. */
export const pathParameter = (request: Request, name: string): string => String(request.params[name] ?? '')

const allowed = (methods: Route['methods']): string =>
  [...Object.keys(methods).map((name) => name.toUpperCase()), ...(methods.get ? ['HEAD'] : []), 'OPTIONS'].join(', ')

/** Adds the route to the application; methods it does not have are answered by 405. */
export function addRoute(app: Express, context: ServerContext, { path, methods }: Route): void {
  app.all(path, async (request, response) => {
    response.locals['route'] = path
    if (request.method === 'OPTIONS') {
      response.setHeader('Allow', allowed(methods))
      response.status(204).end()
      return
    }
    const name = request.method === 'HEAD' ? 'get' : request.method.toLowerCase()
    const found = methods[name as Method]
    if (found === undefined) {
      response.setHeader('Allow', allowed(methods))
      throw new PolyprovError('method-not-allowed', `${path} takes ${allowed(methods)}`)
    }
    if (found.writes === true) demandAuthority(request, context.settings.token)
    const parameters =
      found.parameters === undefined
        ? {}
        : (validate(found.parameters, collect(searchPairs(request), found.repeatable)) as Record<string, unknown>)
    await found.handle({ context, request, response, parameters, signal: hangUpSignal(response) })
  })
}

/** Answers with JSON. */
export function sendJson(response: Response, value: unknown, status = 200): void {
  response
    .status(status)
    .setHeader('Content-Type', 'application/json')
    .end(`${JSON.stringify(value)}\n`)
}

/** Answers with text of the content type. */
export function sendText(response: Response, text: string, contentType: string): void {
  response.setHeader('Content-Type', contentType).end(text)
}
