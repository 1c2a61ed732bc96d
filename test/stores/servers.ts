import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * The environment variables that name a server, or `undefined` where they are not set: its tests are skipped then, with
 * a printed line, and fail where `CI=true`.
 */
export function serverOf<Name extends string>(
  what: string,
  ...names: readonly Name[]
): Readonly<Record<Name, string>> | undefined {
  const missing = names.filter((name) => (process.env[name] ?? '') === '')
  if (missing.length === 0)
    return Object.fromEntries(names.map((name) => [name, process.env[name]])) as Record<Name, string>
  if (process.env['CI'] === 'true') throw new Error(`No ${what}: ${missing.join(', ')} is not set`)
  console.log(`skipped: no ${what}, ${missing.join(', ')} is not set`)
  return undefined
}

/** Servers of every kind that questions over five stores need. */
export const serversOfEveryKind = () =>
  serverOf(
    'servers of every kind',
    ...(['POSTGRES_URL', 'MONGODB_URL', 'S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const),
  )

/** A relay in a process of its own in front of a server: it can be frozen, so that the server seems to be. */
export interface Relay extends AsyncDisposable {
  readonly url: string
  /** Stops answering, connections stay open. */
  freeze(): void
  thaw(): void
  /** Ends it, and every connection. */
  kill(): Promise<void>
}

const RELAY = `
  const net = require('node:net')
  const [host, port] = process.argv.slice(1)
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), host)
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

export async function startRelay(to: string): Promise<Relay> {
  const { hostname, port, pathname } = new URL(to)
  const child: ChildProcess = spawn(process.execPath, ['-e', RELAY, hostname, port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    url: `http://127.0.0.1:${line.toString().trim()}${pathname === '/' ? '' : pathname}`,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
