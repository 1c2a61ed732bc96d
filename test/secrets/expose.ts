import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import pino from 'pino'
import { run } from '../../src/cli/run.ts'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer } from '../../src/server/create-server.ts'

/** What somebody sees, by where it was seen. */
export type Seen = Record<string, unknown>

const QUERY = 'SELECT * { ?s <http://x/p> ?o ; <http://x/text> ?t }'

/** Everything that a polystore says of its stores, whether these answer or not. */
export async function seenOf(polystore: Polystore): Promise<Seen> {
  const seen: Seen = {}
  const note = async (what: string, work: () => unknown) => {
    try {
      seen[what] = await work()
    } catch (error) {
      seen[what] = error
    }
  }
  await note('query', () => polystore.query(QUERY).toArray())
  await note('partial', async () => {
    const execution = await polystore.execute(QUERY, { partial: true })
    if (execution.kind === 'bindings') for await (const _ of execution.blocks) break
    return [execution.warnings(), execution.stats()]
  })
  await note('explain', () => polystore.explain(QUERY))
  await note('analyze', () => polystore.explain(QUERY, { analyze: true }))
  await note('list', () => polystore.stores.list())
  for (const { id } of polystore.stores.list()) {
    await note(`check ${id}`, () => polystore.stores.check(id))
    await note(`refresh ${id}`, () => polystore.stores.refresh(id))
  }
  await note('catalog', () => polystore.catalog())
  await note('running', () => polystore.running.list())
  return seen
}

/** The same over HTTP, with the log; `definition` is registered as well. */
export async function seenOverHttp(polystore: Polystore, definition: object): Promise<Seen> {
  const log = new PassThrough({ highWaterMark: 1 << 24 })
  const server = createServer(polystore, {
    logger: pino({ level: 'trace' }, log),
    allowLocalStores: true,
    token: 'admin',
  })
  const url = await server.listen(0)
  const seen: Seen = {}
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: 'Bearer admin', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    seen[`${method} ${path}`] = [response.status, [...response.headers], await response.text()]
  }
  const query = encodeURIComponent(QUERY)
  await ask('GET', `/sparql?query=${query}`)
  await ask('GET', `/sparql?query=${query}&partial=true`)
  await ask('GET', `/api/v1/explain?query=${query}`)
  await ask('POST', '/api/v1/stores', definition)
  await ask('POST', '/api/v1/stores?force=true', { ...definition, id: 'other' })
  await ask('GET', '/api/v1/stores')
  await ask('GET', '/api/v1/stores/store')
  await ask('POST', '/api/v1/stores/store/check')
  for (const path of [
    '/health/ready',
    '/health/live',
    '/metrics',
    '/openapi.json',
    '/api/v1/catalog',
    '/api/v1/running',
    '/',
  ])
    await ask('GET', path)
  await server.close(0)
  log.end()
  seen['log'] = await text(log)
  return seen
}

/** What the command line prints over a configuration file. */
export async function seenOnCommandLine(file: string): Promise<Seen> {
  const seen: Seen = {}
  for (const argv of [
    ['check', '--config', file],
    ['stores', 'list', '--config', file],
    ['stores', 'describe', '--config', file],
    ['query', QUERY, '--config', file],
    ['query', QUERY, '--config', file, '--partial', '--stats'],
    ['explain', QUERY, '--config', file],
  ]) {
    const [stdout, stderr] = [new PassThrough({ highWaterMark: 1 << 24 }), new PassThrough({ highWaterMark: 1 << 24 })]
    const code = await run(argv, {
      stdin: Object.assign(new PassThrough().end(), { isTTY: true }),
      stdout,
      stderr,
      environment: {},
      signal: new AbortController().signal,
      program: 'polyprov',
      open: (path, options) => open(path, options),
    })
    stdout.end()
    stderr.end()
    seen[argv.slice(0, 2).join(' ')] = [code, await text(stdout), await text(stderr)]
  }
  return seen
}
