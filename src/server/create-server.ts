import { createServer as createHttpServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import compression from 'compression'
import cors from 'cors'
import express, { type Express } from 'express'
import helmet from 'helmet'
import pino from 'pino'
import { pinoHttp } from 'pino-http'
import { PolyprovError } from '../../planner/errors.ts'
import type { Polystore } from '../polystore.ts'
import { QUERY_ID_HEADER, WARNINGS_TRAILER } from './answer.ts'
import { createMetrics } from './metrics.ts'
import { type ServerOptions, settings } from './options.ts'
import { problemHandler } from './problem.ts'
import { addRoute, METHODS, type ServerContext } from './route.ts'
import { allRoutes } from './routes.ts'

/** A server over an open polystore; closing it leaves the polystore open. */
export interface PolyprovServer {
  readonly app: Express
  /** Starts to listen; the URL that it then answers at. Port 0 is any that is free. */
  listen(port?: number, host?: string): Promise<string>
  /** Takes no more requests, waits `grace` milliseconds for those under way, then cuts them. */
  close(grace?: number): Promise<void>
}

const DEFAULT_GRACE = 10_000

export function createServer(polystore: Polystore, options: ServerOptions = {}): PolyprovServer {
  let draining = false
  const context: ServerContext = {
    polystore,
    settings: settings(options),
    metrics: createMetrics(polystore),
    slots: { taken: 0 },
    isDraining: () => draining,
  }
  const app = createApp(context, options)
  const server = createHttpServer({ requestTimeout: 120_000, headersTimeout: 20_000 }, app)
  return {
    app,
    listen: (port = 8080, host = '127.0.0.1') => listen(server, port, host),
    close: async (grace = DEFAULT_GRACE) => {
      draining = true
      await drain(server, grace)
    },
  }
}

function createApp(context: ServerContext, { logger = pino({ level: 'silent' }), origins }: ServerOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.enable('case sensitive routing')
  app.use(
    pinoHttp({
      logger,
      // The query string and the body may hold literals of a query, the headers a token: neither is logged.
      serializers: {
        req: (request: { id: unknown; method: string; url: string }) => ({
          id: request.id,
          method: request.method,
          path: request.url.split('?')[0],
        }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
        err: (error: Error) => ({ type: error.name, stack: error.stack }),
      },
      customProps: (_request, response) => {
        const { errorCode: code, update } = (response as express.Response).locals ?? {}
        return { ...(code === undefined ? {} : { code }), ...(update === undefined ? {} : { update }) }
      },
      customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'info'),
      autoLogging: { ignore: (request) => request.url?.startsWith('/health/') ?? false },
    }),
  )
  app.use((request, response, next) => {
    // Another polyprov that has this one as a store need not find out what it can do.
    response.setHeader('Server', 'polyprov')
    const started = process.hrtime.bigint()
    response.on('close', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9
      const route: unknown = response.locals['route']
      context.metrics.request(
        typeof route === 'string' ? route : 'unknown',
        request.method,
        response.statusCode,
        seconds,
      )
    })
    next()
  })
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          connectSrc: ["'self'"],
          imgSrc: ["'self'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
      // Answers are for other sites' pages too, as CORS allows; whether to insist on TLS is for who terminates it.
      crossOriginResourcePolicy: { policy: 'cross-origin' },
      strictTransportSecurity: false,
    }),
  )
  app.use(
    cors({
      origin: origins === undefined ? '*' : [...origins],
      methods: METHODS.map((method) => method.toUpperCase()),
      exposedHeaders: [QUERY_ID_HEADER, WARNINGS_TRAILER, 'Location'],
      preflightContinue: false,
      maxAge: 600,
    }),
  )
  app.use(compression())
  app.use(express.raw({ type: () => true, limit: context.settings.bodyLimit }))
  for (const route of allRoutes(context.settings.version)) addRoute(app, context, route)
  app.use((request) => {
    throw new PolyprovError('not-found', `there is nothing at ${request.path}; /docs lists what there is`)
  })
  app.use(problemHandler)
  return app
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'the port is taken' : (cause.code ?? cause.message)
      reject(new PolyprovError('usage', `cannot listen on ${host}:${port}: ${reason}`, { cause }))
    })
    server.listen(port, host, () => {
      const { address, port: actual } = server.address() as AddressInfo
      const shown = address === '::' || address === '0.0.0.0' ? 'localhost' : address
      resolve(`http://${shown.includes(':') ? `[${shown}]` : shown}:${actual}`)
    })
  })
}

async function drain(server: Server, grace: number): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), grace)
  await closed
  clearTimeout(timer)
}
